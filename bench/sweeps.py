"""The jobs under measure: whole escalations of many overdue matters, the idle sweep, mails to a real sink, a large workbook.

Every job runs in a process of its own, so that its processor time and memory are its own; several at once where they share.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from bench import floors
from bench.ground import build
from bench.ground.build import ROOT, Place
from bench.serving import LIMITS, peak
from casemgr.config import Settings
from casemgr.jobs import exports, outbox, sweep
from casemgr.jobs.site import open_site

WAITS = "SELECT max(next_rung_at) FROM (SELECT min(next_rung_at) AS next_rung_at FROM deadlines WHERE next_rung_at IS NOT NULL GROUP BY case_id) d"
LATE = "SELECT count(*) FROM deadlines WHERE next_rung_at <= :at"
RAISED = "SELECT count(*) FROM rungs_fired WHERE key = 'settle' AND rung = 'overdue' AND fired_at = :at"
TWICE = "SELECT count(*) FROM (SELECT stream_id FROM events WHERE stream = 'case' AND at = :at AND kind LIKE '%.raised_overdue' GROUP BY 1 HAVING count(*) > 1) t"
TOLD = "SELECT count(*) FROM notices WHERE created_at = :at"
MOST_SECONDS = 240.0  # a sweep that would take longer is not begun; its estimate is told instead


def copy_of(place: Place, name: str) -> Place:
    """A copy of a database of its own, to be changed."""
    dialect = "sqlite" if place.url.startswith("sqlite") else "postgres"
    made = build.place_of(0, dialect, name)
    if dialect == "sqlite":
        for old in made.home.glob("casemgr.sqlite3*"):
            old.unlink()
        shutil.copyfile(place.home / "casemgr.sqlite3", made.home / "casemgr.sqlite3")
        return made
    server = sa.make_url(place.url).set(database="postgres", drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as base:
        base.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        base.execute(f'CREATE DATABASE "{name}" TEMPLATE "{place.name}"')
    return made


def jobs_at_once(place: Place, job: str, at: datetime, processes: int, more: dict[str, str] | None = None) -> dict[str, Any]:
    """A job run by so many processes at once: seconds by the clock of the slowest, and what each tells."""
    env = {**os.environ, **place.environment, **LIMITS, "CASEMGR_LOG_LEVEL": "WARNING", **(more or {})}
    command = [sys.executable, "-m", "bench.sweeps", job, at.isoformat()]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    for one in running:
        assert one.stdout is not None
        one.stdout.readline()  # it is ready
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    told = [json.loads(one.communicate()[0].splitlines()[-1]) for one in running]
    return {"seconds": max(one["seconds"] for one in told), "processes": told}


def child(job: str, at: datetime) -> None:
    """One process of `jobs_at_once`: made ready, then let go."""
    site = open_site(Settings())
    run = {"sweep": sweep.run, "mails": outbox.run, "exports": exports.run}[job]
    with site.readings() as session:
        session.execute(sa.text("SELECT 1"))
    print("ready", flush=True)
    sys.stdin.readline()
    wall, used = time.monotonic(), time.process_time()
    done = run(site, at)
    print(json.dumps({
        "counts": dict(done.counts), "seconds": round(time.monotonic() - wall, 3), "processor": round(time.process_time() - used, 3),
        "peak_mb": peak(os.getpid()) >> 20,
    }), flush=True)  # fmt: skip


def escalations(place: Place, cases: int, now: datetime, processes: int) -> dict[str, Any]:
    """All matters of a database overdue at once, swept; and the floor move of as many rows on the same database."""
    mine = copy_of(place, f"{place.name}_run")
    engine = sa.create_engine(mine.url)
    with engine.connect() as connection:
        at = as_instant(connection.execute(sa.text(WAITS)).scalar()) + timedelta(seconds=1)
        late = connection.execute(sa.text(LATE), {"at": sql_time(mine, at)}).scalar()
    moves = [floors.move(mine.url, cases, time.monotonic, fresh=n == 0) for n in range(3)]
    swept = jobs_at_once(mine, "sweep", at, processes)
    with engine.connect() as connection:
        told = {name: connection.execute(sa.text(query), {"at": sql_time(mine, at)}).scalar() for name, query in (("raised", RAISED), ("twice", TWICE), ("notices", TOLD), ("left", LATE))}
    engine.dispose()
    floor = statistics.median(moves)
    return {
        "cases": cases, "late": late, "processes": processes, "ms_per_case": round(swept["seconds"] * 1000 / cases, 3),
        "floor_move_seconds": round(floor, 3), "ratio": round(swept["seconds"] / floor, 1), **told, "runs": swept,
    }  # fmt: skip


def as_instant(found: Any) -> datetime:
    """What the database gives, as an aware instant."""
    found = datetime.fromisoformat(found) if isinstance(found, str) else found
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def sql_time(place: Place, at: datetime) -> Any:
    """An instant as plain SQL compares it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if place.url.startswith("sqlite") else at


def all_escalations(dialect: str, sizes: list[int], now: datetime) -> list[dict[str, Any]]:
    """Every size with one process; the first also with two."""
    told: list[dict[str, Any]] = []
    for size in sizes:
        if told and told[0]["ms_per_case"] * size / 1000 > MOST_SECONDS:
            told.append({"cases": size, "processes": 1, "not_run": f"about {round(told[0]['ms_per_case'] * size / 1000)} s"})
            continue
        place = build.place_of(size, dialect, f"sweep_{size}")
        if not build.ready(place, now):
            build.make(place, size, now, waiting=True)
        told.append(escalations(place, size, now, 1))
        if size == sizes[0] or told[-1]["ms_per_case"] * size < MOST_SECONDS * 500:
            told.append(escalations(place, size, now, 2))
    return told


