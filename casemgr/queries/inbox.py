"""Notices of one account with the matters they are about, as far as the account may still see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from casemgr.models import Case, Notice
from casemgr.policy import Actor, visible

PAGE = 30
ABOUT = aliased(Case)  # the matter a request is about: the request has no number of its own


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One notice; title and number are empty when the matter is out of the reader's sight by now."""

    id: int
    code: str
    params: dict[str, Any]
    urgent: bool
    created_at: datetime
    read: bool
    case_id: int | None
    title: str
    number: str


def load_inbox(session: Session, actor: Actor, *, before: int | None = None) -> tuple[list[InboxLine], int | None]:
    """A page of the inbox, and the notice to go on from; one query."""
    about_seen = exists().where(Case.id == ABOUT.id, visible(actor)).correlate(ABOUT)
    query = (
        select(Notice, Case.id, func.coalesce(func.nullif(Case.title, ""), ABOUT.title), func.coalesce(Case.number, ABOUT.number))
        .select_from(Notice)
        .outerjoin(Case, and_(Case.id == Notice.case_id, visible(actor)))
        .outerjoin(ABOUT, and_(ABOUT.id == Case.parent_id, about_seen))
        .where(Notice.account_id == actor.account_id)
        .order_by(Notice.id.desc())
        .limit(PAGE + 1)
    )
    if before:
        query = query.where(Notice.id < before)
    rows = session.execute(query).all()
    lines = [
        InboxLine(n.id, n.code, n.params, n.urgent, n.created_at, n.read_at is not None, case, title or "", number or "")
        for n, case, title, number in rows[:PAGE]
    ]
    return lines, lines[-1].id if len(rows) > PAGE else None
