"""What the database tells of the installation's health, read when it is asked for: jobs, messages, lateness, faults, backups."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from casemgr.jobs import integrity
from casemgr.jobs.site import Site
from casemgr.jobs.sweep import EARLIEST
from casemgr.jobs.table import JOBS
from casemgr.models import LoginAddress
from casemgr.queries import runs

LAST_BACKUP = "last-backup"  # in the data folder, written by `flask backup` and by whatever else backs up
RECENT = timedelta(minutes=15)


class Gauges(Collector):
    """The numbers of one installation; every scheduler tells the same ones."""

    def __init__(self, site: Site, now: Callable[[], datetime]) -> None:
        self.site, self.now = site, now

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing is read before it is asked for."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All of them; when the database does not answer, that alone."""
        at = self.now()
        yield from backup_age(self.site.settings.data_dir / LAST_BACKUP, at)
        try:
            with self.site.readings() as session:
                found = [*of_jobs(session, at), *of_work(session, at)]
        except SQLAlchemyError:
            yield gauge("casemgr_database_up", "Whether the database answers.", 0)
            return
        yield gauge("casemgr_database_up", "Whether the database answers.", 1)
        yield from found


def gauge(name: str, help: str, value: float) -> GaugeMetricFamily:
    """A number without labels."""
    return GaugeMetricFamily(name, help, value=value)


def of_jobs(session: Session, at: datetime) -> Iterator[GaugeMetricFamily]:
    """Each job's last good run, its failures of the week, its lateness; the last nightly check."""
    age = GaugeMetricFamily("casemgr_job_last_success_seconds", "Seconds since a job last ended well.", labels=["job"])
    failed = GaugeMetricFamily("casemgr_job_failures_week", "Runs of a job that failed in the last seven days.", labels=["job"])
    late = GaugeMetricFamily("casemgr_job_lateness_seconds", "How late the work was that the last run found.", labels=["job"])
    lines = runs.load_job_lines(session, list(JOBS), at)
    for name, line in lines.items():
        good = line.last if line.last and line.last.finished_at and not line.last.error else line.busy
        if good and good.finished_at:
            age.add_metric([name], (at - good.finished_at).total_seconds())
            late.add_metric([name], good.lateness)
        failed.add_metric([name], line.failures)
    checked = lines[integrity.NAME].busy
    faults = checked.counts.get("faults", 0) if checked else 0
    yield from (age, failed, late)
    yield gauge("casemgr_integrity_faults", "Faults that the last nightly check found.", faults)


def of_work(session: Session, at: datetime) -> Iterator[GaugeMetricFamily]:
    """What waits: rungs that are due, messages; and log-ins that failed."""
    outbox = runs.load_outbox(session)
    waiting = GaugeMetricFamily("casemgr_outbox_messages", "Messages by state.", labels=["state"])
    for state, count in outbox.states.items():
        waiting.add_metric([state], count)
    since = outbox.waiting_since
    yield waiting
    yield gauge("casemgr_outbox_oldest_seconds", "How long the first waiting message could have gone.", max((at - since).total_seconds(), 0) if since else 0)
    first = session.scalar(EARLIEST)
    yield gauge("casemgr_sweep_behind_seconds", "How long the earliest rung is due that no sweep has taken.", max((at - first).total_seconds(), 0) if first else 0)
    refused = session.scalar(select(func.coalesce(func.sum(LoginAddress.failures), 0)).where(LoginAddress.turn_at > at - RECENT))
    yield gauge("casemgr_login_failures", "Log-ins that failed lately, over all addresses.", float(refused or 0))


def backup_age(path: Path, at: datetime) -> Iterator[GaugeMetricFamily]:
    """Seconds since the last backup; nothing where none was ever told."""
    if path.exists():
        made = datetime.fromisoformat(path.read_text(encoding="utf-8").strip())
        yield gauge("casemgr_backup_age_seconds", "Seconds since the last backup ended.", (at - made).total_seconds())
