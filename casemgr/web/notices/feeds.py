"""The calendar address: whoever has its secret reads the deadlines of one account, with what that account may see now."""

import hashlib
from typing import TYPE_CHECKING

from flask import Blueprint, g, request
from werkzeug.wrappers import Response

from casemgr.errors import NotFound
from casemgr.jobs.mails import translations
from casemgr.later import Later
from casemgr.models import Account
from casemgr.queries.actors import load_actor
from casemgr.queries.my_deadlines import load_my_deadlines
from casemgr.services.channels import find_feed
from casemgr.web.access import public, site_settings, today

if TYPE_CHECKING:
    from casemgr.documents import calendar_feed
else:
    calendar_feed = Later("casemgr.documents.calendar_feed")

bp = Blueprint("feeds", __name__)
NAME = "Deadlines of casemgr"
KEPT = 15 * 60  # seconds a programme need not ask again


@bp.get("/feeds/<token>.ics")
@public
def show(token: str) -> Response:
    """The file; 304 when nothing has changed. An unknown or ended secret, and an account without a post, say nothing."""
    settings = site_settings()
    feed = find_feed(g.session, token) if settings.feeds_enabled else None
    actor = load_actor(g.session, feed.account_id, today()) if feed else None
    if feed is None or actor is None:
        raise NotFound()
    say = translations(g.session.get(Account, feed.account_id).locale).gettext
    body = calendar_feed.write_calendar(
        load_my_deadlines(g.session, actor), name=say(NAME), titles=feed.titles, zone=settings.timezone,
        base_url=settings.base_url, say=say,
    )  # fmt: skip
    answer = Response(body, content_type="text/calendar; charset=utf-8")
    answer.set_etag(hashlib.sha256(body).hexdigest())
    answer.cache_control.private = True
    answer.cache_control.max_age = KEPT
    return answer.make_conditional(request)
