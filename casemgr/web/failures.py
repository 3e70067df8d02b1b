"""Errors as pages: ours with their own sentence and status, those of HTTP, and whatever nobody foresaw."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, render_template, request
from flask.globals import request_ctx
from flask_babel import gettext
from gunicorn.http.errors import NoMoreData, ParseException  # type: ignore[import-untyped]
from jinja2 import TemplateNotFound
from werkzeug.exceptions import BadRequest, HTTPException

from casemgr import db, logs
from casemgr.errors import Busy, CasemgrError, Invalid, Refused, Unsure
from casemgr.web import sayings
from casemgr.web.access import asks_api
from casemgr.web.door.host import is_at_door

Answer = Callable[[Any], Any]
log = logs.get_logger("casemgr.web")
UNREADABLE = (ParseException, NoMoreData)  # what the server says of a body that breaks off or is no HTTP, when a page reads it
PAGES = (400, 403, 404, 405, 409, 413, 429, 503)


def attach(app: Flask, *, for_programs: Answer) -> None:
    """Let `app` answer every error with a page, and `for_programs` those of the API."""
    for kind, page in ((CasemgrError, of_ours), (HTTPException, of_http), (Exception, of_surprise)):
        app.register_error_handler(kind, by_who_asks(page, for_programs))


def by_who_asks(page: Answer, for_programs: Answer) -> Answer:
    """One answer for people, another for programs; bare words where the Host is none: no page has an address then."""

    def answer(error: Any) -> Any:
        if request_ctx.url_adapter is None:
            return Response("Bad Request\n", 400, mimetype="text/plain")
        return for_programs(error) if asks_api() else page(error)

    return answer


def of_ours(error: CasemgrError) -> tuple[str, int]:
    """The page of an error a person can understand."""
    undo()
    if isinstance(error, Busy | Unsure):
        return of_database(error)
    if is_at_door():
        return for_residents(error.status)
    plain = error.code == type(error).code and not isinstance(error, Refused | Invalid)
    template = f"errors/{error.status}.html" if plain and error.status in PAGES else "errors/error.html"
    changes = [
        {"what": getattr(c, "what", c), "by": getattr(c, "by", ""), "at": getattr(c, "at", g.at)}
        for c in getattr(error, "changes", ())
    ]
    page = render_template(
        template, title=gettext("This is not possible now"), text=sayings.say_error(error),
        reasons=sayings.say_all(error), changes=changes, back=request.referrer, request_id=g.get("request_id"),
    )  # fmt: skip
    return page, error.status


def of_http(error: HTTPException) -> HTTPException | tuple[str, int]:
    """The page of an HTTP error; redirects and finished answers pass as they are."""
    undo()
    if error.code is None or error.code < 400:
        return error
    status = error.code
    if is_at_door():
        return for_residents(status)
    try:
        return render_template(f"errors/{status}.html", reasons=(), request_id=g.get("request_id")), status
    except TemplateNotFound:
        text = sayings.say(CasemgrError.message)
        title = gettext("This is not possible now")
        return render_template("errors/error.html", title=title, text=text, request_id=g.get("request_id")), status


def for_residents(status: int) -> tuple[str, int]:
    """The page of any error at the residents' door: what to do, and no word of the house."""
    return render_template("door/error.html", status=status, request_id=g.get("request_id")), status


def of_surprise(error: Exception) -> Any:
    """What nobody foresaw: logged in full, told without a word of it."""
    if isinstance(error, UNREADABLE):
        return of_http(BadRequest())
    undo()
    if told := db.passing(error, g.get("session")):
        log.warning("database", fault=type(error).__name__, told=told.code)
        return of_database(told)
    log.exception("failed", route=request.url_rule.rule if request.url_rule else "(none)")
    return render_template("errors/500.html", request_id=g.get("request_id")), 500


def of_database(error: Busy | Unsure) -> tuple[str, int]:
    """The page while the database is gone: nothing that it shows is read there."""
    g.actor = g.login = None
    if is_at_door():
        return for_residents(error.status)
    return render_template("errors/503.html", text=sayings.say_error(error), request_id=g.get("request_id")), error.status


def undo() -> None:
    """Leave nothing half done in the session that the page is going to read with."""
    session = g.get("session")
    if session is not None:
        db.undo(session)
