"""Which days and hours are worked: the calendar every deadline is counted on.

Here: the calendar table, its checks, and arithmetic on days, months and working time. Not here: when a deadline is due
(`due.py`) or what happens then (`ladder.py`). No clock is read; instants are aware and come back in UTC.
"""

import re
import tomllib
from calendar import monthrange
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY = timedelta(days=1)
DAY_SECONDS = 86_400
MOST_KEPT = 50_000  # answers a calendar remembers
LONGEST_WALK = 40_000  # days, about 110 years: no walk over the calendar goes further
HOLIDAYS = Path(__file__).parent / "rules" / "holidays.toml"
_SLOT = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")


class CalendarError(ValueError):
    """A calendar that cannot be used, or a walk that would leave every calendar."""


class Slot(NamedTuple):
    """Working time of a day, half-open, in seconds after local midnight; `closes` may be 86,400 (24:00)."""

    opens: int
    closes: int

    def __str__(self) -> str:
        return "–".join(f"{second // 3600:02}:{second % 3600 // 60:02}" for second in self)


def slot(text: str) -> Slot:
    """The slot written "09:00-12:00"; raises CalendarError for anything else."""
    found = _SLOT.fullmatch(text)
    if not found:
        raise CalendarError(f"{text!r} is not a slot like 09:00-12:00")
    hour, minute, to_hour, to_minute = map(int, found.groups())
    if minute > 59 or to_minute > 59:
        raise CalendarError(f"{text!r} is not a slot like 09:00-12:00")
    return Slot(hour * 3600 + minute * 60, to_hour * 3600 + to_minute * 60)


OFFICE_HOURS = (slot("09:00-12:00"), slot("14:00-18:00"))


