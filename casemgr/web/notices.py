"""The inbox: what the actor was told, newest first; read when opened or marked."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casemgr.db import transaction
from casemgr.queries.inbox import load_inbox
from casemgr.services.inbox import mark_all_read, mark_read
from casemgr.web.access import guarded
from casemgr.web.sayings import say_notice

bp = Blueprint("notices", __name__)


@bp.get("/notices")
@guarded("work")
def show() -> str:
    """A page of the inbox; ?before= goes on from a notice."""
    lines, older = load_inbox(g.session, g.actor, before=request.args.get("before", type=int))
    return render_template("notices/show.html", lines=lines, older=older, say_notice=say_notice)


@bp.post("/notices/<int:notice_id>")
@guarded("work")
def open_one(notice_id: int) -> Response:
    """Mark a notice as read and go to its matter."""
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
