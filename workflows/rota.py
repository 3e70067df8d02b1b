"""A fair duty roster: who of a team serves on which day, by turns. Pure; who is on the team and who is away come in.

Working days and days off are counted apart, so that nobody gets all the weekends; what was served before counts too.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

LONG_AGO = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody who may serve: on the team from a day to a day (None: open), the days away, and the days served before."""

    account_id: int
    from_on: date
    to_on: date | None
    away: frozenset[date] = frozenset()
    served: frozenset[date] = frozenset()

    def may_serve(self, on: date) -> bool:
        """On the team and not away."""
        return self.from_on <= on and (self.to_on is None or on <= self.to_on) and on not in self.away


@dataclass(slots=True)
class Count:
    """How much somebody served: on working days, on days off, and when last."""

    working: int = 0
    rest: int = 0
    last: date = LONG_AGO
    days: set[date] = field(default_factory=set)

    def add(self, on: date, is_rest: bool) -> None:
        """One day more."""
        self.rest += is_rest
        self.working += not is_rest
        self.last = max(self.last, on)
        self.days.add(on)


def propose(days: Collection[date], team: Collection[Turn], *, rest: Collection[date], each: int = 1) -> dict[date, tuple[int, ...]]:
    """Day -> who serves, `each` of them where so many may. Whoever joined later is not made to catch up.

    The turn goes to whoever served least on days of this sort, then least in all, then longest ago.
    """
    people = sorted({turn.account_id for turn in team})
    counts = {who: Count() for who in people}
    for turn in team:
        for on in turn.served:
            counts[turn.account_id].add(on, on in rest)
    level_newcomers(team, counts)
    plan: dict[date, tuple[int, ...]] = {}
    for on in sorted(days):
        free = {turn.account_id for turn in team if turn.may_serve(on)}
        order = sorted(free, key=lambda who: turn_of(counts[who], on, on in rest, people.index(who)))
        plan[on] = tuple(sorted(order[:each]))
        for who in plan[on]:
            counts[who].add(on, on in rest)
    return plan


def turn_of(count: Count, on: date, is_rest: bool, place: int) -> tuple[int, int, date, int]:
    """What orders those who are free: the first serves. The day after a duty weighs like two duties more."""
    tired = 2 if on - timedelta(days=1) in count.days else 0
    return (count.rest if is_rest else count.working) + tired, count.rest + count.working, count.last, place


def level_newcomers(team: Collection[Turn], counts: Mapping[int, Count]) -> None:
    """Whoever served nothing yet begins where the least of the others stand."""
    old = [count for count in counts.values() if count.days]
    if not old:
        return
    for count in counts.values():
        if not count.days:
            count.working, count.rest = min(c.working for c in old), min(c.rest for c in old)
