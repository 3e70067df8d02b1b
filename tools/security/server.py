"""A street that can be attacked: the demo's matters, served by gunicorn with the settings of production, behind one proxy
that says https. Mails go to a sink in this process, jobs run in a process of their own. All of it is thrown away."""

import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

import sqlalchemy as sa
from aiosmtpd.controller import Controller

from casemgr.demo.build import PASSWORD
from tools.security.outcome import ROOT

HOST, BASE = "casemgr.example", "https://casemgr.example"
LOGINS = (
    "operator", "street.secretary", "street.head", "street.mediator", "secretary", "head", "mediator", "grid.secretary",
    "worker", "liaison", "petition.officer", "supervisor", "inspector", "system", "security", "audit", "neighbour",
)  # fmt: skip
POSTGRES = "CASEMGR_TEST_POSTGRES_URL"
PATIENCE = 240.0  # seconds for a process to be there
__all__ = ["BASE", "HOST", "LOGINS", "PASSWORD", "Sink", "Target", "target"]


class Sink:
    """Takes every mail: (envelope recipients, message)."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], Message]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """A mail came."""
        self.mails.append((list(envelope.rcpt_tos), message_from_bytes(envelope.content)))
        return "250 kept"


@dataclass
class Target:
    """A running installation: where it listens, its folder, its database, its processes and what it wrote to its logs."""

    port: int
    folder: Path
    url: str
    environ: dict[str, str]
    sink: Sink
    web: subprocess.Popen[bytes]
    jobs: subprocess.Popen[bytes]
    notes: dict[str, Any] = field(default_factory=dict)

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """Rows of its database, read past the programme."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            return list(connection.execute(sa.text(statement), values))

    def log_lines(self) -> list[str]:
        """What the pages and the jobs wrote to their logs."""
        return [
            line for name in ("web", "jobs")
            for line in (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
        ]  # fmt: skip

    def workers(self) -> list[int]:
        """The process ids of the workers that serve pages."""
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.web.pid)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def memory_mb(self) -> float:
        """Resident memory of the largest worker, in megabytes."""
        sizes = [(Path("/proc") / str(pid) / "status").read_text().split("VmRSS:")[1].split()[0] for pid in self.workers()]
        return max(map(int, sizes)) / 1024

    def cpu_seconds(self) -> float:
        """Processor time of all workers."""
        ticks = 0
        for pid in self.workers():
            fields = (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database of that kind; a PostgreSQL one is made on the server of the tests and dropped."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'casemgr.sqlite3'}"
        return
    if not os.environ.get(POSTGRES):
        sys.exit(f"{POSTGRES} is not set: name a PostgreSQL server on which databases may be made.")
    server, name = sa.make_url(os.environ[POSTGRES]), f"casemgr_attacked_{os.getpid()}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def environment(folder: Path, url: str, port: int, smtp: int) -> dict[str, str]:
    """The settings of production, with the keys the demo was built with."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CASEMGR_")}
    given = {
        "environment": "demo", "data_dir": folder, "database_url": url, "port": port, "base_url": BASE, "trusted_proxies": 1,
        "web_workers": 2, "web_threads": 4, "smtp_host": "127.0.0.1", "smtp_port": smtp, "mail_quiet_from": "00:00",
        "mail_quiet_to": "00:00", "mail_hourly_cap": 100_000, "jobs_outbox_seconds": 1, "api_requests_per_minute": 1_000_000,
    }  # fmt: skip
    return plain | {f"CASEMGR_{name.upper()}": str(value) for name, value in given.items()}


def build(environ: dict[str, str], scale: float) -> None:
    """The demo's street, and its keys for production."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "--scale", str(scale), "--build-only"]
    subprocess.run(command, cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL)
    keys = json.loads((Path(environ["CASEMGR_DATA_DIR"]) / "local-secrets.json").read_text(encoding="utf-8"))
    environ |= {f"CASEMGR_{name.upper()}": value for name, value in keys.items()} | {"CASEMGR_ENVIRONMENT": "production"}


def started(name: str, command: list[str], folder: Path, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process that writes its log into the folder."""
    with open(folder / f"{name}.log", "wb") as log:
        return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=subprocess.STDOUT)


def wait_for(port: int, web: subprocess.Popen[bytes]) -> None:
    """Until the pages answer."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and web.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server under attack did not start in {PATIENCE} s")


@contextmanager
def target(*, scale: float = 0.02, kind: str = "sqlite", **settings: Any) -> Iterator[Target]:
    """The installation, for the time of the block. `settings` go before those of `environment`."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    sink, smtp, port = Sink(), free_port(), free_port()
    mails = Controller(sink, hostname="127.0.0.1", port=smtp)
    mails.start()
    with TemporaryDirectory(prefix="casemgr-security-") as name, database(kind, Path(name)) as url:
        folder = Path(name)
        environ = environment(folder, url, port, smtp) | {f"CASEMGR_{k.upper()}": str(v) for k, v in settings.items()}
        build(environ, scale)
        web = started("web", [sys.executable, "-m", "gunicorn"], folder, environ)
        jobs = started("jobs", [sys.executable, "-m", "casemgr.jobs"], folder, environ)
        try:
            wait_for(port, web)
            yield Target(port, folder, url, environ, sink, web, jobs)
        finally:
            for process in (web, jobs):
                process.terminate()
            for process in (web, jobs):
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
            mails.stop()
