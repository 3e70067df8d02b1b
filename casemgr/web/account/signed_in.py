"""The glue to flask_login: the cookie carries a random token, the table login_sessions says whether it still holds."""

from datetime import datetime
from typing import Any

from flask import Flask, g, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from casemgr.queries.logins import Limits, Login, find_login
from casemgr.services.logins import Half


class SignedIn(UserMixin):
    """Whoever is logged in, for flask_login: its id is the token."""

    def __init__(self, token: str, login: Login | None = None) -> None:
        self.token = token
        self.login = login

    def get_id(self) -> str:
        """The token that stands in the signed cookie."""
        return self.token


def attach(app: Flask, limits: Limits) -> None:
    """Let `app` find the log-in of a request, with the session g.reading."""
    manager = LoginManager()
    manager.session_protection = None  # the token is random, held as a hash, and ends by itself
    manager.init_app(app, add_context_processor=False)

    @manager.user_loader
    def load(token: str) -> SignedIn | None:
        found = find_login(g.reading, token, at=g.at, limits=limits)
        return SignedIn(token, found) if found else None


def current_login() -> Login | None:
    """The log-in of this request, or None."""
    user: Any = current_user
    return user.login if user.is_authenticated else None


def put_token(token: str) -> None:
    """Begin anew with a token: nothing of the cookie before stays."""
    session.clear()
    login_user(SignedIn(token))


def drop_token() -> None:
    """Forget the token and all else in the cookie."""
    logout_user()
    session.clear()


def put_half(half: Half, back: str) -> None:
    """Keep the first step of a log-in in the signed cookie, with the page to go to; nothing before it stays."""
    session.clear()
    session["half"] = [half.account_id, half.rights_version, half.begun_at.isoformat(), half.way, back]


def find_half() -> tuple[Half, str] | None:
    """The first step that was taken from here, and the page to go to."""
    if "half" not in session:
        return None
    account_id, rights_version, begun_at, way, back = session["half"]
    return Half(account_id, rights_version, datetime.fromisoformat(begun_at), way), back
