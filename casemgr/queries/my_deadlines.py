"""The deadlines that run in the matters which wait for one actor, as far as he may see them: for his calendar."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from casemgr.models import Case, DeadlineFact, DeadlineRow
from casemgr.policy import Actor, visible
from casemgr.queries.lines import waiting_for
from casemgr.queries.mails import ABOUT
from workflows.clocks import RUNNING

MOST = 500


@dataclass(frozen=True, slots=True)
class MyDeadline:
    """One running deadline. `changed_at` and `changes` are those of its latest fact: they rise whenever it moves."""

    case_id: int
    key: str
    epoch: int
    process: str
    number: str
    title: str
    tier: str
    due_at: datetime
    due_on: date | None
    changed_at: datetime
    changes: int


def load_my_deadlines(session: Session, actor: Actor) -> list[MyDeadline]:
    """What is due first comes first; at most MOST. One query."""
    facts = (
        select(DeadlineFact.case_id, DeadlineFact.key, func.max(DeadlineFact.at).label("at"), func.max(DeadlineFact.seq).label("seq"))
        .group_by(DeadlineFact.case_id, DeadlineFact.key)
        .subquery()
    )
    query = (
        select(
            Case.id, DeadlineRow.key, DeadlineRow.epoch, Case.process, func.coalesce(Case.number, ABOUT.number, ""),
            func.coalesce(func.nullif(Case.title, ""), ABOUT.title, ""), Case.tier, DeadlineRow.due_at, DeadlineRow.due_on,
            func.coalesce(facts.c.at, DeadlineRow.start_at), func.coalesce(facts.c.seq, 0),
        )
        .join(DeadlineRow, DeadlineRow.case_id == Case.id)
        .outerjoin(facts, and_(facts.c.case_id == Case.id, facts.c.key == DeadlineRow.key))
        .outerjoin(ABOUT, ABOUT.id == Case.parent_id)
        .where(visible(actor), waiting_for(actor), DeadlineRow.status == RUNNING, DeadlineRow.due_at.is_not(None))
        .order_by(DeadlineRow.due_at, Case.id, DeadlineRow.key)
        .limit(MOST)
    )  # fmt: skip
    return [MyDeadline(*row) for row in session.execute(query)]
