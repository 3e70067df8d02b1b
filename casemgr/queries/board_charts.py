"""What stands below on the warning board: open disputes by stage and by class, and the last weeks' comings and goings.

Each number carries the filter of the list it opens. How many were open at the end of a past week is a number of that day
(daily_numbers) and opens no list: the matters have moved on.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, bindparam, literal, select
from sqlalchemy.orm import Session

from casemgr.models import DailyNumber, DailySlot
from casemgr.queries.board import OPEN_BELOW
from casemgr.queries.filters import CaseFilter
from casemgr.queries.prepared import Prepared
from casemgr.queries.runs import DAY_COUNTED
from casemgr.queries.tally import Counted
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


def load_groups(counted: Counted, area: int) -> tuple[list[Group], list[Group]]:
    """Open disputes by state in the order of the workflow, and by class, the largest first."""
    whole = CaseFilter(area=area, process=PROCESS)
    states, classes = told_groups(counted)
    order = [state.name for state in WORKFLOWS[PROCESS].states]
    stages = [Group(name, states[name], replace(whole, state=name)) for name in order if +states[name]]
    found = [Group(code, counts, replace(whole, category=code)) for code, counts in classes.items() if +counts]
    return stages, sorted(found, key=lambda group: (-group.number, group.key))


Groups = dict[str, Counter[str]]


def told_groups(counted: Counted) -> tuple[Groups, Groups]:
    """Open disputes by state and by class, each by confirmed tier, as the tallies tell."""
    found: dict[str, Groups] = {"state": defaultdict(Counter), "class": defaultdict(Counter)}
    for mark, number in counted.of(PROCESS).items():
        what, _, rest = mark.partition("|")
        if what in found:
            key, _, tier = rest.partition("|")
            found[what][key][tier] += number
    return found["state"], found["class"]


def load_weeks(session: Session, counted: Counted, area: int, at: datetime) -> list[Week]:
    """The last twelve weeks, the running one included, oldest first; one query."""
    today = local_date(at)
    monday = today - timedelta(days=today.weekday())
    firsts = [monday - WEEK * back for back in reversed(range(WEEKS))]
    ends = {first: min(first + timedelta(days=6), today - timedelta(days=1)) for first in firsts}
    stood, told = open_at_ends(session, area, ends.values()), counted.of(PROCESS)
    return [
        Week(first, told[f"registered|{first}"], told[f"closed|{first}"], at_end, red, area)
        for first in firsts
        for at_end, red in [stood.get(ends[first], (None, None))]
    ]


DAYS: Any = bindparam("days", expanding=True, type_=Date())
ENDS = Prepared(
    select(DailySlot.on_date, literal(""), literal(0))
    .where(DailySlot.job == DAY_COUNTED, DailySlot.on_date.in_(DAYS))
    .union_all(
        select(DailyNumber.on_date, DailyNumber.tier, DailyNumber.value).where(
            DailyNumber.on_date.in_(DAYS), DailyNumber.area_id == bindparam("area"), DailyNumber.process == PROCESS,
            DailyNumber.measure == OPEN_BELOW,
        )  # fmt: skip
    )
)


def open_at_ends(session: Session, area: int, days: Iterable[date]) -> dict[date, tuple[int, int]]:
    """(open, red) at the end of those days that were counted; one query."""
    found: dict[date, Counter[str]] = {}
    for day, tier, number in ENDS.run(session, {"days": list(days), "area": area}):
        found.setdefault(day, Counter())[tier] += number
    return {day: (sum(counts.values()), counts["red"]) for day, counts in found.items()}
