"""Rates as pairs (sources 8): part and whole beside the percentage, half-up to two decimals, nothing for a whole of 0.

Orders: sources 4, with a switch for each point the law leaves open ([rates] of the rules). Silence at the call-back is "not
rated" and never satisfied (house rule 5). What can make a rate look better than it is stands beside it: the dodges.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
BELOW = ("grid", "community")  # an event closed there counts in the rate of the grid and community


class BadRates(ValueError):
    """Switches that cannot be used; the text says which."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`part` of `whole`; the part may hold halves."""

    part: Decimal
    whole: int

    @property
    def percent(self) -> Decimal | None:
        """The share in percent, half-up to two decimals; None of nothing."""
        if not self.whole:
            return None
        return (self.part * 100 / self.whole).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Switches:
    """How the open points are decided ([rates]); `weights` for response, solved, satisfied, or none: no composite."""

    partly_solved: Decimal = Decimal("0.5")
    fairly_satisfied: bool = True
    unrated_in_whole: bool = False
    weights: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """What the three rates are made of, over one place and period; orders left out of the rates are not in here.

    dispatched, in_time   orders with somebody, and those of them whose citizen was contacted inside the limit
    solved, satisfied     closed orders by what the citizen said at the call-back, by value
    """

    dispatched: int = 0
    in_time: int = 0
    solved: Mapping[str, int] = field(default_factory=dict)
    satisfied: Mapping[str, int] = field(default_factory=dict)


def rate(part: int | Decimal, whole: int) -> Rate:
    """A part of a whole."""
    return Rate(Decimal(part), whole)


def closed_below(closed: Mapping[str, int]) -> Rate:
    """Share of closed events that were closed at grid or community, from the number closed by each (sources 8)."""
    return rate(sum(closed.get(place, 0) for place in BELOW), sum(closed.values()))


def switches(raw: Mapping[str, Any]) -> Switches:
    """The switches of a rule set. Raises BadRates."""
    found = raw.get("rates", {})
    weights = tuple(Decimal(str(weight)) for weight in found.get("weights", ()))
    if weights and (len(weights) != 3 or min(weights) < 0 or not sum(weights)):
        raise BadRates("[rates] weights: three numbers, or none")
    partly = Decimal(str(found.get("partly_solved", "0.5")))
    if not 0 <= partly <= 1:
        raise BadRates("[rates] partly_solved: between 0 and 1")
    return Switches(partly, bool(found.get("fairly_satisfied", True)), bool(found.get("unrated_in_whole", False)), weights)


def response(counts: OrderCounts) -> Rate:
    """响应率: contacted inside the limit, of those dispatched."""
    return rate(counts.in_time, counts.dispatched)


def solved(counts: OrderCounts, by: Switches) -> Rate:
    """解决率: what the citizen calls solved, of those called back validly."""
    said = counts.solved
    part = said.get("solved", 0) + by.partly_solved * said.get("partly", 0)
    return Rate(Decimal(part), valid(said, by))


def satisfied(counts: OrderCounts, by: Switches) -> Rate:
    """满意率: the satisfied, of those who said anything."""
    said = counts.satisfied
    return rate(said.get("satisfied", 0) + (said.get("fairly", 0) if by.fairly_satisfied else 0), valid(said, by))


def valid(said: Mapping[str, int], by: Switches) -> int:
    """How many answers count: those of the silent only where the switch says so."""
    return sum(number for value, number in said.items() if value != "unrated" or by.unrated_in_whole)


def composite(counts: OrderCounts, by: Switches) -> Decimal | None:
    """The weighted mean of the three in percent; None while no weights are entered, or one of the three is of nothing."""
    found = [one.percent for one in (response(counts), solved(counts, by), satisfied(counts, by))]
    if not by.weights or None in found:
        return None
    total = sum((weight * share for weight, share in zip(by.weights, found, strict=True) if share is not None), Decimal(0))
    return (total / sum(by.weights)).quantize(CENT, ROUND_HALF_UP)
