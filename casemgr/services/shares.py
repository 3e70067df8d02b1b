"""Requests of a minute handed out in shares: any number of processes count together with one small write for many requests.

What a process has in hand of them it spends in memory (`Shares`). Tokens of the API: services.tokens; wrong log-ins: services.throttle.
"""

import threading
from collections.abc import Hashable
from datetime import datetime, timedelta

from sqlalchemy import case, delete, or_, update
from sqlalchemy.orm import Session

from casemgr.db import insert_new
from casemgr.models import RequestShare

KEPT = timedelta(hours=1)


class Shares:
    """What this process has in hand of each one's minute: (minute, requests left, requests of the minute given out)."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.held: dict[Hashable, tuple[datetime, int, int]] = {}

    def spend(self, who: Hashable, minute: datetime) -> int | None:
        """Use one request of the share in hand: how many of the minute are then given out and used; None without share."""
        with self.lock:
            known, left, given = self.held.get(who, (minute, 0, 0))
            if known != minute or left == 0:
                return None
            self.held[who] = (minute, left - 1, given)
            return given - left + 1

    def put(self, who: Hashable, minute: datetime, share: int, given: int) -> None:
        """Take a share in hand; those of earlier minutes are worth nothing any more."""
        with self.lock:
            self.held = {id: kept for id, kept in self.held.items() if kept[0] == minute}
            _, left, _ = self.held.get(who, (minute, 0, 0))
            self.held[who] = (minute, left + share, given)


def take_share(session: Session, what: str, who: str, minute: datetime, share: int, most: int) -> int | None:
    """Take a share of the requests somebody has in a minute: how many of the minute are given out then, None if too few are
    left. To be committed."""
    row = {"what": what, "who": who, "minute_at": minute, "given": share}
    if insert_new(session, RequestShare.__table__, [row]):
        return share
    same = RequestShare.minute_at == minute
    statement = (
        update(RequestShare)
        .where(RequestShare.what == what, RequestShare.who == who, or_(~same, RequestShare.given + share <= most))
        .values(minute_at=minute, given=case((same, RequestShare.given + share), else_=share))
        .returning(RequestShare.given)
    )
    return session.scalar(statement.execution_options(synchronize_session=False))


def forget(session: Session, *, at: datetime) -> int:
    """Forget the minutes that are over; how many."""
    return session.connection().execute(delete(RequestShare).where(RequestShare.minute_at < at - KEPT)).rowcount
