"""Claims: rows that wait to be sent are taken for a while by the database's clock, let go of, and tried ever later.

For any table with the columns of an outbox: state, not_before, attempts, claimed_by, claimed_until, sent_at, error.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, case, or_, select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.config import Settings
from casemgr.jobs.site import Site

BATCH = 50  # rows a claim
PIECE = 500  # ids in a statement
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)


def lease(settings: Settings) -> timedelta:
    """How long a claim holds: a message that hangs must end before it does."""
    slowest = max(settings.smtp_timeout_seconds, settings.outbound_timeout_seconds)
    return timedelta(seconds=max(settings.jobs_lease_seconds, 3 * slowest))


def pause(attempts: int) -> timedelta:
    """How long to wait after so many tries: a minute, doubled each time, at most six hours."""
    return min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)


def is_free(table: Table, now: datetime) -> ColumnElement[bool]:
    """Claimed by nobody, or by one whose claim has run out."""
    return or_(table.c.claimed_until.is_(None), table.c.claimed_until < now)


def is_elsewhere(table: Table, now: datetime, worker: str) -> ColumnElement[bool]:
    """Held by another worker, who may be sending it."""
    return and_(table.c.state == "waiting", table.c.claimed_until >= now, table.c.claimed_by != worker)


def claim(
    session: Session, site: Site, table: Table, wanted: ColumnElement[bool], order: Sequence[Any], columns: Sequence[Any]
) -> Sequence[Row[Any]]:
    """Take the next free rows for a while: one statement. They come with these columns, in no order."""
    now = db.now(session)
    next_ones = select(table.c.id).where(wanted, is_free(table, now)).order_by(*order).limit(BATCH)
    locked = db.lock_rows(session, next_ones, skip=True).cte("wanted")
    taken = (
        update(table)
        .where(table.c.id.in_(select(locked.c.id)))
        .values(claimed_by=site.worker, claimed_until=now + lease(site.settings))
        .returning(*columns)
    )
    return session.execute(taken).all()


def settle(session: Session, table: Table, ids: Sequence[int], **values: Any) -> None:
    """Let go of rows, however many, with what became of them."""
    for start in range(0, len(ids), PIECE):
        these = update(table).where(table.c.id.in_(ids[start : start + PIECE]))
        session.execute(these.values(claimed_by="", claimed_until=None, **values))


def release(site: Site, table: Table, ids: Sequence[int]) -> None:
    """Give back claimed rows that were not tried: no try is counted, but what was packed once stays packed (1)."""
    with site.sessions() as session, db.transaction(session):
        settle(session, table, ids, attempts=case((table.c.attempts > 1, table.c.attempts - 1), else_=1))


def note(site: Site, table: Table, row_id: int, values: dict[str, Any]) -> bool:
    """Write down what became of a row, if it is still this worker's."""
    mine = and_(table.c.id == row_id, table.c.claimed_by == site.worker)
    with site.sessions() as session, db.transaction(session):
        done = session.connection().execute(update(table).where(mine).values(claimed_by="", claimed_until=None, **values))
        return done.rowcount == 1
