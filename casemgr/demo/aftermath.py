"""What is left of a simulated past when the demo starts: notices long read, mails long gone."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from casemgr.models import Notice, Outgoing

FRESH = timedelta(hours=30)  # what is younger has not been read
READ_AFTER = timedelta(hours=3)
GONE = "before the demo began"


def settle(session: Session, now: datetime) -> None:
    """Mark old notices as read, and drop every mail: nothing of the past is sent."""
    notices, outbox = Notice.__table__, Outgoing.__table__
    old = notices.c.created_at < now - FRESH
    session.execute(update(notices).where(old, notices.c.id % 40 != 0).values(read_at=now - FRESH + READ_AFTER))
    session.execute(update(outbox).where(outbox.c.state == "waiting").values(state="dropped", error=GONE))
