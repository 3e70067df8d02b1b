"""The rungs of a deadline: at which instant each is due, and which is next. Pure; what a rung does is not here.

A rung's instant depends on recorded facts only. That it fired, and when, is a fact of its own; what it starts, starts then.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflows.calendar import DAY, Calendar
from workflows.clock_steps import RAISE
from workflows.due import Due, DueFacts, due_of, fraction_of
from workflows.roles import TIERS

ROW = {"name", "at", "to", "act"}
MILD = ("remind", "urge")  # acts that change nothing on the matter
ONCE = ("card", "pass_up")  # acts that one lateness brings once, however often the tier is raised meanwhile
ESTIMATE = "_estimate"
MOMENT = timedelta(microseconds=1)


class LadderError(ValueError):
    """A rung that cannot be read."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the way, num/den of the deadline, floored in its unit."""

    num: int
    den: int

    def __post_init__(self) -> None:
        if not 0 < self.num < self.den:
            raise LadderError(f"{self.num}/{self.den} is not a part of a deadline")


@dataclass(frozen=True, slots=True)
class Before:
    """So many days before the due time; 0 is the morning of the last day."""

    days: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """The first late instant, or so many days and hours after it."""

    days: int = 0
    hours: int = 0


Point = Share | Before | Overdue


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: when, who is told (duties on the case), and the act it brings."""

    name: str
    point: Point
    audience: tuple[str, ...]
    act: str


@dataclass(frozen=True, slots=True)
class RungAt:
    """A rung on the clock. `at` in UTC; None where it never comes (skipped) or cannot be known while paused.

    `provisional`: it rests on an estimated due time, so it may remind but neither raise nor card: a rung that would
    is a reminder under a name of its own, and comes as itself once the calendar is known.
    """

    name: str
    at: datetime | None
    skipped: bool
    provisional: bool = False
    act: str = ""
    audience: tuple[str, ...] = ()


_POINTS: tuple[tuple[re.Pattern[str], Any], ...] = (
    (re.compile(r"(\d+)/(\d+)"), lambda num, den: Share(int(num), int(den))),
    (re.compile(r"(\d+) ?%"), lambda percent: Share(int(percent), 100)),
    (re.compile(r"(\d+) days? before"), lambda days: Before(int(days))),
    (re.compile(r"on the day"), lambda: Before(0)),
    (re.compile(r"overdue"), Overdue),
    (re.compile(r"overdue \+ (\d+) days?"), lambda days: Overdue(int(days))),
    (re.compile(r"overdue \+ (\d+) hours?"), lambda hours: Overdue(hours=int(hours))),
)


def parse_point(text: str) -> Point:
    """The point written "1/2", "80 %", "3 days before", "on the day", "overdue", "overdue + 2 days", "overdue + 1 hour". Raises LadderError."""
    for pattern, make in _POINTS:
        found = pattern.fullmatch(text.strip())
        if found:
            return make(*found.groups())
    raise LadderError(f"{text!r} is not a point of a ladder; write 1/2, 80 %, 3 days before, on the day or overdue")


def read_rung(row: Mapping[str, Any]) -> Rung:
    """The rung of a rules row {name, at, to = [duties], act}. Raises LadderError."""
    if set(row) != ROW:
        raise LadderError(f"a rung has name, at, to and act, not {', '.join(sorted(row))}")
    if not row["name"] or not row["act"] or isinstance(row["to"], str):
        raise LadderError(f"rung {row['name']!r} needs a name, a list of duties and an act")
    return Rung(row["name"], parse_point(row["at"]), tuple(row["to"]), row["act"])


def rung_instants(
    calendar: Calendar,
    facts: DueFacts,
    rungs: Sequence[Rung],
    *,
    tier: str,
    epoch_start: datetime,
    not_before: datetime | None = None,
    given: Collection[tuple[str, str]] = (),
    due: Due | None = None,
) -> tuple[RungAt, ...]:
    """When each rung of a deadline is due, in the order of the ladder.

    The top tier's rungs come at once, the others at the next working instant. Where its instant lies before
    `epoch_start` (the start, or the last raise of the tier), a rung on the way or before the end is skipped and never
    fires; one of lateness comes at the epoch's start. `given` are the rungs (name, act) this deadline has brought in
    earlier epochs: what comes ONCE does not come again, nor does lateness that everybody was told of; only the raise
    does. `not_before` is the due instant that a lowering may not undercut; `due` is that of the facts, if it is known.
    """
    due = due or due_of(calendar, facts, explain=False)
    due_at = due.due_at if not_before is None or due.due_at is None else max(due.due_at, not_before)
    return tuple(
        _place(calendar, rung, at, due, tier, epoch_start, (rung.name, rung.act) in given)
        for rung, at in zip(rungs, _reached(calendar, facts, rungs, due_at), strict=True)
    )


def next_rung(instants: Iterable[RungAt], fired: Collection[str]) -> RungAt | None:
    """The earliest rung that has neither fired nor been skipped; of two at one instant the one listed first."""
    waiting = [(rung.at, rung) for rung in instants if rung.at and not rung.skipped and rung.name not in fired]
    return min(waiting, key=lambda placed: placed[0])[1] if waiting else None


def _reached(
    calendar: Calendar, facts: DueFacts, rungs: Sequence[Rung], due_at: datetime | None
) -> Sequence[tuple[datetime | None, datetime | None]]:
    """When each point is reached, and the next working instant from there; remembered by the day of the start where nothing
    else of it counts."""
    if facts.pauses or not facts.length.in_dates:
        return _points(calendar, facts, rungs, due_at)
    day = calendar.local_date(facts.start) if isinstance(facts.start, datetime) else facts.start
    key = ("rungs", id(rungs), day, facts.length, facts.extensions, due_at)
    of, found = calendar.kept(key, lambda: (rungs, _points(calendar, facts, rungs, due_at)))
    return found if of is rungs else _points(calendar, facts, rungs, due_at)


def _points(
    calendar: Calendar, facts: DueFacts, rungs: Sequence[Rung], due_at: datetime | None
) -> Sequence[tuple[datetime | None, datetime | None]]:
    reached = [_instant(calendar, facts, rung.point, due_at) for rung in rungs]
    return [(at, at and calendar.next_working_instant(at)) for at in reached]


def _place(
    calendar: Calendar, rung: Rung, reached: tuple[datetime | None, datetime | None], due: Due, tier: str,
    epoch_start: datetime, given: bool,
) -> RungAt:  # fmt: skip
    spent = given and rung.act in ONCE
    guessed = due.provisional and rung.act not in MILD
    name, act = (rung.name + ESTIMATE, MILD[0]) if guessed else (rung.name, rung.act)
    at, working = reached
    if at is None:
        return RungAt(name, None, spent or not due.open, due.provisional, act, rung.audience)
    if isinstance(rung.point, Overdue) and at < epoch_start:
        at, working = epoch_start, None
        spent = given and rung.act != RAISE
    if tier != TIERS[-1]:
        at = working or calendar.next_working_instant(at)
    return RungAt(name, at, spent or at < epoch_start, due.provisional, act, rung.audience)


def _instant(calendar: Calendar, facts: DueFacts, point: Point, due_at: datetime | None) -> datetime | None:
    """When a point is reached, before any move into working hours."""
    if isinstance(point, Share):
        return fraction_of(calendar, facts, point.num, point.den)
    if due_at is None:
        return None
    if isinstance(point, Overdue):
        return _same_time(calendar, due_at, point.days) + timedelta(hours=point.hours)
    if facts.length.in_dates:
        return calendar.opening(calendar.local_date(due_at - MOMENT) - point.days * DAY)
    return _same_time(calendar, due_at, -point.days)


def _same_time(calendar: Calendar, at: datetime, days: int) -> datetime:
    """The same time of day so many days later: days are calendar days, not 24 hours."""
    if not days:
        return at
    wall = calendar.local(at)
    second = wall.hour * 3600 + wall.minute * 60 + wall.second
    return calendar.instant(wall.date() + days * DAY, second) + timedelta(microseconds=wall.microsecond)
