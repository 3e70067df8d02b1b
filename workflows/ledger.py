"""Who held a matter when, and how it stood: every second since registration belongs to one holder and one state.

State is that of the worst open deadline (late > running > paused > met); closed time is a bucket of its own. Pure; the
lines of departments and helpers beside the holder are ledgers of their own, made with the same function.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from workflows.pauses import Pause

LATE, RUNNING, PAUSED, MET, CLOSED = "late", "running", "paused", "met", "closed"
WORST_FIRST = (LATE, RUNNING, PAUSED, MET)


class LedgerError(ValueError):
    """Facts that would leave a second without a holder."""


class Holding(NamedTuple):
    """From this instant on the holder is answerable, until the next holding."""

    from_at: datetime
    holder: Hashable


class Timed(NamedTuple):
    """A deadline as the ledger sees it: `due_at` None while held by a pause; `ended_at` when met or cancelled.

    A deadline whose length was changed is given as one entry per length, each ended as the next starts: so the
    lateness under the earlier length stays on record.
    """

    key: str
    start_at: datetime
    due_at: datetime | None
    pauses: Sequence[Pause] = ()
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch [from_at, to_at) of one holder and one state."""

    from_at: datetime
    to_at: datetime
    holder: Hashable
    state: str


def spans(
    registered_at: datetime,
    holdings: Iterable[tuple[datetime, Hashable]],
    deadlines: Iterable[Timed | tuple[Any, ...]],
    closed: Iterable[tuple[datetime, datetime | None]],
    until: datetime,
) -> tuple[Span, ...]:
    """The time from registration to `until`, without gap or overlap, neighbours that are alike joined.

    `holdings` are (from_at, holder), of two at one instant the later in the list counts; `deadlines` are Timed;
    `closed` are (from_at, to_at or None). Raises LedgerError when nobody held the matter at registration.
    """
    held = sorted((Holding(*each) for each in holdings), key=lambda each: each.from_at)
    timed = [Timed(*each) for each in deadlines]
    shut = [Pause(*each) for each in closed]
    if until <= registered_at:
        return ()
    if not held or held[0].from_at > registered_at:
        raise LedgerError(f"nobody held the matter at {registered_at.isoformat()}")
    found: list[Span] = []
    edges = _edges(registered_at, held, timed, shut, until)
    for begin, end in zip(edges, edges[1:], strict=False):
        _join(found, Span(begin, end, _holder(held, begin), _state(timed, shut, begin)))
    return tuple(found)


def totals(parts: Iterable[Span]) -> dict[Hashable, dict[str, timedelta]]:
    """Holder -> state -> time; the sum of all is the time that the spans cover."""
    sums: dict[Hashable, dict[str, timedelta]] = {}
    for part in parts:
        states = sums.setdefault(part.holder, {})
        states[part.state] = states.get(part.state, timedelta()) + (part.to_at - part.from_at)
    return sums


def _edges(
    registered_at: datetime, held: Sequence[Holding], timed: Sequence[Timed], shut: Sequence[Pause], until: datetime
) -> list[datetime]:
    """Every instant at which the holder or the state may change, in order, both ends included."""
    changes = [each.from_at for each in held]
    pauses = [*shut, *(pause for each in timed for pause in each.pauses)]
    changes += [pause.from_at for pause in pauses] + [pause.to_at for pause in pauses if pause.to_at]
    for each in timed:
        changes += [at for at in (each.start_at, each.due_at, each.ended_at) if at]
    within = {at.astimezone(UTC) for at in changes if registered_at < at < until}
    return sorted({registered_at.astimezone(UTC), *within, until.astimezone(UTC)})


def _holder(held: Sequence[Holding], at: datetime) -> Hashable:
    return [each.holder for each in held if each.from_at <= at][-1]


def _state(timed: Sequence[Timed], shut: Sequence[Pause], at: datetime) -> str:
    if any(gap.covers(at) for gap in shut):
        return CLOSED
    states = {_state_of(each, at) for each in timed}
    return next((state for state in WORST_FIRST if state in states), MET)


def _state_of(deadline: Timed, at: datetime) -> str:
    """How one deadline stands. A pause that began before the due instant protects; one that came too late does not."""
    if at < deadline.start_at or (deadline.ended_at is not None and at >= deadline.ended_at):
        return MET
    due_at = deadline.due_at
    late = due_at is not None and at >= due_at
    if any(pause.covers(at) and not (late and due_at and pause.from_at >= due_at) for pause in deadline.pauses):
        return PAUSED
    return LATE if late else RUNNING


def _join(found: list[Span], span: Span) -> None:
    last = found[-1] if found else None
    if last and (last.holder, last.state) == (span.holder, span.state):
        found[-1] = Span(last.from_at, span.to_at, span.holder, span.state)
    else:
        found.append(span)
