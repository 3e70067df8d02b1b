"""How many requests a minute one account or one network address has for what costs much, and how large a request may be.

The numbers are settings (docs/configuration.md); 0 is no limit. The API counts its tokens itself (casemgr/api/asking.py).
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from casemgr import db, logs
from casemgr.errors import CasemgrError
from casemgr.services.shares import Shares, take_share
from casemgr.web.access import DOOR, asks_api, site_settings
from casemgr.web.account.devices import here

log = logs.get_logger("casemgr.web")
MINUTE = timedelta(minutes=1)
SHARES = 12  # as for tokens of the API: one small write for so much of a minute
FILES = "multipart/form-data"
MOST_WORDS = 2 * 1024 * 1024  # bytes of a request without files
MOST_FIELD = 500_000  # bytes of all words of a form with files
MOST_PARTS = 2_000
HEAVY = frozenset((
    "papers.make", "papers.send_signed", "exports.ask", "exports.fetch", "trail.export", "trail.export_readings", "cases.record",
    "bulk.send", "handing.send", "handing.approve", "holidays.read", "holidays.load", "history.send", "agreements.show",
))  # fmt: skip
SEARCHES = frozenset(("register.hints", "register.people", "accounts.show_list", "structure.teams.add_member", "trail.show", "trail.readings"))
SEARCHED = frozenset(("lists.show", "bulk.show"))  # with words to look for
OPEN = frozenset(("auth.login", "auth.log_in", "second_factor.ask", "second_factor.send", "outside.begin", "outside.back", "feeds.show"))


class TooManyAsked(CasemgrError):
    """This account or address has used up its requests of this minute."""

    status = 429
    code = "too_many"
    message = "Too many requests in this minute. Wait a little."


def attach(app: Flask) -> None:
    """Let `app` refuse what is too large or too often. To be attached after it is known who asks, before anything is done."""
    app.extensions["request_shares"] = Shares()
    app.config.update(MAX_FORM_MEMORY_SIZE=MOST_FIELD, MAX_FORM_PARTS=MOST_PARTS)
    app.before_request(measure)
    app.before_request(count)
    app.after_request(say_when)


def measure() -> None:
    """Only what brings files may be large; the body is cut off where it grows beyond."""
    if request.mimetype != FILES:
        request.max_content_length = min(MOST_WORDS, current_app.config["MAX_CONTENT_LENGTH"])
        request.max_form_memory_size = MOST_WORDS


def budget() -> tuple[str, str, int] | None:
    """What this request is counted as, for whom, and how many of these a minute has; None for what costs little."""
    settings, endpoint, actor = site_settings(), request.endpoint or "", g.get("actor")
    if asks_api():
        return None
    if actor is None:
        is_open = endpoint in OPEN or request.blueprint == DOOR
        return ("open", digest(here().address), settings.open_per_minute) if is_open else None
    if endpoint in HEAVY:
        return "heavy", str(actor.account_id), settings.heavy_per_minute
    if endpoint in SEARCHES or (endpoint in SEARCHED and request.args.get("q")):
        return "search", str(actor.account_id), settings.search_per_minute
    return None


def digest(address: str) -> str:
    """An address as it is counted: it is kept nowhere itself."""
    return hmac.digest(current_app.config["SECRET_KEY"].encode(), f"limits:{address}".encode(), hashlib.sha256).hex()[:32]


def count() -> None:
    """Count the request over all processes. Raises TooManyAsked. A busy database is not waited for."""
    found = budget()
    if found is None or not found[2]:
        return
    what, who, most = found
    shares: Shares = current_app.extensions["request_shares"]
    minute = g.at.replace(second=0, microsecond=0)
    if shares.spend((what, who), minute) is not None:
        return
    share = max(1, most // SHARES)
    if (given := taken(lambda session: take_share(session, what, who, minute, share, most))) is None:
        g.retry_after = (minute + MINUTE - g.at).seconds or 60
        raise TooManyAsked()
    shares.put((what, who), minute, share, given)
    shares.spend((what, who), minute)


def taken(take: Callable[[Session], int | None]) -> int | None:
    """What a share gives; one that could not be counted is given."""
    try:
        with current_app.extensions["hurried"]() as session, db.transaction(session):
            return take(session)
    except OperationalError:
        log.info("a request was not counted: the database was busy")
        return 0


def say_when(response: Response) -> Response:
    """When to come again, on a refusal."""
    if response.status_code == 429 and "retry_after" in g:
        response.headers["Retry-After"] = str(g.retry_after)
    return response
