"""The sweep: finds cases with a due rung, claims them, and takes the steps that lateness demands.

Claims are row locks, so sweeps side by side share the work; the unique key of a fired rung is the last word.
"""

import gc
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import CasemgrError
from casemgr.jobs.site import Done, Site, late_by
from casemgr.logs import get_logger
from casemgr.models import Case, DeadlineRow
from casemgr.policy import SCHEDULER
from casemgr.services.books import load_books
from casemgr.services.cases import take_steps
from casemgr.services.drafts import load_drafts
from casemgr.services.lateness import asks_for
from casemgr.services.steps import follow

BATCH = 500  # cases a transaction: on SQLite it holds the only write lock meanwhile, some 0.2 s
LANES = 2  # batches at a time of one process on PostgreSQL: one is decided while the other is written
EARLIEST = select(func.min(DeadlineRow.next_rung_at)).where(DeadlineRow.next_rung_at.is_not(None))  # as the index says: else SQLite reads every deadline
log = get_logger(__name__)
Place = tuple[datetime, int]


@contextmanager
def uncollected() -> Iterator[None]:
    """The garbage collector rests: a batch keeps much for a moment and makes no circles, and looking for them costs a third."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def run(site: Site, at: datetime) -> Done:
    """Fire every rung that is due at `at`: each case at most once, so at most one raise of its tier."""
    with site.readings() as session:
        earliest = session.scalar(EARLIEST)
        lanes = LANES if db.side_by_side(session) else 1
    if earliest is None or earliest > at:
        return Done({})
    seen: set[int] = set()
    with uncollected(), ThreadPoolExecutor(lanes) as pool:
        parts = list(pool.map(lambda _: sweep_lane(site, at, seen), range(lanes)))
    return Done(dict(sum(parts, Counter())), late_by(at, earliest))


def sweep_lane(site: Site, at: datetime, seen: set[int]) -> Counter[str]:
    """Batch after batch until nothing is due that nobody else holds; `seen` are the cases taken on by any lane."""
    counts: Counter[str] = Counter()
    after: Place | None = None
    while places := sweep_batch(site, at, after, seen, counts):
        after = places[-1]
    return counts


def sweep_batch(site: Site, at: datetime, after: Place | None, seen: set[int], counts: Counter[str]) -> list[Place]:
    """One transaction's worth of due cases behind `after`; where it got to. If it fails, its cases are tried alone."""
    places: list[Place] = []
    fresh: list[int] = []
    try:
        with site.sessions() as session, db.transaction(session):
            places = claim(session, at, after)
            fresh = [id for _, id in places if id not in seen]
            seen.update(fresh)  # while their rows are locked: no other lane takes them on afterwards
            found = fire_due(session, fresh, at)
    except Exception:
        if not places:
            raise
        log.exception("sweep.batch_failed", cases=len(places))
        found = one_by_one(site, at, fresh)
    counts.update(found)
    return places


def claim(session: Session, at: datetime, after: Place | None) -> list[Place]:
    """The next due (instant, case) behind `after`, their cases locked; cases that another sweep holds are left to it."""
    deadline = DeadlineRow.__table__.c
    query = select(deadline.next_rung_at, Case.id).join(Case, Case.id == deadline.case_id).where(deadline.next_rung_at <= at)
    if after:
        query = query.where(
            (deadline.next_rung_at > after[0]) | ((deadline.next_rung_at == after[0]) & (deadline.case_id > after[1]))
        )
    query = query.order_by(deadline.next_rung_at, deadline.case_id).limit(BATCH)
    return [(due_at, id) for due_at, id in session.execute(db.lock_rows(session, query, skip=True, of=Case))]


def fire_due(session: Session, ids: Collection[int], at: datetime) -> Counter[str]:
    """Read the locked cases anew, work out what is due on each, and take those steps: counts by act."""
    if not ids:
        return Counter()
    books = load_books(session)
    drafts = load_drafts(session, ids)
    asks = [ask for draft in drafts.values() for ask in asks_for(draft, books, at)]
    outcomes = take_steps(session, asks, actor=SCHEDULER, at=at, drafts=drafts)
    counts: Counter[str] = Counter()
    for ask, outcome in zip(asks, outcomes, strict=True):
        refused = isinstance(outcome, CasemgrError)
        if not refused:
            follow(session, ask.case_id, drafts[ask.case_id].flow.name, ask.step, at)
        counts["refused" if refused else ask.step] += 1
        counts["rungs"] += 0 if refused else len(ask.fires)
    return counts


def one_by_one(site: Site, at: datetime, ids: Sequence[int]) -> Counter[str]:
    """Each case in a transaction of its own; one that fails is told in the log and does not stop the rest."""
    counts: Counter[str] = Counter()
    for id in dict.fromkeys(ids):
        try:
            with site.sessions() as session, db.transaction(session):
                counts.update(fire_due(session, [id], at))
        except Exception:
            log.exception("sweep.case_failed", case=id)
            counts["failed"] += 1
    return counts
