"""One's own account: log in, log out, password, language, where one is logged in. Other people's: web/accounts.py."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from casemgr import db
from casemgr.errors import Invalid
from casemgr.services import accounts, logins
from casemgr.services.passwords import PasswordRules
from casemgr.web import locales, signed_in
from casemgr.web.access import must_change, own, public
from casemgr.web.forms.auth import LoginForm, PasswordForm
from casemgr.web.forms.faults import put_faults

bp = Blueprint("auth", __name__)


def rules() -> PasswordRules:
    """The rules of passwords of this installation."""
    found: PasswordRules = current_app.extensions["passwords"]
    return found


def inside(address: str | None) -> str:
    """An address of our own, or "/"."""
    parts = urlsplit(address or "")
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/") and "\\" not in parts.path
    return address if address and ours and not address.startswith("//") else "/"


@bp.get("/login")
@public
def login() -> Response | str:
    """The form."""
    if g.actor:
        return redirect(inside(request.args.get("next")))
    return render_template("auth/login.html", form=LoginForm(next=request.args.get("next", "")))


@bp.post("/login")
@public
def log_in() -> Response | tuple[str, int]:
    """Try to log in. Whatever was wrong, the answer is the same."""
    form = LoginForm()
    if not form.validate():
        return render_template("auth/login.html", form=form), 422
    with current_app.extensions["readings"]() as reading:
        compared = logins.compare(reading, form.login.data, form.secret.data, rules())
    with db.transaction(g.session):
        token = logins.enter(g.session, compared, at=g.at, rules=rules())
    if token is None:
        return render_template("auth/login.html", form=form, refused=True, rules=rules()), 422
    signed_in.put_token(token)
    return redirect(inside(form.next.data))


@bp.post("/logout")
@own
def logout() -> Response:
    """End this log-in."""
    with db.transaction(g.session):
        logins.leave(g.session, g.login, at=g.at)
    signed_in.drop_token()
    return redirect(url_for("auth.login"))


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
    if not compared.right:
        with db.transaction(g.session):
            logins.count_failure(g.session, accounts.get_account(g.session, g.login.account_id), at=g.at, rules=rules())
        raise Invalid({"old": [accounts.WRONG_OLD]})
    with db.transaction(g.session):
        account = accounts.get_account(g.session, g.login.account_id)
        accounts.set_password(g.session, account, form.new.data, actor=g.actor, at=g.at, rules=rules())
        return logins.begin(g.session, account, g.at)


@bp.get("/account")
@own
def account() -> str:
    """Who one is here: posts, mandates, log-ins."""
    return render_template("auth/account.html", login=g.login)


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
