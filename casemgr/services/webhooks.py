"""Webhooks: programmes that are told of events. Made, paused, given a new secret; deliveries queued with the event, replayed.

A webhook goes only where the settings allow. What is told holds no word of a matter, and confidential ones are not told of.
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.audit import EVENTS
from casemgr.errors import Invalid, NotFound, Sentence
from casemgr.models import Area, Delivery, Webhook
from casemgr.policy import Actor
from casemgr.queries.prepared import Prepared
from casemgr.services.channels import NAME_MISSING, NO_AREA, record_setting
from casemgr.services.drafts import Draft
from workflows import WORKFLOWS

NOWHERE = "This installation lets webhooks go nowhere. Whoever runs it names the allowed addresses in its settings."
NOT_ALLOWED = "Webhooks may only go to: %(origins)s."
WHOLE_ADDRESS = "Give the whole address, beginning with http:// or https://, without a name or password in it."
TABLE = Delivery.__table__
HOOKS = Prepared(select(Webhook.id, Webhook.area_id, Webhook.kinds).where(Webhook.active.is_(True)))


def origins(text: str) -> tuple[str, ...]:
    """Where webhooks may go, from the setting: scheme, host and port of each."""
    return tuple(part.strip().rstrip("/").lower() for part in text.split(",") if part.strip())


def read_address(address: str, allowed: Sequence[str]) -> str:
    """An address that a webhook may go to. Raises Invalid."""
    if not allowed:
        raise Invalid({"address": [NOWHERE]})
    bare = address.strip()
    parts = urlsplit(bare)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.fragment or "\\" in bare:
        raise Invalid({"address": [WHOLE_ADDRESS]})
    if f"{parts.scheme}://{parts.netloc}".lower() not in allowed:
        raise Invalid({"address": [Sentence(NOT_ALLOWED, origins=", ".join(allowed))]})
    return bare


def add_webhook(
    session: Session, name: str, address: str, area_id: int, kinds: Collection[str], allowed: Sequence[str], *,
    actor: Actor, at: datetime,
) -> tuple[Webhook, str]:  # fmt: skip
    """A webhook, and its secret to be shown once. `kinds` are names of processes or of events; none: all. Raises Invalid."""
    faults = {} if name.strip() else {"name": [NAME_MISSING]}
    if session.get(Area, area_id) is None:
        faults["area"] = [NO_AREA]
    if faults:
        raise Invalid(faults)
    webhook = Webhook(
        name=name.strip()[:100], address=read_address(address, allowed), area_id=area_id,
        kinds=sorted(kind for kind in kinds if kind in WORKFLOWS or kind in EVENTS), secret=b"", created_by=actor.account_id, created_at=at,
    )  # fmt: skip
    secret = seal_secret(session, webhook)
    session.add(webhook)
    session.flush()
    record_setting(session, actor, at, webhook=webhook.id, made=True)
    return webhook, secret


def seal_secret(session: Session, webhook: Webhook) -> str:
    """Give it a fresh secret."""
    secret = secrets.token_urlsafe(32)
    webhook.secret = session.info["keys"].seal(secret, "webhooks.secret")
    return secret


def get_webhook(session: Session, webhook_id: int) -> Webhook:
    """The webhook of that id. Raises NotFound."""
    webhook = session.get(Webhook, webhook_id)
    if webhook is None:
        raise NotFound()
    return webhook


def renew_secret(session: Session, webhook_id: int, *, actor: Actor, at: datetime) -> str:
    """Another secret instead of the one there was; to be shown once."""
    secret = seal_secret(session, get_webhook(session, webhook_id))
    record_setting(session, actor, at, webhook=webhook_id, secret=True)
    return secret


def set_active(session: Session, webhook_id: int, active: bool, *, actor: Actor, at: datetime) -> None:
    """Pause a webhook, or let it go on. While it is paused nothing is queued, and what waits stays."""
    get_webhook(session, webhook_id).active = active
    record_setting(session, actor, at, webhook=webhook_id, active=active)


def queue(session: Session, drafts: Sequence[Draft]) -> None:
    """Put the events of these drafts into the queue of every webhook that hears of them: in the transaction of the event."""
    events = [(draft, event) for draft in drafts if not draft.row["confidential"] and not draft.row["history"] for event in draft.events]
    if not events:
        return
    hooks = HOOKS.run(session, {}).all()
    rows = [
        waiting(id, event)
        for id, area_id, kinds in hooks
        for draft, event in events
        if any(area == area_id for area, _ in draft.path) and (not kinds or draft.row["process"] in kinds or event["kind"] in kinds)
    ]
    db.insert_new(session, TABLE, rows)


def waiting(webhook_id: int, event: dict[str, Any]) -> dict[str, Any]:
    """A delivery of an event."""
    return {
        "webhook_id": webhook_id, "case_id": event["stream_id"], "seq": event["seq"], "kind": event["kind"], "at": event["at"],
        "state": "waiting", "not_before": event["at"], "attempts": 0, "claimed_by": "", "claimed_until": None,
        "sent_at": None, "error": "",
    }  # fmt: skip


def replay(session: Session, webhook_id: int, *, actor: Actor, at: datetime, delivery_id: int | None = None) -> int:
    """Send again: one delivery, or all that were given up; how many. They keep their ids. Raises NotFound."""
    get_webhook(session, webhook_id)
    mine = (Delivery.webhook_id == webhook_id) & Delivery.state.in_(("sent", "failed"))
    wanted = Delivery.id == delivery_id if delivery_id else Delivery.state == "failed"
    values = {"state": "waiting", "not_before": at, "attempts": 0, "claimed_by": "", "claimed_until": None, "error": ""}
    count = session.connection().execute(update(TABLE).where(mine, wanted).values(values)).rowcount
    if count:
        record_setting(session, actor, at, webhook=webhook_id, replayed=count)
    return count
