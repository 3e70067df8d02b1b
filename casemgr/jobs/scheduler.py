"""The clockwork of one scheduler process: APScheduler with jobs in memory. All that must not be lost stands in the database."""

import random
import time
from datetime import datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from casemgr.clock import Clock, SystemClock
from casemgr.jobs import timetable
from casemgr.jobs.runs import run_recorded
from casemgr.jobs.site import Job, Site
from casemgr.jobs.table import JOBS

TICK = 30  # seconds between two looks at the timetable
SOON = 2.0  # seconds within which the first runs begin, at random, so that schedulers started together spread out
JUMPED = 5.0  # seconds: so far may the computer's clock and its ticking part before the jobs are placed anew
NEVER_MISSED = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


def make_scheduler(site: Site, clock: Clock) -> BackgroundScheduler:
    """A scheduler that runs every job as often as the table and the settings say; not started yet."""
    scheduler = BackgroundScheduler(
        timezone="UTC", executors={"default": ThreadPoolExecutor(len(JOBS) + 2)}, job_defaults=NEVER_MISSED
    )

    def add(name: str, work: object, seconds: float) -> None:
        scheduler.add_job(work, "interval", seconds=seconds, id=name, next_run_time=soon())

    for job in JOBS.values():
        if job.daily is None:
            add(job.name, recorded(site, job, clock), seconds_between(site, job))
    add("timetable", lambda: timetable.tick(site, JOBS, clock.now), TICK)
    add("lease", lambda: keep_lease(site), max(site.settings.jobs_lease_seconds / 3, 1))
    return scheduler


def soon() -> datetime:
    """An instant within the next seconds, by the computer's clock: APScheduler knows no other."""
    return SystemClock().now() + timedelta(seconds=random.uniform(0, SOON))  # noqa: S311


class Watch:
    """Sees the computer's clock being put forward or back. Put back, all jobs would wait until it gets there again."""

    def __init__(self) -> None:
        self.apart = self.look()

    def look(self) -> float:
        """How far the clock is from what ticks evenly, in seconds."""
        return SystemClock().now().timestamp() - time.monotonic()

    def place_anew(self, scheduler: BackgroundScheduler) -> float:
        """Let all jobs run soon if the clock jumped since the last look; by how many seconds it did, 0 if not."""
        before, self.apart = self.apart, self.look()
        by = self.apart - before
        if abs(by) < JUMPED:
            return 0.0
        for job in scheduler.get_jobs():
            job.modify(next_run_time=soon())
        return by


def recorded(site: Site, job: Job, clock: Clock) -> object:
    """The job as APScheduler calls it."""
    return lambda: run_recorded(site, job, clock.now)


def seconds_between(site: Site, job: Job) -> int:
    """How often a job runs."""
    return int(getattr(site.settings, job.every)) if isinstance(job.every, str) else job.every


def keep_lease(site: Site) -> None:
    """Renew the timetable's lease while a long job runs; the one whose holder is gone changes hands."""
    timetable.hold(site)
