"""The warning board in numbers: open matters of an area by place, tier and age, as exact as the lists its numbers open.

Every count uses the filter that its link carries (queries.filters). Reads; the caller gives actor, area and time.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.errors import NotFound
from casemgr.models import Area, AreaPath, Case, DailyNumber, Event
from casemgr.policy import ACTS, Actor
from casemgr.queries.filters import AGES, COUNTED, LISTED, RAISES, CaseFilter, midnight, of_age
from workflows.guards import local_date
from workflows.roles import LEVELS, TIERS

WEEK = timedelta(days=7)
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


def find_area(session: Session, actor: Actor, area_id: int | None) -> tuple[Area, list[Area]]:
    """The board's area (by default that of the highest post) and the areas just below. Raises NotFound out of scope."""
    own = board_areas(actor)
    wanted = area_id if area_id is not None else next(iter(own), 0)
    query = select(Area).where(or_(Area.id == wanted, Area.parent_id == wanted), Area.id.in_(policy.within(own)))
    found = session.scalars(query.order_by(Area.sort_key, Area.code)).all()
    area = next((a for a in found if a.id == wanted), None)
    if area is None:
        raise NotFound()
    return area, [a for a in found if a.id != wanted]


def load_numbers(session: Session, actor: Actor, area: Area, below: Sequence[Area], at: datetime) -> Numbers:
    """All counts of the board of an area."""
    since = local_date(at) - WEEK + timedelta(days=1)
    ids = [a.id for a in below]
    now: dict[int, Counter[str]] = defaultdict(Counter)
    ages: Counter[tuple[str, str]] = Counter()
    for place, kind, age, number in open_by_place(session, actor, area.id, ids, at):
        now[place][kind] += number
        ages[age, kind] += number
    before = open_a_week_ago(session, area.id, ids, local_date(at) - WEEK)
    raised = raised_by_place(session, actor, area.id, ids, since)
    own = [area] if now[area.id] or raised[area.id] or not below else []
    found = [
        Place(a.id, a.name, a is area, now[a.id], before[a.id] if before is not None else None, raised[a.id])
        for a in (*below, *own)
    ]
    return Numbers(found, ages, sum(now.values(), Counter()), since)


def at_place(area: int, below: Sequence[int]) -> ColumnElement[bool]:
    """The condition on AreaPath that gives every area below exactly one place: an area of `below`, or `area` itself."""
    return or_(AreaPath.ancestor_id.in_(below), and_(AreaPath.ancestor_id == area, AreaPath.depth == 0))


def kind_of(process: str, confirmed: bool, tier: str) -> str:
    """Which of KINDS an open matter counts as; "" for none."""
    if process == "incoming":
        return "unsorted"
    return tier if confirmed or not tier else "suggested"


def open_by_place(
    session: Session, actor: Actor, area: int, below: Sequence[int], at: datetime
) -> list[tuple[int, str, str, int]]:
    """(place, kind, age band, number) of all open matters: one grouped query over the partial index of open cases."""
    band = case(*((of_age(key, at), key) for key in AGES), else_="")
    query = (
        select(AreaPath.ancestor_id, Case.process, Case.tier_confirmed, Case.tier, band, func.count())
        .join(AreaPath, and_(AreaPath.descendant_id == Case.area_id, at_place(area, below)))
        .where(CaseFilter(area=area, counted=True).where(at), policy.visible(actor))
        .group_by(AreaPath.ancestor_id, Case.process, Case.tier_confirmed, Case.tier, band)
    )
    rows = session.execute(query).all()
    return [(place, kind_of(process, ok, tier), age, n) for place, process, ok, tier, age, n in rows]


def open_a_week_ago(session: Session, area: int, below: Sequence[int], day: date) -> dict[int, Counter[str]] | None:
    """Open matters by place and tier at the end of a finished day, or None where that day was never counted."""
    counted = and_(
        DailyNumber.on_date == day, DailyNumber.measure == "open", DailyNumber.tier.in_(TIERS), DailyNumber.process.in_(COUNTED)
    )
    query = (
        select(AreaPath.ancestor_id, DailyNumber.tier, func.sum(DailyNumber.value))
        .join(AreaPath, and_(AreaPath.descendant_id == DailyNumber.area_id, at_place(area, below)))
        .where(counted)
        .group_by(AreaPath.ancestor_id, DailyNumber.tier)
    )
    rows = session.execute(query).all()
    if not rows and not session.scalar(select(DailyNumber.on_date).where(DailyNumber.on_date == day).limit(1)):
        return None
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for place, tier, number in rows:
        found[place][tier] += int(number)
    return found


def raised_by_place(
    session: Session, actor: Actor, area: int, below: Sequence[int], since: date
) -> dict[int, Counter[str]]:
    """Matters raised on or after a local date, by place and cause: one however often it was raised."""
    cause = case(*((Event.kind.in_(kinds), name) for name, kinds in RAISES.items()), else_="")
    every = [kind for kinds in RAISES.values() for kind in kinds]
    query = (
        select(AreaPath.ancestor_id, cause, func.count(Case.id.distinct()))
        .join(Case, Event.stream_id == Case.id)
        .join(AreaPath, and_(AreaPath.descendant_id == Case.area_id, at_place(area, below)))
        .where(Event.at >= midnight(since), Event.kind.in_(every), Case.process.in_(LISTED), policy.visible(actor))
        .group_by(AreaPath.ancestor_id, cause)
    )
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for place, name, number in session.execute(query):
        found[place][name] += number
    return found


def load_tiles(session: Session, actor: Actor, area: int, seen_at: datetime, at: datetime) -> dict[str, Tile]:
    """The numbers that stand alone: newly red, red due today, red late, in nobody's charge; one query."""
    filters = {
        "new_red": CaseFilter(area=area, red_since=seen_at, counted=True),
        "red_today": CaseFilter(area=area, tier="red", grade="confirmed", due="today", counted=True),
        "red_overdue": CaseFilter(area=area, tier="red", grade="confirmed", due="overdue", counted=True),
        "nobody": CaseFilter(area=area, charge="nobody", counted=True),
    }
    return tiles_of(session, actor, CaseFilter(area=area, counted=True), filters, at)


def load_legacy(session: Session, actor: Actor, area: int, at: datetime) -> dict[str, Tile]:
    """The numbers of legacy cases: on the list, to be decided on, without a patron, behind their plan; one query."""
    of_legacy = CaseFilter(area=area, process="legacy")
    filters = {
        "open": of_legacy, "proposed": replace(of_legacy, state="proposed"),
        "no_patron": replace(of_legacy, state="listed", patron="none"), "behind": replace(of_legacy, late="milestone"),
    }  # fmt: skip
    return tiles_of(session, actor, of_legacy, filters, at)


def tiles_of(
    session: Session, actor: Actor, scope: CaseFilter, filters: Mapping[str, CaseFilter], at: datetime
) -> dict[str, Tile]:
    """How many matters each of these filters lists within another: one query."""
    counts = [func.count().filter(f.where(at)).label(name) for name, f in filters.items()]
    row = session.execute(select(*counts).select_from(Case).where(scope.where(at), policy.visible(actor))).one()
    return {name: Tile(number, filters[name]) for name, number in row._mapping.items()}
