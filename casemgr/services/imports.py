"""Imports as the database knows them: a batch for a file, a line for every row of it, and the matters opened from them.

Rows come in as plain values; reading files is casemgr.intake. Nothing here commits: each call fits one transaction.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.models import Case, DailySlot, ImportBatch, ImportRow, IncomingItem
from casemgr.policy import Actor
from casemgr.queries.runs import DAY_COUNTED
from casemgr.services.books import settings_stream
from casemgr.services.cases import Taken
from casemgr.services.incoming import Message, register
from casemgr.services.legacy import known_legacy, open_listed
from casemgr.services.orders import OutsideOrder, known_orders, take_in
from workflows.guards import local_date

CREATED, EXISTING, REFUSED = "created", "existing", "refused"
ROWS, ITEMS = ImportRow.__table__, IncomingItem.__table__


@dataclass(frozen=True, slots=True)
class Arrival:
    """One input row ready to be taken in. `message` None: it is refused; `problems` ([code, column, params]) say why."""

    line: int
    key: str
    message: Message | OutsideOrder | None = None
    problems: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of an input row: created, existing or refused, and the matter it is now.

    `resumed`: an interrupted run of the same file had dealt with it.
    """

    line: int
    outcome: str
    case_id: int | None = None
    number: str = ""
    problems: Sequence[Any] = ()
    resumed: bool = False


def begin_batch(
    session: Session, *, sha256: str, name: str, channel: str, mapping: str, area_id: int, history: bool, at: datetime,
    process: str = "incoming",
) -> ImportBatch:  # fmt: skip
    """The unfinished batch of the same file read in the same way, to be gone on with, or a new one."""
    same = {"sha256": sha256, "channel": channel, "mapping": mapping, "area_id": area_id, "history": history, "process": process}
    unfinished = select(ImportBatch).filter_by(**same).where(ImportBatch.finished_at.is_(None))
    batch = session.scalars(unfinished.order_by(ImportBatch.id)).first()
    if batch is None:
        batch = ImportBatch(**same, name=name, started_at=at)
        session.add(batch)
        session.flush()
    return batch


def land(session: Session, batch: ImportBatch, arrivals: Sequence[Arrival], *, actor: Actor, at: datetime) -> list[Landed]:
    """Take in those rows that no run has taken in yet, and note what became of each; in the order given.

    Raises IntegrityError where another run takes in the same rows at this moment: roll back and call again.
    """
    done = lines_of(session, batch.id, [a.line for a in arrivals])
    fresh = [a for a in arrivals if a.line not in done]
    made, known = LANDING[batch.process](session, fresh, batch.history, actor, at)
    landed = {a.line: outcome_of(a, made, known) for a in fresh}
    if fresh:
        session.execute(insert(ImportRow), [log_row(batch.id, a.key, landed[a.line]) for a in fresh])
    if made:
        give_days_back(session, local_date(at))
    return [done.get(a.line) or landed[a.line] for a in arrivals]


Known = dict[Any, tuple[int, str]]  # line or key -> id and number of its matter


def land_items(session: Session, fresh: Sequence[Arrival], history: bool, actor: Actor, at: datetime) -> tuple[Known, Known]:
    """Rows as items to be sorted: those made, by line, and all that are known now, by key."""
    return land_new(session, fresh, history, actor, at, known_items, register)


def land_orders(session: Session, fresh: Sequence[Arrival], history: bool, actor: Actor, at: datetime) -> tuple[Known, Known]:
    """Rows as hotline orders: one that is known gets the leg that is new. As for items. One list at a time: the two of the
    city and the district bring the same orders."""
    lists = select(ImportBatch.id).where(ImportBatch.process == "order", ImportBatch.finished_at.is_(None))
    session.execute(db.lock_rows(session, lists.order_by(ImportBatch.id)))
    told = [a for a in fresh if isinstance(a.message, OutsideOrder)]
    orders = [a.message for a in told if isinstance(a.message, OutsideOrder)]
    taken = take_in(session, orders, actor=actor, at=at, history=history)
    made = {a.line: (one.case_id, one.number) for a, (one, new) in zip(told, taken, strict=True) if new}
    return made, {a.key: (one.case_id, one.number) for a, (one, _) in zip(told, taken, strict=True)}


def land_legacy(session: Session, fresh: Sequence[Arrival], history: bool, actor: Actor, at: datetime) -> tuple[Known, Known]:
    """Rows as legacy cases. As for items."""
    return land_new(session, fresh, history, actor, at, known_legacy, open_listed)


