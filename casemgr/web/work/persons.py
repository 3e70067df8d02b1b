"""A person's data at his request: found, shown, handed out as a file; requests about them taken and answered. Every look is on record."""

import json
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse

from casemgr import db
from casemgr.errors import Invalid
from casemgr.queries import persons as found
from casemgr.services import persons as services
from casemgr.services.accounts import get_account
from casemgr.web.access import guarded, own, recording
from casemgr.web.locales import gettext

bp = Blueprint("persons", __name__, url_prefix="/persons")
KINDS = {"copy": _l("A copy of the data"), "correct": _l("A correction"), "delete": _l("Erasure")}
STATES = {"open": _l("Open"), "granted": _l("Granted"), "refused": _l("Refused")}


@bp.route("", methods=["GET", "POST"])
@guarded("person_data")
def find() -> Any:
    """Look for a person; what is typed stands in no address and no log."""
    words = request.form.get("words", "")[:100] if request.method == "POST" else ""
    lines = found.find_persons(g.session, words, g.actor) if words else []
    if words:
        with db.transaction(g.session):
            services.record(g.session, "person_searched", {"found": len(lines)}, g.actor, g.at)
    return render_template("persons/find.html", lines=lines, words=words)


@bp.get("/<int:subject_id>")
@guarded("person_data")
def show(subject_id: int) -> str:
    """All that is kept, and what was asked about it."""
    with recording() as session:
        data = services.read_data(session, subject_id, actor=g.actor, at=g.at)
    return render_template("persons/show.html", data=data, subject_id=subject_id, kinds=KINDS, states=STATES)


@bp.post("/<int:subject_id>/file")
@guarded("person_data")
def hand_out(subject_id: int) -> Response:
    """The same as a file, for the person: to read, or for machines."""
    medium = "json" if request.form.get("medium") == "json" else "html"
    with db.transaction(g.session):
        data = services.read_data(g.session, subject_id, handed_out=medium, actor=g.actor, at=g.at)
    if medium == "json":
        return as_file(json.dumps(data, ensure_ascii=False, indent=1), "application/json", f"person-{subject_id}.json")
    return as_file(render_template("persons/file.html", data=data, kinds=KINDS, states=STATES), "text/html", f"person-{subject_id}.html")


@bp.post("/<int:subject_id>/requests")
@guarded("person_data")
def ask(subject_id: int) -> AnyResponse:
    """Take a request."""
    kind, note = request.form.get("kind", ""), request.form.get("note", "")
    try:
        with db.transaction(g.session):
            services.take_request(g.session, subject_id, kind, note, actor=g.actor, at=g.at)
        flash(gettext("The request is on record."), "done")
    except Invalid:
        flash(gettext("Please say what is asked for."), "warn")
    return redirect(url_for("persons.show", subject_id=subject_id))


@bp.post("/requests/<int:asked_id>")
@guarded("person_data")
def answer(asked_id: int) -> AnyResponse:
    """Answer a request."""
    try:
        with db.transaction(g.session):
            row = services.answer_request(
                g.session, asked_id, request.form.get("state", ""), request.form.get("answer", ""), actor=g.actor, at=g.at
            )
    except Invalid:
        flash(gettext("Please say what was done, or why not."), "warn")
        return redirect(url_for("persons.find"))
    flash(gettext("The answer is on record."), "done")
    return redirect(url_for("persons.show", subject_id=row.person_id))


@bp.post("/me")
@own
def mine() -> Response:
    """What is kept about oneself as an account, for oneself."""
    data = found.data_of_account(g.session, get_account(g.session, g.actor.account_id), g.at)
    return as_file(json.dumps(data, ensure_ascii=False, indent=1), "application/json", "my-data.json")


def as_file(text: str, media_type: str, name: str) -> Response:
    """A download that no cache keeps."""
    made = Response(text, mimetype=media_type)
    made.headers["Content-Disposition"] = f"attachment; filename={name}"
    made.headers["Cache-Control"] = "no-store"
    return made
