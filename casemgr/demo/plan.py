"""How much there is in the demo: the numbers of the reference street, and how they are shared out. Pure."""

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
SEED = 1087
FOUND = 1087  # disputes found in the closed year …
SETTLED = 1073  # … and settled of these: 98.71 %
OPEN_NOW = 320  # open disputes of the running year
CLOSED_NOW = 340  # disputes of the running year that are closed already
UNSORTED = 140  # incoming items of this morning


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many matters are made: those of the closed year, those of them settled, and those of the running year."""

    found: int
    settled: int
    open_now: int
    closed_now: int
    unsorted: int


def amounts(scale: float = 1.0) -> Amounts:
    """The amounts at a scale; at least one of each, and one not settled. Raises ValueError outside 0 to 1."""
    if not 0 < scale <= 1:
        raise ValueError(f"scale {scale} is not above 0 and at most 1")

    def share(count: int) -> int:
        return max(round(count * scale), 1)

    found = max(share(FOUND), 2)
    unsettled = max(round((FOUND - SETTLED) * scale), 1)
    return Amounts(found, found - unsettled, share(OPEN_NOW), share(CLOSED_NOW), share(UNSORTED))


@cache
def street_data() -> Mapping[str, Any]:
    """street.toml as it stands."""
    return tomllib.loads((FOLDER / "street.toml").read_text("utf-8"))


def households() -> list[int]:
    """Households of the 47 grids of the reference street, in the order of street.toml; in all as its total says."""
    data = street_data()
    given = data["households"]
    grids = sum(len(community["places"]) for community in data["streets"][0]["communities"])
    high = [*given["over"], *given["within"]]
    rest = spread(given["total"] - sum(high), grids - len(high), random.Random(SEED))
    shares = [*high, *rest]
    random.Random(SEED).shuffle(shares)
    return shares


def spread(total: int, parts: int, chance: random.Random) -> list[int]:
    """`total` in `parts` whole shares that differ by up to a third of the mean."""
    mean = total / parts
    shares = [round(mean * chance.uniform(0.67, 1.33)) for _ in range(parts)]
    shares[-1] += total - sum(shares)
    return shares


def microgrids_of(grids: int, microgrids: int) -> list[int]:
    """How many micro-grids each of a community's grids has: as even as can be, the first ones one more."""
    each, more = divmod(microgrids, grids)
    return [each + (n < more) for n in range(grids)]
