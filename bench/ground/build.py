"""`python -m bench.ground.build --cases 10000 --db sqlite`: the database of a measurement, made or found ready.

It stands in a folder of its own below BENCH_DIR (var/bench), with the environment to serve it from in `environment.json`.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
import sqlalchemy as sa

from bench.ground import derived, lives, places, plates, stamping
from bench.ground.loading import IntoPostgres, IntoSqlite, Loader
from bench.ground.plan import plan
from casemgr import db, schema
from casemgr.config import Settings, secrets_file
from casemgr.jobs.site import open_site
from casemgr.keys import Keyring

ROOT = Path(__file__).resolve().parents[2]
COPIES = 30
SCALE = 0.2  # of the demo's matters
STALE = timedelta(hours=20)
CHUNK = 2000  # matters written at once
USUAL = 25  # events: matters made long for the page of a long one are not what a sweep usually meets
SERVER = "postgresql+psycopg://postgres@127.0.0.1:55432/postgres"


def folder() -> Path:
    """Where the measurements keep their data."""
    found = Path(os.environ.get("BENCH_DIR", ROOT / "var" / "bench")).resolve()
    found.mkdir(parents=True, exist_ok=True)
    return found


@cache
def schema_print() -> str:
    """The newest migration, and a digest of what all of them say."""
    files = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    return f"{schema.head()}-{hashlib.sha256(b''.join(path.read_bytes() for path in files)).hexdigest()[:8]}"


@dataclass(frozen=True)
class Place:
    """Where one database is: its name, the address of the database, and the environment of processes that serve it."""

    name: str
    url: str
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a production server on it."""
        secrets = dict(line.split("=", 1) for line in secret_lines().splitlines())
        return secrets | {
            "CASEMGR_ENVIRONMENT": "production", "CASEMGR_DATABASE_URL": self.url, "CASEMGR_DATA_DIR": str(self.home),
            **dict.fromkeys(("CASEMGR_SEARCH_PER_MINUTE", "CASEMGR_HEAVY_PER_MINUTE", "CASEMGR_OPEN_PER_MINUTE"), "0"),  # asked without pause
        }  # fmt: skip

    @property
    def settings(self) -> Settings:
        """The settings, read as any process reads them."""
        os.environ.update(self.environment)
        return Settings()


def secret_lines() -> str:
    """The secrets of all databases of the measurements, made once."""
    path = folder() / "secrets.env"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets_file())
    return path.read_text()


def place_of(cases: int, dialect: str, name: str = "") -> Place:
    """The place of the database of so many cases."""
    name = name or f"bench_{cases}"
    home = folder() / f"{name}_{dialect}"
    home.mkdir(exist_ok=True)
    if dialect == "sqlite":
        return Place(name, f"sqlite:///{home / 'casemgr.sqlite3'}", home)
    server = sa.make_url(os.environ.get("BENCH_POSTGRES_URL", SERVER))
    return Place(name, server.set(database=name).render_as_string(hide_password=False), home)


