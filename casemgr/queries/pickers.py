"""What a form offers to choose from: areas, teams, mediators, leaders, parties. Reads only, each within a scope."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from casemgr.db import is_sqlite
from casemgr.models import Account, Appointment, Area, AreaPath, Department, Party, Person, Post, Team
from casemgr.queries.actors import holding_on
from casemgr.queries.prepared import Prepared, among, listed
from workflows.roles import ADMINS


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area that may be chosen."""

    id: int
    name: str
    level: str
    parent_id: int | None
    aliases: str = ""  # estates, roads and villages, one a line
    latitude: float | None = None
    longitude: float | None = None
    code: str = ""


def areas_within(session: Session, tops: Collection[int]) -> list[AreaRow]:
    """These areas and all below them that are not closed, each parent before its children."""
    session.flush()
    return [AreaRow(*row) for row in open_areas(is_sqlite(session)).run(session, {"ids": listed(session, tops)})]


@cache
def open_areas(sqlite: bool) -> Prepared:
    """The statement of areas_within."""
    below = select(AreaPath.descendant_id).where(among(AreaPath.ancestor_id, sqlite=sqlite))
    columns = (Area.id, Area.name, Area.level, Area.parent_id, Area.aliases, Area.latitude, Area.longitude)
    return Prepared(select(*columns).where(Area.id.in_(below), Area.closed_on.is_(None)).order_by(Area.code))


def teams_at(session: Session, areas: Collection[int]) -> list[tuple[int, str]]:
    """(id, name) of the teams in use at these areas, the general one last."""
    query = select(Team.id, Team.name).where(Team.area_id.in_(tuple(areas)), Team.active.is_(True))
    return list(session.execute(query.order_by(Team.general, Team.id)))


def departments_at(session: Session, areas: Collection[int]) -> list[tuple[int, str]]:
    """(id, name) of the departments of the governments of these areas."""
    query = select(Department.id, Department.name).where(Department.area_id.in_(tuple(areas)))
    return list(session.execute(query.order_by(Department.code, Department.id)))


def office_holders(session: Session, street: int, path: Collection[int], on: date) -> list[tuple[int, str, str, str]]:
    """(account id, name, role, place) of whoever holds a post on a day within a street, above it on the path, or at a department
    of these; but for the administrators."""
    inside = select(AreaPath.descendant_id).where(AreaPath.ancestor_id == street)
    here = or_(Post.area_id.in_(inside), Post.area_id.in_(tuple(path)), Department.area_id.in_(tuple(path)))
    query = (
        select(Account.id, Account.name, Post.role, func.coalesce(Area.name, Department.name))
        .join(Appointment, Appointment.account_id == Account.id)
        .join(Post, Post.id == Appointment.post_id)
        .outerjoin(Area, Area.id == Post.area_id)
        .outerjoin(Department, Department.id == Post.department_id)
        .where(here, holding_on(on), Account.active.is_(True), Post.role.not_in(ADMINS))
        .order_by(Area.code.is_(None), Area.code, Department.code, Account.name, Account.id)
    )
    return [(id, name, role, place) for id, name, role, place in session.execute(query)]


def leaders_at(session: Session, areas: Collection[int], on: date) -> list[tuple[int, str]]:
    """(account id, name) of the secretaries of these areas on a day."""
    query = (
        select(Account.id, Account.name)
        .join(Appointment, Appointment.account_id == Account.id)
        .join(Post, Post.id == Appointment.post_id)
        .where(Post.role == "secretary", Post.area_id.in_(tuple(areas)), Account.active.is_(True), holding_on(on))
        .distinct()
        .order_by(Account.name, Account.id)
    )
    return list(session.execute(query))


def secretaries_at(session: Session, places: Mapping[int, Collection[int]], on: date) -> dict[int, frozenset[int]]:
    """For each case, by id with the areas of its path: the secretaries of those areas on a day."""
    areas = {area for path in places.values() for area in path}
    if not areas:
        return {}
    query = (
        select(Post.area_id, Appointment.account_id)
        .join(Appointment, Appointment.post_id == Post.id)
        .join(Account, Account.id == Appointment.account_id)
        .where(Post.role == "secretary", Post.area_id.in_(areas), Account.active.is_(True), holding_on(on))
    )
    found = session.execute(query).all()
    return {case: frozenset(account for area, account in found if area in path) for case, path in places.items()}


def parties_of(session: Session, case_id: int) -> list[tuple[int, str, str]]:
    """(party id, name, side) of a case, in the order they were added."""
    query = select(Party.id, Person.name, Party.side).join(Person, Person.id == Party.person_id)
    return list(session.execute(query.where(Party.case_id == case_id).order_by(Party.id)))


def names_of(session: Session, ids: Collection[int]) -> list[tuple[int, str]]:
    """(account id, name) of these accounts, by name."""
    query = select(Account.id, Account.name).where(Account.id.in_(ids)).order_by(Account.name, Account.id)
    return list(session.execute(query))
