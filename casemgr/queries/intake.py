"""Incoming items that wait to be sorted, and who may sort them."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Account, Appointment, Case, Post
from casemgr.policy import Actor, visible
from casemgr.queries.actors import holding_on


def waiting_items(session: Session, actor: Actor) -> list[int]:
    """The items that the actor sees and nobody has sorted, the oldest first."""
    query = select(Case.id).where(Case.process == "incoming", Case.state == "registered", visible(actor))
    return list(session.scalars(query.order_by(Case.registered_at, Case.id)))


def operators(session: Session, on: date) -> list[int]:
    """The active accounts that hold the post of operator on a day."""
    query = (
        select(Account.id)
        .join(Appointment, Appointment.account_id == Account.id)
        .join(Post, Post.id == Appointment.post_id)
        .where(Account.active.is_(True), Post.role == "operator", holding_on(on))
        .distinct()
        .order_by(Account.id)
    )
    return list(session.scalars(query))
