"""The agreement of a case as it is written: its clauses filled and numbered. For the case page and for papers.

Whether the reader may see the case was asked before.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Agreement, Party, Person
from workflows.clauses import Clause, whole_text, written


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An agreement: `clauses` filled with the names of the parties as they are now, in order and numbered; `complete` when
    nothing in it is missing or unreadable."""

    issues: str
    clauses: tuple[Clause, ...]
    perform_how: str
    perform_on: date | None
    copies: int
    written_by: int
    written_at: datetime

    @property
    def text(self) -> str:
        """All clauses, a line each."""
        return whole_text(self.clauses)

    @property
    def complete(self) -> bool:
        """Whether it can be printed for signing."""
        filled = not any(clause.missing or clause.faulty for clause in self.clauses)
        return bool(self.clauses and filled and self.issues.strip() and self.perform_how.strip())


def agreement_of(session: Session, case_id: int) -> AgreementRow | None:
    """The agreement of a case: one or two queries."""
    row = session.get(Agreement, case_id)
    if row is None:
        return None
    clauses = tuple(written(row.clauses, party_names(session, case_id)))
    return AgreementRow(row.issues, clauses, row.perform_how, row.perform_on, row.copies, row.written_by, row.written_at)


def party_names(session: Session, case_id: int) -> dict[str, str]:
    """Party id as text -> name."""
    query = select(Party.id, Person.name).join(Person, Person.id == Party.person_id).where(Party.case_id == case_id)
    return {str(id): name for id, name in session.execute(query.order_by(Party.id))}
