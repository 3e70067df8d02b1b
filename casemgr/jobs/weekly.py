"""The weekly digest, on the first day that casemgr runs in a week: what came in, was closed, is open and is overdue in sight
of each person. Only numbers; those who have none are left out.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.jobs import slots
from casemgr.jobs.digests import Row, read_each, summary
from casemgr.jobs.site import Done, Site
from casemgr.models import Account, Appointment, Case, Post
from casemgr.policy import STAFF, Actor, visible
from casemgr.queries.actors import holding_on, load_actor
from casemgr.queries.filters import own_matters
from casemgr.services.books import load_books
from casemgr.services.telling import write_notices
from workflows.record_steps import JOINED

NAME, WEEK, CODE = "weekly", "weekly.week", "digest.weekly"
COUNTED = ("closed", "come", "open", "overdue")


def run(site: Site, at: datetime) -> Done:
    """Queue this week's digests, once a week; a day without them is marked as well. They are read before anything is locked."""
    on = slots.local_day(site.settings, at)
    monday = on - timedelta(days=on.weekday())
    with site.readings() as session:
        done = slots.is_done(session, NAME, on) or slots.is_done(session, WEEK, monday)
        rows, counts = ([], Counter()) if done else read_digests(session, at, monday)
    with site.sessions() as session, db.transaction(session):
        if not slots.take(session, NAME, on, at) or not slots.take(session, WEEK, monday, at):
            return Done()
        write_notices(session, rows)
        return Done(dict(+counts))


def read_digests(session: Session, at: datetime, monday: date) -> tuple[list[Row], Counter[str]]:
    """One notice for each person at a post."""
    calendar = load_books(session).calendar
    end, start = calendar.instant(monday, 0), calendar.instant(monday - timedelta(days=7), 0)
    accounts = people(session, calendar.local(at).date())
    return read_each(session, accounts, lambda account: digest_of(session, account, at, start, end))


def people(session: Session, on: date) -> Iterable[int]:
    """Everybody who works on matters that day."""
    query = (
        select(Account.id)
        .join(Appointment, Appointment.account_id == Account.id)
        .join(Post, Post.id == Appointment.post_id)
        .where(holding_on(on), Account.active.is_(True), Post.role.in_(STAFF))
    )
    return session.scalars(query.distinct().order_by(Account.id)).all()


def digest_of(session: Session, account: int, at: datetime, start: datetime, end: datetime) -> Row | None:
    """The notice of one account, or none."""
    actor = load_actor(session, account, load_books(session).calendar.local(at).date())
    if actor is None:
        return None
    values = session.execute(numbers(actor, at, start, end)).one()
    found: dict[str, Any] = {name: int(value or 0) for name, value in zip(COUNTED, values, strict=True)}
    return summary(account, CODE, at, **found) if any(found.values()) else None


def numbers(actor: Actor, at: datetime, start: datetime, end: datetime) -> Select[Any]:
    """The numbers of COUNTED over the matters in sight: one query."""
    is_open = Case.closed_at.is_(None)
    closed, come = (and_(column >= start, column < end) for column in (Case.closed_at, Case.registered_at))
    closed = and_(closed, or_(Case.process == "incoming", Case.state != JOINED))  # a matter that goes on as part of another is not
    conditions = (closed, come, is_open, and_(is_open, Case.next_due_at <= at))
    own = or_(own_matters(), Case.department_id.in_(actor.departments or (0,)))
    return select(*(func.sum(case((condition, 1), else_=0)) for condition in conditions)).where(
        visible(actor), own, Case.history.is_(False), or_(is_open, Case.closed_at >= start)
    )
