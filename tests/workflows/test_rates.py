"""Rates by the book: the pair, half-up to two decimals, a dash for nothing, every switch."""

from decimal import Decimal

import pytest

from workflows.rates import (
    BadRates, OrderCounts, Switches, closed_below, composite, rate, response, satisfied, solved, switches,
)  # fmt: skip
from workflows.rulebook import packaged

COUNTS = OrderCounts(
    10, 9, {"solved": 6, "partly": 1, "unsolved": 1, "unrated": 2}, {"satisfied": 4, "fairly": 2, "dissatisfied": 1, "unrated": 3})


@pytest.mark.parametrize("below,percent", [(2402, "96.39"), (2403, "96.43")])
def test_the_closed_year_of_the_reference_street(below, percent):
    """Sources 8: 96.4 % of 2,492 is 2,402 or 2,403 closed there."""
    found = closed_below({"grid": 1800, "community": below - 1800, "unit": 2492 - below})
    assert (found.part, found.whole, found.percent) == (below, 2492, Decimal(percent))
    assert round(found.percent, 1) == Decimal("96.4")


def test_settled_of_found():
    assert rate(1073, 1087).percent == Decimal("98.71")


@pytest.mark.parametrize("part,whole,percent", [
    (0, 0, None), (0, 3, "0.00"), (1, 8, "12.50"), (1, 3, "33.33"), (2, 3, "66.67"), (1, 800, "0.13"), (3, 800, "0.38"), (3, 3, "100.00")])
def test_half_up_and_nothing(part, whole, percent):
    assert rate(part, whole).percent == (percent and Decimal(percent))


def test_silence_is_not_rated_and_never_satisfied():
    by = Switches()
    assert (satisfied(COUNTS, by).part, satisfied(COUNTS, by).whole) == (6, 7)
    assert satisfied(COUNTS, Switches(unrated_in_whole=True)).whole == 10
    only_silent = OrderCounts(3, 3, {"unrated": 3}, {"unrated": 3})
    assert satisfied(only_silent, by).percent is None and solved(only_silent, by).percent is None
    assert satisfied(only_silent, Switches(unrated_in_whole=True)).percent == 0


def test_switches():
    assert solved(COUNTS, Switches()).part == Decimal("6.5")
    assert solved(COUNTS, Switches(partly_solved=Decimal(0))).part == 6
    assert satisfied(COUNTS, Switches(fairly_satisfied=False)).part == 4
    assert response(COUNTS).percent == 90


def test_no_composite_until_weights_are_entered():
    assert composite(COUNTS, switches(packaged().raw)) is None
    by = switches({"rates": {"weights": [10, 45, 45]}})
    expected = (90 * 10 + Decimal("81.25") * 45 + Decimal("85.71") * 45) / 100
    assert composite(COUNTS, by) == expected.quantize(Decimal("0.01"))
    assert composite(OrderCounts(), by) is None


@pytest.mark.parametrize("written", [{"weights": [1, 2]}, {"weights": [0, 0, 0]}, {"weights": [-1, 1, 1]}, {"partly_solved": 2}])
def test_bad_switches(written):
    with pytest.raises(BadRates):
        switches({"rates": written})
