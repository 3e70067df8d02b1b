"""Why a deadline is due when it is: reasons as code and parameters, and their English sentences (msgids).

Not here: the arithmetic (`due.py`) and the Chinese (the catalogue). A reason is said with `say(reason, gettext)`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from workflows.calendar import Calendar, add_months
from workflows.lengths import Length
from workflows.pauses import Excluded, Pause, dates_after
from workflows.view import Reason

WEEKEND = "weekend"
SENTENCES = {
    "due.start": "Counted from %(start)s.",
    "due.first_day": "The day of the start, %(day)s, is not counted.",
    "due.days": "%(length)s counted: the last is %(end)s.",
    "due.working_days": "%(length)s counted: the last is %(end)s.",
    "due.month": "%(length)s counted: to the matching day, %(end)s.",
    "due.month_end": "%(length)s counted: that month has no matching day, so its last day counts, %(end)s.",
    "due.hours": "%(length)s counted by the clock, through nights and rest days: to %(end)s.",
    "due.working_hours": "%(length)s counted within working time (%(hours)s): to %(end)s.",
    "due.extended": "Extended by %(length)s, counted from %(start)s: to %(end)s.",
    "due.rest": "Rest days not counted: %(runs)s.",
    "due.weekends": "Weekend days not counted: %(n)s.",
    "due.worked": "Weekend days that are worked, and so counted: %(runs)s.",
    "due.paused": "Paused days not counted: %(n)s (%(runs)s).",
    "due.paused_time": "Paused from %(start)s to %(end)s: that time is not counted.",
    "due.held": "Paused since %(start)s: there is no due time until the pause ends.",
    "due.rolled": "%(start)s is a rest day (%(name)s), so the due day moves to %(end)s.",
    "due.until": "In time until 24:00 of %(end)s; late from 00:00 of the day after.",
    "due.until_instant": "Late from %(end)s.",
    "due.provisional": (
        "The calendar has no table for %(year)s, so only weekends were taken as rest days. The due time is provisional:"
        " it reminds, raises nothing, and is computed again once the table is loaded."
    ),
}


@dataclass(frozen=True, slots=True)
class Leg:
    """One counted stretch, the length itself or an extension: after `start`, up to and including `end` (None: held)."""

    length: Length
    start: Any
    end: Any


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive dates of one name: a holiday's English msgid, or "" for none."""

    first: date
    last: date
    name: str = ""


def say(reason: Reason, gettext: Callable[[str], str] = str) -> str:
    """The sentence of a reason of this module, in the language of `gettext`."""
    return gettext(SENTENCES[reason.code]) % {key: _say_value(value, gettext) for key, value in reason.params.items()}


def date_reasons(
    calendar: Calendar, start: datetime | date, legs: Sequence[Leg], excluded: Excluded, due: date, missing: int | None
) -> tuple[Reason, ...]:
    """Why a date deadline is due on `due`: its start, each counted stretch, the roll, and what it could not know."""
    raw = legs[-1].end
    reasons = [_start(calendar, start), _reason("due.first_day", day=legs[0].start)]
    for number, leg in enumerate(legs):
        reasons += _leg_of_dates(calendar, leg, excluded, extension=number > 0)
    if due != raw:
        name = calendar.rest_name(raw) or WEEKEND
        reasons += [_reason("due.rolled", start=raw, name=name, end=due), *_paused_days(excluded, raw, due)]
    if missing is not None:
        reasons.append(_reason("due.provisional", year=missing))
    return (*reasons, _reason("due.until", end=due))


def hour_reasons(
    calendar: Calendar, start: datetime, legs: Sequence[Leg], pauses: Iterable[Pause], missing: int | None
) -> tuple[Reason, ...]:
    """Why an hour deadline is due at the end of its last stretch."""
    end = legs[-1].end
    reasons = [_start(calendar, start)]
    for number, leg in enumerate(legs):
        reasons += _leg_of_hours(calendar, leg, extension=number > 0)
    for pause in sorted(pauses, key=lambda pause: pause.from_at):
        if pause.to_at is not None and pause.from_at < end and pause.to_at > start:
            local = {"start": calendar.local(pause.from_at), "end": calendar.local(pause.to_at)}
            reasons.append(_reason("due.paused_time", **local))
    if missing is not None:
        reasons.append(_reason("due.provisional", year=missing))
    return (*reasons, _reason("due.until_instant", end=calendar.local(end)))


