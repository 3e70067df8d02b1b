"""The papers of a case: numbers given, papers made, and the sheets that came back signed. Insert-only, all three."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class PaperNumber(Base):
    """The number of a paper. `series` as in documents/forms.toml; `of` is the entry it is counted by, 0 for the whole case."""

    __tablename__ = "paper_numbers"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    series: Mapped[str] = mapped_column(primary_key=True)
    of: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]  # two committees may share a short name; within one committee it is unique
    given_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    given_at: Mapped[datetime]


class MadePaper(Base):
    """A paper that was made: of which form and for which entry of the trail (0: none), as Word or PDF, with its digest.

    The file itself is not kept: it is made again from the case. `seq` is the event that records the making.
    """

    __tablename__ = "made_papers"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    seq: Mapped[int]
    form: Mapped[str]
    of: Mapped[int]
    number: Mapped[str] = mapped_column(default="")
    medium: Mapped[str]
    copies: Mapped[int]
    pages: Mapped[int]  # 0 for Word, whose pages only Word counts
    size: Mapped[int]
    sha256: Mapped[str]
    made_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    __table_args__ = (Index("ix_made_papers_case", "case_id", "form"),)


class SignedSheet(Base):
    """A signed sheet photographed or scanned back: the file on the case, and the paper it is the signed form of."""

    __tablename__ = "signed_sheets"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    form: Mapped[str]
    of: Mapped[int]
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("made_papers.id"))
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachments.id"), unique=True)
    sha256: Mapped[str]
    added_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    added_at: Mapped[datetime]
    __table_args__ = (Index("ix_signed_sheets_case", "case_id", "form"),)
