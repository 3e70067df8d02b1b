"""Cases as lines of a desk or a list: what, where, who holds it, what falls due next. Bounded, by keyset, in scope.

The caller gives the condition; scope (policy.visible) is added here, so that no list can forget it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, tuple_
from sqlalchemy import case as sa_case
from sqlalchemy.orm import Session, aliased

from casemgr.models import Account, Area, Case, JointMember
from casemgr.policy import Actor, visible
from casemgr.queries.board_lines import place_words
from workflows import WORKFLOWS
from workflows.roles import TIERS

PAGE = 25
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # sorts what has no due time last
Above = aliased(Area)


@dataclass(frozen=True, slots=True)
class Line:
    """One case on a list. `holder` is the person beside the duty, "" when the post alone holds it."""

    id: int
    process: str
    number: str
    title: str
    state: str
    tier: str
    tier_confirmed: bool
    place: str
    holder_role: str
    holder: str
    next_due_key: str
    next_due_at: datetime | None
    registered_at: datetime
    closed_at: datetime | None
    parent_id: int | None
    version: int
    joined: int = 0  # matters joined to it

    @property
    def graded(self) -> bool:
        """Whether a colour belongs to it: it has one, or its process gives one."""
        return bool(self.tier) or WORKFLOWS[self.process].tiered


@dataclass(frozen=True, slots=True)
class Page:
    """A page of lines; `before` and `after` are the keys to go on from, None at the ends."""

    lines: tuple[Line, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: columns with the case id beside them, all ascending or all not; `values` are those of a case."""

    columns: tuple[Any, ...]
    values: Callable[[Case], tuple[Any, ...]]
    ascending: bool = True


JOINED = select(func.count()).where(JointMember.root_id == Case.id).correlate(Case).scalar_subquery()
DUE = func.coalesce(Case.next_due_at, NEVER)
RANKS = {tier: rank for rank, tier in enumerate(reversed(TIERS))}
ORDERS = {
    "due": Order((DUE,), lambda c: (c.next_due_at or NEVER,)),
    "tier": Order(
        (sa_case(RANKS, value=Case.tier, else_=len(RANKS)), DUE),
        lambda c: (RANKS.get(c.tier, len(RANKS)), c.next_due_at or NEVER),
    ),
    "quiet": Order((Case.last_act_at,), lambda c: (c.last_act_at,)),
    "new": Order((Case.registered_at,), lambda c: (c.registered_at,), ascending=False),
    "old": Order((Case.registered_at,), lambda c: (c.registered_at,)),
}


def load_page(
    session: Session, actor: Actor, condition: ColumnElement[bool], *, order: str = "due", after: str = "", before: str = ""
) -> Page:
    """One page of the actor's cases for which the condition holds; one query. Raises ValueError for a broken key."""
    by, backwards = ORDERS[order], bool(before)
    ascending = by.ascending != backwards
    query = lines_query().where(visible(actor), condition)
    if key := before or after:
        query = query.where(beyond(by, key, ascending))
    rows = list(session.execute(query.order_by(*way(by, ascending)).limit(PAGE + 1)))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    return Page(
        tuple(line_of(row) for row in rows),
        key_of(rows[0], by) if rows and (more if backwards else bool(after)) else None,
        key_of(rows[-1], by) if rows and (bool(before) or more) else None,
    )


def way(by: Order, ascending: bool) -> list[Any]:
    """What to sort by, so that no two cases are equal."""
    return [column.asc() if ascending else column.desc() for column in (*by.columns, Case.id)]


def lines_query() -> Any:
    """The columns of a line."""
    return (
        select(Case, Area, Above, Account.name, JOINED)
        .join(Area, Area.id == Case.area_id)
        .outerjoin(Above, Above.id == Area.parent_id)
        .outerjoin(Account, Account.id == Case.holder_id)
    )


def beyond(by: Order, key: str, ascending: bool) -> ColumnElement[bool]:
    """What comes after a key, in a direction. Raises ValueError."""
    *texts, id = key.split("~")
    if len(texts) != len(by.columns):
        raise ValueError(key)
    bounds = [*map(bound_of, texts), int(id)]
    found: ColumnElement[bool] = false()
    for column, bound in reversed(list(zip((*by.columns, Case.id), bounds, strict=True))):
        further = column > bound if ascending else column < bound
        found = or_(further, and_(column == bound, found))
    return found


def bound_of(text: str) -> Any:
    """A whole number or an instant with its zone. Raises ValueError."""
    if text.isdecimal():
        return int(text)
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at


def key_of(row: Any, by: Order) -> str:
    """The key of a row: what it is sorted by, and its id."""
    case: Case = row[0]
    parts = (*by.values(case), case.id)
    return "~".join(part.isoformat() if isinstance(part, datetime) else str(part) for part in parts)


def line_of(row: Any) -> Line:
    """A row as a line."""
    case, area, above, holder, joined = row
    return Line(
        case.id, case.process, case.number or "", case.title, case.state, case.tier, case.tier_confirmed,
        place_words(area, above), case.holder_role, holder or "", case.next_due_key, case.next_due_at,
        case.registered_at, case.closed_at, case.parent_id, case.version, joined,
    )  # fmt: skip


def waiting_for(actor: Actor) -> ColumnElement[bool]:
    """The condition that the next act on an open case is the actor's: by name, or as the holder of one of his posts."""
    mine: list[ColumnElement[bool]] = [Case.holder_id.in_(actor.accounts)]
    areas = [(p.role, p.area_id) for p in actor.posts if p.area_id is not None and p.department_id is None]
    if areas:
        mine.append(and_(Case.holder_id.is_(None), tuple_(Case.holder_role, Case.holder_area_id).in_(areas)))
    offices = [(p.role, p.department_id) for p in actor.posts if p.department_id is not None]
    if offices:
        mine.append(and_(Case.holder_id.is_(None), tuple_(Case.holder_role, Case.holder_department_id).in_(offices)))
    return and_(Case.closed_at.is_(None), or_(*mine))
