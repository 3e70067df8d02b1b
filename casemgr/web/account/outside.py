"""Logging in by an outside service (OpenID Connect): state, nonce and PKCE by authlib, the account by what is linked.

It never makes an account or gives a right. Settings: oidc_*; who may still use a password: auth.py.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, current_app, flash, g, redirect, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from casemgr import logs
from casemgr.config import Settings
from casemgr.later import Later
from casemgr.services import logins
from casemgr.services.logins import Half
from casemgr.web.access import public, recording, site_settings
from casemgr.web.account import devices
from casemgr.web.account.auth import arrive, factor_rules

if TYPE_CHECKING:
    import requests
    from authlib.common import errors
    from authlib.integrations import flask_client
    from joserfc import errors as signing
else:
    requests, errors, flask_client, signing = map(Later, ("requests", "authlib.common.errors", "authlib.integrations.flask_client", "joserfc.errors"))

bp = Blueprint("outside", __name__, url_prefix="/login/outside")
log = logs.get_logger("casemgr.web")
PATIENCE = 10  # seconds for an answer of the service


def attach(app: Flask, settings: Settings) -> None:
    """Let `app` know the service: app.extensions["outside"], None where there is none. Nothing is asked of it yet."""
    client: Any = None
    if settings.oidc_issuer:
        secret = settings.oidc_client_secret.get_secret_value()
        client = flask_client.OAuth(app).register(
            "outside", client_id=settings.oidc_client_id, client_secret=secret or None,
            server_metadata_url=settings.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration",
            client_kwargs={
                "scope": settings.oidc_scope, "code_challenge_method": "S256", "timeout": PATIENCE,
                **({} if secret else {"token_endpoint_auth_method": "none"}),
            },
        )  # fmt: skip
    app.extensions["outside"] = client


def faults() -> tuple[type[Exception], ...]:
    """What may go wrong over the outside service; the last two: an answer that is none."""
    return errors.AuthlibBaseError, signing.JoseError, requests.RequestException, KeyError, ValueError


def to_login(fault: str = "") -> Response:
    """Back to the log-in, saying why."""
    if fault:
        flash(fault, "error")
    return redirect(url_for("auth.login"))


def unanswered(error: Exception) -> Response:
    """The service did not answer as it should: the log says how, the page what to do."""
    log.warning("outside.failed", fault=type(error).__name__, code=getattr(error, "error", ""))
    return to_login(gettext("The outside log-in did not work. Try again, or log in with your password here."))


@bp.get("")
@public
def begin() -> Response:
    """To the service."""
    client: Any = current_app.extensions["outside"]
    if client is None:
        return to_login()
    try:
        answer: Response = client.authorize_redirect(address("outside.back"))
    except faults() as error:
        return unanswered(error)
    session["outside_next"] = request.args.get("next", "")
    return answer


def address(endpoint: str) -> str:
    """Where people reach one of our pages."""
    settings = site_settings()
    return settings.base_url.rstrip("/") + url_for(endpoint)


@bp.get("/back")
@public
def back() -> Response:
    """From the service: whoever it names logs in, if an account is meant by it."""
    client: Any = current_app.extensions["outside"]
    if client is None:
        return to_login()
    try:
        claims = client.authorize_access_token()["userinfo"]
        subject, issuer = str(claims["sub"]), str(claims["iss"])
    except faults() as error:
        return unanswered(error)
    then = session.pop("outside_next", "")
    with recording() as writing:
        entered = enter(writing, claims, issuer, subject)
    if entered is None:
        return to_login(
            gettext("No account here is linked to this log-in, or it is off or locked. Tell the account administrator: %(name)s", name=subject)
        )
    return arrive(entered, then)


def enter(writing: Any, claims: Any, issuer: str, subject: str) -> str | Half | None:
    """Begin a log-in for the account that is meant, if any."""
    settings = site_settings()
    if settings.oidc_match == "subject":
        account_id = logins.find_outside(writing, issuer, subject)
    else:
        account_id = logins.find_by_login(writing, str(claims.get(settings.oidc_claim, "")))
    if account_id is None:
        return None
    return logins.enter_outside(
        writing, account_id, at=g.at, factor=factor_rules(), place=devices.here(logins.OUTSIDE),
        checked=settings.oidc_checks_factor,
    )  # fmt: skip


@bp.get("/leave")
@public
def leave() -> Response:
    """End the log-in at the service too, where it knows how."""
    client: Any = current_app.extensions["outside"]
    if client is None:
        return to_login()
    try:
        end = client.load_server_metadata().get("end_session_endpoint")
    except faults() as error:
        return unanswered(error)
    if not end:
        return to_login()
    query = {"client_id": client.client_id, "post_logout_redirect_uri": address("auth.login")}
    return redirect(f"{end}?{urlencode(query)}")
