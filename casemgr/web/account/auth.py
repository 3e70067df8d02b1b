"""One's own account: log in, log out, password, language, where one is logged in. The second factor: second_factor.py."""

from math import ceil
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from casemgr import db
from casemgr.errors import Invalid
from casemgr.queries.actors import load_actor
from casemgr.queries.logins import list_logins
from casemgr.services import accounts, factors, logins, throttle
from casemgr.services.factors import FactorRules
from casemgr.services.logins import Half
from casemgr.services.passwords import PasswordRules
from casemgr.web import locales
from casemgr.web.access import factor_due, must_change, own, public, site_settings, today
from casemgr.web.account import devices, signed_in
from casemgr.web.forms.auth import LoginForm, PasswordForm
from casemgr.web.forms.faults import put_faults
from workflows.roles import ADMINS

bp = Blueprint("auth", __name__)
Answer = Response | str | tuple[str, int]


def rules() -> PasswordRules:
    """The rules of passwords of this installation."""
    found: PasswordRules = current_app.extensions["passwords"]
    return found


def inside(address: str | None) -> str:
    """An address of our own, or "/"; what holds a line break or another sign that is not printed is none."""
    address = address or ""
    path = address.partition("?")[0].partition("#")[0]
    return address if path.startswith("/") and not path.startswith("//") and "\\" not in path and address.isprintable() else "/"


@bp.get("/login")
@public
def login() -> Response | str:
    """The form."""
    if g.actor:
        return redirect(inside(request.args.get("next")))
    return show(LoginForm(next=request.args.get("next", "")))


def show(form: LoginForm, **more: Any) -> str:
    """The page of the log-in, with the outside service where there is one."""
    settings = site_settings()
    outside = settings.oidc_label
    closed = bool(outside) and settings.local_login == "administrators"
    return render_template("auth/login.html", form=form, rules=rules(), outside=outside, closed=closed, **more)


@bp.post("/login")
@public
def log_in() -> Answer:
    """Try to log in. Whatever was wrong, the answer is the same; where many guess, each waits a little."""
    form, place, pace = LoginForm(), devices.here(), current_app.extensions["login_pace"]
    if not form.validate():
        return show(form), 422
    with db.transaction(g.session):
        wait = throttle.let_in(g.session, place.address, form.login.data, at=g.at, pace=pace)
    if wait:
        return show(form, wait=ceil(wait.total_seconds())), 429
    with current_app.extensions["readings"]() as reading:
        compared = logins.compare(reading, form.login.data, form.secret.data, rules())
        shut = compared.right and is_shut(reading, compared.account_id)
    if shut:
        return show(form, shut=True), 422
    with db.transaction(g.session):
        entered = logins.enter(g.session, compared, at=g.at, rules=rules(), factor=factor_rules(), place=place)
        if entered is None:
            throttle.count_wrong(g.session, place.address, at=g.at, pace=pace)
    return arrive(entered, form.next.data) if entered else (show(form, refused=True), 422)


def factor_rules() -> FactorRules:
    """Whose log-ins need a second factor."""
    found: FactorRules = current_app.extensions["factor_rules"]
    return found


def is_shut(reading: Session, account_id: int | None) -> bool:
    """Whether passwords are for administrators alone here, and this account is none."""
    if current_app.extensions["outside"] is None or site_settings().local_login == "everybody":
        return False
    actor = load_actor(reading, account_id, today()) if account_id else None
    return actor is None or not actor.has(*ADMINS)


def arrive(entered: str | Half, back: str | None) -> Response:
    """Into the house with a token, or on to the second factor."""
    if isinstance(entered, Half):
        signed_in.put_half(entered, inside(back))
        return redirect(url_for("second_factor.ask"))
    signed_in.put_token(entered)
    return redirect(inside(back))


@bp.post("/logout")
@own
def logout() -> Response:
    """End this log-in. The one at an outside service is another: the next page offers to end it too."""
    with db.transaction(g.session):
        logins.leave(g.session, g.login, at=g.at)
    signed_in.drop_token()
    return redirect(url_for("auth.login", left=1 if g.login.way == logins.OUTSIDE else None))


@bp.route("/account/password", methods=["GET", "POST"])
@own
def password() -> Response | str | tuple[str, int]:
    """Choose a new password; the other log-ins of the account end."""
    form = PasswordForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                token = change_password(form)
            except Invalid as error:
                put_faults(form, error)
            else:
                signed_in.put_token(token)
                flash(gettext("Your new password holds from now on."), "done")
                return redirect("/")
    page = render_template("auth/password.html", form=form, rules=rules(), forced=must_change(g.login))
    return page, status


def change_password(form: PasswordForm) -> str:
    """The token of the log-in that goes on. A wrong old password is counted like one at the log-in. Raises Invalid."""
    with current_app.extensions["readings"]() as reading:
        compared = logins.compare(reading, g.login.login, form.old.data, rules())
    with db.transaction(g.session):
        account = accounts.get_account(g.session, g.login.account_id)
        right = not logins.is_locked(g.session, account, g.at) and compared.right
        if not compared.right:
            logins.count_failure(g.session, account, at=g.at, rules=rules())
    if not right:
        raise Invalid({"old": [accounts.WRONG_OLD]})
    with db.transaction(g.session):
        account = accounts.get_account(g.session, g.login.account_id)
        accounts.set_password(g.session, account, form.new.data, actor=g.actor, at=g.at, rules=rules())
        return logins.begin(g.session, account, g.at, devices.here(g.login.way))


@bp.get("/account")
@own
def account() -> str:
    """Who one is here: posts, second factor, and where one is logged in."""
    lines = list_logins(g.session, g.login.account_id, at=g.at, limits=current_app.extensions["login_limits"])
    return render_template(
        "auth/account.html", login=g.login, lines=lines, factor_until=factor_due(g.login, g.actor),
        codes=factors.count_codes(g.session, g.login.account_id) if g.login.factor_since else 0,
    )  # fmt: skip


@bp.post("/account/logins/end")
@own
def end_logins() -> Response:
    """End one's log-in on another device (`which`), or on all others."""
    which = request.form.get("which", "")
    with db.transaction(g.session):
        if which:
            account = accounts.get_account(g.session, g.login.account_id)
            logins.end_one(g.session, account, which, actor=g.actor, at=g.at)
        else:
            logins.end_others(g.session, g.login, actor=g.actor, at=g.at)
    flash(gettext("You are logged out there."), "done")
    return redirect(url_for("auth.account"))


@bp.post("/language")
@public
def language() -> Response:
    """Choose the language: kept on this device, and with the account."""
    answer = redirect(inside(request.form.get("next")))
    chosen = request.form.get("language", "")
    if chosen in locales.LANGUAGES:
        locales.remember(answer, chosen)
        if g.login:
            with db.transaction(g.session):
                accounts.set_locale(g.session, g.login.account_id, chosen)
    return answer
