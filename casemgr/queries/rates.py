"""What the rates of grid events and hotline orders are made of, over one area and months of it, with the dodges beside them.

Read from the counts of the area (queries.tally), which know months. Closed events and called-back orders count in the month they
were closed, contacts in the month the order came in.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from casemgr.queries.tally import Counted
from workflows.rates import OrderCounts

EVENT_DODGES = ("quick", "turned", "void")
ORDER_DODGES = ("shelved", "left_out", "duplicate", "not_accepted", "unrated", "problem")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local months: from the first day of one to any day of the last."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Closed events by where they were handled; beside them those closed within an hour, made another matter, or void."""

    closed: Mapping[str, int]
    dodges: Mapping[str, int]


def told(counted: Counted, what: str, period: Period) -> Iterator[tuple[list[str], int]]:
    """What is told of a period: the parts of each mark, and how many matters bear it."""
    first, last = period.first.isoformat()[:7], period.last.isoformat()[:7]
    for mark, number in counted.of("rate").items():
        kind, *parts, month = mark.split("|")
        if kind == what and first <= month <= last:
            yield parts, number


def count_events(counted: Counted, period: Period) -> EventCounts:
    """The events that ended in a period."""
    closed: Counter[str] = Counter()
    dodges: Counter[str] = Counter(dict.fromkeys(EVENT_DODGES, 0))
    for (state, by, quick), number in told(counted, "event", period):
        if state == "closed":
            closed[by] += number
            dodges["quick"] += number if quick else 0
        else:
            dodges[state] += number
    return EventCounts(+closed, dodges)


def count_orders(counted: Counted, period: Period) -> OrderCounts:
    """The orders of a period, without those of helping units. What is shelved or left out is in no rate."""
    found = {what: Counter[str]() for what in ("contact", "solved", "satisfied")}
    for what, counts in found.items():
        for (value,), number in told(counted, what, period):
            counts[value] += number
    contacts = found["contact"]
    return OrderCounts(contacts.total(), contacts["met"], +found["solved"], +found["satisfied"])


def order_dodges(counted: Counted, period: Period) -> dict[str, int]:
    """What makes the rates of orders look better than they are, or is kept out of them."""
    found = Counter[str](dict.fromkeys(ORDER_DODGES, 0))
    for (name,), number in told(counted, "dodge", period):
        found[name] += number
    return dict(found)
