"""An account as an actor: its posts and mandates on a day, and those it stands in for. Read anew for every request, so
a lost right is lost at once.
"""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from casemgr.models import Absence, Account, Appointment, Area, Mandate, Post
from casemgr.policy import STAFF, Actor, Held

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
    absent, theirs = stood_in_for(session, account_id, on) if posts else ((), ())
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


def stood_in_for(session: Session, account_id: int, on: date) -> tuple[tuple[tuple[int, str], ...], tuple[Held, ...]]:
    """Whom an account stands in for on a day, as (account, name), and the posts these hold on it; one query.

    No administrator is stood in for, and nobody stands in for those whom an absent person stands in for himself.
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
    return tuple({row[0]: (row[0], row[1]) for row in rows}.values()), tuple(held(row[2:], row[0]) for row in rows)


def mandates_of(session: Session, account_id: int, on: date) -> tuple[int, ...]:
    """The areas the account may inspect on a day."""
    query = select(Mandate.area_id).where(
        Mandate.account_id == account_id, Mandate.from_on <= on, Mandate.to_on >= on
    )
    return tuple(session.scalars(query))
