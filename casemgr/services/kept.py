"""What somebody has typed into a form and not yet sent: one sealed row for an account, a case and a form.

It is nobody else's, it changes nothing on the case, and it goes when the form has gone through, or after two weeks.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import Invalid
from casemgr.keys import CannotOpen, Keyring
from casemgr.models import KeptText
from casemgr.queries.prepared import Prepared

COLUMN = "kept_texts.body"
KEPT = KeptText.__table__
GONE = Prepared(
    delete(KEPT).where(KEPT.c.account_id == bindparam("account"), KEPT.c.case_id == bindparam("case"), KEPT.c.form == bindparam("called"))
)
LARGEST = 60_000  # characters of one form
LASTS = timedelta(days=14)
TOO_LARGE = "This is too long to be kept on the way. Please send it."
Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """The fields of a form as they were typed, and when they were kept."""

    fields: Fields
    kept_at: datetime


def keep_text(session: Session, account_id: int, case_id: int, form: str, fields: Fields, *, at: datetime) -> None:
    """Keep what is typed in place of what was kept before; nothing typed leaves nothing. Raises Invalid when it is too long.

    Whether the account may see the case and use the form was asked before (web/matters/kept.py).
    """
    typed = {name: list(values) for name, values in fields.items() if any(values)}
    if not typed:
        forget_text(session, account_id, case_id, form)
        return
    body = json.dumps(typed, ensure_ascii=False)
    if len(body) > LARGEST:
        raise Invalid({"form": [TOO_LARGE]})
    keys: Keyring = session.info["keys"]
    row = {"account_id": account_id, "case_id": case_id, "form": form, "body": keys.seal(body, COLUMN), "kept_at": at}
    db.upsert(session, KeptText.__table__, [row])


def find_kept(session: Session, account_id: int, case_id: int, form: str) -> Kept | None:
    """What is kept for this form. A row whose key is gone is as good as none."""
    row = session.get(KeptText, (account_id, case_id, form))
    if row is None:
        return None
    keys: Keyring = session.info["keys"]
    try:
        return Kept(json.loads(keys.open(row.body, COLUMN)), row.kept_at)
    except CannotOpen:
        return None


def forget_text(session: Session, account_id: int, case_id: int, form: str) -> None:
    """The form has gone through, or is begun afresh."""
    session.flush()
    GONE.run(session, {"account": account_id, "case": case_id, "called": form})


def forget_old(session: Session, at: datetime) -> int:
    """Remove what nobody came back to; how many."""
    return int(session.connection().execute(delete(KeptText).where(KeptText.kept_at < at - LASTS)).rowcount)
