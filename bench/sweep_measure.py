"""How long whole escalations take: N matters overdue at once, swept by one process or several.

    python bench/sweep_measure.py [--cases 10000] [--db sqlite|postgres] [--processes 1] [--profile] [--json FILE]

Builds, through the door, N disputes in mediation whose settlement falls due at one instant, and sweeps at that instant:
each is raised one tier and one level, with its event in the chain, three rungs, new deadlines, notices and mails queued.
In the same run and on the same database it measures the floor: one statement that moves N rows with N audit rows. PostgreSQL is the
server named by CASEMGR_TEST_POSTGRES_URL; the database is made for the run and dropped. A real clock is never needed.
"""

import argparse
import base64
import cProfile
import json
import multiprocessing
import os
import pstats
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from casemgr import audit, db, schema  # noqa: E402
from casemgr.config import Settings, load_settings  # noqa: E402
from casemgr.jobs import sweep  # noqa: E402
from casemgr.jobs.site import Site, open_site  # noqa: E402
from casemgr.models import Account, Appointment, Area, Case, DeadlineRow, Event, Notice, Outgoing, RungFired  # noqa: E402
from casemgr.policy import SETUP, Actor  # noqa: E402
from casemgr.queries.actors import load_actor  # noqa: E402
from casemgr.services import structure  # noqa: E402
from casemgr.services.cases import Ask, Seed, Taken, open_cases, take_steps  # noqa: E402
from casemgr.services.recount import verify_deadlines  # noqa: E402

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a working Monday, 09:00 in Shanghai
DUE = START + timedelta(days=8)  # the settlement of a yellow matter is late since midnight; the office has just opened
CONTACT = START + timedelta(days=2)
COMMUNITIES, GRIDS, PIECE = 5, 4, 500
KEY = base64.b64encode(b"k" * 32).decode()
TEXT = "楼上住户装修施工从早到晚，噪音很大，老人和孩子没有办法休息，多次上门沟通都没有结果，物业也来过，还是没有解决。"


