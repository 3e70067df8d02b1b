"""The glue to flask_login: the cookie carries a random token, the table login_sessions says whether it still holds."""

from typing import Any

from flask import Flask, g, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from casemgr.queries.logins import Limits, Login, find_login


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
