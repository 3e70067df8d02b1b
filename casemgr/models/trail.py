"""The event trail: one hash chain per stream, personal values apart and erasable, a daily anchor over all heads."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class Event(Base):
    """One thing that happened. `stream` is "case", "account" or "settings"; `data` holds codes, ids and salted
    digests only. The database refuses to update or delete a row."""

    __tablename__ = "events"
    stream: Mapped[str] = mapped_column(primary_key=True)
    stream_id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]  # "account", "scheduler", "importer", "setup", "resident"
    actor_id: Mapped[int | None]
    post_id: Mapped[int | None]
    data: Mapped[dict[str, Any]]
    prev: Mapped[str]
    hash: Mapped[str]
    __table_args__ = (Index("ix_events_at", "at"), Index("ix_events_actor", "actor_id", "at"))


class EventValue(Base):
    """What was answered, in words: erasable without breaking the chain, which holds only its salted digest."""

    __tablename__ = "event_values"
    stream: Mapped[str] = mapped_column(primary_key=True)
    stream_id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any] | None]  # {"v": …}
    salt: Mapped[str]
    erased_at: Mapped[datetime | None]


class SettingsStream(Base):
    """The head of the one stream "settings" (row 1): structure, rules, calendar, jobs."""

    __tablename__ = "settings_stream"
    id: Mapped[int] = mapped_column(primary_key=True)
    trail_seq: Mapped[int] = mapped_column(default=0)
    trail_hash: Mapped[str] = mapped_column(default="")


class Anchor(Base):
    """The digest over the heads of all streams at the end of a day, chained to the day before."""

    __tablename__ = "anchors"
    on_date: Mapped[date] = mapped_column(primary_key=True)
    heads: Mapped[int]
    digest: Mapped[str]
    prev: Mapped[str]
    made_at: Mapped[datetime]


class Reading(Base):
    """Who looked at what is confidential or took something out, and why. `what` is one of services.unmasking.READ.

    Where it was no single matter, `case_id` is 0 and `about` says what it was, in codes: "export 12", "person 4".
    """

    __tablename__ = "readings"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    case_id: Mapped[int]
    what: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    about: Mapped[str] = mapped_column(default="", server_default="")
    at: Mapped[datetime]
    __table_args__ = (
        Index("ix_readings_case", "case_id", "at"), Index("ix_readings_account", "account_id", "id"), Index("ix_readings_at", "at"),
    )  # fmt: skip
