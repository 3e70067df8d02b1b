"""Workbooks of lists: asked for from the list, how far they are, fetched. The making is a job (casemgr.jobs.exports)."""

from flask import Blueprint, Response, flash, g, redirect, render_template, request, send_file, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response as AnyResponse

from casemgr import db
from casemgr.errors import AlreadyThere, Invalid, NotFound
from casemgr.models import Export
from casemgr.queries.asked import asked_by
from casemgr.services.exports import ask_export, exports_of, find_export, note_fetched
from casemgr.web.access import guarded, site_settings, today
from casemgr.web.locales import gettext
from casemgr.web.overview.filters import value_words
from casemgr.web.sayings import say_error
from casemgr.web.sent import arguments

bp = Blueprint("exports", __name__)
BROKEN = "This address is not complete. Start again from the whole list."
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/matters/exports")
@guarded("work")
def show() -> str:
    """The latest workbooks the actor asked for."""
    found = exports_of(g.session, g.actor)
    days = site_settings().export_days
    return render_template("lists/exports.html", exports=found, list_words=list_words, days=days)


@bp.post("/matters/exports")
@guarded("work")
def ask() -> AnyResponse:
    """Ask for the list that was shown."""
    try:
        asked = asked_by(arguments(request.form.get("query", "")) | {"form": request.form.get("form", "")})
    except ValueError as error:
        raise Invalid(message=BROKEN) from error
    try:
        with db.transaction(g.session):
            ask_export(g.session, asked.args(), locale=str(get_locale()), actor=g.actor, at=g.at)
    except AlreadyThere as error:
        flash(say_error(error), "warn")
    return redirect(url_for("exports.show"))


@bp.post("/matters/exports/<int:export_id>")
@guarded("work")
def fetch(export_id: int) -> Response:
    """The file. That it was fetched is on record, so this is no mere look."""
    export = find_export(g.session, export_id, g.actor)
    path = site_settings().exports_dir.resolve() / export.stored
    if not path.is_file():
        raise NotFound()
    with db.transaction(g.session):
        note_fetched(g.session, export, actor=g.actor, at=g.at)
    name = gettext("matters-%(day)s-%(id)s.xlsx", day=today().isoformat(), id=export.id)
    return send_file(path, mimetype=WORKBOOK, as_attachment=True, download_name=name)


def list_words(export: Export) -> str:
    """What the list was narrowed to."""
    try:
        asked = asked_by(export.args)
    except ValueError:
        return ""
    words = [value_words(name, value) for name, value in asked.filter.args().items()]
    form = [gettext("results for the hotline")] if asked.form else []
    return " · ".join(form + ([f"“{asked.words}”"] if asked.words else []) + words) or gettext("All open")
