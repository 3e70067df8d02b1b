"""Deadlines counted again from their facts: compared with the cached rows, or moved to another calendar.

A new calendar reaches open cases only through `move_to_calendar`, an event on each case; `preview` says what would move.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Case, DeadlineRow
from casemgr.policy import Actor
from casemgr.services.books import Books, load_books
from casemgr.services.clockwork import as_row, mark, recount, running
from casemgr.services.drafts import Draft, clock_fact, load_drafts
from casemgr.services.moves import chain
from casemgr.services.writing import write
from workflows.clocks import OPEN, replay

BATCH = 500
COMPARED = ("status", "epoch", "start_at", "due_at", "due_on", "provisional", "extensions", "ended_at", "next_rung", "next_rung_at")


@dataclass(frozen=True, slots=True)
class Difference:
    """A cached deadline that is not what its facts give, or that another calendar would move."""

    case_id: int
    key: str
    what: str
    before: object
    after: object


def verify_deadlines(session: Session) -> tuple[int, list[Difference]]:
    """Compute every deadline from its facts: how many, and every column of a cached row that differs."""
    books = load_books(session)
    count, found = 0, []
    for draft in all_drafts(session, select(DeadlineRow.case_id).distinct()):
        for key, row in draft.clock_rows.items():
            count += 1
            fresh = as_row(draft, replay(key, draft.clock_facts[key], books.calendars, explain=False), books)
            found += [
                Difference(draft.row["id"], key, name, row[name], fresh[name])
                for name in COMPARED
                if row[name] != fresh[name]
            ]
    return count, found


def all_drafts(session: Session, ids: object) -> Iterator[Draft]:
    """The cases of a select of ids, in batches, unlocked."""
    wanted = sorted(session.scalars(ids))  # type: ignore[call-overload]
    for start in range(0, len(wanted), BATCH):
        yield from load_drafts(session, wanted[start : start + BATCH], lock=False).values()


def on_older_calendar(session: Session, books: Books) -> list[int]:
    """The open cases with a deadline counted on another calendar than the one in force."""
    query = select(DeadlineRow.case_id).join(Case, Case.id == DeadlineRow.case_id).distinct()
    found = all_drafts(session, query.where(Case.closed_at.is_(None), DeadlineRow.status.in_(OPEN)))
    return [draft.row["id"] for draft in found if older(draft, books)]


def older(draft: Draft, books: Books) -> list[str]:
    """The keys of its open deadlines that run by another calendar."""
    clocks = {key: replay(key, draft.clock_facts[key], books.calendars) for key in running(draft, *OPEN)}
    return [key for key, clock in clocks.items() if clock.calendar != books.calendar_name]


def preview(session: Session, books: Books | None = None) -> list[Difference]:
    """What would move if open cases took the calendar in force (or that of these books): due times before and after.

    Nothing is written.
    """
    books = books or load_books(session)
    return [change for ids in batches(on_older_calendar(session, books)) for change in moved(session, ids, books)]


def moved(session: Session, ids: Iterable[int], books: Books) -> Iterator[Difference]:
    """The due times of these cases that the calendar in force moves."""
    at = datetime.max.replace(tzinfo=UTC)
    for draft in load_drafts(session, ids, lock=False).values():
        before = {key: row["due_at"] for key, row in draft.clock_rows.items()}
        for key in older(draft, books):
            clock_fact(draft, key, "calendar", at, 0, calendar=books.calendar_name)
            due_at = replay(key, draft.clock_facts[key], books.calendars).due_at
            if due_at != before[key]:
                yield Difference(draft.row["id"], key, "due_at", before[key], due_at)


def move_to_calendar(session: Session, *, actor: Actor, at: datetime) -> int:
    """Count open deadlines anew on the calendar in force: an event on each case; how many cases. Run twice, moves nothing."""
    books = load_books(session)
    ids = on_older_calendar(session, books)
    for some in batches(ids):
        drafts = list(load_drafts(session, some).values())
        for draft in drafts:
            move_one(draft, books, actor, max(at, draft.row["trail_at"]))
        write(session, drafts, actor, books)
    return len(ids)


def move_one(draft: Draft, books: Books, actor: Actor, at: datetime) -> None:
    """One case taken to the calendar in force."""
    keys = older(draft, books)
    seq = chain(draft, "case.recalculated", {"deadlines": keys, "calendar": books.calendar_name}, {}, actor, at)
    for key in keys:
        clock_fact(draft, key, "calendar", at, seq, calendar=books.calendar_name)
        mark(draft, key, draft.clock_rows[key]["status"])
    recount(draft, books)


def batches(ids: list[int]) -> Iterator[list[int]]:
    """The ids in bounded pieces."""
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
