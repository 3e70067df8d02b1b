"""What the desks keep beside the matters: who is away and who stands in; notes from one shift to the next."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class Absence(Base):
    """An account that is away from a day to a day (both included), and who stands in. Ended early: `to_on` moves back;
    one that never began has `to_on` before `from_on`."""

    __tablename__ = "absences"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date] = mapped_column(index=True)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    recorded_at: Mapped[datetime]


class ShiftNote(Base):
    """What one shift of a sorting desk tells the next: kept as it was written."""

    __tablename__ = "shift_notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    text: Mapped[str]
    written_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    written_at: Mapped[datetime]
    __table_args__ = (Index("ix_shift_notes_area", "area_id", "written_at"),)


class ShiftNoteRead(Base):
    """Who has read a note, and when."""

    __tablename__ = "shift_note_reads"
    note_id: Mapped[int] = mapped_column(ForeignKey("shift_notes.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    at: Mapped[datetime]
