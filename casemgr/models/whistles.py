"""What only a whistle and a call on a department have, and which unit is fixed for what."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class Whistle(Base):
    """What only a whistle has. `helpers` are ids of departments; `approval`: the street's secretary must approve it first."""

    __tablename__ = "whistles"
    __process__ = "whistle"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(default="")
    ground: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    lead_department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    helpers: Mapped[list[Any]] = mapped_column(default=list)
    answered_when: Mapped[str] = mapped_column(default="")
    approval: Mapped[bool] = mapped_column(default=False)


class Call(Base):
    """What only a call has. `fixed` says why it may not be returned ("list", "ruling", "arbitration"); `verdict` is the last
    ruling on an objection ("kept", "given", "released"). `speed`, `outcome` (1-5) and `rightly` are the appraisals."""

    __tablename__ = "calls"
    __process__ = "call"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    part: Mapped[str] = mapped_column(default="")
    fixed: Mapped[str] = mapped_column(default="")
    basis: Mapped[str] = mapped_column(default="")
    competent_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    verdict: Mapped[str] = mapped_column(default="")
    given_to_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    ruled_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(default="")
    speed: Mapped[int | None]
    outcome: Mapped[int | None]
    rightly: Mapped[str] = mapped_column(default="")
    __table_args__ = (Index("ix_calls_ruled", "subject", "ruled_at"),)


class FixedUnit(Base):
    """A department that is competent for a subject in a street, so that it may not return a call. Kept by the operator."""

    __tablename__ = "fixed_units"
    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    subject: Mapped[str]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    basis: Mapped[str] = mapped_column(default="")
    since_at: Mapped[datetime]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    __table_args__ = (UniqueConstraint("area_id", "subject", "department_id"),)
