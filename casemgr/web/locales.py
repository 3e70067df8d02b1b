"""In which language a page speaks: ?lang=, the account's own, the cookie, the setting, in this order; to a program: as it asks."""

from flask import Flask, current_app, g, request
from flask_babel import Babel
from werkzeug.wrappers import Response

from casemgr.config import Settings

LANGUAGES = {"zh_Hans": "中文", "en": "English"}
BY_HEADER = {"zh": "zh_Hans", "en": "en"}  # Accept-Language of a program -> language
COOKIE = "language"
YEAR = 365 * 24 * 3600


def attach(app: Flask) -> None:
    """Give `app` its languages; catalogues lie in casemgr/translations."""
    Babel(app, locale_selector=choose)

    @app.after_request
    def say_language(response: Response) -> Response:
        response.headers.setdefault("Vary", "Cookie")
        return response


def choose() -> str:
    """The language of this request."""
    settings: Settings = current_app.extensions["settings"]
    if request.path.startswith("/api/"):
        return BY_HEADER.get(request.accept_languages.best_match(BY_HEADER) or "", settings.default_locale)
    login = g.get("login")
    wishes = (request.args.get("lang"), login and login.locale, request.cookies.get(COOKIE))
    return next((wish for wish in wishes if wish in LANGUAGES), settings.default_locale)


def remember(response: Response, language: str) -> None:
    """Keep a chosen language on this device."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(COOKIE, language, max_age=YEAR, httponly=True, samesite="Lax", secure=secure)
