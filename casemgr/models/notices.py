"""Notices to staff, what each person wants to be told where, robots of chat groups, and the outbox that carries notices
outside. Rows are written with the change; a job sends them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
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


class NoticeChoice(Base):
    """What a person chose: group of notices -> channels, and quiet hours as minutes after local midnight (None: the
    installation's). A person without a row has the defaults."""

    __tablename__ = "notice_choices"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    channels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    quiet_from: Mapped[int | None]
    quiet_to: Mapped[int | None]


class Robot(Base):
    """A robot of DingTalk, WeCom or Feishu: of one account, or of a group at an area, which is told counts and numbers only.

    `token` is what stands in its address after the base address of the settings, `secret` what signs; both sealed.
    `told` names what a group hears of; `tried_at` is when it was last tried by hand.
    """

    __tablename__ = "robots"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)
    name: Mapped[str] = mapped_column(default="")
    token: Mapped[bytes]
    secret: Mapped[bytes | None]
    told: Mapped[list[Any]] = mapped_column(default=list)
    active: Mapped[bool] = mapped_column(default=True)
    tried_at: Mapped[datetime | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("account_id", "kind"),
        CheckConstraint("(account_id IS NULL) <> (area_id IS NULL)", name="of_one"),
    )


class Feed(Base):
    """The calendar address of one account. `token_hash` is SHA-256 of the secret in the address, which is kept nowhere."""

    __tablename__ = "feeds"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    titles: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Outgoing(Base):
    """One message by one channel, to an account or to a group's robot: waiting, sent, merged, failed (given up) or dropped.

    Claimed by lease, retried with growing pauses. What a group's robot is told stands in `body`.
    """

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    robot_id: Mapped[int | None] = mapped_column(ForeignKey("robots.id"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"))
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    urgent: Mapped[bool] = mapped_column(default=False)
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
        Index("ix_outbox_robot", "robot_id", "sent_at"),
        CheckConstraint("(account_id IS NULL) <> (robot_id IS NULL)", name="to_one"),
    )