def held_reasons(calendar: Calendar, start: datetime | date, pauses: Iterable[Pause]) -> tuple[Reason, ...]:
    """Why a deadline has no due time: the open pause that holds it."""
    since = min(pause.from_at for pause in pauses if pause.to_at is None)
    return _start(calendar, start), _reason("due.held", start=calendar.local(since))


def _leg_of_dates(calendar: Calendar, leg: Leg, excluded: Excluded, *, extension: bool) -> Iterator[Reason]:
    if extension:
        yield _reason("due.extended", length=leg.length, start=leg.start, end=leg.end)
    else:
        yield _reason(_code_of_dates(leg), length=leg.length, end=leg.end)
    if leg.length.unit == "working_days":
        yield from _rest_days(calendar, [day for day in dates_after(leg.start, leg.end) if day not in excluded])
    yield from _paused_days(excluded, leg.start, leg.end)


def _code_of_dates(leg: Leg) -> str:
    if leg.length.unit != "months":
        return f"due.{leg.length.unit}"
    return "due.month" if add_months(leg.start, leg.length.amount).day == leg.start.day else "due.month_end"


def _leg_of_hours(calendar: Calendar, leg: Leg, *, extension: bool) -> Iterator[Reason]:
    start, end = calendar.local(leg.start), calendar.local(leg.end)
    if extension:
        yield _reason("due.extended", length=leg.length, start=start, end=end)
    elif leg.length.unit == "hours":
        yield _reason("due.hours", length=leg.length, end=end)
    else:
        hours = ", ".join(map(str, calendar.slots))
        yield _reason("due.working_hours", length=leg.length, hours=hours, end=end)
    if leg.length.unit == "working_hours":
        yield from _rest_days(calendar, dates_after(start.date() - timedelta(days=1), end.date()))


def _rest_days(calendar: Calendar, days: Iterable[date]) -> Iterator[Reason]:
    days = list(days)
    rest = [day for day in days if calendar.is_rest_day(day)]
    named = [day for day in rest if calendar.rest_name(day)]
    made_up = [day for day in days if day in calendar.work]
    if named:
        yield _reason("due.rest", runs=_runs(named, calendar.rest_name))
    if len(rest) > len(named):
        yield _reason("due.weekends", n=len(rest) - len(named))
    if made_up:
        yield _reason("due.worked", runs=_runs(made_up))


def _paused_days(excluded: Excluded, start: date, end: date) -> Iterator[Reason]:
    days = excluded.between(start, end)
    if days:
        yield _reason("due.paused", n=len(days), runs=_runs(days))


def _runs(days: Sequence[date], name_of: Callable[[date], str | None] = lambda day: None) -> tuple[Run, ...]:
    """Ordered dates as runs of neighbours that have one name."""
    grouped = groupby(enumerate(days), key=lambda item: (item[1].toordinal() - item[0], name_of(item[1])))
    runs = []
    for (_, name), items in grouped:
        members = [day for _, day in items]
        runs.append(Run(members[0], members[-1], name or ""))
    return tuple(runs)


def _start(calendar: Calendar, start: datetime | date) -> Reason:
    return _reason("due.start", start=calendar.local(start) if isinstance(start, datetime) else start)


def _reason(code: str, **params: Any) -> Reason:
    return Reason(code, params)


def _say_value(value: Any, gettext: Callable[[str], str]) -> str:
    if isinstance(value, Length):
        return gettext(value.label) % {"n": value.amount}
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S" if value.second else "%Y-%m-%d %H:%M")
    if isinstance(value, tuple):
        return ", ".join(_say_run(run, gettext) for run in value)
    return gettext(value) if isinstance(value, str) else str(value)


def _say_run(run: Run, gettext: Callable[[str], str]) -> str:
    days = str(run.first) if run.first == run.last else f"{run.first}–{run.last}"
    return f"{days} {gettext(run.name)}" if run.name else days
