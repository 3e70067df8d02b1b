"""Webhooks: which programmes are told of events, and every delivery to them. Rows are written with the event; a job sends."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base
from casemgr.models.notices import WAITING


class Webhook(Base):
    """A programme that is told of the events of an area. `kinds`: names of events, or of processes; none: all of them.

    `secret` is sealed; it signs each delivery.
    """

    __tablename__ = "webhooks"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str]
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    kinds: Mapped[list[Any]] = mapped_column(default=list)
    secret: Mapped[bytes]
    active: Mapped[bool] = mapped_column(default=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]


class Delivery(Base):
    """One event told to one webhook: waiting, sent or failed (given up). The key is the promise: queued once."""

    __tablename__ = "deliveries"
    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    seq: Mapped[int]
    kind: Mapped[str]
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="waiting")
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str] = mapped_column(default="")
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        UniqueConstraint("webhook_id", "case_id", "seq"),
        Index("ix_deliveries_waiting", "not_before", postgresql_where=WAITING, sqlite_where=WAITING),
        Index("ix_deliveries_webhook", "webhook_id", "id"),
    )
