"""What only a grid event and what only a hotline order has, beside their rows in `cases`."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class GridEvent(Base):
    """A grid event. `closed_by` is where it was handled: grid, community or unit; empty while nobody has."""

    __tablename__ = "grid_events"
    __process__ = "event"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    urgency: Mapped[str] = mapped_column(default="")
    closed_by: Mapped[str] = mapped_column(default="")
    on_the_spot: Mapped[bool] = mapped_column(default=False)
    rating: Mapped[str] = mapped_column(default="")
    became_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))


class Order(Base):
    """A hotline order.

    external_number   the number it has outside; both legs of one order share it
    city_*, district_*  a leg: its own number, when it was sent and when it is due
    units             among how many it was passed; `fixed`: who is in charge was decided
    redos             how often it was sent back after a call-back; `problem`: so often that one level up supervises it
    outcome, answer   what whoever handled it says; `solved`, `satisfaction` what the citizen says
    helping           an order to a helping unit, part of the one it belongs to; in no rate, like what is `left_out`
    known_id          the matter it is the same as, or the petition that goes on instead
    """

    __tablename__ = "orders"
    __process__ = "order"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    urgency: Mapped[str] = mapped_column(default="")
    external_number: Mapped[str] = mapped_column(default="", index=True)
    sent_at: Mapped[datetime | None]
    city_number: Mapped[str] = mapped_column(default="")
    city_dispatched_at: Mapped[datetime | None]
    city_due_on: Mapped[date | None]
    district_number: Mapped[str] = mapped_column(default="")
    district_dispatched_at: Mapped[datetime | None]
    district_due_on: Mapped[date | None]
    legal_due_on: Mapped[date | None]
    review_on: Mapped[date | None]
    units: Mapped[int] = mapped_column(default=0)
    fixed: Mapped[bool] = mapped_column(default=False)
    redos: Mapped[int] = mapped_column(default=0)
    problem: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    solved: Mapped[str] = mapped_column(default="")
    satisfaction: Mapped[str] = mapped_column(default="")
    helping: Mapped[bool] = mapped_column(default=False)
    left_out: Mapped[bool] = mapped_column(default=False)
    known_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
