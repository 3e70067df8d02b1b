"""The numbers of an area read from the tallies; what these keep back, because it is confidential, is counted for whoever may see it.

An actor reads the tallies of an area that lies wholly within his reach. For anybody else, and until the tallies were counted
for the first time, everything is counted from the matters he may see: right, and slow.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Date, Engine, and_, bindparam, literal, null, or_, select, text, type_coerce, union_all
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.db import Json, is_sqlite
from casemgr.models import Account, Appointment, AreaPath, Case, DeadlineRow, GridEvent, Order, Post, Tally, TallyChange, TallyMark
from casemgr.models.cases import PLACES
from casemgr.policy import Actor
from casemgr.queries.actors import holding_on
from casemgr.queries.filters import LISTED, midnight
from casemgr.queries.marks import KEPT_DAYS, marks_seen
from casemgr.queries.prepared import Prepared, among, listed
from workflows.guards import local_date

PLACE = "place"  # the facet that a board reads of the areas below its own
OWN = (*PLACES.values(), "area_id")
COLUMNS = (  # of a case that marks are made of
    "id", "process", "state", *OWN, "category", "tier", "tier_confirmed", "holder_role", "holder_area_id", "holder_department_id",
    "holder_id", "patron_id", "registered_at", "closed_at", "trail_at", "confidential", "raised_risk_at", "raised_overdue_at",
)  # fmt: skip
CONFIDENTIAL: Any = text("cases.confidential")  # as the partial index has it


@dataclass(slots=True)
class Counted:
    """The counts of an area with all below it, by facet and mark; of each area just below those of PLACE.

    whole   the actor sees everything there that is not confidential; else `own` is of what he may see alone
    posts   which state of the appointments they were read with, `days` of the numbers of finished days
    kept    the open confidential matters there that he may see
    """

    whole: bool = False
    posts: int = 0
    days: int = 0
    own: dict[str, Counter[str]] = field(default_factory=dict)
    below: dict[int, Counter[str]] = field(default_factory=dict)
    kept: list[int] = field(default_factory=list)

    def of(self, facet: str) -> Counter[str]:
        """The counts of one facet."""
        return self.own.get(facet, Counter())

    def add(self, marks: Iterable[tuple[str, int]], place: int | None) -> None:
        """Add marks "facet:…" of the area, and of the place below that they belong to."""
        for mark, number in marks:
            facet, _, name = mark.partition(":")
            self.own.setdefault(facet, Counter())[name] += number
            if place is not None and facet == PLACE:
                self.below.setdefault(place, Counter())[name] += number


def statement() -> Any:
    """One query for tallies, changes not folded yet, the two marks and whether the area is within reach: one snapshot."""
    area: Any = bindparam("area")
    places: Any = bindparam("places", expanding=True)
    kept = select(Tally.area_id, Tally.facet, Tally.counts).where(Tally.area_id.in_(places), or_(Tally.area_id == area, Tally.facet == PLACE))
    # values of subqueries, so that the few changes are gone through and never the many areas
    here = select(AreaPath.depth).where(AreaPath.ancestor_id == area, AreaPath.descendant_id == TallyChange.area_id)
    below = select(AreaPath.ancestor_id).where(
        AreaPath.descendant_id == TallyChange.area_id, AreaPath.ancestor_id.in_(places), AreaPath.ancestor_id != area
    )
    fresh = select(below.scalar_subquery(), literal(""), TallyChange.counts).where(here.scalar_subquery() >= 0)
    none = type_coerce(null(), Json)
    marks = select(TallyMark.value, TallyMark.name, none)
    within = select(AreaPath.ancestor_id, literal("within"), none).where(
        AreaPath.descendant_id == area, AreaPath.ancestor_id.in_(bindparam("mine", expanding=True))
    )
    return union_all(kept, fresh, marks, within)


TALLIES = Prepared(statement())


def load_counted(session: Session, actor: Actor, area: int, below: Sequence[int], at: datetime) -> Counted:
    """The counts of an area and of those just below it: one query, and one over confidential matters where there are any."""
    counted = Counted()
    marks = read(session, policy.areas_seen(actor), area, below, counted)
    counted.whole, counted.posts, counted.days = "within" in marks and marks["fold"] > 0, marks["posts"], marks["days"]
    if not counted.whole:
        counted.own, counted.below = {}, {}
    rest = counted.of("rest")
    if not counted.whole or any(mark == "kept" or mark.startswith("ended|") for mark in rest):
        add_seen(session, actor, area, below, at, counted)
    return counted


def read(session: Session, mine: Sequence[int], area: int, below: Sequence[int], counted: Counted) -> dict[str, int]:
    """Fill in what the tallies and the changes not folded yet tell; the marks by name."""
    marks: dict[str, int] = {}
    fresh = []
    values = {"area": area, "places": [area, *below], "mine": list(mine) or [0]}
    for id, name, counts in TALLIES.run(session, values):
        if counts is None:
            marks[name] = id
        elif not name:
            fresh.append((id, counts))
        elif id == area:
            counted.own[name] = Counter(counts)
        if name == PLACE and id != area:
            counted.below[id] = Counter(counts)
    for id, counts in fresh:
        counted.add(counts.items(), id)
    return marks


# --- matters looked at one by one


def matters(*conditions: Any) -> Any:
    """A select of matters with all that marks are made of, and of all that may bear a mark in use after :begun."""
    return (
        select(
            *(getattr(Case, name) for name in COLUMNS), GridEvent.closed_by, Order.helping, Order.left_out, Order.problem,
            Order.solved, Order.satisfaction, DeadlineRow.status, DeadlineRow.due_at, DeadlineRow.ended_at,
        )  # fmt: skip
        .outerjoin(GridEvent, GridEvent.case_id == Case.id)
        .outerjoin(Order, Order.case_id == Case.id)
        .outerjoin(DeadlineRow, and_(DeadlineRow.case_id == Order.case_id, DeadlineRow.key == "contact"))
        .where(Case.process.in_(LISTED), recent(), *conditions)
    )


def recent() -> ColumnElement[bool]:
    """The condition that a matter may bear a mark in use after :begun."""
    begun: Any = bindparam("begun", type_=Case.registered_at.type)
    return or_(Case.closed_at.is_(None), Case.closed_at >= begun, Case.registered_at >= begun, Case.trail_at >= begun)


def begun(on: date) -> datetime:
    """Since when what has ended may still be asked for."""
    return midnight(on - timedelta(days=max(KEPT_DAYS.values())))


def contact_of(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The contact deadline in a row of `matters`."""
    return row if row["status"] is not None else None


