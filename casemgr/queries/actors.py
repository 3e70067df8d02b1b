"""An account as an actor: its posts and mandates on a day. Read anew for every request, so a lost right is lost at once."""

from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from casemgr.models import Account, Appointment, Area, Mandate, Post
from casemgr.policy import Actor, Held


def load_actor(session: Session, account_id: int, on: date) -> Actor | None:
    """The actor behind an account on a day, or None when it is not active: two queries."""
    holds = and_(
        Appointment.account_id == Account.id,
        Appointment.from_on <= on,
        or_(Appointment.to_on.is_(None), Appointment.to_on >= on),
    )
    query = (
        select(Account.name, Post.id, Post.role, Post.area_id, Area.level, Post.team_id, Post.department_id, Post.name)
        .select_from(Account)
        .outerjoin(Appointment, holds)
        .outerjoin(Post, Post.id == Appointment.post_id)
        .outerjoin(Area, Area.id == Post.area_id)
        .where(Account.id == account_id, Account.active.is_(True))
        .order_by(Post.id)
    )
    rows = session.execute(query).all()
    if not rows:
        return None
    posts = tuple(Held(*row[1:4], row[4] or "", *row[5:7], row[7] or "") for row in rows if row[1] is not None)
    return Actor("account", account_id, rows[0][0], posts, mandates_of(session, account_id, on))


def mandates_of(session: Session, account_id: int, on: date) -> tuple[int, ...]:
    """The areas the account may inspect on a day."""
    query = select(Mandate.area_id).where(
        Mandate.account_id == account_id, Mandate.from_on <= on, Mandate.to_on >= on
    )
    return tuple(session.scalars(query))
