"""Posts closed and opened again. Making one is services.structure, filling one services.appointments."""

from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casemgr.errors import Invalid
from casemgr.models import Appointment
from casemgr.policy import Actor
from casemgr.services.appointments import get_post
from casemgr.services.structure import begin, note

STILL_HELD = "Somebody still holds this post after that day: the security administrator relieves them first."


def close_post(session: Session, post_id: int, *, last_on: date, actor: Actor, at: datetime) -> None:
    """Let nobody hold a post after a day. Raises NotAllowed, NotFound, Invalid while somebody is appointed beyond it."""
    begin(session, actor)
    post = get_post(session, post_id)
    beyond = select(Appointment.id).where(
        Appointment.post_id == post.id,
        or_(Appointment.to_on.is_(None), (Appointment.to_on > last_on) & (Appointment.to_on >= Appointment.from_on)),
    )
    if session.scalars(beyond.limit(1)).first():
        raise Invalid({"last_on": [STILL_HELD]})
    post.closed_on = last_on
    session.flush()
    note(session, "post", "closed", actor=actor, at=at, id=post.id, role=post.role, last_on=last_on.isoformat())


def reopen_post(session: Session, post_id: int, *, actor: Actor, at: datetime) -> None:
    """Let a closed post be held again. Raises NotAllowed, NotFound."""
    begin(session, actor)
    post = get_post(session, post_id)
    if post.closed_on is not None:
        post.closed_on = None
        session.flush()
        note(session, "post", "reopened", actor=actor, at=at, id=post.id, role=post.role)
