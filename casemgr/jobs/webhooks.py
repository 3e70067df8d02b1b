"""Webhooks sent: claimed for a while, signed, posted, and marked one by one; what fails is tried again, ever later.

A delivery keeps its id and body through every try. One that a kill left unmarked arrives twice under the same id.
"""

import hashlib
import hmac
import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, delete, func, or_, select, true, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.clock import SystemClock
from casemgr.config import Settings
from casemgr.jobs import wire
from casemgr.jobs.claims import claim, is_free, lease, note, pause, settle
from casemgr.jobs.parcels import NoAnswer, Rejected, Throttled, Unreachable
from casemgr.jobs.site import Done, Site, late_by
from casemgr.models import Case, Delivery, Webhook

NAME = "webhooks"
TABLE = Delivery.__table__
GONE = 410  # the far end wants no more of this
SENT_KEPT, FAILED_KEPT = timedelta(days=30), timedelta(days=90)


@dataclass(frozen=True)
class Letter:
    """One delivery, ready to be posted."""

    row_id: int
    webhook_id: int
    attempts: int
    address: str
    secret: str
    body: bytes


def run(site: Site, at: datetime) -> Done:
    """Send every delivery that may go at `at`."""
    active = TABLE.c.webhook_id.in_(select(Webhook.id).where(Webhook.active.is_(True)))
    ready = and_(TABLE.c.state == "waiting", TABLE.c.not_before <= at, active)
    with site.readings() as session:
        first = session.scalar(select(func.min(TABLE.c.not_before)).where(ready))
    counts: Counter[str] = Counter()
    while first and deliver_batch(site, at, ready, counts):
        pass
    return Done(dict(counts), late_by(at, first))


def deliver_batch(site: Site, at: datetime, ready: Any, counts: Counter[str]) -> bool:
    """Claim some deliveries and send them; whether there may be more."""
    began = time.monotonic()
    with site.sessions() as session, db.transaction(session):
        letters = pack(session, site, ready)
    silent: set[int] = set()
    for place, letter in enumerate(letters):
        if time.monotonic() - began > lease(site.settings).total_seconds() / 2:
            with site.sessions() as session, db.transaction(session):
                settle(session, TABLE, [rest.row_id for rest in letters[place:] if rest.webhook_id not in silent])
            return True
        if letter.webhook_id not in silent and not deliver(site, letter, at, ready, counts):
            silent.add(letter.webhook_id)
    return bool(letters)


def pack(session: Session, site: Site, ready: Any) -> list[Letter]:
    """Claim rows and write their letters, in the order of the events."""
    order = (TABLE.c.attempts == 0, TABLE.c.not_before, TABLE.c.id)
    rows = claim(session, site, TABLE, ready, order, (TABLE.c.id,))
    query = (
        select(Delivery, Webhook, Case.number, Case.process)
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .join(Case, Case.id == Delivery.case_id)
        .where(Delivery.id.in_([row.id for row in rows]))
        .order_by(*order)
    )
    keys = session.info["keys"]
    return [
        Letter(
            row.id, hook.id, row.attempts, hook.address, keys.open(hook.secret, "webhooks.secret"),
            body_of(row, number or "", process),
        )
        for row, hook, number, process in session.execute(query)
    ]  # fmt: skip


def body_of(row: Delivery, number: str, process: str) -> bytes:
    """What is told: the same bytes at every try, and no word of the matter."""
    return written(row.id, row.kind, row.at, row.seq, {"id": row.case_id, "number": number, "process": process})


def written(delivery: int, event: str, at: datetime, seq: int, about: dict[str, Any]) -> bytes:
    """The body of docs/notices.md."""
    told = {"delivery": delivery, "event": event, "at": at.isoformat(), "seq": seq, "case": about}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def signature(secret: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 under the secret over time stamp, a dot, and the body; in hexadecimal."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def post(letter: Letter, settings: Settings) -> None:
    """Post a letter. Raises Unreachable, NoAnswer, Throttled or Rejected."""
    stamp = str(int(SystemClock().now().timestamp()))
    headers = {
        "X-Casemgr-Delivery": str(letter.row_id), "X-Casemgr-Timestamp": stamp,
        "X-Casemgr-Signature": f"v1={signature(letter.secret, stamp, letter.body)}", "User-Agent": "casemgr-webhook",
    }  # fmt: skip
    answer = wire.post(letter.address, letter.body, settings, headers=headers)
    if answer.status == wire.TOO_MANY:
        raise Throttled(f"HTTP {answer.status}", answer.wait)
    if not 200 <= answer.status < 300:
        raise Rejected(f"HTTP {answer.status}", final=answer.status == GONE)


def deliver(site: Site, letter: Letter, at: datetime, ready: Any, counts: Counter[str]) -> bool:
    """Send one letter and note what came of it; False when its webhook answers nobody just now."""
    try:
        post(letter, site.settings)
    except (Unreachable, NoAnswer, Throttled) as error:
        counts["unreachable" if isinstance(error, Unreachable | NoAnswer) else "throttled"] += 1
        hold_up(site, letter, at, ready, error)
        return False
    except Rejected as error:
        again = not error.final and letter.attempts + 1 < site.settings.webhook_attempts
        counts["retry" if again else "failed"] += 1
        later = at + pause(letter.attempts + 1)
        values = {"state": "waiting", "not_before": later} if again else {"state": "failed"}
        note(site, TABLE, letter.row_id, values | {"attempts": letter.attempts + 1, "error": error.said})
    else:
        counts["sent"] += 1
        note(site, TABLE, letter.row_id, {"state": "sent", "sent_at": at, "attempts": letter.attempts + 1, "error": ""})
    return True


def hold_up(site: Site, letter: Letter, at: datetime, ready: Any, error: Exception) -> None:
    """All that is due to this far end waits. Where it is silent the try counts for all of it, where it wants fewer for this one."""
    wait = max(getattr(error, "wait", None) or timedelta(0), pause(letter.attempts + 1))
    said = getattr(error, "said", "") or ("no answer" if isinstance(error, NoAnswer) else "not reached")
    tried = TABLE.c.id == letter.row_id if isinstance(error, Throttled) else true()
    with site.sessions() as session, db.transaction(session):
        mine = or_(is_free(TABLE, db.now(session)), TABLE.c.claimed_by == site.worker)
        last = and_(tried, TABLE.c.attempts + 1 >= site.settings.webhook_attempts)
        session.execute(
            update(TABLE)
            .where(ready, TABLE.c.webhook_id == letter.webhook_id, mine)
            .values(
                state=case((last, "failed"), else_="waiting"), attempts=TABLE.c.attempts + case((tried, 1), else_=0),
                not_before=at + wait, error=said, claimed_by="", claimed_until=None,
            )
        )  # fmt: skip


def prune(site: Site, at: datetime) -> int:
    """Forget deliveries long done; how many. The latest stays, so that SQLite never gives its id again: far ends skip what they know."""
    old = or_(
        and_(TABLE.c.state == "sent", TABLE.c.sent_at < at - SENT_KEPT), and_(TABLE.c.state == "failed", TABLE.c.at < at - FAILED_KEPT)
    )
    latest = select(func.max(TABLE.c.id)).scalar_subquery()
    with site.sessions() as session, db.transaction(session):
        return session.connection().execute(delete(TABLE).where(old, TABLE.c.id != latest)).rowcount
