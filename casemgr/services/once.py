"""Doing a keyed change once: a phone or a program that heard no answer sends the same again and gets the first answer."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import AlreadyThere
from casemgr.models import SentOnce

KEPT = timedelta(days=30)  # no phone waits longer for a network


class OtherContent(AlreadyThere):
    """The key was used before, for something else."""

    code = "key_used"
    message = "This was sent before with other content. Send it again under a new key."


def answered(session: Session, account_id: int, key: str, digest: str) -> Mapping[str, Any] | None:
    """The answer given to this key before, None if it is new. Raises OtherContent for a key of something else."""
    kept = session.get(SentOnce, (account_id, key))
    if kept is None:
        return None
    if kept.digest != digest:
        raise OtherContent
    return kept.answer


def keep_answer(
    session: Session, account_id: int, key: str, digest: str, answer: Mapping[str, Any], *, at: datetime
) -> bool:
    """Keep the answer in the transaction of the change. False when another sending was faster: roll back and ask again."""
    row = {"account_id": account_id, "key": key, "digest": digest, "answer": dict(answer), "at": at}
    return db.insert_new(session, SentOnce.__table__, [row]) == 1


def forget(session: Session, *, at: datetime) -> int:
    """Forget the answers that nobody asks for any more; how many."""
    return session.connection().execute(delete(SentOnce).where(SentOnce.at < at - KEPT)).rowcount
