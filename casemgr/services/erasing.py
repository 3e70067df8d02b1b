"""A matter whose time of keeping is over loses names and words; numbers, codes, instants and the chain stay.

One matter is one transaction, and erasing twice changes nothing. What is erased where stands in WORDS and GONE, what stays in
KEPT; a test holds every column of words against them. In words: docs/retention.md.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.db import lock_rows
from casemgr.models import (
    Agreement, Attachment, Call, Case, Disposal, DisposalItem, Dispute, DoorCode, EventValue, GridEvent, IncomingItem, JointMember,
    KeptText, LegacyCase, Milestone, Order, Party, Person, Request, Sitting, Suggestion, Whistle,
)  # fmt: skip
from casemgr.search import index_anew
from casemgr.services.books import load_books
from casemgr.services.drafts import load_drafts, lock_cases
from casemgr.services.moves import chain
from casemgr.services.retention import RELEASED, held
from casemgr.services.writing import write

NOTHING = "—"  # stands where a title was
WORDS: dict[Any, dict[str, Any]] = {  # table -> column -> what stands there afterwards
    Case: {"title": NOTHING, "text": ""},
    Dispute: {"place": ""},
    IncomingItem: {"place": "", "reading": {}, "answer": ""},
    Order: {"place": "", "answer": ""},
    GridEvent: {"place": ""},
    Whistle: {"place": "", "answered_when": ""},
    Call: {"place": "", "part": "", "basis": "", "result": ""},
    LegacyCase: {"place": "", "origin": None},
    Milestone: {"what": "", "who": ""},
    Request: {"payload": {}},
    Party: {"claim": "", "consent_evidence": ""},
    Attachment: {"name": ""},
    Sitting: {"place": ""},
}
GONE = (Agreement, KeptText)  # rows that hold nothing but words
EMPTY = {
    "name": NOTHING, "phone": None, "phone_index": None, "phone_tail_index": None, "id_number": None, "id_index": None, "address": None,
}  # fmt: skip


def due(session: Session, most: int) -> list[int]:
    """The next matters of released disposals, the oldest disposal first."""
    query = (
        select(DisposalItem.case_id)
        .join(Disposal, Disposal.id == DisposalItem.disposal_id)
        .where(Disposal.state == RELEASED, DisposalItem.erased_at.is_(None), DisposalItem.passed_over.is_(False))
        .order_by(Disposal.id, DisposalItem.case_id)
        .limit(most)
    )
    return list(session.scalars(query))


def erase(session: Session, case_id: int, *, at: datetime) -> bool:
    """Erase one matter and the requests on it; False where a hold set since passes it over, or it is done already."""
    item = session.scalar(lock_rows(session, select(DisposalItem).where(DisposalItem.case_id == case_id)))
    if item is None or item.erased_at is not None or item.passed_over:
        return False
    lock_cases(session, kept_with(session, case_id))  # what reopens or holds it just now is waited for
    if session.scalar(select(Case.id).where(Case.id == case_id, or_(held(), Case.closed_at.is_(None)))) is not None:
        item.passed_over = True
        session.flush()
        return False
    ids = [case_id, *session.scalars(select(Case.id).where(Case.parent_id == case_id, Case.process == "request"))]
    put_on_record(session, case_id, item.disposal_id, at)
    forget_words(session, ids, at)
    item.erased_at = at
    session.flush()
    forget_persons(session, ids, at)
    index_anew(session, ids)
    return True


def kept_with(session: Session, case_id: int) -> list[int | None]:
    """The matter, and those whose hold keeps it as well: the one it is part of and the one it is joined to."""
    root = select(JointMember.root_id).where(JointMember.case_id == Case.id).scalar_subquery()
    return [case_id, *session.execute(select(Case.parent_id, root).where(Case.id == case_id)).one()]


def put_on_record(session: Session, case_id: int, disposal_id: int, at: datetime) -> None:
    """The last entry of the matter: by which disposal it was erased."""
    draft = load_drafts(session, [case_id])[case_id]
    chain(draft, "case.erased", {"disposal": disposal_id}, {}, policy.SCHEDULER, max(at, draft.row["trail_at"]))
    write(session, [draft], policy.SCHEDULER, load_books(session))


def forget_words(session: Session, ids: list[int], at: datetime) -> None:
    """All words of these matters: rows, kept values with their salts, search, files."""
    session.flush()
    for path in paths_of(session, ids):
        path.unlink(missing_ok=True)  # before the commit: a run killed in between comes again and finds them gone
    for model, columns in WORDS.items():
        key = model.id if model is Case else model.case_id
        session.execute(update(model).where(key.in_(ids)).values(columns).execution_options(synchronize_session=False))
    for model in GONE:
        session.execute(delete(model).where(model.case_id.in_(ids)).execution_options(synchronize_session=False))
    session.execute(delete(Suggestion).where(or_(Suggestion.case_id.in_(ids), Suggestion.like_id.in_(ids))))
    kept = (EventValue.stream == "case") & EventValue.stream_id.in_(ids) & EventValue.value.is_not(None)
    session.execute(update(EventValue).where(kept).values(value=None, salt="", erased_at=at))
    session.expire_all()


def paths_of(session: Session, ids: Iterable[int]) -> list[Path]:
    """The files of these matters."""
    folder: Path = session.info["files"]
    return [folder / stored for stored in session.scalars(select(Attachment.stored).where(Attachment.case_id.in_(ids)))]


def forget_persons(session: Session, ids: list[int], at: datetime) -> None:
    """In these matters somebody without a name stands for each party; who is in no other matter is kept nowhere."""
    parties = session.scalars(select(Party).where(Party.case_id.in_(ids)).order_by(Party.id)).all()
    before = {party.person_id for party in parties}
    for party in parties:
        nobody = Person(name=NOTHING, created_at=at)
        session.add(nobody)
        session.flush()
        party.person_id = nobody.id
    session.execute(update(DoorCode).where(DoorCode.case_id.in_(ids)).values(person_id=None))
    session.flush()
    gone = list(session.scalars(select(Person.id).where(Person.id.in_(before), Person.id.not_in(select(Party.person_id)))))
    session.execute(update(Person).where(Person.id.in_(gone)).values(EMPTY).execution_options(synchronize_session=False))
    session.expire_all()
