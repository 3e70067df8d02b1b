"""The nightly check: chains that grew, deadlines against their facts, numbers of boards against the matters, posts that stand empty while matters wait.

Reading is done without a lock; the day's anchor, the alarms and the slot are one transaction.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.jobs import slots
from casemgr.jobs.digests import summary
from casemgr.jobs.site import Done, Site
from casemgr.logs import get_logger
from casemgr.models import Account, Anchor, Appointment, Case, Post
from casemgr.queries.actors import holding_on
from casemgr.queries.areas import load_paths
from casemgr.services import tally
from casemgr.services.books import load_books
from casemgr.services.recount import verify_deadlines
from casemgr.services.telling import filled_posts, write_notices

NAME = "integrity"
BROKEN, VACANT = "integrity.broken", "digest.vacant"
log = get_logger(__name__)


def run(site: Site, at: datetime) -> Done:
    """Check, anchor the trail, and tell whoever must act; once a day."""
    on = slots.local_day(site.settings, at)
    with site.readings() as session:
        if slots.is_done(session, NAME, on):
            return Done()
        last = audit.last_anchor(session)
        events, broken = audit.verify_since(session, last.made_at) if last else audit.verify(session)
        deadlines, differing = verify_deadlines(session)
    numbers, miscounts = verify_tallies(site, at)
    with site.sessions() as session, db.transaction(session):
        db.gather_statistics(session)
    for fault in broken:
        log.error("integrity.chain", stream=fault.stream, stream_id=fault.stream_id, seq=fault.seq)
    for difference in differing:
        log.error("integrity.deadline", case=difference.case_id, key=difference.key, what=difference.what)
    for wrong in miscounts:
        log.error("integrity.tally", area=wrong.area_id, facet=wrong.facet, mark=wrong.mark, kept=wrong.kept, counted=wrong.counted)
    faults = len(broken) + len(differing) + len(miscounts)
    counts = Counter(events=events, deadlines=deadlines, numbers=numbers, faults=faults)
    with site.sessions() as session, db.transaction(session):
        if not slots.take(session, NAME, on, at):
            return Done()
        anchor(session, on - timedelta(days=1), at)
        counts["vacant"] = tell_of_vacancies(session, at)
        tell_of_faults(session, counts["faults"], at)
    return Done(dict(counts))


def verify_tallies(site: Site, at: datetime) -> tuple[int, list[tally.Miscount]]:
    """The numbers of boards against what the matters give, as of one state of the data; nothing before they were counted."""
    with site.readings() as session:
        return tally.verify(session, at) if tally.is_counted(tally.steady(session)) else (0, [])


def anchor(session: Session, on: date, at: datetime) -> None:
    """The digest over all heads, chained to the anchor before. One a day."""
    last = audit.last_anchor(session)
    if last and last.on_date >= on:
        return
    heads, digest = audit.anchor_digest(session, last.digest if last else audit.START)
    session.add(Anchor(on_date=on, heads=heads, digest=digest, prev=last.digest if last else audit.START, made_at=at))
    session.flush()


def tell_of_faults(session: Session, count: int, at: datetime) -> None:
    """Tell the audit and system administrators of what is broken."""
    if not count:
        return
    admins = (
        select(Appointment.account_id)
        .join(Post, Post.id == Appointment.post_id)
        .join(Account, Account.id == Appointment.account_id)
        .where(Post.role.in_(("audit_admin", "system_admin")), Account.active.is_(True))
        .where(or_(Appointment.to_on.is_(None), Appointment.to_on >= load_books(session).calendar.local(at).date()))
    )
    accounts = sorted(set(session.scalars(admins)))
    write_notices(session, [summary(account, BROKEN, at, urgent=True, count=count) for account in accounts])


def tell_of_vacancies(session: Session, at: datetime) -> int:
    """One alarm a day to whoever stands above an empty post that matters wait for; how many posts are empty."""
    empty = vacancies(session, at)
    paths = load_paths(session, {area for _, area in empty})
    on = load_books(session).calendar.local(at).date()
    fill = filled_posts(session, {up for path in paths.values() for up, _ in path}, on)
    told: dict[int, Counter[str]] = {}
    for (_, area), matters in empty.items():
        for account in stand_ins(paths[area], fill):
            told.setdefault(account, Counter()).update(posts=1, matters=matters)
    write_notices(session, [summary(account, VACANT, at, posts=counts["posts"], matters=counts["matters"]) for account, counts in sorted(told.items())])
    return len(empty)


def vacancies(session: Session, at: datetime) -> dict[tuple[str, int], int]:
    """(role, area) -> open matters that wait for a post nobody fills, for nobody at all, or for a person who has left."""
    on = load_books(session).calendar.local(at).date()
    at_a_post = exists().where(Appointment.account_id == Case.holder_id, holding_on(on))
    waiting = (
        select(Case.holder_role, func.coalesce(Case.holder_area_id, Case.area_id), func.count())
        .outerjoin(Account, Account.id == Case.holder_id)
        .where(Case.closed_at.is_(None), Case.history.is_(False))
        .where(or_(Case.holder_id.is_(None), Account.active.is_(False), ~at_a_post))
        .where(or_(Case.holder_department_id.is_(None), Case.holder_department_id.not_in(manned_offices(on))))
        .group_by(Case.holder_role, func.coalesce(Case.holder_area_id, Case.area_id))
    )
    found = {(role, area): matters for role, area, matters in session.execute(waiting)}
    fill = filled_posts(session, {area for _, area in found}, on)
    return {duty: matters for duty, matters in found.items() if not fill.get(duty)}


def manned_offices(on: date) -> Any:
    """A select of the departments that have a liaison on a day."""
    return (
        select(Post.department_id)
        .join(Appointment, Appointment.post_id == Post.id)
        .join(Account, Account.id == Appointment.account_id)
        .where(Post.role == "liaison", Post.department_id.is_not(None), holding_on(on), Account.active.is_(True))
    )


def stand_ins(path: Iterable[tuple[int, str]], fill: dict[tuple[str, int], list[int]]) -> set[int]:
    """The nearest secretary above, and the command centre of the street."""
    order = list(path)
    secretary = next((found for area, _ in reversed(order) if (found := fill.get(("secretary", area)))), [])
    operators = [account for area, level in order if level == "street" for account in fill.get(("operator", area), ())]
    return {*secretary, *operators}
