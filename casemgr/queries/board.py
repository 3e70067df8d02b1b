"""The warning board in numbers: open matters of an area by place, tier and age, as exact as the lists its numbers open.

Numbers come from the tallies (queries.tally), each with the filter that lists exactly what it counts (queries.filters). What
depends on the hour is counted over red matters alone, which are few. Reads; the caller gives actor, area and time.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, and_, bindparam, exists, func, literal, literal_column, null, or_, select, text
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.errors import NotFound
from casemgr.models import Area, AreaPath, Case, DailyNumber, DailySlot, DeadlineRow
from casemgr.models.cases import PLACES
from casemgr.policy import ACTS, Actor
from casemgr.queries.filters import AGES, COUNTED, CaseFilter, midnight, own_matters
from casemgr.queries.prepared import Prepared
from casemgr.queries.runs import DAY_COUNTED
from casemgr.queries.tally import PLACE, Counted, load_counted, nobodys
from workflows.guards import local_date
from workflows.roles import LEVELS, TIERS

WEEK = timedelta(days=7)
OPEN_BELOW = "open_below"  # the measure of a finished day over an area with all below it
KINDS = (*TIERS, "suggested", "unsorted")  # of a count: a confirmed tier, a hollow one, an incoming item to be sorted


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the board: an area below, or (`own`) what lies directly at the board's own area.

    now      open matters by KINDS
    before   open matters by tier a week ago, None where no finished day is known
    raised   matters raised in the last seven days, by cause ("risk", "overdue")
    """

    area_id: int
    name: str
    own: bool
    now: Mapping[str, int]
    before: Mapping[str, int] | None
    raised: Mapping[str, int]

    def filter_of(self, kind: str) -> CaseFilter:
        """The filter that lists exactly what `now[kind]` counts."""
        return filter_of(kind, self.area_id, own=self.own)

    def filter_of_raised(self, cause: str, since: date) -> CaseFilter:
        """The filter that lists exactly what `raised[cause]` counts."""
        return CaseFilter(area=self.area_id, own=self.own, raised=cause, since=since, status="all")


@dataclass(frozen=True, slots=True)
class Tile:
    """A number on its own, with the filter that lists exactly its matters."""

    number: int
    filter: CaseFilter


@dataclass(frozen=True, slots=True)
class Numbers:
    """The counts of one board. `ages` is by (age band, tier), over all places."""

    places: Sequence[Place]
    ages: Mapping[tuple[str, str], int]
    total: Mapping[str, int]
    since: date


def filter_of(kind: str, area: int, *, own: bool = False, age: str = "") -> CaseFilter:
    """The filter of one of KINDS in an area."""
    if kind == "unsorted":
        return CaseFilter(area=area, own=own, age=age, process="incoming")
    if kind == "suggested":
        return CaseFilter(area=area, own=own, age=age, grade="suggested", counted=True)
    return CaseFilter(area=area, own=own, age=age, tier=kind, grade="confirmed", counted=True)


def board_areas(actor: Actor) -> tuple[int, ...]:
    """The areas whose boards are the actor's own by a post, the highest level first."""
    posts = [(LEVELS.index(p.level), p.area_id) for p in actor.posts if p.role in ACTS["board"] and p.area_id]
    return tuple(dict.fromkeys(area for _, area in sorted(posts, key=lambda post: -post[0])))


class Spot(NamedTuple):
    """An area as a board needs it."""

    id: int
    name: str
    level: str
    parent_id: int | None


AREAS = Prepared(
    select(Area.id, Area.name, Area.level, Area.parent_id)
    .where(or_(Area.id == bindparam("wanted"), Area.parent_id == bindparam("wanted")))
    .where(exists().where(AreaPath.descendant_id == Area.id, AreaPath.ancestor_id.in_(bindparam("own", expanding=True))))
    .order_by(Area.sort_key, Area.code)
)


def find_area(session: Session, actor: Actor, area_id: int | None) -> tuple[Spot, list[Spot]]:
    """The board's area (by default that of the highest post) and the areas just below. Raises NotFound out of scope."""
    own = board_areas(actor)
    wanted = area_id if area_id is not None else next(iter(own), 0)
    found = [Spot(*row) for row in AREAS.run(session, {"wanted": wanted, "own": own or (0,)})]
    area = next((a for a in found if a.id == wanted), None)
    if area is None:
        raise NotFound()
    return area, [a for a in found if a.id != wanted]


