"""Webhooks and their deliveries as the system administrator sees them: states and codes, nothing about a matter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr.models import Area, Delivery, Webhook

PAGE = 50


@dataclass(frozen=True, slots=True)
class WebhookLine:
    """One webhook, how many deliveries are in which state, and when the last one arrived."""

    webhook: Webhook
    place: str
    states: dict[str, int]
    sent_at: datetime | None


def load_webhooks(session: Session, webhook_id: int | None = None) -> list[WebhookLine]:
    """All of them, or one; two queries."""
    query = select(Webhook, Area.name).join(Area, Area.id == Webhook.area_id).order_by(Webhook.id)
    counts = select(Delivery.webhook_id, Delivery.state, func.count(), func.max(Delivery.sent_at))
    if webhook_id is not None:
        query, counts = query.where(Webhook.id == webhook_id), counts.where(Delivery.webhook_id == webhook_id)
    states: dict[int, dict[str, int]] = {}
    sent: dict[int, datetime] = {}
    for id, state, count, at in session.execute(counts.group_by(Delivery.webhook_id, Delivery.state)):
        states.setdefault(id, {})[state] = count
        if at:
            sent[id] = max(at, sent.get(id, at))
    return [WebhookLine(hook, place, states.get(hook.id, {}), sent.get(hook.id)) for hook, place in session.execute(query)]


def load_deliveries(
    session: Session, webhook_id: int, *, state: str = "", before: int | None = None
) -> tuple[Sequence[Delivery], int | None]:
    """A page of deliveries, newest first, and the one to go on from."""
    query = select(Delivery).where(Delivery.webhook_id == webhook_id).order_by(Delivery.id.desc()).limit(PAGE + 1)
    if state:
        query = query.where(Delivery.state == state)
    if before:
        query = query.where(Delivery.id < before)
    rows = session.scalars(query).all()
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None
