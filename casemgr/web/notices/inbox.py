"""The inbox: what the actor was told, newest first; read when opened or marked."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from casemgr.db import as_id, transaction
from casemgr.queries.inbox import KINDS, by_matter, load_inbox
from casemgr.services.inbox import mark_all_read, mark_read
from casemgr.web.access import guarded
from casemgr.web.sayings import say_notice

bp = Blueprint("notices", __name__)
WORDS = {"act": "For me to act on", "inform": "For my information", "digest": "Digests"}


@bp.get("/notices")
@guarded("work")
def show() -> str:
    """A page of the inbox, by matter; ?unread=1 and ?kind= choose, ?before= goes on from a notice."""
    unread, kind = request.args.get("unread") == "1", request.args.get("kind", "")
    lines, older = load_inbox(g.session, g.actor, before=request.args.get("before", type=as_id), unread=unread, kind=kind)
    chosen = {"unread": "1"} if unread else {"kind": kind} if kind in KINDS else {}
    return render_template(
        "notices/show.html", matters=by_matter(lines), older=older, say_notice=say_notice, chosen=chosen, views=views(chosen)
    )


def views(chosen: dict[str, str]) -> list[tuple[str, str, bool]]:
    """The ways to look at the inbox: words, address, whether this is it."""
    known: list[tuple[str, dict[str, Any]]] = [(gettext("All"), {}), (gettext("Unread"), {"unread": "1"})]
    known += [(gettext(WORDS[kind]), {"kind": kind}) for kind in KINDS]
    return [(words, url_for("notices.show", **args), args == chosen) for words, args in known]


@bp.post("/notices/<int:notice_id>")
@guarded("work")
def open_one(notice_id: int) -> Response:
    """Mark a notice and the others about its matter as read, and go there."""
    with transaction(g.session):
        case_id = mark_read(g.session, notice_id, actor=g.actor, at=g.at)
    return redirect(url_for("cases.show", case_id=case_id) if case_id else url_for("notices.show"))


@bp.post("/notices/read")
@guarded("work")
def read_all() -> Response:
    """Mark every notice as read."""
    with transaction(g.session):
        mark_all_read(g.session, actor=g.actor, at=g.at)
    return redirect(url_for("notices.show"))
