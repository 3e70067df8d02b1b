"""Who asks: the bearer token behind a request, its permission, and its share of the minute. Sets g.actor and g.bearer."""

from datetime import timedelta

from flask import Response, current_app, g, request
from sqlalchemy.exc import OperationalError

from casemgr import db, logs, policy
from casemgr.api.problems import NoToken, ReadOnly, TooMany
from casemgr.errors import NotAllowed
from casemgr.queries.tokens import find_bearer
from casemgr.services.shares import Shares
from casemgr.services.tokens import take_share
from casemgr.web.access import PUBLIC, READS, guard_of, today

log = logs.get_logger("casemgr.api")
MINUTE = timedelta(minutes=1)
SHARES = 12  # the requests of a minute are handed out in about so many shares: one small write each


def open_for_program() -> None:
    """Let a request to the API through, or raise NoToken, TooMany, ReadOnly, NotAllowed."""
    guard = guard_of(current_app, request.endpoint or "")
    if guard == PUBLIC:
        return
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    with current_app.extensions["readings"]() as reading:
        bearer = find_bearer(reading, token.strip(), today()) if kind.lower() == "bearer" else None
    if bearer is None:
        raise NoToken()
    g.bearer, g.actor = bearer, bearer.actor
    count(bearer.token_id)
    if request.method not in READS and not bearer.may_write:
        raise ReadOnly()
    if guard is None or not policy.may(g.actor, guard):
        raise NotAllowed()


def count(token_id: int) -> None:
    """Count the request of a token over all processes. Raises TooMany. A busy database is not waited for."""
    shares: Shares = current_app.extensions["api_shares"]
    wanted: int = current_app.extensions["settings"].api_requests_per_minute
    share = max(1, wanted // SHARES)
    most = wanted - wanted % share
    minute = g.at.replace(second=0, microsecond=0)
    left_of_minute = (minute + MINUTE - g.at).seconds or 60
    g.quota = (most, 0, left_of_minute)
    used = shares.spend(token_id, minute)
    if used is None:
        try:
            with current_app.extensions["hurried"]() as session, db.transaction(session):
                given = take_share(session, token_id, minute, share, most, at=g.at)
        except OperationalError:
            log.info("a request was not counted: the database was busy")
            return
        if given is None:
            raise TooMany(seconds=left_of_minute)
        shares.put(token_id, minute, share, given)
        used = shares.spend(token_id, minute) or given
    g.quota = (most, most - used, left_of_minute)


def tell_quota(response: Response) -> Response:
    """How many requests are left, on every answer to a token; what a program may keep depends on who asked and how."""
    response.headers["Vary"] = "Authorization, Accept-Language"
    if "quota" in g:
        most, left, seconds = g.quota
        response.headers["RateLimit-Policy"] = f'"minute";q={most};w=60'
        response.headers["RateLimit"] = f'"minute";r={max(left, 0)};t={seconds}'
    return response
