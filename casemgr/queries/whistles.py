"""Whistles and calls as pages and services look at them: who is called and how far, earlier rulings, fixed units. Reads."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from casemgr.models import Area, Call, Case, Department, FixedUnit, Whistle
from casemgr.policy import Actor, visible, within
from workflows.call import AT_WORK
from workflows.whistle import OPEN

MOST = 50  # whistles on one board, rulings beside one objection
RULINGS = 10
COLUMNS: tuple[Any, ...] = (  # of one Called, in the order of its fields
    Case.id, Case.parent_id, func.coalesce(Case.number, ""), Case.state, Case.department_id, Department.name, Call.part,
    Call.kind, Call.fixed, Call.result, Call.speed, Call.outcome, Call.rightly, Case.next_due_key, Case.next_due_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Called:
    """One department called to a whistle, and how far it is. Lateness is `next_due_at` before now."""

    case_id: int
    whistle_id: int
    number: str
    state: str
    department_id: int
    department: str
    part: str
    kind: str
    fixed: str
    result: str
    speed: int | None
    outcome: int | None
    rightly: str
    next_due_key: str
    next_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Blown:
    """One open whistle with the departments called to it."""

    case_id: int
    number: str
    title: str
    state: str
    tier: str
    kind: str
    place: str
    next_due_key: str
    next_due_at: datetime | None
    calls: tuple[Called, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How a department stands: its open calls by state, and how many of them are late."""

    department_id: int
    department: str
    by_state: dict[str, int]
    late: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """An earlier ruling on who is in charge: what was asked of whom, on what basis he objected, and the word on it."""

    case_id: int
    number: str
    department: str
    subject: str
    basis: str
    verdict: str
    given_to: str
    ruled_at: datetime


def calls_of(session: Session, actor: Actor, whistles: Collection[int]) -> list[Called]:
    """The calls of these whistles that the actor may see, the lead unit first; one query."""
    if not whistles:
        return []
    query = (
        select(*COLUMNS)
        .join(Call, Call.case_id == Case.id)
        .join(Department, Department.id == Case.department_id)
        .where(Case.parent_id.in_(whistles), visible(actor))
        .order_by(Call.part.desc(), Case.id)
    )
    return [Called(*row) for row in session.execute(query)]


def open_whistles(session: Session, actor: Actor, area: int, *, beyond: int = 0) -> list[Blown]:
    """At most so many open whistles of an area, what falls due first on top, with their calls: two queries."""
    query = (
        select(Case, Whistle.kind, Area.name)
        .join(Whistle, Whistle.case_id == Case.id)
        .join(Area, Area.id == Case.area_id)
        .where(Case.process == "whistle", Case.closed_at.is_(None), Case.state.in_(OPEN), Case.area_id.in_(within([area])), visible(actor))
        .order_by(Case.next_due_at.asc().nulls_last(), Case.id)
        .offset(beyond)
        .limit(MOST)
    )
    rows = session.execute(query).all()
    calls = calls_of(session, actor, [case.id for case, _, _ in rows])
    return [
        Blown(
            case.id, case.number or "", case.title, case.state, case.tier, kind, place, case.next_due_key, case.next_due_at,
            tuple(call for call in calls if call.whistle_id == case.id),
        )  # fmt: skip
        for case, kind, place in rows
    ]


def tallies(session: Session, actor: Actor, area: int, at: datetime) -> list[Tally]:
    """Every department with open calls in an area: how many at which state, how many late; one grouped query over what is open
    there, however much was closed."""
    late = func.count().filter(Case.next_due_at < at)
    query = (
        select(Department.id, Department.name, Case.state, func.count(), late)
        .join(Department, Department.id == Case.department_id)
        .where(Case.process == "call", Case.closed_at.is_(None), Case.state.in_(AT_WORK), Case.area_id.in_(within([area])), visible(actor))
        .group_by(Department.id, Department.name, Case.state)
        .order_by(Department.id)
    )
    found: dict[int, Tally] = {}
    for id, name, state, number, behind in session.execute(query):
        before = found.get(id) or Tally(id, name, {}, 0)
        found[id] = Tally(id, name, before.by_state | {state: number}, before.late + behind)
    return list(found.values())


def own_calls(session: Session, actor: Actor) -> list[tuple[Called, str]]:
    """The calls of the departments whose liaison the actor is, that are at work or may still be appraised, with the title:
    at most MOST, what falls due first on top."""
    if not actor.departments:
        return []
    query = (
        select(*COLUMNS, Case.title)
        .join(Call, Call.case_id == Case.id)
        .join(Department, Department.id == Case.department_id)
        .where(Case.department_id.in_(actor.departments), Case.closed_at.is_(None), visible(actor))
        .order_by(Case.next_due_at.asc().nulls_last(), Case.id)
        .limit(MOST)
    )
    return [(Called(*row[:-1]), row[-1]) for row in session.execute(query)]


def rulings_on(
    session: Session, actor: Actor, subject: str, departments: Collection[int] = (), *, but: int = 0
) -> list[Ruling]:
    """The latest rulings on such a subject that the actor may see, `but` one case; only about these departments, if any."""
    given = aliased(Department)
    about = [Case.department_id.in_(departments)] if departments else []
    query: Any = (
        select(
            Case.id, func.coalesce(Case.number, ""), Department.name, Call.subject, Call.basis, Call.verdict,
            func.coalesce(given.name, ""), Call.ruled_at,
        )  # fmt: skip
        .join(Call, Call.case_id == Case.id)
        .join(Department, Department.id == Case.department_id)
        .outerjoin(given, given.id == Call.given_to_id)
        .where(Call.subject == subject, Call.ruled_at.is_not(None), Case.id != but, visible(actor), *about)
        .order_by(Call.ruled_at.desc())
        .limit(RULINGS)
    )
    return [Ruling(*row) for row in session.execute(query)]


def units_named(session: Session, whistle_id: int | None) -> list[tuple[str, str]]:
    """(name, part) of the departments a whistle was blown for, the lead unit first: what each of them may know of the others."""
    row = session.get(Whistle, whistle_id) if whistle_id else None
    if row is None:
        return []
    ids: Sequence[Any] = [row.lead_department_id, *row.helpers]
    names = dict(session.execute(select(Department.id, Department.name).where(Department.id.in_(ids))).all())
    return [(names[id], "lead" if n == 0 else "helping") for n, id in enumerate(ids) if id in names]


def fixed_units(session: Session, areas: Iterable[int]) -> list[tuple[FixedUnit, str, str]]:
    """(row, department, street) of what is fixed in these areas, by subject."""
    query = (
        select(FixedUnit, Department.name, Area.name)
        .join(Department, Department.id == FixedUnit.department_id)
        .join(Area, Area.id == FixedUnit.area_id)
        .where(FixedUnit.area_id.in_(tuple(areas)))
        .order_by(FixedUnit.subject, FixedUnit.id)
    )
    return [(row, department, street) for row, department, street in session.execute(query)]


def is_fixed(session: Session, areas: Collection[int], subject: str) -> set[int]:
    """The departments that are fixed for a subject in one of these areas."""
    query = select(FixedUnit.department_id).where(and_(FixedUnit.area_id.in_(areas), FixedUnit.subject == subject))
    return set(session.scalars(query))
