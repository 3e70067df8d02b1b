"""The days a daily job has been done for: a unique row, written in the transaction of the work itself."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.config import Settings
from casemgr.jobs.site import Done, Site
from casemgr.models import DailySlot


def local_day(settings: Settings, at: datetime) -> date:
    """The date at the office."""
    return at.astimezone(ZoneInfo(settings.timezone)).date()


def take(session: Session, job: str, on: date, at: datetime) -> bool:
    """Mark a day as done; False when it is already. Two at once: the second waits, then finds it done."""
    return db.insert_new(session, DailySlot.__table__, [{"job": job, "on_date": on, "done_at": at}]) == 1


def is_done(session: Session, job: str, on: date) -> bool:
    """Whether a day has been done."""
    return session.get(DailySlot, (job, on)) is not None


def days_done(session: Session, job: str) -> set[date]:
    """The days that have been done."""
    return set(session.scalars(select(DailySlot.on_date).where(DailySlot.job == job)))


def once(site: Site, job: str, at: datetime, work: Callable[[Session], Mapping[str, int]]) -> Done:
    """Do a day's work and mark the day, both or neither; nothing when the day has been done."""
    on = local_day(site.settings, at)
    with site.sessions() as session, db.transaction(session):
        if not take(session, job, on, at):
            return Done()
        return Done(dict(work(session)))