def idle(place: Place, times: int = 60) -> list[float]:
    """Seconds of a sweep of the whole that finds nothing due."""
    site = open_site(place.settings)
    with site.readings() as session:
        first = session.execute(sa.text("SELECT min(next_rung_at) FROM deadlines WHERE next_rung_at IS NOT NULL")).scalar()
    at = as_instant(first) - timedelta(seconds=1)
    found = []
    for _ in range(times):
        began = time.perf_counter()
        sweep.run(site, at)
        found.append(time.perf_counter() - began)
    site.engine.dispose()
    return found


def workbook(place: Place, rows: int, now: datetime) -> dict[str, Any]:
    """The whole list of the one who supervises the city, asked for and made: seconds and peak memory of the job."""
    engine = sa.create_engine(place.url)
    with engine.begin() as connection:
        account = connection.execute(sa.text("SELECT id FROM accounts WHERE login = 'city.supervisor'")).scalar()
        since = connection.execute(sa.text(
            "SELECT min(at) FROM (SELECT registered_at AS at FROM cases ORDER BY registered_at DESC LIMIT :rows) t"
        ), {"rows": rows}).scalar()
        args = {"status": "all", "registered_from": as_instant(since).date().isoformat()} if rows < 10**6 else {"status": "all"}
        connection.execute(sa.text(
            "INSERT INTO exports (account_id, args, locale, asked_at, state, done, attempts, claimed_by, stored, size, error) "
            "VALUES (:account, :args, 'zh_Hans', :at, 'waiting', 0, 0, '', '', 0, '')"
        ), {"account": account, "args": json.dumps(args), "at": sql_time(place, now)})
    run = jobs_at_once(place, "exports", now, 1)
    with engine.connect() as connection:
        state, done, size = connection.execute(sa.text("SELECT state, done, size FROM exports ORDER BY id DESC LIMIT 1")).one()
    engine.dispose()
    one = run["processes"][0]
    return {"state": state, "rows": done, "bytes": size, "seconds": one["seconds"], "peak_mb": one["peak_mb"]}


SINK = """
import asyncio, sys
from collections import Counter
from aiosmtpd.controller import Controller
class Keep:
    seen = []
    async def handle_DATA(self, server, session, envelope):
        head = envelope.original_content.split(b"\\r\\n\\r\\n")[0]
        id = next((l for l in head.split(b"\\r\\n") if l.lower().startswith(b"message-id")), b"")
        self.seen.append((id.decode(), envelope.rcpt_tos[0]))
        return "250 OK"
keep = Keep()
controller = Controller(keep, hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
print("ready", flush=True)
sys.stdin.readline()
controller.stop()
import json
print(json.dumps({"mails": len(keep.seen), "ids": len({i for i, _ in keep.seen}), "receivers": len({r for _, r in keep.seen})}))
"""


def mails(place: Place, wanted: int, port: int, now: datetime) -> dict[str, Any]:
    """So many mails, a notice each, sent by two processes to a mail server that counts them."""
    with subprocess.Popen([sys.executable, "-c", SINK, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdout is not None
        sink.stdout.readline()
        more = {
            "CASEMGR_SMTP_HOST": "127.0.0.1", "CASEMGR_SMTP_PORT": str(port), "CASEMGR_MAIL_HOURLY_CAP": "100000",
            "CASEMGR_MAIL_QUIET_FROM": "00:00", "CASEMGR_MAIL_QUIET_TO": "00:00",
        }  # fmt: skip
        queued = queue(place, wanted, now)
        run = jobs_at_once(place, "mails", now, 2, more)
        words, _ = sink.communicate("stop\n")
    told = json.loads(words.splitlines()[-1])
    return {"queued": queued, **told, "seconds": round(run["seconds"], 1), "left": waiting(place), "runs": run}


def queue(place: Place, most: int, now: datetime) -> int:
    """So many waiting mails, each about a notice of its own, to as many people as there are, turn by turn; how many."""
    engine = sa.create_engine(place.url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE accounts SET email = login || '@example.org' WHERE email = ''"))
        rows = connection.execute(sa.text(
            "SELECT account_id, id FROM (SELECT n.account_id, n.id, row_number() OVER (PARTITION BY n.account_id ORDER BY n.id) AS turn "
            "FROM (SELECT id, account_id FROM notices WHERE case_id IS NOT NULL ORDER BY id DESC LIMIT :some) n "
            "JOIN accounts a ON a.id = n.account_id WHERE a.active) t ORDER BY turn, account_id LIMIT :most"
        ), {"most": most, "some": 4 * most}).all()
        connection.execute(sa.text(
            "INSERT INTO outbox (channel, account_id, notice_id, body, urgent, key, state, not_before, attempts, claimed_by, error) "
            "VALUES ('mail', :account, :notice, '{}', true, :key, 'waiting', :at, 0, '', '')"
        ), [{"account": a, "notice": n, "key": f"bench:{now:%H%M%S}:{n}", "at": sql_time(place, now - timedelta(minutes=1))} for a, n in rows])
    engine.dispose()
    return len(rows)


def waiting(place: Place) -> int:
    """Mails that wait."""
    engine = sa.create_engine(place.url)
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT count(*) FROM outbox WHERE state = 'waiting'")).scalar()
    engine.dispose()
    return int(found)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(ROOT)))
    child(sys.argv[1], datetime.fromisoformat(sys.argv[2]))
