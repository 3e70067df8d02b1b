"""What only a legacy case has, and the milestones of its plan. Reports, policies and the years before are entries of the trail."""

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class LegacyCase(Base):
    """What only a legacy case has. `aim_on` is the day by which the street wants it settled; it binds nobody.

    Of one made from a row of an old list `key` names the row (as for incoming items), `origin` is whatever else it said.
    """

    __tablename__ = "legacy_cases"
    __process__ = "legacy"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    place: Mapped[str] = mapped_column(default="")
    since_year: Mapped[int | None]
    aim_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(default="")
    key: Mapped[str | None] = mapped_column(unique=True)
    origin: Mapped[dict[str, Any] | None]


class Milestone(Base):
    """One milestone of a plan, by its number in the case: "open", "reported", "checked", "dropped", or
    "removed" before the plan was approved.

    `earlier` are the dates it had before, as [{"on": ISO date, "seq": the event that moved it}].
    """

    __tablename__ = "milestones"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    what: Mapped[str]
    who: Mapped[str]
    due_on: Mapped[date]
    state: Mapped[str]
    reached_on: Mapped[date | None]
    earlier: Mapped[list[Any]] = mapped_column(default=list)
    __table_args__ = (Index("ix_milestones_case", "case_id", "number", unique=True),)
