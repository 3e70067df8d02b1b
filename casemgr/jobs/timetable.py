"""The timetable: daily jobs whose time has passed and whose day is not done. Whoever holds the lease looks every little while.

What was missed while nothing ran is found here, not by a tick at the hour.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from casemgr import db
from casemgr.jobs import leases, slots
from casemgr.jobs.runs import run_recorded
from casemgr.jobs.site import Job, Site
from casemgr.models import JobRun

LEASE = "timetable"
AFTER_FAILURE = timedelta(minutes=10)
Now = Callable[[], datetime]


def hold(site: Site) -> bool:
    """Take or renew the lease."""
    with site.sessions() as session, db.transaction(session):
        length = timedelta(seconds=site.settings.jobs_lease_seconds)
        return leases.keep(session, LEASE, site.worker, length) is not None


def tick(site: Site, jobs: Mapping[str, Job], now: Now) -> None:
    """Run whatever is due today and not done, if this process holds the lease."""
    if not hold(site):
        return
    for job in jobs.values():
        if job.daily is not None and is_due(site, job, now()):
            run_recorded(site, job, now)


def is_due(site: Site, job: Job, at: datetime) -> bool:
    """Whether its local time has passed, its day is not done, and it has not failed just now."""
    local = at.astimezone(ZoneInfo(site.settings.timezone))
    if job.daily is None or local.time() < job.daily:
        return False
    failed = select(JobRun.id).where(JobRun.job == job.name, JobRun.error != "", JobRun.started_at > at - AFTER_FAILURE)
    with site.readings() as session:
        return not slots.is_done(session, job.name, local.date()) and session.scalars(failed.limit(1)).first() is None


def let_go(site: Site) -> None:
    """Hand the lease over at a regular end."""
    with site.sessions() as session, db.transaction(session):
        leases.give_up(session, LEASE, site.worker)
