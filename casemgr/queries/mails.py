"""What a mail needs to know about the notices it carries: number, stage and due time of the matter, never its words."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from casemgr.models import Case, Notice, Outgoing
from workflows import WORKFLOWS

ABOUT = aliased(Case)  # the matter a request is about: the request has no number of its own


@dataclass(frozen=True, slots=True)
class MailLine:
    """One notice to be told: `stage` is the msgid of the state, `urgent` whether it may come at night."""

    row_id: int
    code: str
    params: dict[str, Any]
    urgent: bool
    case_id: int | None
    number: str
    stage: str


def load_lines(session: Session, rows: Collection[int]) -> dict[int, MailLine]:
    """Outbox id -> its line: one query."""
    query = (
        select(
            Outgoing.id, Notice.code, Notice.params, Notice.urgent, Notice.case_id,
            func.coalesce(Case.number, ABOUT.number, ""), Case.process, Case.state,
        )
        .join(Notice, Notice.id == Outgoing.notice_id)
        .outerjoin(Case, Case.id == Notice.case_id)
        .outerjoin(ABOUT, ABOUT.id == Case.parent_id)
        .where(Outgoing.id.in_(rows))
    )  # fmt: skip
    return {
        id: MailLine(id, code, params, urgent, case_id, number, stage(process, state))
        for id, code, params, urgent, case_id, number, process, state in session.execute(query)
    }


def stage(process: str | None, state: str | None) -> str:
    """The msgid of a stage; empty for a notice about no matter."""
    return WORKFLOWS[process].state(state).label if process and state else ""


def sent_since(session: Session, accounts: Collection[int], since: datetime) -> dict[int, list[datetime]]:
    """Account -> when mails went out to it after an instant, oldest first."""
    query = (
        select(Outgoing.account_id, Outgoing.sent_at)
        .where(Outgoing.account_id.in_(accounts), Outgoing.state == "sent", Outgoing.sent_at > since)
        .order_by(Outgoing.sent_at)
    )
    found: dict[int, list[datetime]] = {}
    for account, at in session.execute(query):
        if at:
            found.setdefault(account, []).append(at)
    return found
