"""`make bench CASES=10000 DB=sqlite`: builds the data, starts the servers, measures, keeps the figures, writes docs/performance.md.

    python -m bench --cases 10000|100000|1000000 --db sqlite|postgres [--part pages,writes,jobs] [--report] [--fresh]

The figures go to bench/results/CASES-DB.json; docs/performance.md is written from all that are kept there (`--report`: only that).
"""

import argparse
import json
import os
import platform
import statistics
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bench import checks, floors, pages, report, rounds, serving, sweeps
from bench.ground import build
from bench.person import Person

RESULTS = build.ROOT / "bench" / "results"
PARTS = ("pages", "writes", "jobs", "sweeps")
ROUNDS, SECONDS = 12, 0.3  # of every line in every round
LOAD, LEAD = 120, 20  # seconds: the mixed requests at most, and before the first rung that falls due during them


def main() -> None:
    """Measure, or only write the page anew."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=10_000)
    asked.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    asked.add_argument("--part", default=",".join(PARTS))
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    asked.add_argument("--report", action="store_true")
    asked.add_argument("--fresh", action="store_true")
    given = asked.parse_args()
    if not given.report:
        keep(f"{given.cases}-{given.db}.json", run(given))
    report.write(RESULTS)


def keep(name: str, found: Mapping[str, Any]) -> None:
    """Keep the figures; parts that were not measured now stay as they were."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / name
    before = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**before, **found}, indent=1, ensure_ascii=False) + "\n")


def run(given: argparse.Namespace) -> dict[str, Any]:
    """Everything asked for, one part after another."""
    now, parts = datetime.now(UTC), given.part.split(",")
    place = build.place_of(given.cases, given.db)
    ground = None if given.fresh else build.ready(place, now)
    say(f"ground of {given.cases} on {given.db}: {'found ready' if ground else 'being built'}")
    ground = ground or build.make(place, given.cases, now)
    mine = sweeps.copy_of(place, f"bench_{given.cases}_run")
    floors.lay_out(mine.url)
    told: dict[str, Any] = {"cases": given.cases, "db": given.db, "at": now.isoformat(), "machine": machine(mine), "ground": ground}
    if "pages" in parts or "writes" in parts:
        told |= over_http(mine, given, parts)
    if "jobs" in parts:
        told |= of_jobs(mine, given, now)
    if "sweeps" in parts:
        say("escalations")
        sizes = [10_000] if given.cases <= 10_000 else [10_000, 100_000]
        attempt(told, "sweeps", lambda: sweeps.all_escalations(given.db, [min(size, given.cases) for size in sizes], now))
    say(f"done after {(datetime.now(UTC) - now).total_seconds():.0f} s")
    return told


def over_http(place: build.Place, given: argparse.Namespace, parts: list[str]) -> dict[str, Any]:
    """The pages and the writes, on the production server."""
    told: dict[str, Any] = {}
    with serving.gunicorn(place) as (port, pid), serving.gunicorn(place, floors.FLOORS) as (floor, _):
        house = pages.House(port, Person(floor), sa.create_engine(place.url))

        def memory() -> list[int]:
            return [serving.memory(child) >> 20 for child in serving.children(pid)]

        if "pages" in parts:
            say("pages")
            told["pages"] = rounds.measure(pages.reading_lines(house), rounds=given.rounds, seconds=SECONDS)
            attempt(told, "search", lambda: pages.planted_found(house))
            attempt(told, "boards", lambda: checks.board_numbers(place))
        if "writes" in parts:
            say("writes")
            told["writes"] = rounds.measure(pages.writing_lines(house), rounds=given.rounds, seconds=SECONDS)
            attempt(told, "throughput", lambda: pages.throughput(house, rounds=3, seconds=4))
            attempt(told, "gaps", lambda: pages.gaps(house))
            say("10,000 mixed requests, with a scheduler beside them")
            attempt(told, "begun", lambda: checks.begin_falling_due(place, datetime.now(UTC) + timedelta(seconds=LEAD), LOAD))
            with serving.scheduler(place):
                attempt(told, "memory", lambda: pages.mixed(house, 10_000, LOAD, memory))
                attempt(told, "lateness", lambda: checks.lateness(place, datetime.now(UTC)))
        house.engine.dispose()
    return told


def of_jobs(place: build.Place, given: argparse.Namespace, now: datetime) -> dict[str, Any]:
    """The idle sweep, a workbook, mails."""
    say("idle sweep")
    idle = sweeps.idle(place)
    floor = floors.page_times(place)
    told: dict[str, Any] = {"idle": {
        "p50": rounds.milli(statistics.median(idle)), "floor_page": rounds.milli(statistics.median(floor)),
        "ratio": round(statistics.median(idle) / statistics.median(floor), 2), "target": 3,
    }}  # fmt: skip
    say("workbook")
    attempt(told, "export", lambda: sweeps.workbook(place, min(given.cases, 100_000), now))
    say("mails")
    attempt(told, "mails", lambda: sweeps.mails(place, 10_000 if given.cases >= 10_000 else given.cases, serving.free_port(), now))
    return told


def attempt(told: dict[str, Any], name: str, call: Callable[[], Any]) -> None:
    """Put what a measurement tells under its name; one that breaks is told as that, and does not stop the rest."""
    try:
        told[name] = call()
    except Exception as error:
        traceback.print_exc()
        told[name], told.setdefault("failed", {})[name] = None, f"{type(error).__name__}: {error}"[:200]


def machine(place: build.Place) -> dict[str, Any]:
    """What it ran on."""
    engine = sa.create_engine(place.url)
    with engine.connect() as connection:
        sqlite = place.url.startswith("sqlite")
        version = connection.execute(sa.text("SELECT sqlite_version()" if sqlite else "SHOW server_version")).scalar()
        durable = "full" if sqlite else connection.execute(sa.text("SHOW fsync")).scalar()
    engine.dispose()
    load = round(os.getloadavg()[0], 1)
    return {"processors": os.cpu_count(), "python": platform.python_version(), "database": version, "durable": durable, "load_before": load}


def say(words: str) -> None:
    """Tell how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)


if __name__ == "__main__":
    main()