def load_numbers(
    session: Session, actor: Actor, area: Spot, below: Sequence[Spot], at: datetime, counted: Counted | None = None
) -> Numbers:
    """All counts of the board of an area. `counted` is what load_counted gives, where the caller has it."""
    since = raised_since(at)
    ids = [a.id for a in below]
    counted = counted or load_counted(session, actor, area.id, ids, at)
    now, raised = told_by_place(area.id, ids, counted, since)
    before = open_a_week_ago(session, area.id, ids, local_date(at) - WEEK)
    own = [area] if +now[area.id] or +raised[area.id] or not below else []
    found = [
        Place(a.id, a.name, a is area, now[a.id], before[a.id] if before is not None else None, raised[a.id])
        for a in (*below, *own)
    ]
    return Numbers(found, told_by_age(counted, local_date(at)), sum(now.values(), Counter()), since)


def raised_since(at: datetime) -> date:
    """The first of the seven days whose raises a board tells."""
    return local_date(at) - WEEK + timedelta(days=1)


def told_by_place(
    area: int, below: Sequence[int], counted: Counted, since: date
) -> tuple[dict[int, Counter[str]], dict[int, Counter[str]]]:
    """Open matters by place and kind, and raised ones by place and cause: what lies directly at the area is what is left of
    the whole."""
    now: dict[int, Counter[str]] = defaultdict(Counter)
    raised: dict[int, Counter[str]] = defaultdict(Counter)
    first = since.isoformat()
    for place, counts in ((area, counted.of(PLACE)), *((id, counted.below.get(id, Counter[str]())) for id in below)):
        for mark, number in counts.items():
            what, _, on = mark.partition("|")
            if not on:
                now[place][what] += number
            elif on >= first:
                raised[place][what] += number
    for id in below:
        now[area].subtract(now[id])
        raised[area].subtract(raised[id])
    return now, raised


def told_by_age(counted: Counted, today: date) -> Counter[tuple[str, str]]:
    """Open matters by (age band, kind): the tallies know the days of the last month, what is older is the rest."""
    oldest = next(key for key, (_, days) in AGES.items() if days is None)
    bands = [(str(today - timedelta(days=days)), key) for key, (_, days) in AGES.items() if days is not None]
    found: Counter[tuple[str, str]] = Counter()
    for kind, number in counted.of(PLACE).items():
        if "|" not in kind:
            found[oldest, kind] += number
    for mark, number in counted.of("age").items():
        kind, _, on = mark.partition("|")
        if band := next((key for first, key in bands if on >= first), ""):
            found[band, kind] += number
            found[oldest, kind] -= number
    return found


A_WEEK_AGO = Prepared(
    select(DailyNumber.area_id, DailyNumber.tier, func.sum(DailyNumber.value))
    .where(DailyNumber.on_date == bindparam("day", type_=Date()), DailyNumber.area_id.in_(bindparam("places", expanding=True)))
    .where(DailyNumber.measure == OPEN_BELOW, DailyNumber.tier.in_(TIERS), DailyNumber.process.in_(COUNTED))
    .group_by(DailyNumber.area_id, DailyNumber.tier)
    .union_all(
        select(literal(0), literal(""), null()).where(
            DailySlot.job == DAY_COUNTED, DailySlot.on_date == bindparam("day", type_=Date())
        )
    )
)


def open_a_week_ago(session: Session, area: int, below: Sequence[int], day: date) -> dict[int, Counter[str]] | None:
    """Open matters by place and tier at the end of a finished day, or None where that day was never counted."""
    rows = A_WEEK_AGO.run(session, {"day": day, "places": [area, *below]}).all()
    if not rows:
        return None
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for place, tier, number in rows:
        if place:
            found[place][tier] = int(number)
    for place in below:
        found[area].subtract(found[place])
    return found


