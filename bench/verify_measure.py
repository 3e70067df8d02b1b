"""How fast the whole trail is verified: prints events a second of processor time on one core, and the time on all of them.

    python bench/verify_measure.py [EVENTS] [DATABASE_URL]

Makes a throw-away database (SQLite in a temporary folder unless an empty PostgreSQL database is named) with that many
events (1,000,000 unless told) in chains of ten on invented matters, every second event with a kept value, then runs what
`flask audit verify` runs, with one process and with as many as there are processors.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from casemgr import audit, db, schema  # noqa: E402
from casemgr.cli.checks import walk_all  # noqa: E402
from casemgr.models import Case, Event, EventValue  # noqa: E402
from casemgr.policy import SETUP  # noqa: E402
from casemgr.queries import chains  # noqa: E402
from casemgr.services import structure  # noqa: E402

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
LONG = 10  # events of a chain
PIECE = 2_000  # chains written at once
DATA = {
    "from": "registered",
    "to": "accepted",
    "step": "accept",
    "answers": {"category": "neighbour", "people": 3, "money": 1200},
}


def fill(engine: Engine, chains_wanted: int) -> None:
    """So many matters with ten events each."""
    with db.make_session(engine)() as session, db.transaction(session):
        area = structure.add_area(session, "500199001", "青石街道", "street", None, actor=SETUP, at=NOW).id
    for start in range(1, chains_wanted + 1, PIECE):
        cases, events, values = [], [], []
        for id in range(start, min(start + PIECE, chains_wanted + 1)):
            for row, kept in chain(id):
                events.append(row)
                values += kept
            cases.append({
                "id": id, "process": "dispute", "state": "closed", "title": "楼上漏水", "area_id": area, "registered_at": NOW,
                "last_act_at": NOW, "trail_at": NOW, "trail_seq": row["seq"], "trail_hash": row["hash"], "closed_at": NOW,
            })  # fmt: skip
        with engine.begin() as connection:
            connection.execute(insert(Case.__table__), cases)
            connection.execute(insert(Event.__table__), events)
            connection.execute(insert(EventValue.__table__), values)


def chain(id: int) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The events of one matter, each with its place and what it keeps."""
    head = audit.Head()
    for number in range(LONG):
        key = {"stream": "case", "stream_id": id, "seq": head.seq + 1}
        words = {"note": f"第{id}件第{number}次:双方到场,约定三日内修好漏水的管道并互谅互让。"} if number % 2 else {}
        digests, kept = audit.values_of(key, words)
        data = DATA | ({"digests": digests} if digests else {})
        event = {"stream": "case", "stream_id": id, "kind": "case.raised", "at": NOW + timedelta(minutes=number),
                 "actor": "account", "actor_id": 7, "post_id": 9, "data": data}  # fmt: skip
        head, row = audit.chained(head, event)
        yield row, kept


def measure(engine: Engine, processes: int) -> None:
    """Verify all of it and say what it took."""
    with engine.connect() as connection, db.snapshot(connection):
        todo = chains.parts(connection)
    engine.dispose()
    began, spent, found = time.perf_counter(), processor_time(), chains.Walked()
    for walked in walk_all(engine, todo, processes):
        found.add(walked)
    took, spent = time.perf_counter() - began, processor_time() - spent
    assert not found.faults, found.faults[:3]
    print(
        f"{processes} process{'es' if processes > 1 else ''}: {found.events} events and {found.values} values in {took:.1f} s, "
        f"{spent:.1f} s of processor time here, {found.events / spent:,.0f} events a second of it, "
        f"a million in {took / found.events * 1e6:.1f} s"
    )


def processor_time() -> float:
    """Of this process and of those it has waited for, in seconds."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        address = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{folder}/bench.sqlite3"
        engine = db.make_engine(address, durable=False)
        schema.upgrade(engine)
        fill(engine, max(wanted // LONG, 1))
        print(engine.dialect.name)
        for processes in sorted({1, os.cpu_count() or 1}):
            measure(engine, processes)
        engine.dispose()


if __name__ == "__main__":
    main()
