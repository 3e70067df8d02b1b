"""What looks like a known matter: found for the newest once, kept until a person has said same, not the same, or later.

Finding only reads; keeping is one short transaction. Nothing is joined before a person says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import Invalid, NotFound
from casemgr.models import Case, IncomingItem, JointReading, Suggestion
from casemgr.policy import SCHEDULER, Actor, visible
from casemgr.queries.similar import PROCESSES, similar_open
from casemgr.services import incoming, joint
from casemgr.services.books import load_books

READING = "cases"
AT_ONCE = 50  # matters looked at between two short transactions
RECENT = 2000  # matters, the newest, that the first search begins with
UNDER_WAY = timedelta(minutes=10)  # so long a transaction may take that opened a matter before the next one was there
SAME, DIFFERENT, LATER = "same", "different", "later"
ANSWERS = (SAME, DIFFERENT, LATER)
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a search found: the rows to keep, and from which matter to which it looked."""

    rows: Sequence[dict[str, Any]]
    after: int
    up_to: int
    looked: int


def look(session: Session, at: datetime) -> Looked | None:
    """Compare the next matters that nobody has looked at with what is known; None when there are none. Reads only."""
    after = session.scalar(select(JointReading.case_id).where(JointReading.name == READING))
    start = after if after is not None else (session.scalar(select(func.max(Case.id))) or 0) - RECENT
    query = select(Case.id, Case.process, Case.title, Case.text, Case.closed_at, Case.confidential, Case.history, Case.registered_at)
    cases = settled(session.execute(query.where(Case.id > start).order_by(Case.id).limit(AT_ONCE)).all(), after, at)
    if not cases:
        return None
    fresh = [c for c in cases if c.process in PROCESSES and not (c.closed_at or c.confidential or c.history)]
    rows = [row for case in fresh for row in alike(session, case.id, case.title, case.text, at)]
    return Looked(rows, after or 0, cases[-1].id, len(fresh))


def settled(cases: Sequence[Any], after: int | None, at: datetime) -> Sequence[Any]:
    """The matters up to the first id left out before a young one: on PostgreSQL a matter may be there before another with a lower id."""
    last = after
    for place, case in enumerate(cases):
        if last is not None and case.id > last + 1 and case.registered_at > at - UNDER_WAY:
            return cases[:place]
        last = case.id
    return cases


def alike(session: Session, case_id: int, title: str, text: str, at: datetime) -> list[dict[str, Any]]:
    """The rows of what was there before a matter and looks like it."""
    found = similar_open(session, SCHEDULER, title, text)
    return [
        {
            "case_id": case_id, "like_id": one.id, "alike": round(100 * one.alike), "found_at": at, "answer": "",
            "why": [[reason.rule, list(reason.words)] for reason in one.why],
        }  # fmt: skip
        for one in found if one.id < case_id
    ]


def keep(session: Session, found: Looked) -> int:
    """Keep what a search found, once: nothing where another process was quicker; how many pairs."""
    if session.get(JointReading, READING) is None:
        db.insert_new(session, JointReading.__table__, [{"name": READING, "case_id": 0}])
    moved = update(JointReading).where(JointReading.name == READING, JointReading.case_id == found.after)
    if session.connection().execute(moved.values(case_id=found.up_to)).rowcount != 1:
        return 0
    return add(session, found.rows)


def add(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Add pairs that do not stand there yet, in either order."""
    ids = {row["case_id"] for row in rows} | {row["like_id"] for row in rows}
    query = select(Suggestion.case_id, Suggestion.like_id).where(Suggestion.case_id.in_(ids))
    known = {(newer, older) for newer, older in session.execute(query)}
    new = [row for row in rows if known.isdisjoint(((row["case_id"], row["like_id"]), (row["like_id"], row["case_id"])))]
    if new:
        session.execute(insert(Suggestion.__table__), new)
    return len(new)


def ask_again(session: Session, at: datetime) -> int:
    """Put what was put off until now back into the review; how many pairs."""
    due = update(Suggestion.__table__).where(Suggestion.answer == LATER, Suggestion.again_at <= at)
    return int(session.connection().execute(due.values(answer="", again_at=None)).rowcount)


def answer(session: Session, case_id: int, like_id: int, said: str, why: str = "", *, actor: Actor, at: datetime) -> None:
    """Keep what a person says of two matters he sees; where they are the same, they are joined, or linked where they run by
    different procedures. Asked never again. Raises NotFound, Invalid and what joining raises."""
    if said not in ANSWERS:
        raise Invalid(message="Please choose one of the answers offered.")
    rows = session.scalars(select(Case).where(Case.id.in_((case_id, like_id)), visible(actor)).order_by(Case.id)).all()
    if len(rows) < 2:
        raise NotFound()
    if said == SAME:
        older, newer = (handled_as(session, row) for row in rows)
        unite(session, older, newer, why, actor=actor, at=at)
    write_answer(session, (rows[1].id, rows[0].id), said, actor, at)


def write_answer(session: Session, pair: Pair, said: str, actor: Actor, at: datetime) -> None:
    """Note the answer on the row of the pair, whichever of them came first; where none stands, one is added."""
    newer, older = pair
    days = load_books(session).rules.raw["joint"]["later_days"]
    row = session.get(Suggestion, (newer, older)) or session.get(Suggestion, (older, newer))
    if row is None:
        row = Suggestion(case_id=newer, like_id=older, alike=0, found_at=at)
        session.add(row)
    row.answer, row.answered_by, row.answered_at = said, actor.account_id, at
    row.again_at = at + timedelta(days=days) if said == LATER else None
    session.flush()


def handled_as(session: Session, case: Case) -> Case:
    """What an item has become, where it was sorted since the two were put beside each other; else the matter itself."""
    item = session.get(IncomingItem, case.id, populate_existing=True) if case.process == "incoming" else None
    return session.get_one(Case, item.became_id) if item and item.became_id else case


def unite(session: Session, older: Case, newer: Case, why: str, *, actor: Actor, at: datetime) -> None:
    """Make one of two matters: an item goes to the matter, the newer to the older, what runs by another procedure is linked."""
    if older.id == newer.id:
        return
    kinds = {older.process, newer.process}
    if kinds == {"incoming"}:
        joint.done(incoming.sort_as_one(session, [older.id, newer.id], actor=actor, at=at))
        return
    item, known = (older, newer) if older.process == "incoming" else (newer, older)
    if len(kinds) > 1 and "incoming" not in kinds:
        joint.link(session, newer.id, older.number or "", actor=actor, at=at)
        return
    joint.join(session, item.id, known.number or "", why, actor=actor, at=at)
