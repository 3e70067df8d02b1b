"""What the scheduler keeps: leases, runs, imports with a row for every input row, and finished days' numbers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class Lease(Base):
    """Who may run a timetable singleton now; `fence` grows with every change of hands. Times are the database's clock."""

    __tablename__ = "leases"
    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    fence: Mapped[int]
    expires_at: Mapped[datetime]


class JobRun(Base):
    """One run of a job. A run without `finished_at` whose process is gone was killed: nothing depends on it."""

    __tablename__ = "job_runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    lateness: Mapped[float] = mapped_column(default=0.0)  # seconds between the earliest due work and the start
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str] = mapped_column(default="")
    idle: Mapped[bool] = mapped_column(default=False)  # it found nothing to do: forgotten sooner
    worker: Mapped[str] = mapped_column(default="")
    __table_args__ = (Index("ix_job_runs_job", "job", "id"),)


class DailySlot(Base):
    """A timetable slot that has been done: a daily job runs once a day however many schedulers there are."""

    __tablename__ = "daily_slots"
    job: Mapped[str] = mapped_column(primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    done_at: Mapped[datetime]


class ImportBatch(Base):
    """One file taken in. The same file with the same mapping is the same batch: a killed run goes on where it was."""

    __tablename__ = "import_batches"
    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    channel: Mapped[str]
    mapping: Mapped[str] = mapped_column(default="")
    process: Mapped[str] = mapped_column(default="incoming")
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    history: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ImportRow(Base):
    """What became of one input row: created, existing or refused, with the problems as codes."""

    __tablename__ = "import_rows"
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    outcome: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    problems: Mapped[list[Any]] = mapped_column(default=list)


class DailyNumber(Base):
    """A finished day's count for one area, process and tier; `measure` e.g. open, registered, closed, raised_risk."""

    __tablename__ = "daily_numbers"
    on_date: Mapped[date] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    process: Mapped[str] = mapped_column(primary_key=True)
    tier: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
