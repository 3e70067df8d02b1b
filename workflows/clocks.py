"""One deadline, replayed from its recorded facts: the same facts always give the same status, due time and reasons.

Here: what each fact does to a deadline. Not here: the arithmetic of days (`due.py`), rungs (`ladder.py`), rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from workflows.calendar import Calendar
from workflows.due import Due, DueFacts, Pause, due_of, late_at, parse_length

RUNNING, PAUSED, MET, CANCELLED = "running", "paused", "met", "cancelled"
OPEN = (RUNNING, PAUSED)


@dataclass(frozen=True, slots=True)
class ClockFact:
    """What happened to a deadline at an instant. Kinds and their `data`:

    start     anchor (ISO instant or date), length ("30 days" or None), due_on (ISO date), roll, tier, epoch, rules, calendar
    relength  length, tier, raised (bool), not_before (ISO instant or None), rules: the tier changed
    extend    length
    pause, resume, close, reopen, meet, cancel: nothing. close..reopen is closed time and does not count
    calendar  calendar: the version of the working calendar from then on
    """

    kind: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)  # without slots: `but` is called for every fact of every deadline
class Clock:
    """A deadline as its facts make it. `epoch` counts starts and raises: each has a ladder of its own."""

    key: str
    status: str
    epoch: int
    start_at: datetime
    epoch_at: datetime
    facts: DueFacts | None
    due: Due | None
    tier: str
    rules: int
    calendar: str
    closed: tuple[Pause, ...] = ()
    not_before: datetime | None = None
    ended_at: datetime | None = None

    @property
    def due_at(self) -> datetime | None:
        """The first late instant, or None: held by a pause, or this tier sets no limit."""
        computed = self.due.due_at if self.due else None
        if computed is None or self.not_before is None:
            return computed
        return max(computed, self.not_before)

    def but(self, **changes: Any) -> "Clock":
        """The same deadline but for these values."""
        made = object.__new__(Clock)
        made.__dict__.update(self.__dict__, **changes)
        return made

    @property
    def extensions(self) -> int:
        """How often it was extended."""
        return len(self.facts.extensions) if self.facts else 0

    @property
    def is_open(self) -> bool:
        """Still to be met."""
        return self.status in OPEN

    def is_late(self, at: datetime) -> bool:
        """Overdue at that instant, or met late. A paused or closed deadline cannot breach."""
        if self.status == MET:
            return late_at(self.due_at, self.ended_at or at)
        return self.status == RUNNING and late_at(self.due_at, at)


def replay(
    key: str, facts: Sequence[ClockFact], calendars: Mapping[str, Calendar], *, explain: bool = True
) -> Clock:
    """The deadline these facts make, in their order. `calendars` are versions by name; `explain` gives the due its reasons.

    The facts begin with a start. Raises ValueError when they do not, or say what cannot happen.
    """
    if not facts or facts[0].kind != "start":
        raise ValueError(f"deadline {key} does not begin with a start")
    clock = begin(key, facts[0])
    for fact in facts[1:]:
        clock = begin(key, fact) if fact.kind == "start" else DOES[fact.kind](clock, fact)
    return with_due(clock, calendars[clock.calendar], explain)


def begin(key: str, fact: ClockFact) -> Clock:
    """A deadline freshly started."""
    data = fact.data
    return Clock(
        key, RUNNING, data.get("epoch", 1), fact.at, fact.at, due_facts(data), None,
        data.get("tier", ""), data.get("rules", 0), data["calendar"],
    )  # fmt: skip


def due_facts(data: Mapping[str, Any]) -> DueFacts | None:
    """What the due time is counted from; a fixed date is one day after the day before it. None: no limit for this tier."""
    if data.get("due_on"):
        day = date.fromisoformat(data["due_on"]) - timedelta(days=1)
        return DueFacts(day, parse_length("1 day"), roll=data.get("roll", "none"))
    if not data.get("length"):
        return None
    return DueFacts(moment(data["anchor"]), parse_length(data["length"]), roll=data.get("roll", "none"))


def moment(text: str) -> datetime | date:
    """An ISO date, or an ISO instant with its zone."""
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)


def relength(clock: Clock, fact: ClockFact) -> Clock:
    """Another tier, another length, from the original anchor (house rule 3). A raise opens an epoch; a lowering
    never moves the due time earlier and opens none, so that spent rungs stay spent."""
    data = fact.data
    old = clock.facts
    new = due_facts(data)
    if new and old and (old.pauses or old.extensions):
        new = replace(new, pauses=old.pauses, extensions=old.extensions)
    raised = bool(data.get("raised"))
    floor = data.get("not_before")
    return clock.but(
        facts=new, tier=data.get("tier", clock.tier), rules=data.get("rules", clock.rules),
        epoch=clock.epoch + raised, epoch_at=fact.at if raised else clock.epoch_at,
        not_before=None if raised or not floor else datetime.fromisoformat(floor),
    )  # fmt: skip


def extend(clock: Clock, fact: ClockFact) -> Clock:
    """One more length, counted from the raw due before it."""
    if clock.facts is None:
        raise ValueError(f"deadline {clock.key} has no limit to extend")
    more = (*clock.facts.extensions, parse_length(fact.data["length"]))
    return clock.but(facts=replace(clock.facts, extensions=more))


def pause(clock: Clock, fact: ClockFact) -> Clock:
    """Stopped by a recorded suspension."""
    return clock.but(status=PAUSED, facts=paused(clock.facts, Pause(fact.at)))


def resume(clock: Clock, fact: ClockFact) -> Clock:
    """Running again: the pause is [from, to)."""
    return clock.but(status=RUNNING, facts=resumed(clock.facts, fact.at))


def close(clock: Clock, fact: ClockFact) -> Clock:
    """The case closed while it ran: nothing more is due, unless the case is reopened."""
    return clock.but(status=CANCELLED, ended_at=fact.at)


def reopen(clock: Clock, fact: ClockFact) -> Clock:
    """Running again after closed time, which is a bucket of its own and does not count: reopening never forgives."""
    gap = Pause(clock.ended_at or fact.at, fact.at)
    facts = clock.facts
    if facts:
        still = [p if p.to_at else Pause(p.from_at, gap.from_at) for p in facts.pauses]
        facts = replace(facts, pauses=(*still, gap))
    return clock.but(status=RUNNING, ended_at=None, facts=facts, closed=(*clock.closed, gap))


def paused(facts: DueFacts | None, gap: Pause) -> DueFacts | None:
    """The facts with one pause more."""
    return replace(facts, pauses=(*facts.pauses, gap)) if facts else None


def resumed(facts: DueFacts | None, at: datetime) -> DueFacts | None:
    """The facts with the open pause ended."""
    if facts is None:
        return None
    return replace(facts, pauses=tuple(p if p.to_at else Pause(p.from_at, at) for p in facts.pauses))


def end(status: str) -> Any:
    """A fact that ends the deadline with that status."""
    return lambda clock, fact: clock.but(status=status, ended_at=fact.at)


DOES = {
    "relength": relength,
    "extend": extend,
    "pause": pause,
    "resume": resume,
    "close": close,
    "reopen": reopen,
    "meet": end(MET),
    "cancel": end(CANCELLED),
    "calendar": lambda clock, fact: clock.but(calendar=fact.data["calendar"]),
}


def with_due(clock: Clock, calendar: Calendar, explain: bool = True) -> Clock:
    """The deadline with its due time computed."""
    return clock.but(due=due_of(calendar, clock.facts, explain=explain) if clock.facts else None)
