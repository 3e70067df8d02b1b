"""Rooms of mediation, planned sessions and the quarters of an hour they take; text not yet sent; agreements being written.

What was said and decided in a session is an entry of the trail. These rows live beside it: a room is kept, a draft is not.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class Room(Base):
    """A room of a committee. Open from `opens` to `closes`, in minutes of the local day; `rest_days`: weekends and holidays
    too. `place` says how to find it."""

    __tablename__ = "rooms"
    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)
    name: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    opens: Mapped[int]
    closes: Mapped[int]
    rest_days: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)


class Sitting(Base):
    """A planned session of a case: "planned", then "held" or "cancelled". `seq` is the event that planned or moved it last;
    `guests` the accounts invited, `parties` those of the case; without a room `place` says where."""

    __tablename__ = "sittings"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    seq: Mapped[int]
    state: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    room_id: Mapped[int | None] = mapped_column(ForeignKey("rooms.id"))
    place: Mapped[str] = mapped_column(default="")
    mode: Mapped[str] = mapped_column(default="")
    parties: Mapped[list[Any]] = mapped_column(default=list)
    guests: Mapped[list[Any]] = mapped_column(default=list)
    __table_args__ = (
        Index("ix_sittings_case", "case_id", "state"),
        Index("ix_sittings_room", "room_id", "starts_at"),
    )


class RoomSlot(Base):
    """One quarter of an hour of a room that a session takes. The key is what keeps a room from being used twice."""

    __tablename__ = "room_slots"
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"), index=True)


class KeptText(Base):
    """What somebody has typed into the form of a step and not yet sent, sealed. `form` is the step, or "ask-" and the step."""

    __tablename__ = "kept_texts"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    form: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[bytes]
    kept_at: Mapped[datetime] = mapped_column(index=True)


class Agreement(Base):
    """The agreement of a case as it is being written: its blocks with their values in `clauses`, and what frames them.

    What the parties signed is the entry of the trail; this is what papers are made from (docs/sittings.md).
    """

    __tablename__ = "agreements"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    issues: Mapped[str] = mapped_column(default="")
    clauses: Mapped[list[Any]] = mapped_column(default=list)
    perform_how: Mapped[str] = mapped_column(default="")
    perform_on: Mapped[date | None]
    copies: Mapped[int] = mapped_column(default=3)
    written_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    written_at: Mapped[datetime]
