"""Drafts written: one statement a table (PostgreSQL: one for all of them), whatever their number. The caller's transaction commits."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import Stale
from casemgr.models import Barred, DeadlineFact, DeadlineRow, Event, EventValue, Fact, Holding, RungFired
from casemgr.models.cases import places_of
from casemgr.policy import Actor
from casemgr.search import index_cases, indexing
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
    write_rows(session, drafts)
    for draft in drafts:
        for kind, seq, answers in draft.writes:
            WRITERS[kind](session, draft, seq, answers, actor)
    index_cases(session, sought([d for d in drafts if d.sought_anew and not d.nameless]))
    send(session, drafts, books)
    webhooks.queue(session, drafts)


def write_rows(session: Session, drafts: Sequence[Draft]) -> None:
    """Every row of the cases themselves, together. Raises Stale when one of them is not as it was read."""
    changed = [d for d in drafts if not d.new]
    for draft in drafts:
        draft.row |= places_of(draft.path)
        draft.row["version"] += draft.edited and not draft.new
    clocks, table = [d.clock_rows[key] for d in drafts for key in d.touched], DeadlineRow.__table__
    writes = [
        changes(session, changed),
        db.inserting(session, CASES, [d.row for d in drafts if d.new]),
        *details(session, drafts),
        db.inserting(session, Event.__table__, [row for d in drafts for row in d.events]),
        db.inserting(session, EventValue.__table__, [row for d in drafts for row in d.values]),
        db.inserting(session, Fact.__table__, [row for d in drafts for row in d.facts]),
        db.inserting(session, DeadlineFact.__table__, [row for d in drafts for row in d.new_clock_facts]),
        db.inserting(session, RungFired.__table__, [row for d in drafts for row in d.rungs]),
        db.inserting(session, Holding.__table__, [row for d in drafts for row in d.holdings]),
        db.inserting(session, table, clocks, db.replacing(table, clocks)),
        db.inserting(session, Barred.__table__, newly_barred(drafts)),
        tally.changing(session, drafts),
        *indexing(session, sought([d for d in drafts if d.nameless])),
    ]
    if db.write_together(session, writes)[0] != len(changed):
        raise Stale()


def sought(drafts: Sequence[Draft]) -> dict[int, tuple[str, list[int]]]:
    """By id the words that search finds a case by, and where it lies."""
    return {d.row["id"]: (f"{d.row['title']}\n{d.row['text']}", [area for area, _ in d.path]) for d in drafts}


def changes(session: Session, changed: Sequence[Draft]) -> db.Write | None:
    """The update of cases that were there, if nobody else has changed them in between."""
    names = [name for name in MUTABLE if any(d.row[name] != d.loaded[name] for d in changed)]
    rows = [{name: d.row[name] for name in names} | {"id": d.row["id"], "was": d.seen_seq} for d in changed]
    return db.updating(session, CASES, names, rows, seen="trail_seq")


def details(session: Session, drafts: Sequence[Draft]) -> Iterator[db.Write | None]:
    """The rows of what only one process has: new, and changed."""
    for process, table in DETAILS.items():
        mine = [d for d in drafts if d.row["process"] == process]
        yield db.inserting(session, table, [d.detail for d in mine if d.new])
        other = [d.detail for d in mine if not d.new and d.detail != d.loaded_detail]
        yield db.inserting(session, table, other, db.replacing(table, other))


def newly_barred(drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    """Whom matters are kept from since this change; such a row is never taken away."""
    return [
        dict.fromkeys(f"{name}_id" for name in BARRED_KINDS) | {"case_id": d.row["id"], f"{kind}_id": id, "since_at": d.row["trail_at"]}
        for d in drafts for kind, id in sorted(d.barred - d.loaded_barred)
    ]  # fmt: skip
