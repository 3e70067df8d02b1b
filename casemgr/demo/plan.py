"""How much there is in the demo: the numbers of the reference street, and how they are shared out. Pure."""

import math
import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random
from typing import Any

from casemgr.demo.dice import dice

FOLDER = Path(__file__).parent
SEED = 1087
FOUND = 1087  # disputes found in the closed year …
SETTLED = 1073  # … and settled of these: 98.71 %
CLOSED_NOW = 340  # disputes of the running year that are closed already
UNSORTED = 140  # incoming items of this morning
HERE = (30.0, 100.0)  # latitude and longitude of the invented street: a round number, nobody's street


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many matters are made: those of the closed year, those of them settled, and those of the running year."""

    found: int
    settled: int
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
    return Amounts(found, found - unsettled, share(CLOSED_NOW), share(UNSORTED))


@cache
def street_data() -> Mapping[str, Any]:
    """street.toml as it stands."""
    return tomllib.loads((FOLDER / "street.toml").read_text("utf-8"))


def position(community: int, grid: int = 0, microgrid: int = 0) -> dict[str, Any]:
    """The middle of the n-th community, of its grid, of that grid's micro-grid (from 1; 0 = the whole), in degrees: sunflower
    seeds round the middle of what is above, some 2 km, 400 m and 90 m apart."""
    latitude, longitude = HERE
    for number, apart in ((community, 0.02), (grid, 0.0036), (microgrid, 0.0008)):
        turn, far = number * math.pi * (3 - math.sqrt(5)), apart * math.sqrt(number)
        latitude, longitude = latitude + far * math.cos(turn), longitude + far * math.sin(turn)
    return {"latitude": round(latitude, 5), "longitude": round(longitude, 5)}


def households() -> list[int]:
    """Households of the 47 grids of the reference street, in the order of street.toml; in all as its total says."""
    data = street_data()
    given = data["households"]
    grids = sum(len(community["places"]) for community in data["streets"][0]["communities"])
    high = [*given["over"], *given["within"]]
    rest = spread(given["total"] - sum(high), grids - len(high), dice(SEED))
    shares = [*high, *rest]
    dice(SEED).shuffle(shares)
    return shares


def spread(total: int, parts: int, chance: random.Random) -> list[int]:
    """`total` in `parts` whole shares that differ by up to a third of the mean."""
    weights = [chance.uniform(0.67, 1.33) for _ in range(parts)]
    ends = [round(total * part / sum(weights)) for part in accumulate(weights)]
    return [end - begin for begin, end in pairwise([0, *ends])]


def microgrids_of(grids: int, microgrids: int) -> list[int]:
    """How many micro-grids each of a community's grids has: as even as can be, the first ones one more."""
    each, more = divmod(microgrids, grids)
    return [each + (n < more) for n in range(grids)]


@dataclass(frozen=True, slots=True)
class Part:
    """One dispute to be made: what is special about it, its colour, and for an open one its stage and age.

    `age` is drawn from that range of working hours; None: registered at any time early enough to have ended.
    """

    kind: str = ""
    tier: str = "yellow"
    stop: str = ""
    age: tuple[float, float] | None = None
    days_ago: int | None = None  # accepted so many calendar days ago, whatever the day

    @property
    def slack(self) -> int:
        """Days within which it has certainly ended."""
        return 1 if self.kind == "spot" else 80 if self.kind in ("", "refused", "withdrawn", "terminated") else 160


ON_THE_SPOT = 0.4  # of what is settled
RED, ORANGE = 0.045, 0.24  # of the rest
UNSETTLED = (
    "failed", "refused", "withdrawn", "failed", "terminated", "breached_referred", "refused", "failed", "withdrawn",
    "terminated", "failed", "refused", "breached_referred", "withdrawn",
)  # fmt: skip
SPECIAL = {
    "suspended": 14, "extended_short": 22, "extended": 8, "lowered": 6, "moved_up": 12, "handed_over": 3, "replaced": 8,
    "retried": 6, "reopened": 6, "declined": 9, "risk": 14, "breached": 5, "confirmed": 24, "late": 16,
}  # fmt: skip
TIER_OF = {"lowered": "red", "extended_short": "yellow", "extended": "orange", "risk": "yellow", "late": "yellow", "moved_up": "yellow"}


def closed_year(scale: float = 1.0) -> list[Part]:
    """The disputes of the closed year: all found, all but the unsettled ones settled."""
    planned = amounts(scale)
    chance = dice(f"closed {scale}")
    unsettled = [UNSETTLED[n % len(UNSETTLED)] for n in range(planned.found - planned.settled)]
    return [*settled(planned.settled, chance, scale), *(Part(kind, coloured(kind, chance)) for kind in unsettled)]