def load_tiles(
    session: Session, actor: Actor, area: Spot, seen_at: datetime, at: datetime, counted: Counted | None = None
) -> dict[str, Tile]:
    """The numbers that stand alone: newly red, red due today, red late, in nobody's charge."""
    counted = counted or load_counted(session, actor, area.id, (), at)
    filters = {
        "new_red": CaseFilter(area=area.id, red_since=seen_at, counted=True),
        "red_today": CaseFilter(area=area.id, tier="red", grade="confirmed", due="today", counted=True),
        "red_overdue": CaseFilter(area=area.id, tier="red", grade="confirmed", due="overdue", counted=True),
        "nobody": CaseFilter(area=area.id, charge="nobody", counted=True),
    }
    numbers = Counter(nobody=nobodys(session, counted, local_date(at)))
    if counted.of(PLACE)["red"] > 0:
        times = {"at": at, "day_end": midnight(local_date(at) + timedelta(days=1)), "seen_at": seen_at}
        row = red_tiles(area.level, sight(actor, counted)).run(session, times | here(area, counted)).one()
        numbers.update(red_today=row[0], red_overdue=row[1], new_red=row[2])
    return {name: Tile(numbers[name], f) for name, f in filters.items()}


def sight(actor: Actor, counted: Counted) -> Actor | None:
    """Whose sight must be asked of every open matter: nobody's where all is seen but for confidential ones known by id."""
    return None if counted.whole else actor


def here(area: Spot, counted: Counted) -> dict[str, Any]:
    """The parameters of `red_here` and `lies_at`."""
    return {"area": area.id, "kept": counted.kept or [0]}


@lru_cache(64)
def red_tiles(level: str, actor: Actor | None) -> Prepared:
    """How many red matters of :area are due between :at and :day_end, are overdue :at that instant, became red after :seen_at."""
    at, seen_at, day_end = (bindparam(name, type_=Case.due_order.type) for name in ("at", "seen_at", "day_end"))
    today = and_(Case.due_order > at, Case.due_order <= day_end)
    counts = (func.count().filter(one) for one in (today, Case.due_order <= at, Case.graded_at > seen_at))
    return Prepared(select(*counts).where(red_here(level, actor)))


def red_here(level: str, actor: Actor | None) -> ColumnElement[bool]:
    """The condition of the red matters of :area that an actor may see, in the words of the indexes over them (which compare no
    parameters)."""
    open_red = and_(Case.closed_at.is_(None), Case.tier == literal_column("'red'"), Case.tier_confirmed.is_(True))
    return and_(lies_at(level, actor), open_red, own_matters())


def lies_at(level: str, actor: Actor | None) -> ColumnElement[bool]:
    """The condition that a case lies in :area of that level, and that an actor may see it: those of :kept, where all else
    is open to him."""
    place = getattr(Case, PLACES.get(level, "area_id")) == bindparam("area")
    open_to_all = or_(Case.confidential.is_(False), Case.id.in_(bindparam("kept", expanding=True)))
    return and_(place, open_to_all if actor is None else policy.visible(actor))


def load_legacy(
    session: Session, actor: Actor, area: Spot, at: datetime, counted: Counted | None = None
) -> dict[str, Tile]:
    """The numbers of legacy cases: on the list, to be decided on, without a patron, behind their plan."""
    counted = counted or load_counted(session, actor, area.id, (), at)
    of_legacy = CaseFilter(area=area.id, process="legacy")
    filters = {
        "open": of_legacy, "proposed": replace(of_legacy, state="proposed"),
        "no_patron": replace(of_legacy, state="listed", patron="none"), "behind": replace(of_legacy, late="milestone"),
    }  # fmt: skip
    found = Counter[str]()
    for mark, number in counted.of("rest").items():
        what, _, state = mark.partition("|")
        if what == "legacy":
            found.update(open=number, proposed=number * state.startswith("proposed|"), no_patron=number * (state == "listed|none"))
    if found["open"]:
        found["behind"] = behind_plan(area.level, sight(actor, counted)).run(session, {"at": at} | here(area, counted)).scalar_one()
    return {name: Tile(found[name], f) for name, f in filters.items()}


@lru_cache(64)
def behind_plan(level: str, actor: Actor | None) -> Prepared:
    """How many open legacy cases of :area have a milestone overdue, by the index over running ones."""
    running = text("deadlines.key = 'milestone' AND deadlines.status = 'running'")
    late = DeadlineRow.due_at <= bindparam("at", type_=Case.due_order.type)
    query = select(func.count()).select_from(DeadlineRow).join(Case, Case.id == DeadlineRow.case_id)
    return Prepared(query.where(running, late, Case.process == "legacy", Case.closed_at.is_(None), lies_at(level, actor)))
