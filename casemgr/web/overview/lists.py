"""The list of matters: filters, search, sorting, keyset pages, saved views. Every number of a board opens exactly one such list."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casemgr.db import as_id, transaction
from casemgr.errors import Invalid
from casemgr.queries.asked import Asked, asked_by
from casemgr.queries.lines import Page
from casemgr.queries.list_choices import views_of
from casemgr.services.bulk import acts_of
from casemgr.services.views import remove_view, save_view
from casemgr.web.access import guarded
from casemgr.web.locales import gettext
from casemgr.web.overview import filters
from casemgr.web.overview.filters import FRONT, address
from casemgr.web.overview.rows import rows
from casemgr.web.sayings import say_all
from casemgr.web.sent import arguments

bp = Blueprint("lists", __name__)
BROKEN = "This address is not complete. Start again from the whole list."


@bp.get("/matters")
@guarded("work")
def show() -> str | Response:
    """One page of the matters the actor may see, narrowed by the arguments of the address; without any, the view to open first."""
    own = views_of(g.session, g.actor.account_id)
    first = next((view for view in own if view.first), None)
    if first and not request.args:
        return redirect(url_for("lists.show", **first.args or {"status": "open"}))
    try:
        asked = asked_by(request.args)
        page = found(asked)
    except ValueError as error:
        raise Invalid(message=BROKEN) from error
    shown = filters.fields(asked)
    return render_template(
        "lists/show.html", page=page, words=asked.words, search_words=asked.words, fields=shown[:FRONT], rest=shown[FRONT:],
        on=filters.in_force(asked), keep=filters.kept(asked, shown), address=address, order=asked.order,
        query=request.query_string.decode(), views=filters.views(own, asked),
        acts=acts_of(g.actor), rows=rows,
    )  # fmt: skip


def found(asked: Asked) -> Page:
    """The page asked for. Raises ValueError for a broken key."""
    keys = {name: request.args.get(name, "") for name in ("after", "before")}
    return asked.load(g.session, g.actor, g.at, **keys)


@bp.post("/matters/views")
@guarded("work")
def save() -> Response:
    """Keep the list that was shown under a name."""
    try:
        asked = asked_by(arguments(request.form.get("query", "")))
    except ValueError as error:
        raise Invalid(message=BROKEN) from error
    try:
        with transaction(g.session):
            first = request.form.get("first") == "1"
            view = save_view(g.session, request.form.get("name", ""), asked.args(), first=first, actor=g.actor, at=g.at)
    except Invalid as error:
        flash(gettext("The view was not saved: %(why)s", why=" ".join(say_all(error))), "error")
    else:
        flash(gettext("Saved as “%(name)s”.", name=view.name), "done")
    return redirect(url_for("lists.show", **asked.args() or {"status": "open"}))  # type: ignore[arg-type]


@bp.post("/matters/views/remove")
@guarded("work")
def remove() -> Response:
    """Forget a saved view."""
    id = request.form.get("view", type=as_id)
    if id is None:
        raise Invalid(message=BROKEN)
    with transaction(g.session):
        name = remove_view(g.session, id, actor=g.actor)
    flash(gettext("The view “%(name)s” is removed.", name=name), "done")
    return redirect(url_for("lists.show", status="open"))
