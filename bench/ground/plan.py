"""Which matters are stamped where: sizes of the streets, shares of open and overdue, in the order they began. Pure."""

import random
from array import array
from collections.abc import Iterator, Sequence
from itertools import cycle

from bench.ground.plates import Group

BIG = 0.05  # the share of all matters that the first street holds
OPEN, OVERDUE = 0.05, 0.10  # of all; of the open ones
SMALL = 0.02  # the share of each copy's second street, beside its first


def sizes(copies: int) -> list[float]:
    """The shares of the copies: the first holds BIG, the others between a third of it and nearly as much."""
    if copies == 1:
        return [1.0]
    chance = random.Random(7)
    others = [chance.uniform(1, 3) for _ in range(copies - 1)]
    return [BIG, *(share * (1 - BIG) / sum(others) for share in others)]


def shares(cases: int, copies: int, streets: Sequence[int]) -> list[tuple[int, int, int]]:
    """(copy, street, number of matters)."""
    found = []
    for copy, share in enumerate(sizes(copies)):
        big = round(cases * share)
        small = round(big * SMALL) if copy and len(streets) > 1 else 0
        found += [(copy, streets[0], big - small), (copy, streets[-1], small)]
    return [one for one in found if one[2]]


def plan(groups: Sequence[Group], cases: int, copies: int) -> Iterator[tuple[int, int]]:
    """(number of the group, copy), the oldest first."""
    chance = random.Random(11)
    chosen = array("q")
    order = {n: place for place, n in enumerate(sorted(range(len(groups)), key=lambda n: groups[n].begun))}
    back = {place: n for n, place in order.items()}
    streets = sorted({g.street for g in groups}, key=lambda s: (-sum(g.street == s for g in groups), s))
    for copy, street, wanted in shares(cases, copies, streets):
        chosen.extend(order[n] * 1000 + copy for n in of_street(groups, street, wanted, chance))
    for one in sorted(chosen):
        yield back[one // 1000], one % 1000


def of_street(groups: Sequence[Group], street: int, wanted: int, chance: random.Random) -> Iterator[int]:
    """Groups of a street until there are so many matters, with the shares of open and overdue kept all the way."""
    mine = [n for n, g in enumerate(groups) if g.street == street and len(g.cases) <= 6]
    kinds = [
        [n for n in mine if not groups[n].open], [n for n in mine if groups[n].open and not groups[n].overdue],
        [n for n in mine if groups[n].overdue],
    ]  # fmt: skip
    for kind in kinds:
        chance.shuffle(kind)
    turns = [cycle(kind) if kind else None for kind in kinds]
    count = opened = late = 0
    while count < wanted:
        kind = 0
        if opened < OPEN * count:
            kind = 2 if late < OVERDUE * opened else 1
        number = next(turns[kind] or turns[1] or turns[0] or turns[2])
        count, opened, late = count + len(groups[number].cases), opened + groups[number].open, late + groups[number].overdue
        yield number
