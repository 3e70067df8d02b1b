"""The tallies: matters counted in the transaction that changes them, so that a board reads its numbers and counts nothing.

What a transaction changes is one row for each area it touches (`changing`); nobody waits for anybody there. `fold` adds such
rows to the tallies of the area and of all above it; one process at a time, and killed at any instant it has done nothing or all.
What is read is tallies plus rows not folded yet (queries.tally). `recounted` is the same from nothing but the matters.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.models import AreaPath, Case, Event, Tally, TallyChange, TallyMark
from casemgr.queries.filters import RAISES, TO_RED
from casemgr.queries.marks import marks_of, outdated
from casemgr.queries.tally import begun, contact_of, matters
from casemgr.services.drafts import Draft
from workflows.guards import local_date

FOLD = "fold"
MOST = 2000  # changes folded in one transaction
PART = 500  # values in one IN
DATED = {"graded_at": frozenset(TO_RED), "raised_risk_at": frozenset(RAISES["risk"]), "raised_overdue_at": frozenset(RAISES["overdue"])}
Counts = dict[tuple[int, str], Counter[str]]  # (area, facet) -> mark -> number


def date_events(drafts: Sequence[Draft]) -> None:
    """Note on each row when its latest event of a kind in DATED happened: `raised_…_at`, `graded_at`."""
    for draft in drafts:
        if draft.new:
            draft.row |= {name: draft.row.get(name) for name in DATED}
        for event in draft.events:
            for name, kinds in DATED.items():
                if event["kind"] in kinds:
                    draft.row[name] = event["at"]


def changing(session: Session, drafts: Sequence[Draft]) -> db.Write | None:
    """The write of what these drafts change in the counts of their areas: one row an area."""
    changes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for draft in drafts:
        after = marks_of(draft.row, draft.detail, draft.clock_rows.get("contact"))
        before = [] if draft.new else marks_of(draft.loaded, draft.loaded_detail, draft.loaded_clocks.get("contact"))
        if before != after or draft.row["area_id"] != draft.loaded.get("area_id"):
            changes[draft.row["area_id"]].update(after)
            changes[draft.loaded.get("area_id", draft.row["area_id"])].subtract(before)
    rows = [{"area_id": area, "counts": left} for area, counts in sorted(changes.items()) if (left := without_zeros(counts))]
    return db.inserting(session, TallyChange.__table__, rows)


def without_zeros(counts: Mapping[str, int]) -> dict[str, int]:
    """The numbers that are not 0."""
    return {mark: number for mark, number in counts.items() if number}


# --- folding


def is_counted(session: Session) -> bool:
    """Whether everything was counted once: before that the tallies say nothing."""
    return bool(session.scalar(select(TallyMark.value).where(TallyMark.name == FOLD)))


def fold(session: Session, at: datetime, most: int = MOST) -> int:
    """Add at most so many changes to the tallies; how many there were. None while somebody else folds."""
    if not take(session, skip=True):
        return 0
    table = TallyChange.__table__
    rows = session.execute(select(table.c.id, table.c.area_id, table.c.counts).order_by(table.c.id).limit(most)).all()
    by_area: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for _, area, counts in rows:
        by_area[area].update(counts)
    add(session, spread(session, by_area), local_date(at))
    for ids in parts([row.id for row in rows]):
        session.execute(delete(table).where(table.c.id.in_(ids)))
    return len(rows)


def take(session: Session, *, skip: bool = False) -> bool:
    """Be the one who folds, until the transaction ends; with `skip` only if nobody is."""
    query = select(TallyMark.value).where(TallyMark.name == FOLD)
    return session.execute(db.lock_rows(session, query, skip=skip)).first() is not None


def spread(session: Session, by_area: Mapping[int, Mapping[str, int]]) -> Counts:
    """The counts of areas added up for each of them and all above, by facet."""
    found: Counts = defaultdict(Counter)
    for some in parts(list(by_area)):
        query = select(AreaPath.ancestor_id, AreaPath.descendant_id).where(AreaPath.descendant_id.in_(some))
        for up, area in session.execute(query):
            for mark, number in by_area[area].items():
                facet, _, name = mark.partition(":")
                found[up, facet][name] += number
    return found


def add(session: Session, changes: Counts, on: date) -> None:
    """Add counts to the tallies; what no board asks for any more goes, and so do tallies without anything left."""
    table, keys = Tally.__table__, sorted(changes)
    kept = {key: Counter(counts) for key, counts in load(session, {area for area, _ in keys}).items() if key in changes}
    rows, empty = [], []
    for key in keys:
        counts = kept.get(key, Counter())
        counts.update(changes[key])
        left = {mark: number for mark, number in counts.items() if number and not outdated(key[1], mark, on)}
        if left:
            rows.append({"area_id": key[0], "facet": key[1], "counts": left})
        elif key in kept:
            empty.append(key)
    db.upsert(session, table, rows)
    for area, facet in empty:
        session.execute(delete(table).where(table.c.area_id == area, table.c.facet == facet))


def load(session: Session, areas: Iterable[int] | None = None) -> Counts:
    """The tallies of these areas, or all."""
    query = select(Tally.area_id, Tally.facet, Tally.counts)
    if areas is None:
        return {(area, facet): Counter(counts) for area, facet, counts in session.execute(query)}
    return {
        (area, facet): Counter(counts)
        for some in parts(sorted(areas))
        for area, facet, counts in session.execute(query.where(Tally.area_id.in_(some)))
    }


def parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The values in bounded pieces."""
    yield from (values[at : at + PART] for at in range(0, len(values), PART))


