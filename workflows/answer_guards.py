"""Guards over answers alone: explained, in order of time, something given at all. Each gives None, or the Reason why not.

Guards that look at the matter are in guards.py, which offers these too. Legal dates are Chinese dates.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from workflows.model import Guard
from workflows.view import CaseView, Reason

ZONE = ZoneInfo("Asia/Shanghai")  # legal dates are Chinese dates
GRAIN = 15  # minutes: planned sessions begin on a full quarter, rooms are kept by the quarter


def local_date(at: datetime) -> date:
    """The Chinese date of an aware instant."""
    return at.astimezone(ZONE).date()


def explained(name: str) -> Guard:
    """A guard: "other" in the answer `name` is said in words (answer "explanation")."""

    def check(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
        return Reason("explain_other") if data.get(name) == "other" and not data.get("explanation") else None

    check.__doc__ = f"“Other” is explained (answer {name})."
    return check


def not_in_future(name: str) -> Guard:
    """A guard: the date or instant answered as `name` has come."""

    def check(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
        given = data.get(name)
        if given is None:
            return None
        return Reason("in_the_future") if _later(given, at) else None

    check.__doc__ = f"It has happened (answer {name})."
    return check


def in_order(earlier: str, later: str) -> Guard:
    """A guard: of two dates or two instants the later is not before the earlier."""

    def check(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
        first, second = data.get(earlier), data.get(later)
        if first is None or second is None:
            return None
        return Reason("dates_reversed") if second < first else None

    check.__doc__ = f"In order of time (answers {earlier}, {later})."
    return check


def starts_ahead(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """What is planned lies ahead."""
    return None if data["starts_at"].astimezone(UTC) > at else Reason("in_the_past")


def on_the_quarter(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """It begins on a full quarter of an hour."""
    begins: datetime = data["starts_at"]
    whole = begins.minute % GRAIN == 0 and not begins.second and not begins.microsecond
    return None if whole else Reason("not_on_the_quarter")


def somewhere(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """It has a place: a room, or one in words."""
    return None if data.get("room_id") or data.get("place") else Reason("place_missing")


def _later(given: date | datetime, at: datetime) -> bool:
    """Whether an answer lies after `at`; a date compares by Chinese date."""
    if isinstance(given, datetime):
        return given.astimezone(UTC) > at
    return given > local_date(at)


def something_given(*besides: str) -> Guard:
    """A guard: at least one answer, other than those named, was given."""

    def check(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
        given = any(value not in (None, "", (), []) for name, value in data.items() if name not in besides)
        return None if given else Reason("nothing_recorded")

    check.__doc__ = "At least one thing is entered."
    return check
