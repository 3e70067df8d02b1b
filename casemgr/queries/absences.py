"""Who is away and who stands in; who could. Reads only: recording it is services.absences."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Date, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from casemgr.db import is_sqlite
from casemgr.models import Absence, Account, Appointment, Area, AreaPath, Department, Post, Team
from casemgr.policy import STAFF
from casemgr.queries.actors import DAY, away_on, holding_on
from casemgr.queries.areas import load_paths
from casemgr.queries.prepared import Prepared, among, listed
from workflows.deputies import SUPERIORS, PostAt, distance, fits_all, may_record

AREA = func.coalesce(Post.area_id, Team.area_id, Department.area_id)


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    """One absence: who, until when, who stands in."""

    id: int
    account_id: int
    name: str
    deputy_id: int
    deputy: str
    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with posts on a day."""

    account_id: int
    name: str
    posts: tuple[PostAt, ...]
    words: tuple[tuple[str, str], ...]  # (role, place)


def deputies_on(session: Session, accounts: Collection[int], on: date) -> Mapping[int, int]:
    """Account -> who stands in for it on a day, for those of the accounts that are away; one query."""
    if not accounts:
        return {}
    found = standing_in(is_sqlite(session)).run(session, {"ids": listed(session, accounts), "on": on})
    return {row[0]: row[1] for row in found}


@cache
def standing_in(sqlite: bool) -> Prepared:
    """The statement of deputies_on."""
    mine = among(Absence.account_id, sqlite=sqlite)
    return Prepared(select(Absence.account_id, Absence.deputy_id).where(away_on(DAY), mine))


def posts_of(session: Session, on: date, *, accounts: Collection[int] = (), streets: Collection[int] = ()) -> list[Person]:
    """Active persons with their staff posts on a day, by name: these accounts, or everybody in and above these streets."""
    query = (
        select(
            Account.id, Account.name, Post.role, Post.department_id, AREA, Post.team_id,
            func.coalesce(Area.name, Team.name, Department.name, ""),
        )
        .join(Appointment, Appointment.account_id == Account.id)
        .join(Post, Post.id == Appointment.post_id)
        .outerjoin(Area, Area.id == Post.area_id)
        .outerjoin(Team, Team.id == Post.team_id)
        .outerjoin(Department, Department.id == Post.department_id)
        .where(Account.active.is_(True), holding_on(on), Post.role.in_(STAFF))
        .order_by(Account.name, Account.id, Post.id)
    )  # fmt: skip
    if accounts:
        query = query.where(Account.id.in_(accounts))
    else:
        below = select(AreaPath.descendant_id).where(AreaPath.ancestor_id.in_(streets))
        query = query.where(or_(AREA.in_(below), AREA.in_(streets)))
    rows = session.execute(query).all()
    paths = load_paths(session, {row[4] for row in rows if row[4]})
    people: dict[int, Person] = {}
    for account, name, role, department, area, team, place in rows:
        known = people.get(account, Person(account, name, (), ()))
        post = PostAt(role, paths.get(area, ()), department, team is not None)
        people[account] = Person(account, name, (*known.posts, post), (*known.words, (role, place)))
    return list(people.values())


def find_person(session: Session, account_id: int, on: date) -> Person | None:
    """One person with posts on a day, or None."""
    return next(iter(posts_of(session, on, accounts=[account_id])), None)


def possible_deputies(session: Session, absent: Person, on: date) -> list[Person]:
    """Who could stand in for somebody, the nearest first: the fitting posts of a day, without those away on it."""
    streets = {post.street_id for post in absent.posts if post.street_id is not None}
    away = select(Absence.account_id).where(away_on(on))
    gone = set(session.scalars(away))
    gone.add(absent.account_id)
    found = [one for one in posts_of(session, on, streets=streets) if one.account_id not in gone]
    return sorted(
        (one for one in found if fits_all(absent.posts, one.posts)), key=lambda one: distance(absent.posts, one.posts)
    )


def people_below(session: Session, superior: Person, on: date) -> list[Person]:
    """Those whose absence somebody may record, by name, without himself."""
    areas = {post.area_id for post in superior.posts if post.area_id is not None and post.role in SUPERIORS}
    found = posts_of(session, on, streets=areas) if areas else []
    return [one for one in found if one.account_id != superior.account_id and may_record(superior.posts, one.posts)]


def absences_from(session: Session, accounts: Collection[int], on: date) -> list[AbsenceLine]:
    """The absences of these accounts, and those in which they stand in, that last or come, by their first day."""
    return [AbsenceLine(*row) for row in FROM_NOW.run(session, {"accounts": list(accounts), "on": on}).all()]


def from_now() -> Prepared:
    """The statement of absences_from."""
    accounts: Any = bindparam("accounts", expanding=True)
    on: Any = bindparam("on", type_=Date)
    deputy = aliased(Account)
    return Prepared(
        select(Absence.id, Account.id, Account.name, deputy.id, deputy.name, Absence.from_on, Absence.to_on)
        .join(Account, Account.id == Absence.account_id)
        .join(deputy, deputy.id == Absence.deputy_id)
        .where(Absence.to_on >= on, Absence.to_on >= Absence.from_on)
        .where(or_(Absence.account_id.in_(accounts), Absence.deputy_id.in_(accounts)))
        .order_by(Absence.from_on, Absence.id)
    )


FROM_NOW = from_now()
