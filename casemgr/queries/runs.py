"""What the schedulers did: their last sign of life, the runs of each job, and what waits in the outbox. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from casemgr.models import JobRun, Lease, Outgoing

RECENT = timedelta(days=7)
DAY_COUNTED = "rollups.day"  # the slot of a day whose numbers are counted


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job as it stands: its last run, its last run that did something, its failures of the last days."""

    last: JobRun | None
    busy: JobRun | None
    failures: int
    lateness: float


@dataclass(frozen=True, slots=True)
class Outbox:
    """How many mails are in which state, and since when the first one waits."""

    states: dict[str, int]
    waiting_since: datetime | None


def find_last_sign(connection: Connection | Session) -> datetime | None:
    """When any job of any scheduler last began, or None when none ever did."""
    return connection.execute(select(JobRun.started_at).order_by(JobRun.id.desc()).limit(1)).scalar()


def load_job_lines(session: Session, names: Sequence[str], now: datetime) -> dict[str, JobLine]:
    """Job -> how it stands: four small queries for all of them."""
    last = newest(session, select(func.max(JobRun.id)).group_by(JobRun.job))
    busy = newest(session, select(func.max(JobRun.id)).where(JobRun.idle.is_(False), JobRun.error == "").group_by(JobRun.job))
    recent = select(JobRun.job, func.count(), func.max(JobRun.lateness)).where(JobRun.started_at > now - RECENT)
    failures = {job: count for job, count, _ in session.execute(recent.where(JobRun.error != "").group_by(JobRun.job))}
    late = {job: most for job, _, most in session.execute(recent.group_by(JobRun.job))}
    return {
        name: JobLine(last.get(name), busy.get(name), failures.get(name, 0), late.get(name) or 0.0) for name in names
    }


def newest(session: Session, ids: object) -> dict[str, JobRun]:
    """Job -> the run of these ids."""
    return {run.job: run for run in session.scalars(select(JobRun).where(JobRun.id.in_(ids)))}  # type: ignore[arg-type]


def load_failures(session: Session, limit: int = 20) -> Sequence[JobRun]:
    """The latest runs that failed, newest first."""
    return session.scalars(select(JobRun).where(JobRun.error != "").order_by(JobRun.id.desc()).limit(limit)).all()


def load_outbox(session: Session) -> Outbox:
    """The outbox in numbers."""
    states = dict(session.execute(select(Outgoing.state, func.count()).group_by(Outgoing.state)).all())
    since = session.scalar(select(func.min(Outgoing.not_before)).where(Outgoing.state == "waiting"))
    return Outbox(states, since)


def find_lease(session: Session, name: str) -> Lease | None:
    """Who holds a lease, and until when; None when nobody ever did."""
    return session.scalars(select(Lease).where(Lease.name == name)).first()
