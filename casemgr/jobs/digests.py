"""The morning digest: each person with something due today or overdue gets one notice with the two numbers.

Only what waits for the person or one of his posts counts, and only what he may see.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from casemgr.jobs import slots
from casemgr.jobs.site import Done, Site
from casemgr.logs import get_logger
from casemgr.models import Case
from casemgr.policy import Actor, visible
from casemgr.queries.absences import deputies_on
from casemgr.queries.actors import load_actor
from casemgr.queries.lines import waiting_for
from casemgr.services.books import load_books
from casemgr.services.telling import filled_posts, write_notices

NAME, CODE = "digests", "digest.morning"
log = get_logger(__name__)


def run(site: Site, at: datetime) -> Done:
    """Queue today's digests, once a day."""
    return slots.once(site, NAME, at, lambda session: write_digests(session, at))


def write_digests(session: Session, at: datetime) -> Counter[str]:
    """One notice for each account that has something; an account that fails is logged and left out."""
    calendar = load_books(session).calendar
    on = calendar.local(at).date()
    until = calendar.instant(on + timedelta(days=1), 0)
    counts: Counter[str] = Counter()
    working = set(accounts_with_work(session, at, until))
    for account in sorted(working | set(deputies_on(session, working, on).values())):
        try:
            with session.begin_nested():
                counts["digests"] += write_digest(session, account, at, until)
        except Exception:
            log.exception("digest.failed", account=account)
            counts["failed"] += 1
    return +counts


def pressing(until: datetime) -> ColumnElement[bool]:
    """Open matters with a deadline that ends before that instant."""
    return and_(Case.closed_at.is_(None), Case.history.is_(False), Case.next_due_at <= until)


def accounts_with_work(session: Session, at: datetime, until: datetime) -> Iterable[int]:
    """Every account that a pressing matter waits for, by name or by post."""
    named = select(Case.holder_id).where(pressing(until), Case.holder_id.is_not(None)).distinct()
    yield from (account for account in session.scalars(named) if account)
    by_post = select(Case.holder_role, Case.holder_area_id).where(pressing(until), Case.holder_id.is_(None)).distinct()
    duties = {(role, area) for role, area in session.execute(by_post) if area}
    on = load_books(session).calendar.local(at).date()
    for post, accounts in filled_posts(session, {area for _, area in duties}, on).items():
        if post in duties:
            yield from accounts


def write_digest(session: Session, account: int, at: datetime, until: datetime) -> int:
    """The notice of one account, or none."""
    actor = load_actor(session, account, load_books(session).calendar.local(at).date())
    if actor is None:
        return 0
    overdue, today = session.execute(numbers(actor, at, until)).one()
    if not overdue and not today:
        return 0
    write_notices(session, [summary(account, CODE, at, overdue=int(overdue or 0), today=int(today or 0))])
    return 1


def numbers(actor: Actor, at: datetime, until: datetime) -> Select[Any, Any]:
    """How many of his pressing matters are overdue, and how many fall due today."""
    mine = waiting_for(actor)
    late = func.sum(case((Case.next_due_at <= at, 1), else_=0))
    return select(late, func.count() - late).where(pressing(until), mine, visible(actor))


def summary(account: int, code: str, at: datetime, *, urgent: bool = False, **params: int) -> dict[str, Any]:
    """A notice that is about no single matter."""
    return {
        "account_id": account, "case_id": None, "seq": None, "code": code, "params": params, "urgent": urgent,
        "created_at": at, "read_at": None,
    }  # fmt: skip
