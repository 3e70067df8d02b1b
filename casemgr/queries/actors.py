"""An account as an actor: its posts and mandates on a day, and those it stands in for. Read anew for every request, so
a lost right is lost at once.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from casemgr.models import Absence, Account, Appointment, Area, Department, Mandate, Post, Team
from casemgr.policy import STAFF, Actor, Held
from casemgr.queries.areas import load_paths
from workflows.deputies import PostAt, fits_all

POST = (Post.id, Post.role, Post.area_id, Area.level, Post.team_id, Post.department_id, Post.name)


def load_actor(session: Session, account_id: int, on: date) -> Actor | None:
    """The actor behind an account on a day, or None when it is not active: three queries."""
    query = (
        select(Account.name, *POST)
        .select_from(Account)
        .outerjoin(Appointment, and_(Appointment.account_id == Account.id, holding_on(on)))
        .outerjoin(Post, Post.id == Appointment.post_id)
        .outerjoin(Area, Area.id == Post.area_id)
        .where(Account.id == account_id, Account.active.is_(True))
        .order_by(Post.id)
    )
    rows = session.execute(query).all()
    if not rows:
        return None
    posts = tuple(held(row[1:]) for row in rows if row[1] is not None)
    absent, theirs = stood_in_for(session, account_id, posts, on) if posts else ((), ())
    return Actor("account", account_id, rows[0][0], (*posts, *theirs), mandates_of(session, account_id, on), absent)


def held(row: Any, for_id: int | None = None) -> Held:
    """The columns of POST as a post."""
    post_id, role, area, level, team, department, name = row
    return Held(post_id, role, area, level or "", team, department, name or "", for_id)


def holding_on(on: date) -> ColumnElement[bool]:
    """The condition on Appointment that it holds on a day."""
    return and_(Appointment.from_on <= on, or_(Appointment.to_on.is_(None), Appointment.to_on >= on))


def away_on(on: date) -> ColumnElement[bool]:
    """The condition on Absence that it lasts on a day."""
    return and_(Absence.from_on <= on, Absence.to_on >= on)


def stood_in_for(
    session: Session, account_id: int, own: Iterable[Held], on: date
) -> tuple[tuple[tuple[int, str], ...], tuple[Held, ...]]:
    """Whom an account with these posts stands in for on a day, as (account, name), and the posts these hold on it; one
    query, and two more where somebody is away.

    No administrator is stood in for, and nobody stands in for those whom an absent person stands in for himself. Posts
    may have changed since the absence was recorded: who does not fit any more stands in no more.
    """
    query = (
        select(Absence.account_id, Account.name, *POST)
        .join(Account, Account.id == Absence.account_id)
        .join(Appointment, and_(Appointment.account_id == Account.id, holding_on(on)))
        .join(Post, Post.id == Appointment.post_id)
        .outerjoin(Area, Area.id == Post.area_id)
        .where(Absence.deputy_id == account_id, away_on(on), Account.active.is_(True), Post.role.in_(STAFF))
        .order_by(Absence.account_id, Post.id)
    )
    rows = session.execute(query).all()
    theirs = [held(row[2:], row[0]) for row in rows]
    fitting = still_fitting(session, [post for post in own if post.role in STAFF], theirs) if theirs else frozenset()
    names = {row[0]: (row[0], row[1]) for row in rows if row[0] in fitting}
    return tuple(names.values()), tuple(post for post in theirs if post.for_id in fitting)


def still_fitting(session: Session, own: Sequence[Held], theirs: Sequence[Held]) -> frozenset[int | None]:
    """Those of the absent persons with posts of `theirs` whom a holder of `own` may stand in for; two queries."""
    area = func.coalesce(Post.area_id, Team.area_id, Department.area_id)
    query = select(Post.id, area).outerjoin(Team, Team.id == Post.team_id).outerjoin(Department, Department.id == Post.department_id)
    places = dict(session.execute(query.where(Post.id.in_([post.post_id for post in (*own, *theirs)]))).all())
    paths = load_paths(session, {place for place in places.values() if place})

    def at(posts: Iterable[Held]) -> list[PostAt]:
        return [
            PostAt(post.role, paths.get(places[post.post_id], ()), post.department_id, post.team_id is not None) for post in posts
        ]

    absent = {post.for_id for post in theirs}
    return frozenset(id for id in absent if fits_all(at(post for post in theirs if post.for_id == id), at(own)))


def mandates_of(session: Session, account_id: int, on: date) -> tuple[int, ...]:
    """The areas the account may inspect on a day."""
    query = select(Mandate.area_id).where(
        Mandate.account_id == account_id, Mandate.from_on <= on, Mandate.to_on >= on
    )
    return tuple(session.scalars(query))
