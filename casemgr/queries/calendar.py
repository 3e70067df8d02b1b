"""How the running deadlines lie to the calendar. Counts only: no matter is read."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr.models import DeadlineRow
from workflows.clocks import OPEN


def count_estimated(session: Session) -> int:
    """Running deadlines whose due time is an estimate: their year is not announced yet."""
    query = select(func.count()).where(DeadlineRow.provisional.is_(True), DeadlineRow.status.in_(OPEN))
    return session.scalar(query) or 0
