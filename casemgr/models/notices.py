"""Notices to staff and the outbox that carries them outside. Rows are written with the change; a job sends them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base

WAITING = text("state = 'waiting'")
UNREAD = text("read_at IS NULL")


class Notice(Base):
    """One message to one account about one event. `code` names the sentence, `params` hold codes and numbers only."""

    __tablename__ = "notices"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    seq: Mapped[int | None]
    code: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    urgent: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("account_id", "case_id", "seq", "code"),
        Index("ix_notices_unread", "account_id", postgresql_where=UNREAD, sqlite_where=UNREAD),
        Index("ix_notices_account", "account_id", "id"),
    )


class Outgoing(Base):
    """One delivery by one channel: waiting, sent, failed (given up) or dropped. Claimed by lease, retried with growing pauses."""

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"))
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="waiting")
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str] = mapped_column(default="")
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        Index("ix_outbox_waiting", "not_before", postgresql_where=WAITING, sqlite_where=WAITING),
        Index("ix_outbox_account", "account_id", "sent_at"),
    )
