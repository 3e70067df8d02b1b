"""Registering a dispute: what, where, who if known, settled on the spot or help needed. One form, one press.

A phone sends the same form as a keyed message, later and perhaps twice (static/js/outgoing.js): it gets JSON.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from casemgr import db
from casemgr.errors import Invalid, NotAllowed, Refused
from casemgr.queries.people import known_people
from casemgr.queries.similar import similar_open
from casemgr.services.books import Books, load_books
from casemgr.services.once import OtherContent
from casemgr.services.registering import read_words, register_once, understood
from casemgr.web import sayings
from casemgr.web.access import guarded, looking
from casemgr.web.forms.faults import put_faults
from casemgr.web.forms.registering import RegisterForm, digest_of, new_key, register_form
from casemgr.web.locales import gettext
from casemgr.web.matters import wording
from casemgr.web.overview import lines
from casemgr.web.uploads import storing

bp = Blueprint("register", __name__)
Page = Response | tuple[Response, int] | tuple[str, int]
JSON = "application/json"


@bp.get("/cases/new")
@guarded("register")
def show() -> Response:
    """The form for a new dispute. A phone may keep this page for the person named in the header, to show it without a network."""
    answer = current_app.make_response(render_template("register/new.html", form=register_form(g.session, g.actor)))
    answer.headers["X-Account"] = str(g.actor.account_id)
    return answer


@bp.post("/cases/new")
@guarded("register")
def add() -> Page:
    """Register it, once for its key. On an error nothing typed is lost."""
    with looking() as reading:
        form, books = register_form(reading, g.actor), load_books(reading)
    if form.account.data not in (None, "", str(g.actor.account_id)):
        raise NotAllowed(message="This was written by somebody else. It is sent when they log in again.")
    digest = digest_of(request.form, request.files.getlist("photo"))
    try:
        made = register(form, books, digest)
    except (Invalid, Refused, OtherContent) as error:
        return refused(form, error)
    url = url_for("cases.show", case_id=made["case_id"])
    if wants_json():
        return jsonify(number=made["number"], url=url)
    flash(gettext("Registered as %(number)s.", number=made["number"]), "done")
    return redirect(url)


def register(form: RegisterForm, books: Books, digest: str) -> Mapping[str, Any]:
    """Store the photos and register, all or nothing of the matter. Raises Invalid, Refused, OtherContent."""
    form.store_files(storing(g.session))
    answers = form.matter()
    seed = understood(books, answers)  # before the lock of a writer is taken
    with db.transaction(g.session):
        return register_once(g.session, form.key.data or digest, digest, seed, answers, actor=g.actor, at=g.at)


def refused(form: RegisterForm, error: Invalid | Refused | OtherContent) -> Page:
    """The page with the faults at their fields, or the same as JSON."""
    refusals = [sayings.say_error(error)] if isinstance(error, OtherContent) else []
    if isinstance(error, Refused):
        refusals = sayings.say_all(error)
    if isinstance(error, Invalid):
        put_faults(form, error)
    if wants_json():
        faults = {field.name: [str(words) for words in field.errors] for field in form if field.errors}
        return jsonify(code=error.code, fields=faults, reasons=[*refusals, *map(str, form.form_errors)]), 422
    if isinstance(error, OtherContent):
        form.key.data = new_key()
    return render_template("register/new.html", form=form, refusals=refusals), 422


def wants_json() -> bool:
    """Whether a programme asks, and not a person."""
    return bool(request.accept_mimetypes.best == JSON)


@bp.get("/cases/new/ready")
@guarded("register")
def ready() -> Response:
    """Whose log-in this is, the token of its forms, and where to send: what a phone asks before it sends what waits."""
    return jsonify(account=g.actor.account_id, token=generate_csrf(), send=url_for("register.add"))


@bp.post("/cases/new/hints")
@guarded("register")
def hints() -> str:
    """While somebody types: open matters that are alike, and what the words suggest. Nothing is written."""
    title, text = request.form.get("title", ""), request.form.get("text", "")
    near = request.form.get("area_id", type=db.as_id)
    with current_app.extensions["readings"]() as reading:
        similar = similar_open(reading, g.actor, title, text, near)
        found = read_words(load_books(reading), title, text) if text.strip() else None
    category = wording.say_category(found.dispute_category) if found else ""
    return render_template("register/hints.html", similar=similar, reading=found, category=category, **lines.line_words())


@bp.post("/cases/new/people")
@guarded("register")
def people() -> str:
    """While somebody types a name: people on record whom the reader may know, phones masked."""
    with current_app.extensions["readings"]() as reading:
        known = known_people(reading, g.actor, request.form.get("name", ""))
        keys = g.session.info["keys"]
        found = [(one.id, one.name, one.masked_phone(keys), one.place) for one in known]
    return render_template("register/people.html", people=found)
