"""One run of chaos from the first process to the verdict: the stage is set, clients work, the killer strikes, all settles."""

import os
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import func, select

from casemgr.config import Settings, load_settings
from casemgr.models import DeadlineRow, Outgoing
from tests.chaos import verdict
from tests.chaos.clients import Crowd, make_clients
from tests.chaos.databases import Postgres, Sqlite, wait_for
from tests.chaos.importing import Importing
from tests.chaos.journal import Journal
from tests.chaos.killer import Killer
from tests.chaos.processes import Nursery, quiet_port, until
from tests.chaos.proxy import Proxy
from tests.chaos.shifted import CLOCK, ShiftedClock
from tests.chaos.street import Street, make_street, site_of
from tests.conftest import MONDAY, values_for_tests
from tests.jobs.sink import Sink, mail_server

DATABASES: dict[str, Any] = {"sqlite": Sqlite, "postgres": Postgres}
SETTLING = 900.0  # seconds for what is left when nobody kills any more
QUIET = 4.0  # seconds without anything waiting: a job that runs may still bring something
NO_QUIET = {"mail_quiet_from": "08:00", "mail_quiet_to": "08:00"}


@dataclass(frozen=True)
class Plan:
    """What a run is: everything else follows from it."""

    database: str = "sqlite"
    seed: int = 1
    kills: int = 20
    schedulers: int = 3
    webs: int = 2
    workers: int = 2
    clients: dict[str, int] = field(default_factory=lambda: {"registrar": 2, "stepper": 4, "decider": 1, "attacher": 1, "handler": 1})
    rows: int = 120  # of one imported list
    pause: tuple[float, float] = (0.2, 0.6)
    rest: float = 0.3  # of a client: a long run must be judged too


@dataclass
class Stage:
    """What is there while a run goes on."""

    plan: Plan
    folder: Path
    database: Any
    settings: Settings
    clock: ShiftedClock
    street: Street
    sink: Sink
    nursery: Nursery
    proxies: dict[str, Proxy]
    journal: Journal
    crowd: Crowd

    @property
    def journal_path(self) -> Path:
        """Where the journal lies."""
        return self.folder / "journal.jsonl"


def settings_of(plan: Plan, folder: Path, url: str, mail_port: int) -> dict[str, Any]:
    """The settings of all processes: as in production but for what costs time and proves nothing."""
    base = values_for_tests(url, folder / "data")
    return base | NO_QUIET | {
        "environment": "development", "smtp_host": "127.0.0.1", "smtp_port": mail_port, "smtp_timeout_seconds": 2,
        "mail_hourly_cap": 100_000, "mail_attempts": 50, "jobs_sweep_seconds": 1, "jobs_outbox_seconds": 1, "jobs_lease_seconds": 10,
        "api_requests_per_minute": 1_000_000, "web_workers": plan.workers, "web_threads": 6, "log_level": "WARNING",
    }  # fmt: skip


