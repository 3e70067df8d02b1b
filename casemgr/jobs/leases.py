"""Who runs the timetable now: one of the schedulers, by a lease that runs out by the database's clock.

A lease only spares the others the work. That a daily job is done once is the promise of its slot (slots.py).
"""

from datetime import timedelta

from sqlalchemy import case, or_, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.models import Lease

TABLE = Lease.__table__


def keep(session: Session, name: str, owner: str, length: timedelta) -> int | None:
    """Take the lease, or renew one's own, or None while another holds it. The fence, which grows with every change of hands."""
    now = db.now(session)
    fresh = {"name": name, "owner": owner, "fence": 1, "expires_at": now + length}
    if db.insert_new(session, TABLE, [fresh]):
        return 1
    mine = TABLE.c.owner == owner
    taken = (
        update(TABLE)
        .where(TABLE.c.name == name, or_(mine, TABLE.c.expires_at <= now))
        .values(owner=owner, expires_at=now + length, fence=TABLE.c.fence + case((mine, 0), else_=1))
        .returning(TABLE.c.fence)
    )
    return session.execute(taken).scalar()


def give_up(session: Session, name: str, owner: str) -> None:
    """Let the next one have it at once."""
    mine = (TABLE.c.name == name) & (TABLE.c.owner == owner)
    session.execute(update(TABLE).where(mine).values(expires_at=db.now(session)))
