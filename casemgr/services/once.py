"""Doing a keyed change once: a phone or a program that heard no answer sends the same again and gets the first answer."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import AlreadyThere
from casemgr.models import SentOnce
from casemgr.queries.prepared import Prepared

KEPT = timedelta(days=30)  # no phone waits longer for a network
SENT = SentOnce.__table__
MINE = (SENT.c.account_id == bindparam("account"), SENT.c.key == bindparam("sent"))
KNOWN = Prepared(select(SENT.c.digest, SENT.c.answer).where(*MINE))
ANSWERED = Prepared(update(SENT).where(*MINE).values(answer=bindparam("given", type_=SENT.c.answer.type)))


class OtherContent(AlreadyThere):
    """The key was used before, for something else."""

    code = "key_used"
    message = "This was sent before with other content. Send it again under a new key."


def claim(session: Session, account_id: int, key: str, digest: str, *, at: datetime) -> Mapping[str, Any] | None:
    """Take a new key for the change of this transaction, which then keeps its answer: None. For a key used before the answer
    given to it; another sending of the same that is under way is waited for. Raises OtherContent for a key of something else."""
    row = {"account_id": account_id, "key": key, "digest": digest, "answer": {}, "at": at}
    if db.insert_new(session, SENT, [row]):
        return None
    kept = KNOWN.run(session, {"account": account_id, "sent": key}).one()
    if kept.digest != digest:
        raise OtherContent
    found: Mapping[str, Any] = kept.answer
    return found


def keep_answer(session: Session, account_id: int, key: str, answer: Mapping[str, Any]) -> None:
    """Keep the answer to a key claimed in this transaction."""
    ANSWERED.run(session, {"account": account_id, "sent": key, "given": dict(answer)})


def forget(session: Session, *, at: datetime) -> int:
    """Forget the answers that nobody asks for any more; how many."""
    return session.connection().execute(delete(SentOnce).where(SentOnce.at < at - KEPT)).rowcount
