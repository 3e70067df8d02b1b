"""Every run of a job on record: begun and ended in transactions of its own, so that a run that fails is on record too."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_, select, update

from casemgr import db
from casemgr.jobs.site import Done, Job, Site, late_by
from casemgr.logs import get_logger
from casemgr.models import JobRun

KEPT = timedelta(days=90)
IDLE_KEPT = timedelta(days=2)  # runs that found nothing to do
log = get_logger(__name__)


def run_recorded(site: Site, job: Job, now: Callable[[], datetime], at: datetime | None = None) -> Done | None:
    """Run a job as of `at` (else now) and record it; None when it failed, which the record and the log tell."""
    began = now()
    run_id = begin(site, job.name, began)
    try:
        done = timed(job.run(site, at or began), site, job, at or began)
    except Exception as error:
        log.exception("job.failed", job=job.name)
        end(site, run_id, now(), error=type(error).__name__)
        return None
    end(site, run_id, now(), done)
    if done.counts:
        log.info("job.done", job=job.name, lateness=round(done.lateness, 1), **done.counts)
    return done


def timed(done: Done, site: Site, job: Job, at: datetime) -> Done:
    """A daily job is as late as its time of the day is past."""
    if job.daily is None or not done.counts:
        return done
    local = at.astimezone(ZoneInfo(site.settings.timezone))
    return replace(done, lateness=late_by(at, datetime.combine(local.date(), job.daily, local.tzinfo)))


def begin(site: Site, name: str, at: datetime) -> int:
    """The id of a run that begins."""
    with site.sessions() as session, db.transaction(session):
        run = JobRun(job=name, started_at=at, counts={}, worker=site.worker)
        session.add(run)
        session.flush()
        return run.id


def end(site: Site, run_id: int, at: datetime, done: Done | None = None, error: str = "") -> None:
    """Write down how a run ended."""
    values: dict[str, Any] = {"finished_at": at, "error": error}
    if done:
        values |= {"counts": dict(done.counts), "lateness": done.lateness, "idle": not done.counts}
    with site.sessions() as session, db.transaction(session):
        session.execute(update(JobRun).where(JobRun.id == run_id).values(values))


def prune(site: Site, at: datetime) -> Done:
    """Forget old runs, and sooner those that found nothing to do; the latest of each job stays."""
    table = JobRun.__table__
    latest = select(func.max(table.c.id)).group_by(table.c.job)
    idle = (table.c.idle.is_(True)) & (table.c.started_at < at - IDLE_KEPT)
    old = or_(table.c.started_at < at - KEPT, idle)
    with site.sessions() as session, db.transaction(session):
        gone = session.connection().execute(delete(table).where(old, table.c.id.not_in(latest))).rowcount
    return Done({"forgotten": gone} if gone else {})
