"""In which language a page speaks: ?lang=, the account's own, the cookie, the setting, in this order; to a program: as it asks."""

from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import flask_babel
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from werkzeug.wrappers import Response

from casemgr.config import Settings
from casemgr.web.cookies import cookie, put_cookie

LANGUAGES = {"zh_Hans": "中文", "en": "English"}
BY_HEADER = {"zh": "zh_Hans", "en": "en"}  # Accept-Language of a program -> language
COOKIE = "language"
YEAR = 365 * 24 * 3600
KEPT = 8192  # sentences remembered: more than there are
SPOKEN: ContextVar[str | None] = ContextVar("spoken", default=None)


def attach(app: Flask) -> None:
    """Give `app` its languages; catalogues lie in casemgr/translations."""
    Babel(app, locale_selector=choose)
    app.jinja_env.globals["_"] = said

    @app.before_request
    def nothing_said() -> None:
        SPOKEN.set(None)

    @app.teardown_request
    def nothing_more(error: BaseException | None) -> None:
        SPOKEN.set(None)

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
    wishes = (request.args.get("lang"), login and login.locale, cookie(COOKIE))
    return next((wish for wish in wishes if wish in LANGUAGES), settings.default_locale)


def remember(response: Response, language: str) -> None:
    """Keep a chosen language on this device."""
    put_cookie(response, COOKIE, language, max_age=YEAR)


@pass_eval_context
def said(evaluation: EvalContext, english: str, **values: Any) -> str:
    """A sentence in the language of this request, for templates; its values are escaped where the template escapes. Nothing is
    nothing in every language."""
    if not english:
        return ""
    language = present()
    if not values and evaluation.autoescape:
        return as_markup(language, english)
    words = in_language(language, english)
    return Markup(words) % values if evaluation.autoescape else words % values  # noqa: S704  our own sentence


def sentence(english: str) -> str:
    """A sentence without values in the language of this request."""
    return in_language(present(), english)


def gettext(english: str, **values: Any) -> str:
    """A sentence in the language of this request, with values put in."""
    return in_language(present(), english) % values if values else in_language(present(), english)


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """A sentence with a number, in the language of this request."""
    words = counted(present(), one, many, num)
    return words % {"num": num, **values}


def present() -> str:
    """The language spoken now: looked up once a request."""
    language = SPOKEN.get()
    if language is None:
        locale = get_locale()
        language = locale.language if locale else ""
        if has_request_context():
            SPOKEN.set(language)
    return language


@lru_cache(KEPT)
def in_language(language: str, english: str) -> str:
    """A sentence as the catalogue of the present language, named by `language`, has it."""
    return flask_babel.gettext(english)


@lru_cache(KEPT)
def counted(language: str, one: str, many: str, num: int) -> str:
    """The same for a sentence with a number, which is not put in yet."""
    return str(flask_babel.get_translations().ungettext(one, many, num))


@lru_cache(KEPT)
def as_markup(language: str, english: str) -> Markup:
    """The same, for a page; %% is one sign."""
    return Markup(in_language(language, english) % {})  # noqa: S704  our own sentence
