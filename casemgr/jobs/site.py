"""What a job is given and what it gives back. Entry points make a Site once and pass it down with the time."""

import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from casemgr import db, walcopy
from casemgr.clock import SystemClock
from casemgr.config import Settings
from casemgr.keys import Keyring


@dataclass(frozen=True)
class Site:
    """One installation as jobs see it. `worker` names this process in leases, claims and runs."""

    engine: Engine
    sessions: sessionmaker[Session]
    readings: sessionmaker[Session]
    settings: Settings
    worker: str


@dataclass(frozen=True)
class Done:
    """What a run did: counts by name, and by how many seconds the earliest work it found was late."""

    counts: Mapping[str, int] = field(default_factory=dict)
    lateness: float = 0.0


@dataclass(frozen=True)
class Job:
    """A line of the table: `every` names the setting (or gives the seconds) between runs, `daily` is a local time."""

    name: str
    label: str
    run: Callable[[Site, datetime], Done]
    every: str | int = 0
    daily: time | None = None


def open_site(settings: Settings, engine: Engine | None = None) -> Site:
    """The site of these settings, with sessions that know the keys and the files."""
    engine = engine or db.make_engine(
        settings.database_url, durable=settings.environment != "test", pooler=settings.database_pooler
    )
    info = {"keys": Keyring(settings.sealing_keys, settings.index_key, settings.earlier_index_keys), "files": settings.files_dir}
    sessions, readings = db.make_session(engine), db.make_session(engine, reading=True)
    sessions.configure(info=info)
    readings.configure(info=info)
    walcopy.follow(engine, settings, (sessions,), SystemClock().now)
    return Site(engine, sessions, readings, settings, worker_name())


def worker_name() -> str:
    """A name no other process has: host, process id, and something random since ids come again."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


def late_by(at: datetime, due_at: datetime | None) -> float:
    """Seconds from the time some work was due to the run that found it; 0 when there was none."""
    return max((at - due_at).total_seconds(), 0.0) if due_at else 0.0