def regroup(session: Session, area: int, left: Iterable[int], joined: Iterable[int], on: date) -> None:
    """An area with all below it was put under others: its counts go from the areas `left` to those `joined`."""
    take(session)
    moved = [(facet, counts) for (_, facet), counts in load(session, [area]).items()]
    signed = dict.fromkeys(left, -1) | dict.fromkeys(joined, 1)
    add(session, {(up, facet): Counter({m: sign * n for m, n in counts.items()}) for up, sign in signed.items() for facet, counts in moved}, on)


# --- counting anew


@dataclass(frozen=True, slots=True)
class Miscount:
    """A number that is not what the matters give."""

    area_id: int
    facet: str
    mark: str
    kept: int
    counted: int


def recounted(session: Session, at: datetime) -> Counts:
    """The tallies as the matters give them, of marks that boards ask for now."""
    on = local_date(at)
    by_area: defaultdict[int, Counter[str]] = defaultdict(Counter)
    rows = session.execute(matters().execution_options(yield_per=1000), {"begun": begun(on)})
    for row in map(dict, rows.mappings()):
        by_area[row["area_id"]].update(marks_of(row, row, contact_of(row)))
    return in_use(spread(session, by_area), on)


def in_use(counts: Counts, on: date) -> Counts:
    """Without zeros and what is outdated."""
    found = {
        (area, facet): Counter({m: n for m, n in marks.items() if n and not outdated(facet, m, on)})
        for (area, facet), marks in counts.items()
    }
    return {key: marks for key, marks in found.items() if marks}


def verify(session: Session, at: datetime) -> tuple[int, list[Miscount]]:
    """How many numbers there are, and each that differs from what the matters give."""
    waiting: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for area, counts in session.execute(select(TallyChange.area_id, TallyChange.counts)):
        waiting[area].update(counts)
    kept: Counts = defaultdict(Counter, load(session))
    for key, marks in spread(session, waiting).items():
        kept[key].update(marks)
    kept, counted = in_use(kept, local_date(at)), recounted(session, at)
    found = [
        Miscount(*key, mark, kept.get(key, Counter())[mark], counted.get(key, Counter())[mark])
        for key in sorted({*kept, *counted})
        for mark in sorted({*kept.get(key, ()), *counted.get(key, ())})
        if kept.get(key, Counter())[mark] != counted.get(key, Counter())[mark]
    ]
    return sum(map(len, counted.values())), found


def rebuild(session: Session, at: datetime) -> int:
    """Count everything anew; how many numbers there are, -1 while somebody folds. For a transaction that sees one state of the
    data (`steady`): changes of others made meanwhile stay to be folded."""
    if not take(session, skip=True):
        return -1
    date_cases(session)
    waiting = list(session.scalars(select(TallyChange.id)))
    counted = recounted(session, at)
    session.execute(delete(Tally))
    for ids in parts(waiting):
        session.execute(delete(TallyChange).where(TallyChange.id.in_(ids)))
    rows = [{"area_id": area, "facet": facet, "counts": dict(marks)} for (area, facet), marks in sorted(counted.items())]
    for some in parts(rows):
        session.execute(insert(Tally.__table__), some)
    session.execute(update(TallyMark).where(TallyMark.name == FOLD).values(value=1))
    return sum(map(len, counted.values()))


def steady(session: Session) -> Session:
    """Let the transaction about to begin see one state of the data from beginning to end."""
    if not db.is_sqlite(session):
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return session


def date_cases(session: Session) -> None:
    """Put right `raised_…_at` and `graded_at` of every case from its trail."""
    for name, kinds in DATED.items():
        latest = (
            select(Event.stream_id, func.max(Event.at).label("at"))
            .where(Event.stream == "case", Event.kind.in_(kinds))
            .group_by(Event.stream_id)
            .subquery()
        )
        column = getattr(Case, name)
        wrong = select(latest.c.stream_id, latest.c.at).join(Case, Case.id == latest.c.stream_id).where(or_(column.is_(None), column != latest.c.at))
        cases = Case.__table__
        right = update(cases).where(cases.c.id == bindparam("case")).values({name: bindparam("latest")})
        for some in parts(session.execute(wrong).all()):
            session.connection().execute(right, [{"case": id, "latest": at} for id, at in some])