def environ_of(values: dict[str, Any], clock: Path) -> dict[str, str]:
    """The same as an environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEMGR_")}
    return kept | {f"CASEMGR_{name.upper()}": str(value) for name, value in values.items()} | {CLOCK: str(clock)}


@contextmanager
def staged(plan: Plan, folder: Path) -> Iterator[Stage]:
    """The whole stage, with everything running but clients."""
    with ExitStack() as stack:
        database: Any = DATABASES[plan.database](folder)
        clock = ShiftedClock(folder / "clock")
        clock.set_to(MONDAY)
        sink, mail_port = stack.enter_context(mail_server())
        proxies = {"mail": stack.enter_context(Proxy(("127.0.0.1", mail_port)))}
        backs = {f"database{n}": stack.enter_context(Proxy(target)) for n, target in enumerate(database.targets)}
        url = database.url(tuple(proxy.port for proxy in backs.values()))
        values = settings_of(plan, folder, url, proxies["mail"].port)
        ports = {f"web{n}": quiet_port() for n in range(plan.webs)}
        fronts = {name: stack.enter_context(Proxy(("127.0.0.1", port))) for name, port in ports.items()}
        nursery = stack.enter_context(Nursery(environ_of(values, clock.path), logs_of(folder)))  # imports while the database is made
        stack.enter_context(database)
        street = make_street(load_settings(**settings_of(plan, folder, database.url(), mail_port), _env_file=None), clock)
        journal = Journal(folder / "journal.jsonl")
        crowd = Crowd(street, [proxy.port for proxy in fronts.values()], journal, plan.seed, plan.rest)
        for name, port in ports.items():
            nursery.start("web", name, environ={"CASEMGR_PORT": str(port)})
        for n in range(plan.schedulers):
            nursery.start("scheduler", f"scheduler{n}")
        looked_at = load_settings(**settings_of(plan, folder, database.url(), mail_port), _env_file=None)
        assert until(lambda: all(serves(port) for port in crowd.ports)), "no server answers"
        stage = Stage(plan, folder, database, looked_at, clock, street, sink, nursery, proxies | backs | fronts, journal, crowd)
        try:
            yield stage
        finally:
            crowd.stop.set()


def logs_of(folder: Path) -> Path:
    """Where the processes write what they say."""
    found = folder / "logs"
    found.mkdir()
    return found


def serves(port: int) -> bool:
    """Whether a server is ready behind a port."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def settle(stage: Stage, latest: datetime) -> datetime:
    """Let everything that is due happen, at a clock that stands; the instant it stood at."""
    at = max(latest, stage.clock.now()) + timedelta(minutes=1)
    stage.clock.stand(at)
    site = site_of(stage.settings)
    try:
        end, quiet = time.monotonic() + SETTLING, time.monotonic()
        while ((waits := left(site, at)) or time.monotonic() < quiet + QUIET) and time.monotonic() < end:
            if waits == {"later"}:
                at += timedelta(minutes=10)
                stage.clock.stand(at)
            if waits:
                quiet = time.monotonic()
            time.sleep(0.3)
        assert not waits, f"still waiting after {SETTLING:.0f} s: {waits}"
    finally:
        site.engine.dispose()
    return at


def left(site: Any, at: datetime) -> set[str]:
    """What is due and not done, what waits to be sent now, and what waits for later."""
    waiting = Outgoing.state == "waiting"
    with site.readings() as session:
        due = session.scalar(select(func.count()).select_from(DeadlineRow).where(DeadlineRow.next_rung_at <= at))
        now = session.scalar(select(func.count()).select_from(Outgoing).where(waiting, Outgoing.not_before <= at))
        later = session.scalar(select(func.count()).select_from(Outgoing).where(waiting, Outgoing.not_before > at))
    return {name for name, count in (("rungs", due), ("mails", now), ("later", later)) if count}


def run(plan: Plan, folder: Path) -> verdict.Verdict:
    """A whole run; its verdict. The journal and the logs stay in the folder."""
    marks = [("", time.monotonic())]
    folder.mkdir(parents=True, exist_ok=True)
    with staged(plan, folder) as stage:
        importing = Importing(stage.nursery, stage.crowd, folder, plan.rows)
        clients = [*make_clients(stage.crowd, plan.clients), importing]
        killer = Killer(random.Random(plan.seed), stage.nursery, stage.database, stage.proxies, stage.journal, stage.clock, plan.pause)
        for client in clients:
            client.start()
        assert until(lambda: stage.journal.granted >= 10), "clients are not heard"
        marks.append(("begin", time.monotonic()))
        killer.strike(plan.kills)
        killer.revive()
        marks.append(("blows", time.monotonic()))
        stage.crowd.close()
        for client in clients:
            client.join(200)
        wait_for(stage.database.url())
        marks.append(("last answers", time.monotonic()))
        at = settle(stage, killer.latest or stage.clock.now())
        marks.append(("settling", time.monotonic()))
        stage.nursery.stop()
        found = verdict.judge(stage, killer, at)
        marks.append(("stop and judge", time.monotonic()))
        found.failover = getattr(stage.database, "took", [])
        found.phases = {name: round(end - begin, 1) for (_, begin), (name, end) in pairwise(marks)}
        found.seconds = round(marks[-1][1] - marks[0][1], 1)
    return found


def clean(folder: Path) -> None:
    """Remove a run that found nothing."""
    shutil.rmtree(folder, ignore_errors=True)


