"""The pages of the residents' door: report without an account, a receipt with a code, follow and add with the code.

The code comes by POST alone and stands in no address. Who has no code, or none that holds, learns nothing (services.door_codes).
"""

from collections.abc import Mapping
from math import ceil

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from casemgr import db
from casemgr.errors import CasemgrError, Invalid, NotFound, Refused
from casemgr.queries.door import follow as follow_up
from casemgr.services import door, door_codes
from casemgr.services.door_codes import Visit
from casemgr.web import locales, sayings, squares
from casemgr.web.access import DOOR, public
from casemgr.web.account.devices import here
from casemgr.web.cookies import cookie
from casemgr.web.door import host, tokens, wording
from casemgr.web.door.forms import CodeForm, ReportForm, WordsForm, faults_of, report_form, stored
from casemgr.web.forms.faults import put_faults
from casemgr.web.uploads import storing
from workflows.door import in_groups

bp = Blueprint(DOOR, __name__, url_prefix="/door")
Page = Response | str | tuple[str, int]


@bp.after_request
def keep_language(response: Response) -> Response:
    """The language chosen by a link stays on this device."""
    chosen = request.args.get("lang", "")
    if chosen in locales.LANGUAGES:
        locales.remember(response, chosen)  # type: ignore[arg-type]
    return response


@bp.get("")
@public
def show() -> str:
    """The front page: report, or follow."""
    return render_template("door/show.html", community=request.args.get("community"))


@bp.get("/about")
@public
def about() -> str:
    """What is kept, who sees it, for how long."""
    return render_template("door/about.html", rules=door_codes.rules_of_door(g.session))


# --- report


@bp.get("/report")
@public
def report() -> str:
    """The form; a poster names the community."""
    return show_report(report_form(g.session, request.args.get("community", "")))


def show_report(form: ReportForm, *said: str) -> str:
    """The page of the form with what is to be said above it."""
    return render_template("door/report.html", form=form, said=said, puzzle=tokens.puzzle_of(form.form_token.data or ""))


@bp.post("/report")
@public
def send_report() -> Page:
    """Take it in, once for this form; the receipt is the answer. Nothing typed is lost when it does not go through."""
    form = report_form(g.session)
    token = tokens.read(form.form_token.data or "")
    if token is None:
        form.form_token.data = tokens.hand_out()
        return show_report(form, gettext("The page was open for too long. Please send it once more.")), 422
    if form.website.data:
        return show_report(form, gettext("Please leave the last field empty and send it once more.")), 422
    if missing := tokens.seconds_missing(token, form.work.data or ""):
        words = gettext("Please wait %(seconds)s seconds and press the button again. Nothing is lost.", seconds=missing)
        return show_report(form, words), 422
    if faults_of(form):
        return show_report(form), 422
    with db.transaction(g.session):
        wait = door_codes.let_through(g.session, "reports", here().address, at=g.at)
    if wait:
        return show_report(form, say_wait(wait.total_seconds())), 429
    try:
        said = form.report(storing(g.session))
        with db.transaction(g.session):
            receipt = door.report(g.session, said, token.nonce, at=g.at)
    except Invalid as error:
        put_faults(form, error)
        return show_report(form), 422
    except NotFound:  # the form served for something else: a new one, with all that was typed
        form.form_token.data = tokens.hand_out()
        return show_report(form, gettext("The page was open for too long. Please send it once more.")), 422
    address = f"{host.address_of_door()}/follow#{receipt.code}"
    return render_template(
        "door/receipt.html", receipt=receipt, code=in_groups(receipt.code), square=squares.as_address(address, 4),
        until=receipt.at + door_codes.rules_of_door(g.session).code_holds,
    )  # fmt: skip


def say_wait(seconds: float) -> str:
    """Too many at once, from one address."""
    return gettext("Many are sending at the moment. Please try again in %(seconds)s seconds. Nothing is lost.", seconds=ceil(seconds))


# --- follow


@bp.get("/follow")
@public
def follow() -> Response:
    """The form for a code."""
    return ask_code(CodeForm(formdata=None))


def ask_code(form: CodeForm, *said: str, status: int = 200) -> Response:
    """The page of the form for a code, tied to this browser."""
    browser = tokens.browser()
    form.form_token.data = tokens.hand_out(browser)
    page = Response(render_template("door/follow.html", form=form, said=said), status, mimetype="text/html")
    return tokens.put(page, tokens.BROWSER, browser)


