"""When a deadline is due: a pure function of its start, length, pauses, extensions and the calendar.

Here: the arithmetic. Not here: how a length is written (`lengths.py`), what a pause excludes (`pauses.py`), the
sentences (`due_words.py`), the ladder (`ladder.py`). Overdue is a comparison with `due_at`, never a tick.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from workflows.calendar import DAY, LONGEST_WALK, Calendar, CalendarError, add_months, count_out
from workflows.due_words import SENTENCES, Leg, date_reasons, held_reasons, hour_reasons, say
from workflows.lengths import UNITS, Length, LengthError, parse_length
from workflows.pauses import Excluded, Pause, PauseError, pause_of_dates, unpaused, worked
from workflows.view import Reason

__all__ = [
    "SENTENCES", "UNITS", "Due", "DueError", "DueFacts", "Length", "LengthError", "Pause", "PauseError", "Reason",
    "compute_due", "describe", "due_of", "fraction_at", "fraction_of", "late_at", "parse_length", "pause_of_dates", "say",
]  # fmt: skip
ROLLS = ("none", "next")
YEARS = range(1900, 2400)


class DueError(ValueError):
    """Facts from which no due time can be computed."""


@dataclass(frozen=True, slots=True)
class Due:
    """A due time with its reasons.

    `raw` is the due time before rolling and `due` after it: a date (late once the date is over) or an instant in UTC.
    `due_at` is the first late instant: 24:00 of the date, or the instant itself. All three are None while an open
    pause holds the deadline (`open`). `provisional`: the calendar did not reach so far and only weekends were known.
    """

    raw: date | datetime | None
    due: date | datetime | None
    due_at: datetime | None
    provisional: bool
    open: bool
    why: tuple[Reason, ...]

    def is_late(self, at: datetime) -> bool:
        """Is it overdue at that instant, if it is not met? Never while a pause holds it."""
        return late_at(self.due_at, at)


@dataclass(frozen=True, slots=True)
class DueFacts:
    """The recorded facts of one deadline: with the calendar, all that its due time depends on."""

    start: datetime | date
    length: Length
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Length, ...] = ()
    roll: str = "none"


def late_at(due_at: datetime | None, at: datetime) -> bool:
    """The one comparison that means overdue: from the due instant on."""
    return due_at is not None and at >= due_at


def due_of(calendar: Calendar, facts: DueFacts, *, explain: bool = True) -> Due:
    """The due time of recorded facts; see `compute_due`."""
    return compute_due(
        calendar, facts.start, facts.length, pauses=facts.pauses, extensions=facts.extensions, roll=facts.roll,
        explain=explain,
    )  # fmt: skip


def compute_due(
    calendar: Calendar,
    start: datetime | date,
    length: Length,
    *,
    pauses: Iterable[Pause] = (),
    extensions: Iterable[Length] = (),
    roll: str = "none",
    explain: bool = True,
) -> Due:
    """When a deadline is due.

    `start` is an aware instant, or for days, working days and months a date. The day of the start is not counted
    (MFD 201). Each extension is counted from the raw due before it, never from a rolled day. `roll` "next" moves a
    date that is a rest day to the next working day (MFD 203); hours never roll. Without `explain` it gives no reasons:
    they cost more than the rest. Raises DueError.
    """
    _check(start, length, extensions := tuple(extensions), roll)
    lengths, pauses = (length, *extensions), tuple(pauses)
    if isinstance(start, datetime) and not length.in_dates:
        return _due_at(calendar, start, lengths, pauses, explain)
    if pauses or explain:
        return _due_on(calendar, start, lengths, pauses, roll, explain)
    day = _start_on(calendar, start)
    due: Due = calendar.kept(("due", day, lengths, roll), lambda: _due_on(calendar, day, lengths, (), roll, explain))
    return due


def fraction_of(calendar: Calendar, facts: DueFacts, num: int, den: int) -> datetime | None:
    """The instant of a fraction of a deadline; see `fraction_at`."""
    return fraction_at(calendar, facts.start, facts.length, facts.pauses, facts.extensions, num, den)


def fraction_at(
    calendar: Calendar,
    start: datetime | date,
    length: Length,
    pauses: Iterable[Pause],
    extensions: Iterable[Length],
    num: int,
    den: int,
) -> datetime | None:
    """The instant num/den of the way, floored in the deadline's unit (months: in days).

    On a date it is the opening of working hours. None when it falls on the start, or when an open pause comes first.
    Raises DueError.
    """
    _check(start, length, extensions := tuple(extensions), "none")
    if not 0 < num <= den:
        raise DueError(f"{num}/{den} is not a fraction of a deadline")
    amount, unit = _counted(calendar, start, (length, *extensions))
    if amount * num // den == 0:
        return None
    part = Length(amount * num // den, unit)
    if isinstance(start, datetime) and not length.in_dates:
        return _count(calendar, start, part, tuple(pauses))
    day = _advance(calendar, _start_on(calendar, start), part, Excluded(calendar, pauses))
    return None if day is None else calendar.opening(day)


def describe(due: Due, calendar: Calendar, gettext: Callable[[str], str] = str) -> dict[str, Any]:
    """The due time for people and programs: `raw`, `due` (ISO date, or local instant), `provisional`, `why` (sentences)."""
    return {
        "raw": _written(calendar, due.raw),
        "due": _written(calendar, due.due),
        "provisional": due.provisional,
        "why": [say(reason, gettext) for reason in due.why],
    }


def _written(calendar: Calendar, when: date | datetime | None) -> str | None:
    if when is None:
        return None
    return (calendar.local(when) if isinstance(when, datetime) else when).isoformat()


def _check(start: datetime | date, length: Length, extensions: Sequence[Length], roll: str) -> None:
    if roll not in ROLLS:
        raise DueError(f"roll is none or next, not {roll!r}")
    if start.year not in YEARS:
        raise DueError(f"no deadline starts in {start.year}")
    if isinstance(start, datetime) and start.tzinfo is None:
        raise DueError(f"{start.isoformat()} has no time zone")
    if not length.in_dates and not isinstance(start, datetime):
        raise DueError(f"a deadline of {length} needs the time of day from which it runs")
    for extension in extensions:
        if length.in_dates and not extension.in_dates:
            raise DueError(f"a deadline of {length} is extended by days or months, not by {extension}")
        if not length.in_dates and extension.unit != length.unit:
            raise DueError(f"a deadline of {length} is extended in the same unit, not by {extension}")


def _counted(calendar: Calendar, start: datetime | date, lengths: Sequence[Length]) -> tuple[int, str]:
    """How much a deadline counts, and in which unit; pauses do not change it."""
    unit = lengths[0].unit
    if unit != "months" and all(length.unit == unit for length in lengths):
        return sum(length.amount for length in lengths), unit
    legs = _legs(calendar, _start_on(calendar, start), lengths, Excluded(calendar))
    return sum((leg.end - leg.start).days for leg in legs or ()), "days"


# Dates: days, working days, months


def _due_on(
    calendar: Calendar, start: datetime | date, lengths: Sequence[Length], pauses: Sequence[Pause], roll: str, explain: bool
) -> Due:
    excluded = Excluded(calendar, pauses)
    legs = _legs(calendar, _start_on(calendar, start), lengths, excluded)
    if legs is None:
        return _held(calendar, start, pauses)
    day = legs[-1].end
    due = _rolled(calendar, day, excluded) if roll == "next" else day
    if due is None:
        return _held(calendar, start, pauses)
    missing = _missing_year(calendar, legs, (day, due) if roll == "next" else None)
    why = date_reasons(calendar, start, legs, excluded, due, missing) if explain else ()
    return Due(day, due, calendar.end_of(due), missing is not None, False, why)


def _legs(calendar: Calendar, day: date, lengths: Sequence[Length], excluded: Excluded) -> list[Leg] | None:
    """The length and its extensions, each counted from the end of the one before; None when an open pause comes first."""
    legs = []
    for length in lengths:
        end = _advance(calendar, day, length, excluded)
        if end is None:
            return None
        legs.append(Leg(length, day, end))
        day = end
    return legs


def _advance(calendar: Calendar, day: date, length: Length, excluded: Excluded) -> date | None:
    """The last date of a length counted after `day`; None when an open pause comes first."""
    count, working = length.amount, length.unit == "working_days"
    if excluded.nothing and not working:
        return add_months(day, count) if length.unit == "months" else day + count * DAY
    if length.unit == "months":
        matching = add_months(day, length.amount)
        day, count = matching, len(excluded.between(day, matching))
    for _ in range(LONGEST_WALK):
        if excluded.is_open(day):
            return None
        if not count:
            return day
        day += DAY
        count -= day not in excluded and not (working and calendar.is_rest_day(day))
    raise CalendarError(f"{length} cannot be counted: the pauses do not end")


def _rolled(calendar: Calendar, day: date, excluded: Excluded) -> date | None:
    """The first working day from `day` on that no pause takes away; None when an open pause comes first."""
    for _ in range(LONGEST_WALK):
        if excluded.is_open(day):
            return None
        if calendar.is_working_day(day) and day not in excluded:
            return day
        day += DAY
    raise CalendarError(f"no working day follows {day}")


def _missing_year(calendar: Calendar, legs: Sequence[Leg], roll: tuple[date, date] | None) -> int | None:
    """The first year that the count looked at and the calendar does not know."""
    looked = [(leg.start + DAY, leg.end) for leg in legs if leg.length.unit == "working_days"]
    if roll:
        looked.append(roll)
    return next((year for first, last in looked for year in _unknown_years(calendar, first, last)), None)


def _unknown_years(calendar: Calendar, first: date, last: date) -> list[int]:
    return [year for year in range(first.year, last.year + 1) if not calendar.covers(date(year, 1, 1))]


def _start_on(calendar: Calendar, start: datetime | date) -> date:
    return calendar.local_date(start) if isinstance(start, datetime) else start


# Instants: hours, working hours


def _due_at(
    calendar: Calendar, start: datetime, lengths: Sequence[Length], pauses: Sequence[Pause], explain: bool
) -> Due:
    legs, at = [], start.astimezone(UTC)
    for length in lengths:
        end = _count(calendar, at, length, pauses)
        if end is None:
            return _held(calendar, start, pauses)
        legs.append(Leg(length, at, end))
        at = end
    missing = None
    if lengths[0].unit == "working_hours":
        unknown = _unknown_years(calendar, calendar.local_date(start), calendar.local_date(at))
        missing = unknown[0] if unknown else None
    why = hour_reasons(calendar, start, legs, pauses, missing) if explain else ()
    return Due(at, at, at, missing is not None, False, why)


def _count(calendar: Calendar, at: datetime, length: Length, pauses: Sequence[Pause]) -> datetime | None:
    """The instant by which so many unpaused hours have passed; None when an open pause comes first."""
    running = unpaused(at, pauses)
    if length.unit == "working_hours":
        running = worked(calendar, running)
    return count_out(running, timedelta(hours=length.amount))


def _held(calendar: Calendar, start: datetime | date, pauses: Sequence[Pause]) -> Due:
    return Due(None, None, None, False, True, held_reasons(calendar, start, pauses))
