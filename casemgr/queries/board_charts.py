"""What stands below on the warning board: open disputes by stage and by class, and the last weeks' comings and goings.

Each number carries the filter of the list it opens. How many were open at the end of a past week is a number of that day
(daily_numbers) and opens no list: the matters have moved on.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.models import AreaPath, Case, DailyNumber, DailySlot
from casemgr.policy import Actor
from casemgr.queries.filters import CaseFilter, class_of, midnight
from casemgr.queries.runs import DAY_COUNTED
from workflows import WORKFLOWS
from workflows.guards import local_date

PROCESS = "dispute"
WEEKS = 12
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Group:
    """Open disputes that have something in common: its code, how many by confirmed tier ("" for not confirmed), the filter."""

    key: str
    counts: Mapping[str, int]
    filter: CaseFilter

    @property
    def number(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    def filter_of(self, tier: str) -> CaseFilter:
        """The filter that lists exactly those of a confirmed tier."""
        return replace(self.filter, tier=tier, grade="confirmed")


@dataclass(frozen=True, slots=True)
class Week:
    """One week from its Monday: disputes registered and closed in it, open (and red) at its end; None where never counted."""

    first: date
    registered: int
    closed: int
    open: int | None
    red: int | None
    area: int

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(days=6)

    def filter_of(self, what: str) -> CaseFilter:
        """The filter that lists exactly what was "registered" or "closed"."""
        days = {f"{what}_from": self.first, f"{what}_to": self.last}
        return CaseFilter(area=self.area, process=PROCESS, status="all", **days)  # type: ignore[arg-type]


def load_groups(session: Session, actor: Actor, area: int, at: datetime) -> tuple[list[Group], list[Group]]:
    """Open disputes by state in the order of the workflow, and by class, the largest first; one grouped query."""
    whole = CaseFilter(area=area, process=PROCESS)
    sort = class_of(Case.category)
    tier = case((Case.tier_confirmed.is_(True), Case.tier), else_="")
    query = select(Case.state, sort, tier, func.count()).where(whole.where(at), policy.visible(actor))
    states: dict[str, Counter[str]] = defaultdict(Counter)
    classes: dict[str, Counter[str]] = defaultdict(Counter)
    for state, code, colour, number in session.execute(query.group_by(Case.state, sort, tier)):
        states[state][colour] += number
        if code:
            classes[code][colour] += number
    order = [state.name for state in WORKFLOWS[PROCESS].states]
    stages = [Group(name, states[name], replace(whole, state=name)) for name in order if name in states]
    found = [Group(code, counts, replace(whole, category=code)) for code, counts in classes.items()]
    return stages, sorted(found, key=lambda group: (-group.number, group.key))


def load_weeks(session: Session, actor: Actor, area: int, at: datetime) -> list[Week]:
    """The last twelve weeks, the running one included, oldest first; four queries."""
    today = local_date(at)
    monday = today - timedelta(days=today.weekday())
    firsts = [monday - WEEK * back for back in reversed(range(WEEKS))]
    registered = happened_by_week(session, actor, area, Case.registered_at, firsts, at)
    closed = happened_by_week(session, actor, area, Case.closed_at, firsts, at)
    ends = {first: min(first + timedelta(days=6), today - timedelta(days=1)) for first in firsts}
    stood = open_at_ends(session, area, ends.values())
    found = ((first, stood.get(ends[first], (None, None))) for first in firsts)
    return [Week(first, registered[first], closed[first], number, red, area) for first, (number, red) in found]


def happened_by_week(
    session: Session, actor: Actor, area: int, column: Any, firsts: Sequence[date], at: datetime
) -> Counter[date]:
    """How many disputes have an instant of that column in each of these weeks."""
    week = case(*((column >= midnight(first), index) for index, first in reversed(list(enumerate(firsts)))), else_=-1)
    inside = and_(column >= midnight(firsts[0]), column < midnight(firsts[-1] + WEEK))
    whole = CaseFilter(area=area, process=PROCESS, status="all").where(at)
    rows = session.execute(select(week, func.count()).where(whole, inside, policy.visible(actor)).group_by(week))
    return Counter({firsts[index]: number for index, number in rows})


def open_at_ends(session: Session, area: int, days: Any) -> dict[date, tuple[int, int]]:
    """(open, red) at the end of those days that were counted; two queries."""
    counted = session.scalars(select(DailySlot.on_date).where(DailySlot.job == DAY_COUNTED, DailySlot.on_date.in_(list(days))))
    here = and_(AreaPath.descendant_id == DailyNumber.area_id, AreaPath.ancestor_id == area)
    query = (
        select(DailyNumber.on_date, DailyNumber.tier, func.sum(DailyNumber.value))
        .join(AreaPath, here)
        .where(DailyNumber.on_date.in_(list(days)), DailyNumber.measure == "open", DailyNumber.process == PROCESS)
        .group_by(DailyNumber.on_date, DailyNumber.tier)
    )
    found: dict[date, Counter[str]] = {day: Counter() for day in counted}
    for day, tier, number in session.execute(query):
        found.setdefault(day, Counter())[tier] += int(number)
    return {day: (sum(counts.values()), counts["red"]) for day, counts in found.items()}


