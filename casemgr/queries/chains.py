"""All chains walked fast: parts of a stream by ranges of ids, each a snapshot of its own, events and kept values side by side.

Bytes are made the short way (orjson); where they do not give the kept hash, `audit.link` and `audit.salted` decide.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, func, select

from casemgr import db
from casemgr.audit import START, Fault, Head, link, salted
from casemgr.models import Account, Anchor, Case, SettingsStream

TABLES: dict[str, Any] = {"account": Account, "case": Case, "settings": SettingsStream}
IDS = 2_000  # matters or accounts in one part
AT_ONCE = 5_000  # rows fetched at once
NAMES = ("stream_id", "seq", "kind", "at", "actor", "actor_id", "post_id", "data", "prev", "hash")
EVENTS_SQL = (
    "SELECT stream_id, seq, kind, {at}, actor, actor_id, post_id, {data}, prev, hash FROM events "
    "WHERE stream = '{stream}' AND stream_id >= {first} AND stream_id < {end} ORDER BY stream_id, seq"
)
VALUES_SQL = (
    "SELECT stream_id, seq, name, {value}, salt FROM event_values "
    "WHERE stream = '{stream}' AND stream_id >= {first} AND stream_id < {end} ORDER BY stream_id, seq"
)
Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Part:
    """The chains of one stream whose ids are in [first, end)."""

    stream: str
    first: int
    end: int


@dataclass
class Walked:
    """What was read, and what is wrong with it."""

    events: int = 0
    values: int = 0
    faults: list[Fault] = field(default_factory=list)

    def add(self, other: "Walked") -> None:
        """Take another part's counts and faults in."""
        self.events, self.values = self.events + other.events, self.values + other.values
        self.faults += other.faults


def parts(connection: Connection) -> list[Part]:
    """All chains, the long ones first; the last part of a stream has no end, so that a chain without its row is found."""
    found = [Part("settings", 0, db.LARGEST_ID)]
    for stream in ("account", "case"):
        table = TABLES[stream].__table__
        last = connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
        starts = range(0, last + 1, IDS)
        found += [Part(stream, first, first + IDS if first != starts[-1] else db.LARGEST_ID) for first in starts]
    return found


def walk(engine: Engine, part: Part) -> Walked:
    """Walk one part in one snapshot: every event, every kept value, and the heads kept in the rows."""
    with engine.connect() as connection, db.snapshot(connection):
        table = TABLES[part.stream].__table__.c
        rows = connection.execute(
            select(table.id, table.trail_seq, table.trail_hash).where(table.id >= part.first, table.id < part.end)
        )
        heads = {id: Head(seq, hash) for id, seq, hash in rows}
        events = db.raw_rows(connection, written(connection, EVENTS_SQL, part), AT_ONCE)
        values = db.raw_rows(connection, written(connection, VALUES_SQL, part), AT_ONCE)
        return compare(part.stream, events, values, heads)


def written(connection: Connection, sql: str, part: Part) -> str:
    """The select of a part: instants and JSON come as the text that is hashed, or nearly."""
    words = db.raw_columns(connection)
    return sql.format(stream=part.stream, first=part.first, end=part.end, **words)


def compare(stream: str, events: Iterable[Row], values: Iterable[Row], heads: dict[int, Head]) -> Walked:
    """Each event against the one before it, each value against its digest, each end against the head kept in its row."""
    found = Walked()
    kept = Values(values)
    id, last = 0, Head()
    ends: dict[int, Head] = {}
    for row in events:
        if row[0] != id:
            ends[id], id, last = last, row[0], Head()
        found.events += 1
        if row[1] != last.seq + 1:
            found.faults.append(Fault(stream, id, row[1], "an event before it is missing"))
        elif row[8] != last.hash or not is_linked(stream, row):
            found.faults.append(Fault(stream, id, row[1], "it was altered"))
        last = Head(row[1], row[9])
        if '"digests"' in row[7] or kept.reaches(id, row[1]):
            found.faults += [Fault(stream, id, row[1], what) for what in check_values(row, kept)]
    ends[id] = last
    found.values = kept.count + kept.rest()
    found.faults += ends_of(stream, heads, {id: head for id, head in ends.items() if head.seq})
    return found