@bp.post("/follow")
@public
def send_code() -> Response:
    """Begin a visit. Whatever is wrong with a code, the answer is the same."""
    form, browser = CodeForm(), cookie(tokens.BROWSER, tokens.PATH)
    if not browser or form.website.data or tokens.read(form.form_token.data or "", browser) is None:
        return ask_code(form, gettext("The page was open for too long. Please send it once more."), status=422)
    with db.transaction(g.session):
        tried = door_codes.try_code(g.session, form.code.data or "", here().address, at=g.at)
    if tried.wait:
        return ask_code(form, say_wait(tried.wait.total_seconds()), status=429)
    if not tried.token:
        words = gettext("This code opens nothing. Please compare it with your receipt, figure by figure. A code for one use opens once.")
        return ask_code(form, words, status=422)
    return tokens.put(redirect(url_for("door.matter")), tokens.VISIT, tried.token)


# --- one's own matter


@bp.get("/matter")
@public
def matter() -> Page:
    """The matter of this visit: one's own words, the stage, the office, when it is due."""
    visit = tokens.current_visit()
    return show_matter(visit) if visit else to_code()


def to_code() -> Response:
    """To the form for a code: the same whatever was asked for without a visit."""
    return tokens.drop_visit(redirect(url_for("door.follow")))


def show_matter(visit: Visit, faults: Mapping[str, list[str]] | None = None, form: WordsForm | None = None) -> str:
    """The page, with what was refused at its act and what was typed there."""
    way = door.find_way(g.session, visit)
    found = follow_up(g.session, visit, way.case_ids)
    return render_template(
        "door/matter.html", found=found, stage=wording.say_stage(found), office=wording.say_office(found.office),
        due=wording.say_due(found, g.at), own=[wording.say_own(entry) for entry in found.words], ways={a for a in door.ACTS if door.ways_to(way, a)},
        may_consent=door.may_consent(visit, way), form_token=tokens.hand_out(tokens.visit_token()), ratings=wording.RATINGS,
        done=wording.say_done(request.args.get("done", "")), faults=faults or {}, typed=form, once=visit.kind == door_codes.ONCE,
    )  # fmt: skip


@bp.post("/matter/<any(add,rate,object,withdraw,consent):act>")
@public
def send(act: str) -> Page:
    """Add, rate, say that it is not solved, take back, or answer whether one agrees to mediation. Once for each form."""
    visit, form = tokens.current_visit(), WordsForm()
    if visit is None:
        return to_code()
    token = tokens.read(form.form_token.data or "", tokens.visit_token())
    if token is None or form.website.data:
        return show_matter(visit, {act: [gettext("The page was open for too long. Please send it once more.")]}, form), 422
    with db.transaction(g.session):
        wait = door_codes.let_through(g.session, "acts", str(visit.code_id), at=g.at)
    if wait:
        return show_matter(visit, {act: [say_wait(wait.total_seconds())]}, form), 429
    try:
        photos = stored(form.uploads(), storing(g.session)) if act == "add" else []
        with db.transaction(g.session):
            done = take(visit, act, form, photos) if door_codes.is_first(g.session, token.nonce, at=g.at) else ""
    except (Refused, Invalid) as error:
        g.session.rollback()
        return show_matter(visit, {act: faults_said(error)}, form), 422
    return redirect(url_for("door.matter", done=done or None))


def faults_said(error: CasemgrError) -> list[str]:
    """Why it did not go through."""
    return sayings.say_all(error) or [sayings.say_error(error)]


def take(visit: Visit, act: str, form: WordsForm, photos: list[str]) -> str:
    """Take the act; what to say of it afterwards. Raises Refused, Invalid, NotFound."""
    before, words = door.find_way(g.session, visit).state, (form.words.data or "").strip()
    if act == "consent":
        door.consent(g.session, visit, form.consent.data or "", at=g.at)
        return go_on("consents")
    if act == "add":
        door.add(g.session, visit, words, photos, at=g.at)
        return go_on("adds")
    data = {"words": words} | ({"resident_rating": form.rating.data} if act == "rate" else {})
    moved = door.act(g.session, visit, act, data, at=g.at).state != before
    return go_on({"rate": "rates", "object": "reopens" if moved else "objects", "withdraw": "withdrawn" if moved else "withdraws"}[act])


def go_on(done: str) -> str:
    """The visit holds on."""
    door_codes.go_on(g.session, tokens.visit_token(), at=g.at)
    return done


@bp.post("/matter/leave")
@public
def leave() -> Response:
    """End the visit: nobody who takes the telephone next sees it."""
    with db.transaction(g.session):
        door_codes.leave(g.session, tokens.visit_token())
    return tokens.drop_visit(redirect(url_for("door.show")))
