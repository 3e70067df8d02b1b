"""Old matters on their way to erasure: proposed by a job, confirmed by one administrator with a reason, released by another.

A hold keeps a matter whatever its age. Every decision is an entry of the settings' chain. The erasing itself: services.erasing.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, insert, or_, select
from sqlalchemy.orm import Session, aliased

from casemgr import audit, policy
from casemgr.db import lock_rows
from casemgr.errors import AlreadyThere, Invalid, NotAllowed, NotFound
from casemgr.models import Case, Disposal, DisposalItem, JointMember, LegalHold
from casemgr.policy import Actor
from casemgr.services.answers import MISSING
from casemgr.services.books import load_books, settings_stream
from workflows import rulebook
from workflows.retention import kept_from, years_of

MOST = 5_000  # matters in one disposal
PROPOSED, CONFIRMED, RELEASED, DONE, REFUSED = "proposed", "confirmed", "released", "done", "refused"
ASKED_AGAIN = timedelta(days=180)  # after a refusal
UNFINISHED = (PROPOSED, CONFIRMED, RELEASED)
ANOTHER_PERSON = "Another administrator has to release what you confirmed."
CHILD = aliased(Case)


def propose(session: Session, *, at: datetime) -> int:
    """Put what was closed long enough ago up for decision, a disposal a process at a time: how many matters."""
    books = load_books(session)
    today = books.calendar.local(at).date()
    refused = and_(Disposal.state == REFUSED, Disposal.decided_at > at - ASKED_AGAIN)
    under_way = set(session.scalars(select(Disposal.process).where(or_(Disposal.state.in_(UNFINISHED), refused))))
    proposed = 0
    for process, years in sorted(years_of(books.rules.raw, rulebook.packaged().raw).items()):
        if process not in under_way:
            before = kept_from(today, years)
            proposed += propose_process(session, process, before, books.calendar.opening(before), at)
    return proposed


def propose_process(session: Session, process: str, before_on: date, before: datetime, at: datetime) -> int:
    """One disposal of one process, of at most MOST matters, the oldest first."""
    query = select(Case.id).where(Case.process == process, Case.closed_at < before, free()).order_by(Case.closed_at, Case.id).limit(MOST)
    ids = list(session.scalars(query))
    if not ids:
        return 0
    row = Disposal(process=process, before_on=before_on, state=PROPOSED, matters=len(ids), proposed_at=at)
    session.add(row)
    session.flush()
    items = [{"case_id": id, "disposal_id": row.id, "erased_at": None, "passed_over": False} for id in ids]
    session.execute(insert(DisposalItem), items)
    return len(ids)


def free() -> Any:
    """The condition on Case that nothing keeps it: no hold, no open matter below it or joined to it, not proposed before."""
    known = exists().where(DisposalItem.case_id == Case.id)
    open_child = exists().where(CHILD.parent_id == Case.id, CHILD.closed_at.is_(None))
    member = select(JointMember.case_id).join(CHILD, CHILD.id == JointMember.case_id)
    open_member = exists(member.where(JointMember.root_id == Case.id, CHILD.closed_at.is_(None)))
    return ~known & ~held() & ~open_child & ~open_member


def held() -> Any:
    """The condition on Case that a hold in force keeps it, or the matter it is part of or joined to."""
    root = select(JointMember.root_id).where(JointMember.case_id == Case.id).scalar_subquery()
    kept = or_(LegalHold.case_id == Case.id, LegalHold.case_id == Case.parent_id, LegalHold.case_id == root)
    return exists().where(kept, LegalHold.lifted_at.is_(None))


# --- decisions


def decide(session: Session, id: int, what: str, reason: str = "", *, actor: Actor, at: datetime) -> Disposal:
    """Confirm (with a reason), release (by another person) or refuse (with a reason). Raises NotFound, NotAllowed, Invalid."""
    if actor.account_id is None or not policy.may(actor, "retention"):
        raise NotAllowed()
    row = session.scalar(lock_rows(session, select(Disposal).where(Disposal.id == id)))
    fits = {CONFIRMED: (PROPOSED,), RELEASED: (CONFIRMED,), REFUSED: (PROPOSED, CONFIRMED)}
    if row is None or row.state not in fits[what]:
        raise NotFound()
    if what == RELEASED and row.confirmed_by == actor.account_id:
        raise NotAllowed(message=ANOTHER_PERSON)
    if what != RELEASED and not reason.strip():
        raise Invalid({"reason": [MISSING]})
    row.state = what
    if what == CONFIRMED:
        row.confirmed_by, row.confirmed_at = actor.account_id, at
    else:
        row.decided_by, row.decided_at = actor.account_id, at
    row.reason = reason.strip() or row.reason
    if what == REFUSED:
        forget_items(session, row.id)
    note(session, f"disposal_{what}", {"disposal": row.id, "process": row.process, "count": row.matters}, reason, actor, at)
    return row


def forget_items(session: Session, disposal_id: int) -> None:
    """Matters of a refused disposal may be proposed again by a later one."""
    session.query(DisposalItem).where(DisposalItem.disposal_id == disposal_id).delete(synchronize_session=False)
    session.flush()


def set_hold(session: Session, number: str, reason: str, *, actor: Actor, at: datetime) -> LegalHold:
    """Keep a matter whatever its age. Raises NotFound, Invalid, AlreadyThere."""
    if not policy.may(actor, "retention"):
        raise NotAllowed()
    case_id = find_case(session, number)
    if not reason.strip():
        raise Invalid({"reason": [MISSING]})
    if find_hold(session, case_id):
        raise AlreadyThere()
    row = LegalHold(case_id=case_id, reason=reason.strip(), set_by=actor.account_id, set_at=at)
    session.add(row)
    note(session, "hold_set", {"case": case_id}, reason, actor, at)
    return row


def lift_hold(session: Session, number: str, reason: str, *, actor: Actor, at: datetime) -> None:
    """End a hold. Raises NotFound, Invalid."""
    if not policy.may(actor, "retention"):
        raise NotAllowed()
    case_id = find_case(session, number)
    row = find_hold(session, case_id)
    if row is None:
        raise NotFound()
    if not reason.strip():
        raise Invalid({"reason": [MISSING]})
    row.lifted_by, row.lifted_at = actor.account_id, at
    note(session, "hold_lifted", {"case": case_id}, reason, actor, at)


def find_case(session: Session, number: str) -> int:
    """The id of a matter by its number. Raises NotFound."""
    found = session.scalar(select(Case.id).where(Case.number == number.strip(), Case.number != ""))
    if found is None:
        raise NotFound()
    return found


def find_hold(session: Session, case_id: int) -> LegalHold | None:
    """The hold in force on a matter."""
    return session.scalar(select(LegalHold).where(LegalHold.case_id == case_id, LegalHold.lifted_at.is_(None)))


def note(session: Session, kind: str, data: dict[str, Any], reason: str, actor: Actor, at: datetime) -> None:
    """An entry of the settings' chain, the reason as a value that can be erased."""
    words = {"reason": reason.strip()} if reason.strip() else {}
    audit.record(session, settings_stream(session), f"settings.{kind}", actor=actor, at=at, data=data, values=words)


def finish(session: Session, *, at: datetime) -> int:
    """End the released disposals of which nothing is left to erase."""
    left = exists().where(
        DisposalItem.disposal_id == Disposal.id, DisposalItem.erased_at.is_(None), DisposalItem.passed_over.is_(False)
    )
    rows = session.scalars(lock_rows(session, select(Disposal).where(Disposal.state == RELEASED, ~left))).all()
    for row in rows:
        row.state, row.done_at = DONE, at
    session.flush()
    return len(rows)


def count_due(session: Session, disposal_id: int) -> int:
    """How many matters of a disposal are still to be erased."""
    mine = (DisposalItem.disposal_id == disposal_id) & DisposalItem.erased_at.is_(None) & DisposalItem.passed_over.is_(False)
    return session.scalar(select(func.count()).select_from(DisposalItem).where(mine)) or 0