def land_new(
    session: Session, fresh: Sequence[Arrival], history: bool, actor: Actor, at: datetime,
    known_of: Callable[..., Known], opening: Callable[..., Sequence[Taken]],
) -> tuple[Known, Known]:  # fmt: skip
    """What is not known yet is opened, each key once."""
    known = known_of(session, [a.key for a in fresh])
    new = first_of_each_key([a for a in fresh if a.message and a.key not in known])
    opened = opening(session, [a.message for a in new if isinstance(a.message, Message)], actor=actor, at=at, history=history)
    made: Known = {a.line: (taken.case_id, taken.number) for a, taken in zip(new, opened, strict=True)}
    return made, known | {a.key: made[a.line] for a in new}


LANDING = {"incoming": land_items, "order": land_orders, "legacy": land_legacy}  # what rows are made into -> how


def known_rows(session: Session, process: str, numbers: Mapping[str, str]) -> Known:
    """Those of the rows (key -> outside number) whose matter is there already, by key."""
    if process == "legacy":
        return dict(known_legacy(session, numbers.keys()))
    if process != "order":
        return dict(known_items(session, numbers.keys()))
    found = known_orders(session, [number for number in numbers.values() if number])
    return {key: (found[number].case_id, found[number].number) for key, number in numbers.items() if number in found}


def give_days_back(session: Session, first: date) -> None:
    """Numbers of days from this local date on no longer hold: the roll-ups count them anew."""
    session.execute(delete(DailySlot).where(DailySlot.job == DAY_COUNTED, DailySlot.on_date >= first))


def finish_batch(session: Session, batch_id: int, counts: Mapping[str, int], *, actor: Actor, at: datetime) -> None:
    """Close the batch and note it in the trail: counts only, no values."""
    batch = session.get_one(ImportBatch, batch_id)
    batch.finished_at = at
    data = {"batch": batch.id, "sha256": batch.sha256, "channel": batch.channel, **counts}
    audit.record(session, settings_stream(session), "settings.imported", actor=actor, at=at, data=data)


def batch_lines(session: Session, batch_id: int) -> Iterator[Landed]:
    """Every noted row of a batch in the order of the file."""
    query = select_lines().where(ROWS.c.batch_id == batch_id).order_by(ROWS.c.line).execution_options(yield_per=1000)
    for line, outcome, case_id, number, problems in session.execute(query):
        yield Landed(line, outcome, case_id, number or "", problems)


def lines_of(session: Session, batch_id: int, lines: Collection[int]) -> dict[int, Landed]:
    """What earlier runs noted of these lines: the matters they made are there already."""
    query = select_lines().where(ROWS.c.batch_id == batch_id, ROWS.c.line.in_(lines))
    return {
        line: Landed(line, EXISTING if outcome == CREATED else outcome, case_id, number or "", problems, resumed=True)
        for line, outcome, case_id, number, problems in session.execute(query)
    }


def select_lines() -> Any:
    """The noted rows with the numbers of their matters."""
    columns = (ROWS.c.line, ROWS.c.outcome, ROWS.c.case_id, Case.number, ROWS.c.problems)
    return select(*columns).select_from(ROWS).outerjoin(Case, Case.id == ROWS.c.case_id)


def known_items(session: Session, keys: Collection[str]) -> dict[str, tuple[int, str]]:
    """Those of the keys that are there already, with the id and number of their matter."""
    query = select(ITEMS.c.key, Case.id, Case.number).join(Case, Case.id == ITEMS.c.case_id).where(ITEMS.c.key.in_(keys))
    return {key: (case_id, number or "") for key, case_id, number in session.execute(query)}


def first_of_each_key(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """A key that stands twice in a file is one matter."""
    found: dict[str, Arrival] = {}
    for arrival in arrivals:
        found.setdefault(arrival.key, arrival)
    return list(found.values())


def outcome_of(
    arrival: Arrival, made: Mapping[int, tuple[int, str]], known: Mapping[str, tuple[int, str]]
) -> Landed:
    """What became of one row, now that the new matters are open."""
    if arrival.line in made:
        return Landed(arrival.line, CREATED, *made[arrival.line], arrival.problems)
    if arrival.message and arrival.key in known:
        return Landed(arrival.line, EXISTING, *known[arrival.key], arrival.problems)
    return Landed(arrival.line, REFUSED, problems=arrival.problems)


def log_row(batch_id: int, key: str, row: Landed) -> dict[str, Any]:
    """The line of the import log."""
    return {
        "batch_id": batch_id, "line": row.line, "key": key, "outcome": row.outcome, "case_id": row.case_id,
        "problems": list(row.problems),
    }  # fmt: skip

