"""The load of grids: the field report's estate, and the edges of the standard."""

import pytest

from workflows import rulebook
from workflows.grid_standard import GridLoad, Standard, load_of, standard_of


def test_the_estate_of_the_field_report() -> None:
    with_shops = load_of(1316, grids=2, shops=153)
    assert (float(with_shops.per_grid or 0), with_shops.percent, with_shops.verdict) == (734.5, 46.9, "over")
    alone = load_of(1316, grids=2)
    assert (alone.per_grid, alone.percent, alone.verdict) == (658, 31.6, "over")


@pytest.mark.parametrize(
    "households, verdict, percent",
    [
        (299, "under", -0.3), (300, "within", 0.0), (500, "within", 0.0), (501, "over", 0.2), (0, "under", -100.0),
        (None, "unknown", 0.0), (1000, "over", 100.0),
    ],
)  # fmt: skip
def test_the_edges(households: int | None, verdict: str, percent: float) -> None:
    found = load_of(households)
    assert (found.verdict, found.percent) == (verdict, percent)


def test_no_grid_is_not_known() -> None:
    assert load_of(400, grids=0) == GridLoad(None, Standard())


def test_half_a_tenth_goes_up() -> None:
    assert load_of(20_001, grids=20, standard=Standard(300, 1000)).percent == 0.0  # 1000.05: 0.005 percent
    assert load_of(20_010, grids=20, standard=Standard(300, 1000)).percent == 0.1  # 1000.5: 0.05 percent


def test_the_packaged_rules_say_300_to_500() -> None:
    assert standard_of(rulebook.packaged().raw) == Standard(300, 500) == standard_of({})


@pytest.mark.parametrize("least, most", [(0, 500), (501, 500), (-1, -1)])
def test_bounds_that_are_none(least: int, most: int) -> None:
    with pytest.raises(ValueError, match="no bounds"):
        Standard(least, most)
