"""Deadlines: insert-only facts, the rungs that fired, who held the case; and the rebuildable row that caches them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base

WAITS = text("next_rung_at IS NOT NULL")
MILESTONE = text("key = 'milestone' AND status = 'running'")


class DeadlineFact(Base):
    """What happened to a deadline: start, pause, resume, extend, relength, meet, cancel, reopen. Never edited.

    `seq` is the event of the case that caused it; `data` holds lengths, anchors and versions (workflows.clocks).
    """

    __tablename__ = "deadline_facts"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class DeadlineRow(Base):
    """The cache of one deadline: what workflows.clocks computes from its facts. `flask deadlines verify` compares.

    Lateness is never stored while a deadline runs: it is due_at < now. `due_on` is set for deadlines in days.
    """

    __tablename__ = "deadlines"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    process: Mapped[str]
    status: Mapped[str]
    epoch: Mapped[int] = mapped_column(default=1)
    from_seq: Mapped[int] = mapped_column(default=0)  # the event of the latest start: older facts are history
    start_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    due_on: Mapped[date | None]
    provisional: Mapped[bool] = mapped_column(default=False)
    extensions: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    next_rung: Mapped[str] = mapped_column(default="")
    next_rung_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_deadlines_next_rung", "next_rung_at", "case_id", postgresql_where=WAITS, sqlite_where=WAITS),
        Index("ix_deadlines_milestone", "due_at", "case_id", postgresql_where=MILESTONE, sqlite_where=MILESTONE),
    )


class RungFired(Base):
    """A rung that has fired. The key is the promise: no rung fires twice, whoever sweeps. `due_at` is pure, `fired_at` a fact."""

    __tablename__ = "rungs_fired"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    rung: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    fired_at: Mapped[datetime]
    act: Mapped[str]  # what the rung brought: remind, urge, card …
    seq: Mapped[int]


class Holding(Base):
    """Who held the case from an instant on, until the next row: a duty and the person beside it. Insert-only."""

    __tablename__ = "holdings"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    from_at: Mapped[datetime]
    role: Mapped[str]
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    closed: Mapped[bool] = mapped_column(default=False)


class CalendarVersion(Base):
    """One published version of the working calendar. The highest id is in force; older deadlines name theirs."""

    __tablename__ = "calendar_versions"
    id: Mapped[int] = mapped_column(primary_key=True)
    loaded_at: Mapped[datetime]
    source: Mapped[str]
    days: Mapped[dict[str, Any]]  # {"rest": […ISO dates], "work": […], "first_year": …, "last_year": …}


class RuleSet(Base):
    """One version of the rules as TOML text. The highest version is in force; a case keeps the one it was graded with."""

    __tablename__ = "rule_sets"
    version: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    source: Mapped[str]
    active_from: Mapped[datetime]
