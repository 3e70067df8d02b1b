"""The condition of a running installation as its database tells it: what it promises, what guards it, what is late.

Here: findings with what to do about them. What settings, files and machines tell: casemgr/cli/surroundings.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from casemgr import db, schema
from casemgr.models import Lease
from casemgr.queries import runs
from casemgr.queries.trail import last_check

OK, WARN, FAULT = "ok", "warn", "fault"
RECORDED = ("events", "anchors", "case_facts", "deadline_facts", "rungs_fired", "holdings", "readings")
SILENT = timedelta(minutes=5)  # a scheduler not heard of for so long is missing
LATE = 60.0  # seconds: the promise of the sweep
CLOCKS_APART = 2.0  # seconds between the clocks of database and host
UNCHECKED = timedelta(days=2)  # since the nightly check of the trail
STALE_MAIL = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, "ok", "warn" or "fault", a sentence, and what to do (English msgids)."""

    subject: str
    level: str
    message: str
    hint: str = ""
    params: dict[str, Any] = field(default_factory=dict)


def judged(subject: str, good: bool, message: str, hint: str, level: str = FAULT, **params: Any) -> Finding:
    """A finding that is fine, or of that level and with what to do."""
    return Finding(subject, OK if good else level, message=message, hint="" if good else hint, params=params)


def look_at_schema(connection: Connection) -> Finding:
    """Whether every migration has run."""
    current = schema.at_head(connection)
    return judged(
        "schema", current, message="Every migration up to %(head)s has run: %(has)s.",
        hint="Run: flask --app wsgi migrate", head=schema.head(), has=current,
    )  # fmt: skip


def look_at_durability(connection: Connection) -> Iterator[Finding]:
    """What the database server itself says about keeping what it has acknowledged."""
    if connection.dialect.name == "sqlite":
        mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
        synced = int(connection.exec_driver_sql("PRAGMA synchronous").scalar() or 0)
        keys = int(connection.exec_driver_sql("PRAGMA foreign_keys").scalar() or 0)
        good = mode == "wal" and synced >= 2 and keys == 1
        yield judged(
            "durability", good, message="SQLite: journal_mode %(mode)s, synchronous %(synced)s, foreign_keys %(keys)s.",
            hint="Only casemgr itself opens the file: another programme has changed its mode.", mode=mode, synced=synced, keys=keys,
        )  # fmt: skip
        return
    names = ("fsync", "full_page_writes", "synchronous_commit", "wal_level", "data_checksums")
    rows = connection.execute(
        text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)"), {"names": list(names)}
    )
    said: dict[str, str] = {row[0]: row[1] for row in rows}
    safe = said.get("fsync") == "on" and said.get("full_page_writes") == "on"
    safe = safe and said.get("synchronous_commit") not in ("off", None)
    told = ", ".join(f"{name} {said.get(name, '?')}" for name in names)
    yield judged(
        "durability", safe, message="PostgreSQL: %(told)s.",
        hint="Set fsync, full_page_writes and synchronous_commit to on: otherwise a power cut loses what was acknowledged.", told=told,
    )  # fmt: skip
    role = connection.execute(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).scalar()
    yield judged(
        "database role", not role, level=WARN, message="The programme's database role is a superuser: %(role)s.",
        hint="Give it a role of its own that owns nothing: it could switch the guards of the trail off.", role=bool(role),
    )  # fmt: skip


def look_at_guards(connection: Connection) -> Finding:
    """Whether the triggers that refuse to edit what is recorded are there and switched on."""
    if connection.dialect.name == "sqlite":
        found = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars())
        wanted = {f"{table}_no_{change}" for table in RECORDED for change in ("update", "delete")}
    else:
        query = text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')")
        found = set(connection.execute(query).scalars())
        wanted = {f"{table}_{kind}" for table in RECORDED for kind in ("recorded", "kept")}
    missing = sorted(wanted - found)
    return judged(
        "guards", not missing, message="Triggers that keep the trail: %(count)s of %(all)s.",
        hint="Missing or off: %(missing)s. Find out who did it, verify the trail, then put them back.",
        count=len(wanted) - len(missing), all=len(wanted), missing=", ".join(missing),
    )  # fmt: skip


def look_at_clock(session: Session, now: datetime) -> Finding:
    """Whether database and host agree on the time."""
    apart = abs((db.now(session) - now).total_seconds())
    return judged(
        "clocks", apart <= CLOCKS_APART, message="Clocks of database and host are %(seconds)s s apart.",
        hint="Let both follow the same time server.", seconds=f"{apart:.1f}",
    )  # fmt: skip


def look_at_scheduler(session: Session, now: datetime) -> Iterator[Finding]:
    """Whether the jobs run, run in time, and whether a lease is stuck."""
    seen = runs.find_last_sign(session)
    alive = seen is not None and now - seen <= SILENT
    yield judged(
        "scheduler", alive, message="Scheduler last heard of: %(seen)s.", hint="Start one: python -m casemgr.jobs",
        seen=seen.isoformat(timespec="seconds") if seen else "–",
    )  # fmt: skip
    sweep = runs.load_job_lines(session, ["sweep"], now)["sweep"]
    yield judged(
        "lateness", sweep.lateness <= LATE, level=WARN, message="Most that a due rung was found late in a week: %(late)s s.",
        hint="Start more schedulers, or look for what kept this one.", late=f"{sweep.lateness:.0f}",
    )  # fmt: skip
    failures = runs.load_failures(session, 5)
    recent = [run for run in failures if now - run.started_at < timedelta(days=1)]
    yield judged(
        "job failures", not recent, level=WARN, message="Jobs that failed in a day: %(jobs)s.", hint="The log says where.",
        jobs=", ".join(sorted({run.job for run in recent})) or "–",
    )  # fmt: skip
    stuck = session.scalars(
        select(Lease.name).where(Lease.expires_at < db.now(session) - SILENT).order_by(Lease.name)
    ).all()
    yield judged(
        "leases", not stuck, level=WARN, message="Leases that ran out and nobody took over: %(names)s.",
        hint="No scheduler is alive that could.", names=", ".join(stuck) or "–",
    )  # fmt: skip


def look_at_trail(session: Session, now: datetime) -> Iterator[Finding]:
    """When the nightly check ran last, and what it found."""
    check = last_check(session)
    told = check.at.isoformat(timespec="minutes") if check.at else "–"
    yield judged(
        "nightly check", check.at is not None and now - check.at < UNCHECKED and not check.failed, level=WARN,
        message="Trail and deadlines last checked: %(at)s.", hint="Run: flask --app wsgi job integrity", at=told,
    )  # fmt: skip
    yield judged(
        "integrity", not check.faults, message="Faults that check found: %(count)s.",
        hint="Run flask --app wsgi audit verify, and ask who was at the database.", count=check.faults,
    )  # fmt: skip
    yield judged(
        "anchor", check.anchor_on is not None, level=WARN, message="Newest anchor of the trail: %(on)s.",
        hint="The nightly check makes one a day.", on=check.anchor_on.isoformat() if check.anchor_on else "–",
    )  # fmt: skip


def look_at_mails(session: Session, now: datetime) -> Finding:
    """Whether messages go out."""
    outbox = runs.load_outbox(session)
    late = outbox.waiting_since is not None and now - outbox.waiting_since > STALE_MAIL
    return judged(
        "messages", not late, level=WARN, message="Messages waiting: %(waiting)s, given up: %(failed)s.",
        hint="The first has waited over an hour: look at the mail server.",
        waiting=outbox.states.get("waiting", 0), failed=outbox.states.get("failed", 0),
    )  # fmt: skip
