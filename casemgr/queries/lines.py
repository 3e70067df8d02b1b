"""Cases as lines of a desk or a list: what, where, who holds it, what falls due next. Bounded, by keyset, in scope.

The caller gives the condition; scope (policy.ways, policy.visible) is added here, so that no list can forget it. A page is put
together of bounded stretches, each with an index that has its order: what it costs does not grow with the list.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, false, func, or_, select, tuple_, union_all
from sqlalchemy import case as sa_case
from sqlalchemy.orm import Session, aliased

from casemgr.db import is_sqlite
from casemgr.latest import Latest
from casemgr.models import Account, Area, Case, JointMember
from casemgr.policy import Actor, visible, waits, ways
from casemgr.queries.board_lines import SMALL
from casemgr.queries.prepared import Prepared
from workflows import WORKFLOWS
from workflows.roles import TIERS

PAGE = 25
MOST_KEPT = 200  # statements of lists kept ready by a process
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
    """How a list is sorted: columns with the case id beside them, all ascending or all not."""

    columns: tuple[Any, ...]
    ascending: bool = True


JOINED = select(func.count()).where(JointMember.root_id == Case.id).correlate(Case).scalar_subquery()
RANKS = {tier: rank for rank, tier in enumerate(reversed(TIERS))}
ORDERS = {
    "due": Order((Case.due_order,)),
    "tier": Order((sa_case(RANKS, value=Case.tier, else_=len(RANKS)), Case.due_order)),
    "quiet": Order((Case.last_act_at,)),
    "new": Order((Case.registered_at,), ascending=False),
    "old": Order((Case.registered_at,)),
}
ENTERED = Order((), ascending=False)  # by id alone: as SQLite's index of words is read
COLUMNS = (
    Case.id, Case.process, Case.number, Case.title, Case.state, Case.tier, Case.tier_confirmed, Case.holder_role,
    Case.next_due_key, Case.next_due_at, Case.registered_at, Case.closed_at, Case.parent_id, Case.version,
)  # fmt: skip


# Statements that were built before: to build one takes longer than to run it. What is kept is text; who may see what is asked
# anew with every actor, whose posts are part of the key.
STATEMENTS = Latest(MOST_KEPT)


def load_page(
    session: Session, actor: Actor, condition: ColumnElement[bool] | Callable[[], ColumnElement[bool]], *, order: str = "due", after: str = "", before: str = "",
    among: Sequence[ColumnElement[bool]] | None = None, kept: Hashable = None,
) -> Page:  # fmt: skip
    """One page of the actor's cases for which the condition holds; one query. Raises ValueError for a broken key.

    `among` are conditions of which every such case fulfils one, where the caller knows better ones than the actor's ways.
    `kept` stands for the condition and these, where they say the same whenever it is equal: the statement is built once then,
    and a condition given as a function is not even made.
    """
    by, backwards = ORDERS[order], bool(before)
    key = before or after
    values = key_values(by, key) if key else {}
    ascending = by.ascending != backwards

    def made() -> Any:
        given = condition() if callable(condition) else condition
        wanted = [given, *([beyond(by, ascending)] if key else ())]
        if among is None:
            return page_query(by, ascending, [selected(and_(way, *wanted)) for way in ways(actor)])
        return page_query(by, ascending, [selected(and_(one, *wanted, visible(actor))) for one in among])

    if kept is None:
        return page_of(list(session.execute(made(), values)), by, after, before)
    query = STATEMENTS.get((actor, kept, order, ascending, bool(key)), lambda: Prepared(made()))
    return page_of(query.run(session, values).all(), by, after, before)


def load_found(
    session: Session, stretches: Callable[[], Sequence[Any]], values: Mapping[str, Any], *, after: str = "", before: str = "",
    kept: Hashable = None,
) -> Page:  # fmt: skip
    """One page of the cases whose ids these selects bring, with `values` for their parameters, the newest first; each select
    holds the scope (search.stretches). `kept` stands for all of them, as in `load_page`. Raises ValueError for a broken key.

    SQLite has them as they were entered, PostgreSQL by their registration: all stretches and the page in one order, or a page
    would end before a row that another stretch still holds back.
    """
    by, ascending = found_order(session), bool(before)
    key = before or after
    given = {**values, **(key_values(by, key) if key else {})}

    def made() -> Prepared:
        return Prepared(page_query(by, ascending, [one.where(beyond(by, ascending)) if key else one for one in stretches()]))

    query = made() if kept is None else STATEMENTS.get(("found", is_sqlite(session), kept, ascending, bool(key)), made)
    return page_of(list(query.run(session, given)), by, after, before)


def found_order(session: Session) -> Order:
    """The order in which a database finds words."""
    return ENTERED if is_sqlite(session) else ORDERS["new"]


def page_of(rows: list[Any], by: Order, after: str, before: str) -> Page:
    """The rows of a page, and perhaps one more, as a page."""
    backwards = bool(before)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    return Page(
        tuple(line_of(row) for row in rows),
        key_of(rows[0], by) if rows and (more if backwards else bool(after)) else None,
        key_of(rows[-1], by) if rows and (backwards or more) else None,
    )


def selected(condition: ColumnElement[bool]) -> Any:
    """A select of the ids of cases."""
    return select(Case.id).where(condition)


def page_query(by: Order, ascending: bool, stretches: Sequence[Any]) -> Any:
    """A select of the lines of a page, and one more: the first of each stretch, the first of these, and only then the names."""
    sorting = way(by, ascending)
    parts = [one.order_by(*sorting).limit(PAGE + 1).subquery() for one in stretches]
    found = union_all(*(select(part.c.id) for part in parts)) if len(parts) > 1 else select(parts[0].c.id)
    return lines_query().add_columns(*by.columns).where(Case.id.in_(found)).order_by(*sorting).limit(PAGE + 1)


def way(by: Order, ascending: bool) -> list[Any]:
    """What to sort by, so that no two cases are equal."""
    return [column.asc() if ascending else column.desc() for column in (*by.columns, Case.id)]


def lines_query() -> Any:
    """The columns of a line."""
    return (
        select(*COLUMNS, Area.level, Area.name, Above.name, Account.name, JOINED)
        .join(Area, Area.id == Case.area_id)
        .outerjoin(Above, Above.id == Area.parent_id)
        .outerjoin(Account, Account.id == Case.holder_id)
    )


def beyond(by: Order, ascending: bool) -> ColumnElement[bool]:
    """What comes after a key, in a direction; its values are given when the statement is run."""
    columns = (*by.columns, Case.id)
    here, there = tuple_(*columns), tuple_(*(bindparam(f"key_{n}", type_=column.type) for n, column in enumerate(columns)))
    return here > there if ascending else here < there


def key_values(by: Order, key: str) -> dict[str, Any]:
    """The values of a key. Raises ValueError."""
    *texts, id = key.split("~")
    if len(texts) != len(by.columns):
        raise ValueError(key)
    return {f"key_{n}": value for n, value in enumerate((*map(bound_of, texts), int(id)))}


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
    parts = (*row[len(row) - len(by.columns) :], row[0])
    return "~".join(part.isoformat() if isinstance(part, datetime) else str(part) for part in parts)


def line_of(row: Any) -> Line:
    """A row as a line."""
    (id, process, number, title, state, tier, confirmed, role, due_key, due_at, registered, closed, parent, version,
     level, place, above, holder, joined) = row[: len(COLUMNS) + 5]  # fmt: skip
    return Line(
        id, process, number or "", title, state, tier, confirmed, said_place(level, place, above), role, holder or "",
        due_key, due_at, registered, closed, parent, version, joined,
    )  # fmt: skip


def said_place(level: str, name: str, above: str | None) -> str:
    """The place; a grid with the community above it."""
    return f"{above} {name}" if above and level in SMALL else name


def waiting_for(actor: Actor) -> ColumnElement[bool]:
    """The condition that the next act on an open case is the actor's: by name, or as the holder of one of his posts."""
    return or_(false(), *waiting_ways(actor))


def waiting_ways(actor: Actor) -> list[ColumnElement[bool]]:
    """The same in parts, each one stretch of an index."""
    is_open, nobody = Case.closed_at.is_(None), Case.holder_id.is_(None)
    named = [and_(Case.holder_id == account, is_open) for account in actor.accounts]
    return [*named, *(and_(one, nobody, is_open) for one in dict.fromkeys(waits(actor)))]
