"""The papers made for a case, their numbers and their signed sheets. Reads only; sight of the case was asked before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Account, Attachment, MadePaper, PaperNumber, SignedSheet


@dataclass(frozen=True, slots=True)
class Made:
    """One making of a paper: when, by whom, how."""

    id: int
    form: str
    of: int
    number: str
    medium: str
    copies: int
    pages: int
    sha256: str
    at: datetime
    by: str


@dataclass(frozen=True)
class Papers:
    """What was made: numbers by (series, entry), makings oldest first, signed sheets by (form, entry)."""

    numbers: Mapping[tuple[str, int], str] = field(default_factory=dict)
    made: Sequence[Made] = ()
    signed: Mapping[tuple[str, int], Sequence[Attachment]] = field(default_factory=dict)

    def last_made(self, form: str, of: int) -> Made | None:
        """The latest making of a paper."""
        return next((made for made in reversed(self.made) if (made.form, made.of) == (form, of)), None)


def papers_of(session: Session, case_id: int) -> Papers:
    """All of it: three queries."""
    numbers = select(PaperNumber.series, PaperNumber.of, PaperNumber.number).where(PaperNumber.case_id == case_id)
    made = (
        select(
            MadePaper.id, MadePaper.form, MadePaper.of, MadePaper.number, MadePaper.medium, MadePaper.copies,
            MadePaper.pages, MadePaper.sha256, MadePaper.made_at.label("at"), Account.name.label("by"),
        )  # fmt: skip
        .join(Account, Account.id == MadePaper.made_by)
        .where(MadePaper.case_id == case_id)
        .order_by(MadePaper.id)
    )
    sheets = (
        select(SignedSheet.form, SignedSheet.of, Attachment)
        .join(Attachment, Attachment.id == SignedSheet.attachment_id)
        .where(SignedSheet.case_id == case_id)
        .order_by(SignedSheet.id)
    )
    signed: dict[tuple[str, int], list[Attachment]] = {}
    for form, of, file in session.execute(sheets):
        signed.setdefault((form, of), []).append(file)
    return Papers(
        {(series, of): number for series, of, number in session.execute(numbers)},
        [Made(**row) for row in session.execute(made).mappings()], signed,
    )  # fmt: skip