def main() -> None:
    """Build, sweep, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--profile", action="store_true", help="where the time of one process goes")
    parser.add_argument("--check", action="store_true", help="verify the chain and recompute the deadlines afterwards")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sweep-") as folder, database(asked.db, Path(folder)) as url:
        settings = settings_for(url, Path(folder))
        site = open_site(settings)
        schema.upgrade(site.engine)
        floor = min(floor_move(site, asked.cases) for _ in range(3))
        built = time.perf_counter()
        fill(site, asked.cases)
        print(f"built {asked.cases} matters in {time.perf_counter() - built:.1f} s", file=sys.stderr)
        idle = idle_seconds(site)
        wall, cpu = swept(site, settings, asked.processes, asked.profile)
        found = figures(site, asked, wall, cpu, floor, idle)
        if asked.check:
            check(site)
        site.engine.dispose()
    print(json.dumps(found, ensure_ascii=False, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(found, ensure_ascii=False) + "\n", encoding="utf-8")


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database of that kind, gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'sweep.sqlite3'}"
        return
    server = sa.make_url(os.environ["CASEMGR_TEST_POSTGRES_URL"])
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    name = f"casemgr_sweep_{os.getpid()}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        try:
            yield server.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def settings_for(url: str, folder: Path) -> Settings:
    """Settings as in production: every commit is durable."""
    return load_settings(
        environment="development", database_url=url, data_dir=folder, secret_key="bench " * 8, data_keys=f"1:{KEY}",
        blind_index_key=KEY, _env_file=None,
    )  # fmt: skip


def floor_move(site: Site, count: int) -> float:
    """Seconds for one statement that moves `count` rows and writes as many audit rows, durably."""
    lite = site.engine.dialect.name == "sqlite"
    filled = (
        "INSERT INTO floor_rows SELECT value, 'open', 'x' FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL "
        f"SELECT value + 1 FROM n WHERE value < {count}) SELECT value FROM n)"
        if lite else f"INSERT INTO floor_rows SELECT n, 'open', 'x' FROM generate_series(1, {count}) AS n"
    )  # fmt: skip
    moved = (
        "UPDATE floor_rows SET state = 'late'"
        if lite else "WITH moved AS (UPDATE floor_rows SET state = 'late' RETURNING id) INSERT INTO floor_audit (row, what) SELECT id, 'late' FROM moved"
    )  # fmt: skip
    with site.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE floor_rows (id INTEGER PRIMARY KEY, state TEXT NOT NULL, title TEXT NOT NULL)")
        key = "INTEGER PRIMARY KEY" if lite else "SERIAL PRIMARY KEY"
        connection.exec_driver_sql(f"CREATE TABLE floor_audit (id {key}, row INTEGER NOT NULL, what TEXT NOT NULL)")
        if lite:
            connection.exec_driver_sql(
                "CREATE TRIGGER floor_moved AFTER UPDATE ON floor_rows "
                "BEGIN INSERT INTO floor_audit (row, what) VALUES (new.id, new.state); END"
            )
        connection.exec_driver_sql(filled)
    began = time.perf_counter()
    with site.engine.begin() as connection:
        connection.exec_driver_sql(moved)
    seconds = time.perf_counter() - began
    with site.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE floor_rows")
        connection.exec_driver_sql("DROP TABLE floor_audit")
    return seconds


def fill(site: Site, count: int) -> None:
    """A street with its people, and so many disputes in mediation since START."""
    with site.sessions() as session, db.transaction(session):
        grids = make_street(session)
    for first in range(0, count, PIECE):
        with site.sessions() as session, db.transaction(session):
            in_mediation(session, grids[first // PIECE % len(grids)], range(first, min(first + PIECE, count)))


def make_street(session: Any) -> list[tuple[int, Actor, Actor, Actor]]:
    """(grid, its worker, the head and the mediator of its community) of every grid."""
    at = START - timedelta(days=30)
    district = structure.add_area(session, "500102", "试验区", "district", None, actor=SETUP, at=at)
    street = structure.add_area(session, "500102003", "东风街道", "street", district, actor=SETUP, at=at)
    for role, area in (("supervisor", district), ("secretary", street), ("head", street), ("operator", street)):
        appoint(session, role, area, at)
    found = []
    for c in range(1, COMMUNITIES + 1):
        community = structure.add_area(session, f"500102003{c:03}", f"第{c}社区", "community", street, actor=SETUP, at=at)
        _, head, mediator = (appoint(session, role, community, at) for role in ("secretary", "head", "mediator"))
        for g in range(1, GRIDS + 1):
            grid = structure.add_area(session, f"500102003{c:03}{g:03}", f"第{c}-{g}网格", "grid", community, actor=SETUP, at=at)
            appoint(session, "secretary", grid, at)
            found.append((grid.id, appoint(session, "grid_worker", grid, at), head, mediator))
    return found


def appoint(session: Any, role: str, area: Area, at: datetime) -> Actor:
    """Somebody at a new post, with an e-mail address."""
    name = f"{role}.{area.code}"
    account = Account(
        login=name, name=name, email=f"{name}@example.org", password_hash="x", old_hashes=[], password_changed_at=at, created_at=at
    )
    session.add(account)
    session.flush()
    post = structure.add_post(session, role, area_id=area.id, actor=SETUP, at=at)
    session.add(Appointment(account_id=account.id, post_id=post.id, from_on=at.date()))
    session.flush()
    return load_actor(session, account.id, START.date())  # type: ignore[return-value]


def in_mediation(session: Any, place: tuple[int, Actor, Actor, Actor], numbers: range) -> None:
    """Disputes registered, accepted, assigned, taken and with a first contact, through the door."""
    grid, worker, head, mediator = place
    seeds = [Seed(grid, {"text": f"第{n}户：{TEXT}", "area_id": grid, "channel": "grid"}) for n in numbers]
    ids = [taken.case_id for taken in open_cases(session, "dispute", seeds, actor=worker, at=START)]
    for actor, name, at, data in (
        (head, "accept", START, {"category": "0201"}), (head, "assign", START, {"handler_id": mediator.account_id}),
        (mediator, "take", START, {}), (mediator, "record_contact", CONTACT, {"way": "phone", "said": "已电话联系双方。"}),
    ):  # fmt: skip
        outcomes = take_steps(session, [Ask(id, name, data) for id in ids], actor=actor, at=at)
        assert all(isinstance(outcome, Taken) for outcome in outcomes), outcomes[0]


def idle_seconds(site: Site) -> float:
    """Median seconds of a sweep that finds nothing."""
    times = []
    for _ in range(25):
        began = time.perf_counter()
        sweep.run(site, START)
        times.append(time.perf_counter() - began)
    return sorted(times)[len(times) // 2]


def swept(site: Site, settings: Settings, processes: int, profile: bool) -> tuple[float, float]:
    """Seconds until nothing is due, and processor seconds of the sweeping processes."""
    if processes == 1:
        return swept_here(site, profile)
    site.engine.dispose()
    barrier, context = multiprocessing.get_context("fork").Barrier(processes + 1), multiprocessing.get_context("fork")
    queue = context.Queue()
    workers = [context.Process(target=sweep_beside, args=(settings, barrier, queue)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    barrier.wait()
    began = time.perf_counter()
    cpu = sum(queue.get() for _ in workers)
    wall = time.perf_counter() - began
    for worker in workers:
        worker.join()
    return wall, cpu


def sweep_beside(settings: Settings, barrier: Any, queue: Any) -> None:
    """One of several sweeping processes."""
    site = open_site(settings)
    sweep.run(site, START)
    barrier.wait()
    began = time.process_time()
    sweep.run(site, DUE)
    queue.put(time.process_time() - began)


def swept_here(site: Site, profile: bool) -> tuple[float, float]:
    """The same in this process."""
    watcher = cProfile.Profile() if profile else None
    began, cpu = time.perf_counter(), time.process_time()
    if watcher:
        watcher.enable()
    sweep.run(site, DUE)
    if watcher:
        watcher.disable()
    seconds = time.perf_counter() - began, time.process_time() - cpu
    if watcher:
        pstats.Stats(watcher, stream=sys.stderr).sort_stats("tottime").print_stats(45)
        pstats.Stats(watcher, stream=sys.stderr).sort_stats("cumtime").print_stats(70)
    return seconds


def figures(site: Site, asked: argparse.Namespace, wall: float, cpu: float, floor: float, idle: float) -> dict[str, Any]:
    """What was measured, and that the work was done."""
    with site.readings() as session:
        raised = session.scalar(sa.select(sa.func.count()).where(Event.kind == "dispute.raised_overdue"))
        left = session.scalar(sa.select(sa.func.count()).where(DeadlineRow.next_rung_at <= DUE))
        orange = session.scalar(sa.select(sa.func.count()).where(Case.tier == "orange", Case.level == "community"))
        rows = {t.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(t)) for t in (RungFired, Notice, Outgoing)}
    assert (raised, left, orange) == (asked.cases, 0, asked.cases), (raised, left, orange)
    return {
        "db": asked.db, "cases": asked.cases, "processes": asked.processes, "seconds": round(wall, 3),
        "ms_per_case": round(wall / asked.cases * 1000, 4), "cpu_ms_per_case": round(cpu / asked.cases * 1000, 4),
        "floor_move_seconds": round(floor, 3), "times_floor_move": round(wall / floor, 1), "idle_ms": round(idle * 1000, 3), "rows": rows,
    }  # fmt: skip


def check(site: Site) -> None:
    """Chains verify, deadlines are what their facts give."""
    with site.readings() as session:
        assert not audit.verify(session)[1] and not verify_deadlines(session)[1]


if __name__ == "__main__":
    main()