@dataclass(frozen=True)
class Calendar:
    """Working days and hours of one place, for the years `first_year`–`last_year`.

    `rest` are days off beyond the weekly ones, `work` are weekly days off that are worked; outside the years of the
    table only the week is known, and `covers` says so. `short_days` give single working days slots of their own.
    `names` tell what a rest day is (an English msgid). Raises CalendarError when it could never be worked.
    """

    version: str
    zone: ZoneInfo
    rest: frozenset[date]
    work: frozenset[date]
    first_year: int
    last_year: int
    slots: tuple[Slot, ...] = OFFICE_HOURS
    short_days: tuple[tuple[date, tuple[Slot, ...]], ...] = ()
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    names: tuple[tuple[date, str], ...] = ()
    _short: dict[date, tuple[Slot, ...]] = field(init=False, repr=False, compare=False)
    _names: dict[date, str] = field(init=False, repr=False, compare=False)
    _worked: dict[date, tuple[tuple[datetime, datetime], ...]] = field(init=False, repr=False, compare=False)
    _edges: dict[tuple[date, int], datetime] = field(init=False, repr=False, compare=False)
    _kept: dict[Hashable, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_short", dict(self.short_days))
        object.__setattr__(self, "_names", dict(self.names))
        object.__setattr__(self, "_worked", {})  # remembers worked_on: imports ask for the same days over and over
        object.__setattr__(self, "_edges", {})  # the same for the ends and openings of days
        object.__setattr__(self, "_kept", {})
        _check_week(self)
        _check_days(self)

    def kept(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` gives, never None, remembered under a key: for answers that follow from this calendar and the key alone."""
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = make()
        return found

    # days

    def covers(self, day: date) -> bool:
        """Is the table published for this day's year? If not, only the week is known."""
        return self.first_year <= day.year <= self.last_year

    def is_working_day(self, day: date) -> bool:
        """Worked: a weekday that is not a holiday, or a weekend day that is worked instead."""
        return day in self.work or (day.isoweekday() in self.weekdays and day not in self.rest)

    def is_rest_day(self, day: date) -> bool:
        """Not worked: weekends and public holidays, less working weekends."""
        return not self.is_working_day(day)

    def rest_name(self, day: date) -> str | None:
        """The holiday's English name, or None for a plain weekend or a working day."""
        return self._names.get(day)

    def next_working_day(self, day: date) -> date:
        """The day itself when worked, else the first worked day after it."""
        for ahead in range(LONGEST_WALK):
            if self.is_working_day(day + ahead * DAY):
                return day + ahead * DAY
        raise CalendarError(f"no working day follows {day}")

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, which is itself not counted."""
        if not 0 <= count <= LONGEST_WALK:
            raise CalendarError(f"cannot count {count} working days")
        for _ in range(count):
            day = self.next_working_day(day + DAY)
        return day

    # instants

    def local(self, at: datetime) -> datetime:
        """The instant on the wall clock of the calendar's zone; refuses an instant without a zone."""
        if at.tzinfo is None:
            raise CalendarError(f"{at.isoformat()} has no time zone")
        return at.astimezone(self.zone)

    def local_date(self, at: datetime) -> date:
        """The legal day an instant falls on."""
        return self.local(at).date()

    def instant(self, day: date, second: int = 0) -> datetime:
        """The instant of a wall-clock second of a day, in UTC; a time the clock jumps over is the jump itself."""
        wall = datetime.combine(day, time()) + timedelta(seconds=second)
        at = wall.replace(tzinfo=self.zone).astimezone(UTC)
        if at.astimezone(self.zone).replace(tzinfo=None) == wall:
            return at
        return self._jump(wall.replace(tzinfo=self.zone, fold=1).astimezone(UTC), at)

    def _jump(self, before: datetime, after: datetime) -> datetime:
        """The instant between the two at which the zone's offset changes, to the second."""
        offset = before.astimezone(self.zone).utcoffset()
        while after - before > timedelta(seconds=1):
            middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
            if middle.astimezone(self.zone).utcoffset() == offset:
                before = middle
            else:
                after = middle
        return after

    def end_of(self, day: date) -> datetime:
        """24:00 of a day: the first instant that is no longer part of it."""
        return self._edge(day, DAY_SECONDS)

    def opening(self, day: date) -> datetime:
        """When working hours open on a day, or would open on a rest day."""
        return self._edge(day, self._short.get(day, self.slots)[0].opens)

    def _edge(self, day: date, second: int) -> datetime:
        if (day, second) not in self._edges:
            self._edges[day, second] = self.instant(day, second)
        return self._edges[day, second]

    def slots_on(self, day: date) -> tuple[Slot, ...]:
        """The slots worked on a day; none on a rest day."""
        return self._short.get(day, self.slots) if self.is_working_day(day) else ()

    def worked_on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The slots of a day as instants; a slot that the clock jumps over is none."""
        if day not in self._worked:
            pairs = ((self.instant(day, opens), self.instant(day, closes)) for opens, closes in self.slots_on(day))
            self._worked[day] = tuple((opens, closes) for opens, closes in pairs if opens < closes)
        return self._worked[day]

    def working_intervals(self, from_at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Worked time from an instant on, as half-open intervals in order; raises CalendarError at the far end."""
        first = self.local_date(from_at)
        from_at = from_at.astimezone(UTC)
        for ahead in range(LONGEST_WALK):
            for opens, closes in self.worked_on(first + ahead * DAY):
                if from_at < closes:
                    yield max(opens, from_at), closes
        raise CalendarError(f"no working time follows {from_at.isoformat()}")

    def add_working_time(self, at: datetime, seconds: int) -> datetime:
        """The first instant by which so much working time has passed; at closing time the close, not the next opening."""
        if seconds < 0:
            raise CalendarError(f"cannot count {seconds} seconds of working time")
        if seconds == 0:
            return at.astimezone(UTC)
        reached = count_out(self.working_intervals(at), timedelta(seconds=seconds))
        if reached is None:
            raise CalendarError(f"no working time follows {at.isoformat()}")
        return reached

    def is_working_instant(self, at: datetime) -> bool:
        """Is this instant inside working hours (the opening is, the close is not)?"""
        return self.next_working_instant(at) == at

    def next_working_instant(self, at: datetime) -> datetime:
        """The instant itself within working hours, else the next opening."""
        return next(self.working_intervals(at))[0]


def count_out(intervals: Iterator[tuple[datetime, datetime]], time: timedelta) -> datetime | None:
    """The instant at which the intervals add up to `time` (> 0); None when they end before."""
    for begin, end in intervals:
        if time <= end - begin:
            return begin + time
        time -= end - begin
    return None


def add_months(day: date, count: int) -> date:
    """The matching day `count` months on, else that month's last day (MFD 202)."""
    years, month = divmod(day.month - 1 + count, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def load_calendar(path: Path = HOLIDAYS) -> Calendar:
    """The calendar of a holiday table (layout: rules/holidays.toml); raises CalendarError when it does not add up."""
    return read_calendar(path.read_text(encoding="utf-8"), path.name)


def read_calendar(text: str, name: str) -> Calendar:
    """The same of its text; `name` is what to call it in an error."""
    try:
        table = tomllib.loads(text)
        calendar = _calendar_of(table)
    except (KeyError, TypeError, AttributeError) as broken:
        raise CalendarError(f"{name}: missing or misshapen {broken}") from broken
    except (tomllib.TOMLDecodeError, ZoneInfoNotFoundError) as broken:
        raise CalendarError(f"{name}: {broken}") from broken
    for entry in table["year"]:
        counted = working_days_in(calendar, entry["year"])
        if counted != entry["working_days"]:
            raise CalendarError(f"{name}: {entry['year']} has {counted} working days, not {entry['working_days']}")
    return calendar


def working_days_in(calendar: Calendar, year: int) -> int:
    """How many days of a year are worked."""
    first = date(year, 1, 1)
    return sum(calendar.is_working_day(first + n * DAY) for n in range((date(year + 1, 1, 1) - first).days))


def _calendar_of(table: dict[str, Any]) -> Calendar:
    years = [entry["year"] for entry in table["year"]]
    if not years or years != list(range(years[0], years[0] + len(years))):
        raise CalendarError(f"the years {years} are not one row of years")
    names = [(day, run["name"]) for entry in table["year"] for run in entry["rest"] for day in _days(run)]
    return Calendar(
        version=table["version"],
        zone=ZoneInfo(table["zone"]),
        rest=frozenset(day for day, _ in names),
        work=frozenset(day for entry in table["year"] for day in entry["work"]),
        first_year=years[0],
        last_year=years[-1],
        slots=tuple(map(slot, table["hours"])),
        short_days=tuple((row["date"], tuple(map(slot, row["hours"]))) for row in table.get("short_day", ())),
        weekdays=frozenset(table["weekdays"]),
        names=tuple(names),
    )


def _days(run: dict[str, Any]) -> list[date]:
    if run["to"] < run["from"]:
        raise CalendarError(f"{run['name']} ends on {run['to']}, before it begins")
    return [run["from"] + n * DAY for n in range((run["to"] - run["from"]).days + 1)]


def _check_week(calendar: Calendar) -> None:
    if not calendar.weekdays:
        raise CalendarError("the calendar is empty: it has no working weekday")
    if not calendar.weekdays <= frozenset(range(1, 8)):
        raise CalendarError("weekdays go from 1 (Monday) to 7 (Sunday)")
    for slots in (calendar.slots, *calendar._short.values()):
        if not slots:
            raise CalendarError("the calendar is empty: it has no working hours")
        bounds = [second for each in slots for second in each]
        if any(opens >= closes for opens, closes in slots) or bounds != sorted(bounds) or bounds[-1] > DAY_SECONDS:
            raise CalendarError(f"slots {', '.join(map(str, slots))} are not in order within one day")


def _check_days(calendar: Calendar) -> None:
    if calendar.first_year > calendar.last_year:
        raise CalendarError("the calendar is empty: it covers no year")
    both = calendar.rest & calendar.work
    if both:
        raise CalendarError(f"{min(both)} is a rest day and a working day")
    for day in sorted(calendar.rest | calendar.work):
        if not calendar.covers(day):
            raise CalendarError(f"{day} is outside the table's years {calendar.first_year}–{calendar.last_year}")
    for day in calendar._short:
        if calendar.is_rest_day(day):
            raise CalendarError(f"{day} has hours of its own but is a rest day")
    for year in range(calendar.first_year, calendar.last_year + 1):
        if not working_days_in(calendar, year):
            raise CalendarError(f"the calendar is empty: {year} has no working day")