def is_linked(stream: str, row: Row) -> bool:
    """Whether the hash of an event is that of its bytes."""
    id, seq, kind, at, actor, actor_id, post_id, data, prev, hash = row
    try:
        body = orjson.dumps(
            {"actor": actor, "actor_id": actor_id, "at": f"{at[:10]}T{at[11:26]}+00:00", "data": orjson.loads(data), "kind": kind,
             "post_id": post_id, "seq": seq, "stream": stream, "stream_id": id},
            option=orjson.OPT_SORT_KEYS,
        )  # fmt: skip
        if hashlib.sha256(prev.encode() + body).hexdigest() == hash:
            return True
    except ValueError:  # what orjson does not take, the long way decides
        pass
    return slowly_linked(stream, row)


def slowly_linked(stream: str, row: Row) -> bool:
    """The same by the rule itself."""
    event = dict(zip(NAMES, row, strict=True)) | {"stream": stream}
    try:
        event |= {"data": json.loads(event["data"]), "at": datetime.fromisoformat(event["at"][:26]).replace(tzinfo=UTC)}
    except ValueError:
        return False
    return link(event["prev"], event) == event["hash"]


class Values:
    """The kept values of a part in the order of their events, read once."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows: Iterator[Row] = iter(rows)
        self.next: Row | None = next(self.rows, None)
        self.count = 0

    def reaches(self, id: int, seq: int) -> bool:
        """Whether there are values of this event, or of one before it that there is not."""
        return self.next is not None and (self.next[0], self.next[1]) <= (id, seq)

    def of(self, id: int, seq: int) -> Iterator[Row]:
        """Those of one event, and any that belong to no event before it."""
        while self.next is not None and (self.next[0], self.next[1]) <= (id, seq):
            yield self.next
            self.count += 1
            self.next = next(self.rows, None)

    def rest(self) -> int:
        """How many are left after the last event."""
        return sum(1 for _ in self.rows) + (self.next is not None)


def check_values(row: Row, kept: Values) -> Iterator[str]:
    """What is wrong with the values of one event: altered, gone without a trace, or without a digest."""
    digests = orjson.loads(row[7]).get("digests") or {}
    there = set()
    for id, seq, name, value, salt in kept.of(row[0], row[1]):
        there.add(name)
        if (id, seq) != (row[0], row[1]) or (value is not None and not is_digest(value, salt, digests.get(name))):
            yield f"the value of {name} was altered"
    yield from (f"the value of {name} is missing" for name in digests.keys() - there)


def is_digest(value: str, salt: str, digest: str | None) -> bool:
    """Whether a kept value gives its digest."""
    try:
        text = orjson.dumps(orjson.loads(value)["v"], option=orjson.OPT_SORT_KEYS)
        if hashlib.sha256(salt.encode() + text).hexdigest()[:32] == digest:
            return True
    except ValueError:
        pass
    return salted(json.loads(value)["v"], salt) == digest


def ends_of(stream: str, heads: dict[int, Head], ends: dict[int, Head]) -> Iterator[Fault]:
    """What is wrong with the ends of the chains."""
    for id, head in heads.items():
        if ends.get(id, Head()) != head:
            yield Fault(stream, id, head.seq, "the end of the chain is not the head kept in its row")
    yield from (Fault(stream, id, 0, "a chain without its row") for id in ends.keys() - heads.keys())


def check_anchors(connection: Connection) -> tuple[int, list[str]]:
    """How many anchors there are, and the days of those that do not go on from the one before."""
    rows = connection.execute(select(Anchor.on_date, Anchor.prev, Anchor.digest).order_by(Anchor.on_date)).all()
    before, broken = START, []
    for on, prev, digest in rows:
        if prev != before:
            broken.append(on.isoformat())
        before = digest
    return len(rows), broken
