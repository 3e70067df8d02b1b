"""Notices read. A notice belongs to one account; nobody else can mark it."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casemgr.errors import NotFound
from casemgr.models import Case, Notice
from casemgr.policy import Actor, visible


def mark_read(session: Session, notice_id: int, *, actor: Actor, at: datetime) -> int | None:
    """Mark one notice of the actor's as read, and the others about its matter; the matter, if the actor may see it.

    Raises NotFound.
    """
    query = select(Notice).where(Notice.id == notice_id, Notice.account_id == actor.account_id)
    notice = session.scalar(query)
    if notice is None:
        raise NotFound()
    same = (Notice.case_id == notice.case_id) if notice.case_id else (Notice.id == notice.id)
    mine = same & (Notice.account_id == actor.account_id) & Notice.read_at.is_(None)
    session.execute(update(Notice).where(mine).values(read_at=at))
    return session.scalar(select(Case.id).where(Case.id == notice.case_id, visible(actor)))


def mark_all_read(session: Session, *, actor: Actor, at: datetime) -> None:
    """Mark every notice of the actor's as read."""
    mine = (Notice.account_id == actor.account_id) & Notice.read_at.is_(None)
    session.execute(update(Notice).where(mine).values(read_at=at))
