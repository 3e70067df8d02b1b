"""How instants, dates and spans are said on a page: "today 18:00", "9 days left", "2 days overdue".

Display only, in the reader's language and zone: no rule, no query, no clock (`now` is always an argument).
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from flask import current_app
from flask_babel import get_locale

from casemgr.web.locales import gettext, ngettext
from workflows.calendar import Calendar

HOUR, DAY = 3600, 86400
SOON = timedelta(days=3)
STILL = {"paused", "met", "cancelled", "closed"}


def day(value: date, now: date | None = None) -> str:
    """A date (or the local date of an instant) without weekday; the year is left out in the year of `now`, an instant or a date."""
    local = _local_day(value)
    this_year = now is not None and _local_day(now).year == local.year
    return _written("MMMd" if this_year else "yMMMd", local, get_locale())


def weekday(value: date) -> str:
    """Short name of the weekday of a date or instant."""
    return _written("E", _local_day(value), get_locale())


def month(value: date) -> str:
    """Year and month of a date: March 2026."""
    return _written("yMMMM", _local_day(value), get_locale())


def rest_words(on: date, calendar: Calendar) -> str:
    """Why a day is off: its holiday, in the words of whoever loaded the calendar."""
    name = calendar.rest_name(on)
    return gettext(name) if name else gettext("day off")


def clock_time(at: datetime) -> str:
    """Local time of day, 24 hours: 08:32."""
    return _local(at).strftime("%H:%M")


def moment(at: datetime, now: datetime | None = None) -> str:
    """Day and time of day of an instant: 22 Nov 08:32."""
    return f"{day(at, now)} {clock_time(at)}"


def near(at: datetime, now: datetime) -> str:
    """Like `moment`, saying yesterday, today and tomorrow by name."""
    return f"{_near_day(_local(at).date(), now)} {clock_time(at)}"


def until(due_at: datetime, now: datetime) -> str:
    """The last moment of a deadline: a due instant at local midnight is said as 24:00 of the day before."""
    local = _local(due_at)
    if (local.hour, local.minute, local.second) != (0, 0, 0):
        return near(due_at, now)
    return f"{_near_day(local.date() - timedelta(days=1), now)} 24:00"


def due_words(due_at: datetime | None, now: datetime, status: str = "running") -> str:
    """What is left of a deadline, or by how much it is over; `status` is the deadline's own."""
    if status == "paused":
        return gettext("Clock paused")
    if status in ("met", "cancelled", "closed"):
        return {"met": gettext("Done in time"), "cancelled": gettext("No longer needed")}.get(status, gettext("Clock ended"))
    if due_at is None:
        return gettext("No time limit")
    left = (due_at - now).total_seconds()
    if left > 0:
        return _left_words(left, due_at, now)
    return _over_words(-left, due_at, now)


def due_tone(due_at: datetime | None, now: datetime, status: str = "running") -> str:
    """Class of a deadline on a page: late, soon or nothing."""
    if status in STILL or due_at is None:
        return ""
    if due_at <= now:
        return "late"
    return "soon" if due_at - now <= SOON else ""


def left_said(due_at: datetime | None, now: datetime) -> tuple[bool, bool, int] | None:
    """What `due_words` and `due_tone` of a running deadline depend on, besides its due time, the language and the day it is."""
    if due_at is None:
        return None
    left = (due_at - now).total_seconds()
    return left > 0, due_at - now <= SOON, int(abs(left) // 60) if abs(left) < DAY else -1


def local_day(value: date) -> date:
    """The local date of an instant; a date as it is."""
    return _local_day(value)


def span(seconds: float) -> str:
    """A length of time in its largest fitting unit: 20 minutes, 5 hours, 2 days."""
    if seconds < HOUR:
        return ngettext("%(num)d minute", "%(num)d minutes", max(1, int(seconds // 60)))
    if seconds < DAY:
        return ngettext("%(num)d hour", "%(num)d hours", int(seconds // HOUR))
    return ngettext("%(num)d day", "%(num)d days", int(seconds // DAY))


def _left_words(left: float, due_at: datetime, now: datetime) -> str:
    if left < HOUR:
        return ngettext("%(num)d minute left", "%(num)d minutes left", max(1, int(left // 60)))
    if left < DAY:
        return ngettext("%(num)d hour left", "%(num)d hours left", int(left // HOUR))
    return ngettext("%(num)d day left", "%(num)d days left", _days_to(due_at, now))


def _over_words(over: float, due_at: datetime, now: datetime) -> str:
    if over < HOUR:
        return ngettext("%(num)d minute overdue", "%(num)d minutes overdue", max(1, int(over // 60)))
    if over < DAY:
        return ngettext("%(num)d hour overdue", "%(num)d hours overdue", int(over // HOUR))
    return ngettext("%(num)d day overdue", "%(num)d days overdue", -_days_to(due_at, now))


def _days_to(due_at: datetime, now: datetime) -> int:
    """Calendar days from today to the last day of the deadline; a due instant at midnight ends the day before."""
    return (_local(due_at - timedelta(microseconds=1)).date() - _local(now).date()).days


def _near_day(local_day: date, now: datetime) -> str:
    offset = (local_day - _local(now).date()).days
    named = {-1: gettext("yesterday"), 0: gettext("today"), 1: gettext("tomorrow")}
    return named[offset] if offset in named else day(local_day, now)


@lru_cache(2048)
def _written(skeleton: str, on: date, locale: Any) -> str:
    return str(format_skeleton(skeleton, on, locale=locale))


def _local(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(current_app.config["BABEL_DEFAULT_TIMEZONE"]))


def _local_day(value: date) -> date:
    return _local(value).date() if isinstance(value, datetime) else value


FILTERS: dict[str, Callable[..., Any]] = {f.__name__: f for f in (day, weekday, month, rest_words, clock_time, moment, near, until, due_words, due_tone, span)}
