"""Drafts written: one bulk statement a table, whatever their number. The caller's transaction commits."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import Stale
from casemgr.models import Barred, DeadlineFact, DeadlineRow, Event, EventValue, Fact, Holding, RungFired
from casemgr.models.cases import places_of
from casemgr.policy import Actor
from casemgr.search import index_cases
from casemgr.services import tally, webhooks
from casemgr.services.books import Books
from casemgr.services.drafts import BARRED_KINDS, CASES, DETAILS, Draft
from casemgr.services.rows import WRITERS
from casemgr.services.telling import send

FIXED = frozenset(("id", "process", "registered_at", "registered_by", "parent_id", "number"))
MUTABLE = [column.name for column in CASES.columns if column.name not in FIXED]


def write(session: Session, drafts: Sequence[Draft], actor: Actor, books: Books) -> None:
    """Write all of it. Raises Stale when a case moved on in between, IntegrityError when a rung has fired already."""
    if not drafts:
        return
    tally.date_events(drafts)
    write_cases(session, drafts)
    write_details(session, drafts)
    for table, rows in (
        (Event, [row for d in drafts for row in d.events]),
        (EventValue, [row for d in drafts for row in d.values]),
        (Fact, [row for d in drafts for row in d.facts]),
        (DeadlineFact, [row for d in drafts for row in d.new_clock_facts]),
        (RungFired, [row for d in drafts for row in d.rungs]),
        (Holding, [row for d in drafts for row in d.holdings]),
    ):
        db.insert_rows(session, table.__table__, rows)
    db.upsert(session, DeadlineRow.__table__, [d.clock_rows[key] for d in drafts for key in d.touched])
    tally.record(session, drafts)
    write_barred(session, drafts)
    for draft in drafts:
        for kind, seq, answers in draft.writes:
            WRITERS[kind](session, draft, seq, answers, actor)
    index_cases(session, {d.row["id"]: (f"{d.row['title']}\n{d.row['text']}", [area for area, _ in d.path]) for d in drafts if d.sought_anew})
    send(session, drafts, books)
    webhooks.queue(session, drafts)


def write_barred(session: Session, drafts: Sequence[Draft]) -> None:
    """Whom matters are kept from since this change; such a row is never taken away."""
    rows = [
        dict.fromkeys(f"{name}_id" for name in BARRED_KINDS) | {"case_id": d.row["id"], f"{kind}_id": id, "since_at": d.row["trail_at"]}
        for d in drafts for kind, id in sorted(d.barred - d.loaded_barred)
    ]  # fmt: skip
    db.insert_rows(session, Barred.__table__, rows)


def write_cases(session: Session, drafts: Sequence[Draft]) -> None:
    """Insert the new rows, and update the others if nobody else has in between."""
    for draft in drafts:
        draft.row |= places_of(draft.path)
    db.insert_rows(session, CASES, [d.row for d in drafts if d.new])
    changed = [d for d in drafts if not d.new]
    if not changed:
        return
    for draft in changed:
        draft.row["version"] += draft.edited
    names = [name for name in MUTABLE if any(d.row[name] != d.loaded[name] for d in changed)]
    rows = [{name: d.row[name] for name in names} | {"id": d.row["id"], "was": d.seen_seq} for d in changed]
    if db.update_rows(session, CASES, names, rows, seen="trail_seq") != len(rows):
        raise Stale()


def write_details(session: Session, drafts: Sequence[Draft]) -> None:
    """Insert or replace the detail rows, one statement a process."""
    for process, table in DETAILS.items():
        mine = [d for d in drafts if d.row["process"] == process]
        db.insert_rows(session, table, [d.detail for d in mine if d.new])
        db.upsert(session, table, [d.detail for d in mine if not d.new and d.detail != d.loaded_detail])
