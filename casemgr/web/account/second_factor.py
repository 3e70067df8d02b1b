"""The second factor of one's own account: asked for at the log-in, set up with a square to be photographed, renewed."""

from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from casemgr import db
from casemgr.errors import Refused
from casemgr.services import factors, logins, throttle
from casemgr.services.accounts import get_account
from casemgr.web import squares
from casemgr.web.access import factor_due, own, public
from casemgr.web.account import devices, signed_in
from casemgr.web.account.auth import arrive, factor_rules, rules
from casemgr.web.changes import Page
from casemgr.web.forms.auth import CodeForm
from casemgr.web.sayings import say, say_all

bp = Blueprint("second_factor", __name__)


# --- at the log-in


@bp.get("/login/code")
@public
def ask() -> str:
    """The form for the code, once the password was right."""
    return render_template("auth/code.html", form=CodeForm(), gone=signed_in.find_half() is None)


@bp.post("/login/code")
@public
def send() -> Page:
    """The second step of a log-in."""
    found, form = signed_in.find_half(), CodeForm()
    if found is None or not form.validate():
        return render_template("auth/code.html", form=form, gone=found is None), 422
    half, back = found
    place = devices.here(half.way)
    with db.transaction(g.session):
        token = logins.enter_code(
            g.session, half, form.code.data, at=g.at, rules=rules(), factor=factor_rules(), place=place
        )
        if token is None:
            throttle.count_wrong(g.session, place.address, at=g.at, pace=current_app.extensions["login_pace"])
    if token is None:
        gone = half.begun_at <= g.at - logins.HALF_HOLDS
        return render_template("auth/code.html", form=form, refused=not gone, gone=gone, rules=rules()), 422
    return arrive(token, back)


# --- one's own


@bp.get("/account/second-factor")
@own
def show() -> str:
    """Whether there is one, and what can be done."""
    return page()


def page(form: CodeForm | None = None, **more: Any) -> str:
    """The page as it stands; `told` are recovery codes, shown this once."""
    account_id = g.login.account_id
    secret = factors.find_setup(g.session, account_id, g.at)
    return render_template(
        "auth/second_factor.html", form=form or CodeForm(formdata=None), secret=in_fours(secret), login=g.login,
        is_set=factors.is_set(g.session, account_id), left=factors.count_codes(g.session, account_id),
        needed=g.actor.has(*factor_rules().roles), until=factor_due(g.login, g.actor), **more,
    )  # fmt: skip


def in_fours(secret: str | None) -> str:
    """A secret as it is typed off."""
    return " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)) if secret else ""


@bp.get("/account/second-factor/square.svg")
@own
def square() -> Response:
    """The square that an authenticator reads; on to the page where nothing is being set up."""
    secret = factors.find_setup(g.session, g.login.account_id, g.at)
    if secret is None:
        return redirect(url_for("second_factor.show"))
    address = factors.address_of(secret, g.login.login, gettext("Case work"))
    return Response(squares.drawn(address), mimetype="image/svg+xml")


@bp.post("/account/second-factor/begin")
@own
def begin() -> Page:
    """A fresh secret. Where there is a factor already, its owner shows a code first."""
    form = CodeForm()
    if factors.is_set(g.session, g.login.account_id) and not proven(form):
        return page(form), 422
    with db.transaction(g.session):
        factors.begin_setup(g.session, g.login.account_id, at=g.at)
    return redirect(url_for("second_factor.show"))


def proven(form: CodeForm) -> bool:
    """Whether the form holds a right code; what is wrong stands at its field."""
    if not form.validate():
        return False
    with db.transaction(g.session):
        account = logins.prove(g.session, g.login.account_id, form.code.data, at=g.at, rules=rules())
    if account is None:
        form.code.errors = [say(factors.WRONG_CODE)]
    return account is not None


@bp.post("/account/second-factor/confirm")
@own
def confirm() -> Page:
    """The first code of the new device: the recovery codes come with the answer, and log-ins elsewhere end."""
    form = CodeForm()
    if not form.validate():
        return page(form), 422
    with db.transaction(g.session):
        told = factors.confirm_setup(g.session, g.login.account_id, form.code.data, at=g.at)
        if told is not None:
            account = get_account(g.session, g.login.account_id)
            signed_in.put_token(logins.begin(g.session, account, g.at, devices.here(g.login.way)))
    if told is None:
        form.code.errors = [say(factors.WRONG_CODE)]
        return page(form), 422
    return page(told=told)


@bp.post("/account/second-factor/codes")
@own
def renew() -> Page:
    """Ten new recovery codes in place of the old ones."""
    form = CodeForm()
    if not factors.is_set(g.session, g.login.account_id) or not proven(form):
        return page(form), 422
    with db.transaction(g.session):
        told = factors.renew_codes(g.session, get_account(g.session, g.login.account_id), at=g.at)
    return page(told=told)


@bp.post("/account/second-factor/remove")
@own
def remove() -> Page:
    """Do without, where no post needs it."""
    form = CodeForm()
    if not factors.is_set(g.session, g.login.account_id) or not proven(form):
        return page(form), 422
    try:
        with db.transaction(g.session):
            factors.remove(g.session, get_account(g.session, g.login.account_id), at=g.at, rules=factor_rules())
    except Refused as error:
        flash(" ".join(say_all(error)), "error")
    else:
        flash(gettext("The second factor is given up."), "done")
    return redirect(url_for("second_factor.show"))
