"""What a secretary's look at the warning board leaves behind: how far they have seen."""

from datetime import datetime

from sqlalchemy.orm import Session

from casemgr.errors import NotFound
from casemgr.models import Account
from casemgr.policy import Actor


def mark_seen(session: Session, seen_at: datetime, *, actor: Actor, at: datetime) -> datetime:
    """Note that the board as it stood at `seen_at` was seen; never later than now, never earlier than before.

    Returns the instant kept. Raises NotFound when the actor is no account.
    """
    account = session.get(Account, actor.account_id) if actor.account_id else None
    if account is None:
        raise NotFound()
    seen_at = min(seen_at, at)
    if account.board_seen_at is None or account.board_seen_at < seen_at:
        account.board_seen_at = seen_at
        session.flush()
    return account.board_seen_at