def fresh_database(place: Place) -> None:
    """An empty database at the newest migration."""
    url = sa.make_url(place.url)
    if url.get_backend_name() == "sqlite":
        for path in place.home.glob("casemgr.sqlite3*"):
            path.unlink()
    else:
        server = url.set(database="postgres", drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(server, autocommit=True) as base:
            base.execute(f'DROP DATABASE IF EXISTS "{place.name}" WITH (FORCE)')
            base.execute(f'CREATE DATABASE "{place.name}" TEMPLATE template0')
    engine = db.make_engine(place.url, durable=False)
    schema.upgrade(engine)
    engine.dispose()


def ready(place: Place, now: datetime) -> Mapping[str, object] | None:
    """What is told of a database that is there, of today and of the newest schema; else None."""
    path = place.home / "ground.json"
    if not path.exists():
        return None
    told = json.loads(path.read_text())
    fits = told["schema"] == schema_print() and now - datetime.fromisoformat(told["now"]) < STALE
    return told if fits else None


def make(place: Place, cases: int, now: datetime, copies: int = COPIES, scale: float = SCALE, *, waiting: bool = False, lived: Path | None = None) -> dict[str, object]:
    """Make the database anew; what is told of it. `waiting`: of nothing but matters that wait for their next great rung;
    `lived`: the small database whose lives are copied, if it is there already."""
    began = time.monotonic()
    told = place.home / "ground.json"
    told.unlink(missing_ok=True)
    (place.home / "environment.json").write_text(json.dumps(place.environment, indent=1))
    settings = place.settings
    found = plates.read(lived or template(settings, now, scale), f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}")
    fresh_database(place)
    spent = {"lives": time.monotonic() - began}
    if waiting:
        found.groups = overdue_next(found)
    numbers = fill(place, settings, found, cases, copies, now)
    spent["rows"] = time.monotonic() - began - spent["lives"]
    site = open_site(settings)
    derived.fill(site, now)
    site.engine.dispose()
    facts = {"cases": cases, "schema": schema_print(), "now": now.isoformat(), "seconds": round(time.monotonic() - began, 1), **numbers}
    told.write_text(json.dumps(facts, indent=1))
    return facts


def overdue_next(found: plates.Plates) -> list[plates.Group]:
    """Single open disputes whose next rung of all raises them because they are overdue; none of those with very many events."""
    table, cases = found.tables["deadlines"], found.tables["cases"]
    key, rung, at = (table.at(name) for name in ("key", "next_rung", "next_rung_at"))

    def fits(group: plates.Group) -> bool:
        waits = sorted((row[at], row[key], row[rung]) for row in group.rows["deadlines"] if row[at])
        row = group.rows["cases"][0]
        usual = len(group.rows["events"]) <= USUAL
        ready = usual and len(group.cases) == 1 and group.open == 1 and row[cases.at("tier")] in ("yellow", "orange")
        return bool(ready and waits and waits[0][1:] == ("settle", "overdue") and row[cases.at("parent_id")] is None)

    fitting = [group for group in found.groups if fits(group)]
    if not fitting:
        raise RuntimeError("no matter of the small street waits for its raise: make it with more matters")
    return fitting


def template(settings: Settings, now: datetime, scale: float) -> Path:
    """The small database whose lives are copied, of this hour and this schema."""
    path = folder() / f"lives_{schema_print()}_{scale}.sqlite3"
    if not path.exists() or time.time() - path.stat().st_mtime > 3600:
        making = path.with_suffix(".making")
        lives.live(settings, making, now, scale)
        making.rename(path)
    return path


def fill(place: Place, settings: Settings, found: plates.Plates, cases: int, copies: int, now: datetime) -> dict[str, object]:
    """All rows, in the order the matters began."""
    ground = places.lay(found, copies)
    columns = {name: table.columns for name, table in found.tables.items()}
    loader: Loader
    if place.url.startswith("sqlite"):
        loader = IntoSqlite(sa.make_url(place.url).database or "", columns)
    else:
        loader = IntoPostgres(place.url.replace("+psycopg", ""), columns)
    loader.write(ground.rows)
    settings_rows = {name: rows for name, rows in found.settings.items() if rows}
    loader.write(settings_rows)
    keys = Keyring(settings.sealing_keys, settings.index_key)
    press = stamping.Press(found, ground.ids, ground.codes, keys, random.Random(cases))
    index, made = derived.Texts(loader), 0
    series: dict[tuple[str, int, int], int] = {}
    for batch, texts, given in ahead(press, plan(found.groups, cases, copies)):
        loader.write(batch)
        index.add(texts)
        made, series = made + len(batch["cases"]), given
    rows = [(process, area, year, last) for (process, area, year), last in series.items()]
    loader.write({"number_series": rows})
    loader.close()
    return {"made": made, "streets": 2 * copies}


Piece = tuple[stamping.Batch, list[tuple[int, list[str]]], dict[tuple[str, int, int], int]]


def stamped(press: stamping.Press, wanted: Iterable[tuple[int, int]]) -> Iterator[Piece]:
    """The rows by table in pieces of some CHUNK matters, with their grams and the series of numbers as they stand then."""
    batch: stamping.Batch = defaultdict(list)
    for number, copy in wanted:
        press.stamp(number, copy, batch)
        if len(batch["cases"]) >= CHUNK:
            yield batch, press.texts, dict(press.series)
            batch, press.texts = defaultdict(list), []
    yield batch, press.texts, dict(press.series)


def ahead(press: stamping.Press, wanted: Iterable[tuple[int, int]]) -> Iterator[Piece]:
    """The same, stamped by a process of its own while the piece before is written."""
    whole = multiprocessing.get_context("fork")
    here, there = whole.Pipe(duplex=False)
    worker = whole.Process(target=send, args=(press, wanted, there))
    worker.start()
    there.close()
    try:
        while (piece := here.recv()) is not None:
            yield piece
        worker.join()
    except EOFError as error:
        raise RuntimeError("the process that stamps has ended") from error
    finally:
        worker.kill()


def send(press: stamping.Press, wanted: Iterable[tuple[int, int]], to: Connection) -> None:
    """Hand over every piece, then nothing."""
    for piece in stamped(press, wanted):
        to.send(piece)
    to.send(None)
    to.close()
    os._exit(0)  # nothing inherited is closed twice


def main() -> None:
    """Make it, unless it is there."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--cases", type=int, default=10_000)
    asked.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    asked.add_argument("--name", default="")
    asked.add_argument("--copies", type=int, default=COPIES)
    asked.add_argument("--fresh", action="store_true")
    given = asked.parse_args()
    place, now = place_of(given.cases, given.db, given.name), datetime.now(UTC)
    told = None if given.fresh else ready(place, now)
    print(json.dumps(told or make(place, given.cases, now, given.copies)))


if __name__ == "__main__":
    main()