def settled(count: int, chance: Random, scale: float) -> list[Part]:
    """So many disputes that end settled: on the spot, in some special way, or plainly."""
    spot = round(count * ON_THE_SPOT)
    kinds = [kind for kind, times in SPECIAL.items() for _ in range(max(round(times * scale), 1))]
    kinds = kinds[: count - spot]
    kinds += [""] * (count - spot - len(kinds))
    return [Part("spot")] * spot + [Part(kind, coloured(kind, chance)) for kind in kinds]


def coloured(kind: str, chance: Random) -> str:
    """The colour of a dispute, drawn unless its kind asks for one."""
    drawn = chance.random()
    return TIER_OF.get(kind) or ("red" if drawn < RED else "orange" if drawn < RED + ORANGE else "yellow")


def running_closed(scale: float = 1.0) -> list[Part]:
    """The disputes of the running year that have ended."""
    chance = dice(f"running {scale}")
    return settled(amounts(scale).closed_now, chance, scale / 4)


# stage, kind, colour, how many, age in working hours
OPEN: tuple[tuple[str, str, str, int, tuple[float, float]], ...] = (
    ("registered", "", "yellow", 26, (0.2, 7.0)),
    ("registered", "", "yellow", 3, (8.5, 10.0)),
    ("registered", "", "orange", 6, (0.2, 3.6)),
    ("accepted", "", "yellow", 4, (1.0, 3.0)),
    ("assigned", "", "yellow", 22, (3.5, 12.0)),
    ("assigned", "", "orange", 7, (2.0, 6.0)),
    ("mediation", "", "yellow", 62, (10.0, 27.0)),
    ("mediation", "", "orange", 34, (10.0, 55.0)),
    ("mediation", "", "red", 3, (10.0, 90.0)),
    ("mediation", "without_patron", "red", 2, (7.0, 20.0)),
    ("mediation", "asking_extended", "orange", 4, (25.0, 55.0)),
    ("mediation", "asking_suspended", "yellow", 3, (14.0, 26.0)),
    ("mediation", "asking_replaced", "yellow", 2, (12.0, 22.0)),
    ("mediation", "asking_moved_up", "yellow", 2, (12.0, 26.0)),
    ("mediation", "asking_lowered", "red", 1, (40.0, 70.0)),
    ("mediation", "late", "yellow", 4, (36.0, 44.0)),
    ("suspended", "suspended", "yellow", 8, (30.0, 70.0)),
    ("suspended", "suspended", "orange", 4, (40.0, 80.0)),
    ("agreed", "", "yellow", 36, (32.0, 80.0)),
    ("agreed", "", "orange", 16, (50.0, 100.0)),
    ("agreed", "", "red", 1, (90.0, 130.0)),
    ("performed", "", "yellow", 26, (50.0, 100.0)),
    ("performed", "", "orange", 8, (70.0, 120.0)),
    ("breached", "", "yellow", 4, (62.0, 78.0)),
    ("failed", "", "yellow", 5, (24.0, 44.0)),
    ("terminated", "", "yellow", 4, (16.0, 34.0)),
    ("reopened", "reopened", "yellow", 4, (160.0, 240.0)),
)
DUE_TODAY = (("yellow", 7, 9), ("orange", 15, 4))  # colour, days since acceptance, how many: settling ends today
JUST_LATE = (("yellow", 9, 4), ("orange", 17, 1))  # raised by the sweep


def running_open(scale: float = 1.0) -> list[Part]:
    """The open disputes, each with its stage and age."""
    parts = [
        Part(kind, tier, stop, age) for stop, kind, tier, times, age in OPEN for _ in range(max(round(times * scale), 1))
    ]
    parts += [
        Part("", tier, "mediation", None, days)
        for tier, days, times in (*DUE_TODAY, *JUST_LATE)
        for _ in range(max(round(times * scale), 1))
    ]
    return parts


def neighbour(scale: float = 1.0) -> list[Part]:
    """A few disputes of the neighbouring street, so that there is something that scope keeps out."""
    few = [("registered", (0.5, 5.0)), ("mediation", (10.0, 26.0)), ("mediation", (12.0, 26.0)), ("agreed", (40.0, 70.0))]
    parts = [Part("", "yellow", stop, age) for stop, age in few * max(round(3 * scale), 1)]
    return [*parts, *[Part()] * max(round(12 * scale), 1)]
