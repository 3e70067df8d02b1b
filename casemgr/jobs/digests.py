"""The morning digest: each person with something due today or overdue gets one notice with the two numbers, and with
the number and deadline of what presses most. Robots of groups get the numbers of their area.

Only what waits for the person or one of his posts counts, and only what he may see.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.jobs import slots
from casemgr.jobs.site import Done, Site
from casemgr.logs import get_logger
from casemgr.models import Case, Outgoing
from casemgr.policy import Actor, visible, within
from casemgr.queries.absences import deputies_on
from casemgr.queries.actors import load_actor
from casemgr.queries.filters import own_matters
from casemgr.queries.lines import waiting_for
from casemgr.queries.mails import ABOUT
from casemgr.services import carrying
from casemgr.services.books import load_books
from casemgr.services.telling import filled_offices, filled_posts, write_notices
from workflows.roles import TIERS

NAME, CODE, GROUP = "digests", "digest.morning", "digest.group"
FIRST = 5  # matters that a digest names
log = get_logger(__name__)
Row = dict[str, Any]


def run(site: Site, at: datetime) -> Done:
    """Queue today's digests, once a day. They are read before the day is taken: on SQLite nobody else could write meanwhile."""
    on = slots.local_day(site.settings, at)
    with site.readings() as session:
        if slots.is_done(session, NAME, on):
            return Done()
        until = load_books(session).calendar.instant(on + timedelta(days=1), 0)
        rows, counts = read_digests(session, at, until)
    with site.sessions() as session, db.transaction(session):
        if not slots.take(session, NAME, on, at):
            return Done()
        write_notices(session, rows)
        counts["digests"] += tell_groups(session, at, until)
        return Done(dict(+counts))


def read_digests(session: Session, at: datetime, until: datetime) -> tuple[list[Row], Counter[str]]:
    """One notice for each account that has something."""
    on = load_books(session).calendar.local(at).date()
    working = set(accounts_with_work(session, at, until))
    accounts = sorted(working | set(deputies_on(session, working, on).values()))
    return read_each(session, accounts, lambda account: digest_of(session, account, at, until))


def read_each(session: Session, accounts: Iterable[int], read: Callable[[int], Row | None]) -> tuple[list[Row], Counter[str]]:
    """The digests of these accounts, each in a savepoint of its own, and how many there are and how many failed; a failure is
    logged and stops nobody else."""
    rows: list[Row] = []
    failed = 0
    for account in accounts:
        try:
            with session.begin_nested():
                if row := read(account):
                    rows.append(row)
        except Exception:
            log.exception("digest.failed", account=account)
            failed += 1
    return rows, Counter(digests=len(rows), failed=failed)


def pressing(until: datetime) -> ColumnElement[bool]:
    """Open matters with a deadline that ends before that instant."""
    return and_(Case.closed_at.is_(None), Case.history.is_(False), Case.next_due_at <= until)


def accounts_with_work(session: Session, at: datetime, until: datetime) -> Iterable[int]:
    """Every account that a pressing matter waits for, by name or by post."""
    named = select(Case.holder_id).where(pressing(until), Case.holder_id.is_not(None)).distinct()
    yield from (account for account in session.scalars(named) if account)
    place = (Case.holder_role, Case.holder_area_id, Case.holder_department_id)
    by_post = session.execute(select(*place).where(pressing(until), Case.holder_id.is_(None)).distinct()).all()
    duties = {(role, area) for role, area, _ in by_post if area}
    offices = {(role, department) for role, _, department in by_post if department}
    on = load_books(session).calendar.local(at).date()
    for post, accounts in filled_posts(session, {area for _, area in duties}, on).items():
        if post in duties:
            yield from accounts
    for post, accounts in filled_offices(session, {id for _, id in offices}, on).items():
        if post in offices:
            yield from accounts


def digest_of(session: Session, account: int, at: datetime, until: datetime) -> Row | None:
    """The notice of one account, or none."""
    actor = load_actor(session, account, load_books(session).calendar.local(at).date())
    if actor is None:
        return None
    overdue, today = session.execute(numbers(actor, at, until)).one()
    if not overdue and not today:
        return None
    first = session.execute(most_pressing(actor, until)).all()
    named = [[case_id, number or "", process, key, due_at.isoformat()] for case_id, number, process, key, due_at in first]
    return summary(account, CODE, at, overdue=int(overdue or 0), today=int(today or 0), first=named)


def numbers(actor: Actor, at: datetime, until: datetime) -> Select[Any, Any]:
    """How many of his pressing matters are overdue, and how many fall due today."""
    mine = waiting_for(actor)
    late = func.sum(case((Case.next_due_at <= at, 1), else_=0))
    return select(late, func.count() - late).where(pressing(until), mine, visible(actor))


def most_pressing(actor: Actor, until: datetime) -> Any:
    """The first of them: number, deadline and due time."""
    return (
        select(Case.id, func.coalesce(Case.number, ABOUT.number), Case.process, Case.next_due_key, Case.next_due_at)
        .outerjoin(ABOUT, ABOUT.id == Case.parent_id)
        .where(pressing(until), waiting_for(actor), visible(actor))
        .order_by(Case.next_due_at, Case.id)
        .limit(FIRST)
    )


def tell_groups(session: Session, at: datetime, until: datetime) -> int:
    """The numbers of an area for each robot of a group there that is told them, once a day of the office; how many there are."""
    on = load_books(session).calendar.local(at).date()
    rows = [
        carrying.outgoing(
            at, robot.kind, f"digest:{robot.id}:{on}", robot_id=robot.id,
            body={"code": GROUP, "params": numbers_of_area(session, robot.area_id or 0, at, until)},
        )
        for robot in carrying.robots_hearing(session, "digest")
    ]  # fmt: skip
    return db.insert_new(session, Outgoing.__table__, rows)


def numbers_of_area(session: Session, area_id: int, at: datetime, until: datetime) -> dict[str, int]:
    """What is open in an area, but for what is confidential: one query over the open matters."""
    matter, late = and_(own_matters(), Case.process != "incoming"), Case.next_due_at <= at
    counted = {
        "open": matter,
        "red": and_(matter, Case.tier == TIERS[-1], Case.tier_confirmed.is_(True)),
        "today": and_(~late, Case.next_due_at <= until),
        "overdue": late,
        "unsorted": Case.process == "incoming",
    }
    query = select(*(func.sum(case((condition, 1), else_=0)).label(name) for name, condition in counted.items()))
    told = and_(Case.closed_at.is_(None), Case.history.is_(False), Case.confidential.is_(False))
    query = query.where(told, Case.area_id.in_(within([area_id])))
    return {name: int(value or 0) for name, value in zip(counted, session.execute(query).one(), strict=True)}


def summary(account: int, code: str, at: datetime, *, urgent: bool = False, **params: Any) -> Row:
    """A notice that is about no single matter."""
    return {
        "account_id": account, "case_id": None, "seq": None, "code": code, "params": params, "urgent": urgent,
        "created_at": at, "read_at": None,
    }  # fmt: skip
