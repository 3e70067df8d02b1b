"""What a recorded interruption takes out of a count: half-open intervals, the dates and the hours they exclude."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from workflows.calendar import DAY, LONGEST_WALK, Calendar

Interval = tuple[datetime, datetime]


class PauseError(ValueError):
    """A pause that cannot have been."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A recorded interruption, half-open [from_at, to_at); `to_at` None while it lasts. Instants are aware."""

    from_at: datetime
    to_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.from_at.tzinfo is None or (self.to_at is not None and self.to_at.tzinfo is None):
            raise PauseError("a pause needs instants with a time zone")
        if self.to_at is not None and self.to_at < self.from_at:
            raise PauseError(f"a pause cannot end on {self.to_at.isoformat()}, before it begins")

    def covers(self, at: datetime) -> bool:
        """Is the deadline paused at that instant by this pause?"""
        return self.from_at <= at and (self.to_at is None or at < self.to_at)


def pause_of_dates(calendar: Calendar, first: date, last: date) -> Pause:
    """The pause that excludes these dates, both included."""
    return Pause(calendar.instant(first), calendar.end_of(last))


class Excluded:
    """The dates that pauses take out of the count: those still paused as they ended, at 24:00."""

    def __init__(self, calendar: Calendar, pauses: Iterable[Pause] = ()) -> None:
        self.runs: list[tuple[date, date]] = []
        self.open_from: date | None = None
        for pause in pauses:
            first = calendar.local_date(pause.from_at)
            if pause.to_at is None:
                self.open_from = min(first, self.open_from or first)
            elif first < (after := calendar.local_date(pause.to_at)):
                self.runs.append((first, after - DAY))

    @property
    def nothing(self) -> bool:
        """Is no date taken out?"""
        return not self.runs and self.open_from is None

    def __contains__(self, day: date) -> bool:
        return self.is_open(day) or any(first <= day <= last for first, last in self.runs)

    def is_open(self, day: date) -> bool:
        """Is this date held by a pause that has no end yet?"""
        return self.open_from is not None and day >= self.open_from

    def between(self, start: date, end: date) -> list[date]:
        """The excluded dates after `start` up to and including `end`, in order."""
        return [day for day in dates_after(start, end) if day in self] if self.runs or self.open_from else []


def dates_after(start: date, end: date) -> Iterator[date]:
    """The dates after `start` up to and including `end`."""
    return (start + timedelta(days=n) for n in range(1, (end - start).days + 1))


def unpaused(at: datetime, pauses: Sequence[Pause]) -> Iterator[Interval]:
    """The time from an instant on that no pause covers, in order, in UTC; it ends where an open pause begins."""
    at = at.astimezone(UTC)
    for pause in sorted(pauses, key=lambda pause: pause.from_at):
        if pause.from_at > at:
            yield at, pause.from_at.astimezone(UTC)
        if pause.to_at is None:
            return
        at = max(at, pause.to_at.astimezone(UTC))
    yield at, at + timedelta(days=LONGEST_WALK)


def worked(calendar: Calendar, intervals: Iterable[Interval]) -> Iterator[Interval]:
    """The part of the given intervals that falls within working hours."""
    for begin, end in intervals:
        for opens, closes in calendar.working_intervals(begin):
            if opens >= end:
                break
            yield opens, min(closes, end)