@lru_cache(64)
def seen_by(actor: Actor, whole: bool) -> Prepared:
    """The matters of :area that an actor may see: the confidential ones, or all where the tallies do not serve him. Where each
    lies, and how long its trail is."""
    here = or_(*(getattr(Case, column) == bindparam("area") for column in OWN))
    sight = (policy.visible(actor), *([CONFIDENTIAL] if whole else ()))
    return Prepared(
        select(Case.id, Case.trail_seq, and_(Case.confidential, Case.closed_at.is_(None)), *(getattr(Case, column) for column in OWN))
        .where(Case.process.in_(LISTED), recent(), here, *sight)
    )  # fmt: skip


def add_seen(session: Session, actor: Actor, area: int, below: Sequence[int], at: datetime, counted: Counted) -> None:
    """Count what the tallies do not tell this actor."""
    places = frozenset(below)
    since = begun(local_date(at))
    found = seen_by(actor, counted.whole).run(session, {"area": area, "begun": since}).all()
    marks = marks_borne(session, {row[0]: row[1] for row in found}, since)
    for id, entries, kept, *lies in found:
        place = next((one for one in lies if one in places), None)
        counted.add(((mark, 1) for mark in marks[id, entries]), place)
        if kept:
            counted.kept.append(id)


Marks = dict[tuple[int, int], tuple[str, ...]]
MOST_BORNE = 20_000  # matters whose marks are remembered
BORNE: WeakKeyDictionary[Engine, Marks] = WeakKeyDictionary()


def marks_borne(session: Session, entries: Mapping[int, int], since: datetime) -> Marks:
    """The marks of matters whose trails are so long: id -> entries. They are worked out once for each length of a trail; one
    query where there is anything to work out."""
    known = BORNE.setdefault(session.get_bind().engine, {})
    found = {key: known[key] for key in entries.items() if key in known}
    missing = [id for id, length in entries.items() if (id, length) not in found]
    if missing:
        rows = by_id(is_sqlite(session)).run(session, {"ids": listed(session, missing), "begun": since}).mappings()
        fresh = {(row["id"], entries[row["id"]]): tuple(marks_seen(row, row, contact_of(row))) for row in map(dict, rows)}
        if len(known) + len(fresh) > MOST_BORNE:
            known.clear()
        known.update(fresh)
        found |= fresh
    return found


@cache
def by_id(sqlite: bool) -> Prepared:
    """The matters of these ids with all that marks are made of."""
    return Prepared(matters(among(Case.id, sqlite=sqlite)))


# --- duties that nobody fills


class Filled(dict[str, bool]):
    """Whether somebody holds the post that matters wait for, by "role|area|department"; worked out when first asked."""

    def __init__(self, held: frozenset[tuple[str, str, str]]) -> None:
        super().__init__()
        self.held = held

    def __missing__(self, duty: str) -> bool:
        role, area, department = duty.split("|")
        found = bool((area and (role, "area", area) in self.held) or (department and (role, "department", department) in self.held))
        self[duty] = found
        return found


HELD = Prepared(
    select(Post.role, Post.area_id, Post.department_id)
    .join(Appointment, Appointment.post_id == Post.id)
    .join(Account, Account.id == Appointment.account_id)
    .where(holding_on(bindparam("on", type_=Date())), Account.active.is_(True))
)
FILLED: WeakKeyDictionary[Engine, tuple[tuple[int, date], Filled]] = WeakKeyDictionary()


def nobodys(session: Session, counted: Counted, on: date) -> int:
    """How many of the matters that no person holds wait for a post that nobody fills on a day. Who fills which is read anew
    with every change of appointments (the mark "posts") and every day."""
    waiting = counted.of("unheld")
    if not waiting:
        return 0
    filled = filled_on(session, counted.posts, on)
    return sum(number for duty, number in waiting.items() if not filled[duty])


def filled_on(session: Session, posts: int, on: date) -> Filled:
    """The posts filled on a day; no query while appointments stand as they did."""
    engine = session.get_bind().engine
    kept = FILLED.get(engine)
    if kept is None or kept[0] != (posts, on):
        held = {
            (role, kind, str(id))
            for role, area, department in HELD.run(session, {"on": on})
            for kind, id in (("area", area), ("department", department))
            if id is not None
        }
        kept = FILLED[engine] = ((posts, on), Filled(frozenset(held)))
    return kept[1]
