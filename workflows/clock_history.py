"""A deadline's whole life for the clock ledger: a stretch for every start, length and reopening, each with its own lateness.

Pure. The deadline as it stands now is workflows.clocks; the ledger itself is workflows.ledger.
"""

from collections.abc import Mapping, Sequence

from workflows.calendar import Calendar
from workflows.clocks import ClockFact, replay
from workflows.ledger import Timed

OPENING = ("start", "relength", "reopen")


def stretches(
    key: str, facts: Sequence[ClockFact], calendars: Mapping[str, Calendar], *, right: bool = False
) -> list[Timed]:
    """Every stretch of a deadline, in order, so that lateness under an earlier length stays on record.

    `facts` is all that ever happened to it, in order; `calendars` are versions by name. A `right` of the parties makes
    nobody late. Closed time is no pause here: the ledger has a bucket of its own for it.
    """
    opened = [number for number, fact in enumerate(facts) if fact.kind in OPENING]
    found = []
    for number, following in zip(opened, [*opened[1:], len(facts)], strict=True):
        clock = replay(key, since_start(facts, following), calendars)
        next_at = facts[following].at if following < len(facts) else None
        pauses = tuple(pause for pause in (clock.facts.pauses if clock.facts else ()) if pause not in clock.closed)
        due_at = None if right else clock.due_at
        found.append(Timed(key, facts[number].at, due_at, pauses, clock.ended_at or next_at))
    return found


def since_start(facts: Sequence[ClockFact], end: int) -> Sequence[ClockFact]:
    """The facts before number `end`, from the latest start among them."""
    start = max(number for number, fact in enumerate(facts[:end]) if fact.kind == "start")
    return facts[start:end]
