"""How many households a grid carries, against the standard of 300 to 500. Pure numbers; the words are a page's.

Source: the field report (sources 5.3). Households that live there are counted, not registrations; shops count as
households where an area counts them. The bounds stand in rules/*.toml [grid_standard].
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

LEAST, MOST = 300, 500  # for rule sets written before they had the section
VERDICTS = ("unknown", "under", "within", "over")


@dataclass(frozen=True, slots=True)
class Standard:
    """The fewest and the most households of one grid. Raises ValueError when they are no bounds."""

    least: int = LEAST
    most: int = MOST

    def __post_init__(self) -> None:
        if not 0 < self.least <= self.most:
            raise ValueError(f"[grid_standard]: {self.least} to {self.most} households are no bounds")


@dataclass(frozen=True, slots=True)
class GridLoad:
    """What one grid carries on average: `per_grid` is exact, None where households or grids are not known."""

    per_grid: Fraction | None
    standard: Standard

    @property
    def verdict(self) -> str:
        """One of VERDICTS; both bounds lie within the standard."""
        if self.per_grid is None:
            return "unknown"
        if self.per_grid > self.standard.most:
            return "over"
        return "under" if self.per_grid < self.standard.least else "within"

    @property
    def off(self) -> Fraction:
        """By which share it lies above the most (positive) or below the least (negative); 0 within or unknown."""
        if self.per_grid is None or self.verdict == "within":
            return Fraction(0)
        bound = self.standard.most if self.verdict == "over" else self.standard.least
        return (self.per_grid - bound) / bound

    @property
    def percent(self) -> float:
        """`off` in percent, to one decimal, half away from zero: 46.9."""
        tenths = int(abs(self.off) * 1000 + Fraction(1, 2))
        return (tenths if self.off >= 0 else -tenths) / 10


def standard_of(rules: Mapping[str, Any]) -> Standard:
    """The bounds a rule set gives."""
    section = rules.get("grid_standard", {})
    return Standard(section.get("least", LEAST), section.get("most", MOST))


def load_of(households: int | None, grids: int = 1, shops: int | None = None, standard: Standard = Standard()) -> GridLoad:
    """The load of so many households, and shops, on so many grids."""
    if households is None or grids < 1:
        return GridLoad(None, standard)
    return GridLoad(Fraction(households + (shops or 0), grids), standard)
