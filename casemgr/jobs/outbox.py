"""The outbox: waiting mails claimed for a while, sent, and marked one by one; what fails is tried again, ever later.

A claim is a lease on rows by the database's clock, so that a killed sender's mails go on. Quiet hours, the cap for one
person and the switch that stops all mail are looked at before anything is claimed.
"""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo


from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.config import Settings
from casemgr.jobs.mails import MOST_LINES, Parcel, Postman, Rejected, Unreachable, compose
from casemgr.jobs.site import Done, Site, late_by
from casemgr.logs import get_logger
from casemgr.models import Account, Notice, Outgoing
from casemgr.queries.mails import load_lines, sent_since

BATCH = 50  # rows a claim
HOUR = timedelta(hours=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
TABLE = Outgoing.__table__
log = get_logger(__name__)


def run(site: Site, at: datetime) -> Done:
    """Send every mail that may go at `at`. Without a mail server waiting mails are dropped: the inbox has them."""
    settings = site.settings
    ready = is_ready(at, is_quiet(settings, at))
    with site.readings() as session:
        first = session.scalar(select(func.min(TABLE.c.not_before)).where(ready))
    if first is None or not settings.mail_enabled:
        return Done({})
    if not settings.smtp_host:
        return Done({"dropped": drop_all(site, ready)})
    counts: Counter[str] = Counter()
    with Postman(settings) as postman:
        while deliver_batch(site, postman, at, ready, counts):
            pass
    return Done(dict(counts), late_by(at, max(first, quiet_ended(settings, at) or first)))


def is_ready(at: datetime, quiet: bool) -> ColumnElement[bool]:
    """Waiting mails whose time has come; in quiet hours the urgent ones alone."""
    ready = and_(TABLE.c.channel == "mail", TABLE.c.state == "waiting", TABLE.c.not_before <= at)
    urgent = select(Notice.id).where(Notice.id == TABLE.c.notice_id, Notice.urgent.is_(True)).exists()
    return and_(ready, urgent) if quiet else ready


def is_quiet(settings: Settings, at: datetime) -> bool:
    """Whether the local time lies in [from, to), which may run over midnight."""
    now = at.astimezone(ZoneInfo(settings.timezone)).time()
    start, end = settings.mail_quiet_from, settings.mail_quiet_to
    if start <= end:
        return start <= now < end
    return now >= start or now < end


def quiet_ended(settings: Settings, at: datetime) -> datetime | None:
    """When the quiet hours last ended: nothing was late before; None where there are none."""
    if settings.mail_quiet_from == settings.mail_quiet_to:
        return None
    local = at.astimezone(ZoneInfo(settings.timezone))
    end = datetime.combine(local.date(), settings.mail_quiet_to, local.tzinfo)
    return end if end <= local else end - timedelta(days=1)


def drop_all(site: Site, ready: ColumnElement[bool]) -> int:
    """No mail server: nothing will ever be sent, so nothing waits."""
    with site.sessions() as session, db.transaction(session):
        done = session.connection().execute(update(TABLE).where(ready).values(state="dropped", error="no mail server"))
        return done.rowcount


def deliver_batch(site: Site, postman: Postman, at: datetime, ready: ColumnElement[bool], counts: Counter[str]) -> bool:
    """Claim some mails and send them; whether there may be more."""
    began = time.monotonic()
    with site.sessions() as session, db.transaction(session):
        parcels, claimed = pack(session, site, at, ready)
    for place, parcel in enumerate(parcels):
        if time.monotonic() - began > lease(site.settings).total_seconds() / 2:
            release(site, [p.row_id for p in parcels[place:]])
            return True
        try:
            deliver(site, postman, parcel, at, counts)
        except Unreachable as error:
            log.warning("mail.unreachable", fault=str(error))
            release(site, [p.row_id for p in parcels[place:]])
            counts["unreachable"] += 1
            return False
    return claimed > 0


def lease(settings: Settings) -> timedelta:
    """How long a claim holds: a mail that hangs must end before it does."""
    return timedelta(seconds=max(settings.jobs_lease_seconds, 3 * settings.smtp_timeout_seconds))


def pack(session: Session, site: Site, at: datetime, ready: ColumnElement[bool]) -> tuple[list[Parcel], int]:
    """Claim rows and make parcels of them: at most the cap for one person, what is more as one. How many were claimed."""
    rows = claim(session, site, ready)
    accounts = {row.account_id for row in rows}
    recent = sent_since(session, accounts, at - HOUR)
    addresses = receivers(session, accounts)
    parcels: list[Parcel] = []
    for account in sorted(accounts):
        mine = [row for row in rows if row.account_id == account]
        if account not in addresses:
            settle(session, [row.id for row in mine], state="dropped", error="no address")
            continue
        room = site.settings.mail_hourly_cap - len(recent.get(account, ()))
        if room <= 0:
            postpone(session, site, account, recent[account][0] + HOUR, ready)
            continue
        parcels += fitted(session, site, mine, room, ready, addresses[account])
    return parcels, len(rows)


def claim(session: Session, site: Site, ready: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Take the next rows for a while, those tried before and urgent ones first: one statement."""
    now = db.now(session)
    urgent = select(Notice.urgent).where(Notice.id == TABLE.c.notice_id).scalar_subquery()
    wanted = (
        select(TABLE.c.id)
        .where(ready, is_free(now))
        .order_by(TABLE.c.attempts == 0, func.coalesce(urgent, False).desc(), TABLE.c.not_before, TABLE.c.id)
        .limit(BATCH)
    )
    locked = db.lock_rows(session, wanted, skip=True).cte("wanted")
    taken = (
        update(TABLE)
        .where(TABLE.c.id.in_(select(locked.c.id)))
        .values(claimed_by=site.worker, claimed_until=now + lease(site.settings))
        .returning(TABLE.c.id, TABLE.c.key, TABLE.c.account_id, TABLE.c.attempts, TABLE.c.body, urgent.label("urgent"))
    )
    return sorted(session.execute(taken), key=lambda row: (row.attempts == 0, not row.urgent, row.id))


def is_free(now: datetime) -> ColumnElement[bool]:
    """Claimed by nobody, or by one whose claim has run out."""
    return or_(TABLE.c.claimed_until.is_(None), TABLE.c.claimed_until < now)


def receivers(session: Session, accounts: set[int]) -> dict[int, tuple[str, str]]:
    """Account -> (address, language), for those active and with an address."""
    query = select(Account.id, Account.email, Account.locale)
    found = session.execute(query.where(Account.id.in_(accounts), Account.active.is_(True), Account.email != ""))
    return {id: (email, locale) for id, email, locale in found}


def fitted(
    session: Session, site: Site, rows: list[Row[Any]], room: int, ready: ColumnElement[bool], to: tuple[str, str]
) -> list[Parcel]:
    """One parcel a row while there is room; the last place takes all the rest that wait for this person."""
    mine = TABLE.c.account_id == rows[0].account_id
    free = or_(is_free(db.now(session)), TABLE.c.claimed_by == site.worker)
    waiting = session.execute(select(TABLE.c.id, TABLE.c.attempts).where(ready, mine, free).order_by(TABLE.c.id)).all()
    if len(waiting) <= room:
        return parcels_of(session, rows, to)
    singles = [row for row in rows if row.attempts][:room] or rows[: room - 1]  # what was tried goes out as it was
    rest = [id for id, attempts in waiting if not attempts and id not in {row.id for row in singles}]
    if len(singles) == room or not rest:
        settle(session, [row.id for row in rows if row not in singles])
        return parcels_of(session, singles, to)
    return parcels_of(session, [*singles, gather(session, site, rest)], to)


def gather(session: Session, site: Site, ids: list[int]) -> Row[Any]:
    """Merge these rows into one mail, carried by the first: written down, so that another try sends the same mail."""
    carrier, *others = ids
    settle(session, others, state="merged", body={"carrier": carrier})
    made = (
        update(TABLE)
        .where(TABLE.c.id == carrier)
        .values(body={"rows": ids}, claimed_by=site.worker, claimed_until=db.now(session) + lease(site.settings))
        .returning(TABLE.c.id, TABLE.c.key, TABLE.c.account_id, TABLE.c.attempts, TABLE.c.body)
    )
    return session.execute(made).one()


def parcels_of(session: Session, rows: Sequence[Row[Any]], to: tuple[str, str]) -> list[Parcel]:
    """Rows with their notices, counted as tried once more."""
    listed = {row.id: (row.body or {}).get("rows", [row.id]) for row in rows}
    lines = load_lines(session, {id for ids in listed.values() for id in ids[:MOST_LINES]})
    tried = update(TABLE).where(TABLE.c.id.in_(listed)).values(attempts=TABLE.c.attempts + 1)
    session.execute(tried)
    return [
        Parcel(
            row.id, row.key, *to, row.attempts + 1, [lines[id] for id in listed[row.id][:MOST_LINES]],
            rest=max(len(listed[row.id]) - MOST_LINES, 0),
        )
        for row in rows
    ]  # fmt: skip


def settle(session: Session, ids: Sequence[int], **values: Any) -> None:
    """Let go of rows, with what became of them."""
    if ids:
        session.execute(update(TABLE).where(TABLE.c.id.in_(ids)).values(claimed_by="", claimed_until=None, **values))


def postpone(session: Session, site: Site, account: int, until: datetime, ready: ColumnElement[bool]) -> None:
    """The cap is reached: everything for this person waits until there is room again."""
    free = or_(is_free(db.now(session)), TABLE.c.claimed_by == site.worker)
    waiting = update(TABLE).where(ready, TABLE.c.account_id == account, free)
    session.execute(waiting.values(not_before=until, claimed_by="", claimed_until=None))


def release(site: Site, ids: Sequence[int]) -> None:
    """Give back claimed rows that were not tried: no try is counted, but what was packed once stays packed (1)."""
    with site.sessions() as session, db.transaction(session):
        settle(session, ids, attempts=case((TABLE.c.attempts > 1, TABLE.c.attempts - 1), else_=1))


def deliver(site: Site, postman: Postman, parcel: Parcel, at: datetime, counts: Counter[str]) -> None:
    """Send one parcel and note what came of it; a mail that cannot be written is its own fault. Raises Unreachable."""
    try:
        postman.send(compose(parcel, site.settings, at))
    except Unreachable:
        raise
    except Rejected as error:
        put_off(site, parcel, at, counts, f"SMTP {error.code}", final=error.final)
    except Exception as error:
        log.exception("mail.not_written", row=parcel.row_id)
        put_off(site, parcel, at, counts, type(error).__name__, final=False)
    else:
        counts["sent"] += 1
        if not note(site, parcel, {"state": "sent", "sent_at": at, "error": ""}):
            counts["overtaken"] += 1


def put_off(site: Site, parcel: Parcel, at: datetime, counts: Counter[str], error: str, *, final: bool) -> None:
    """Try again later, or give up."""
    again = not final and parcel.attempts < site.settings.mail_attempts
    counts["retry" if again else "failed"] += 1
    values: dict[str, Any] = {"state": "waiting", "not_before": at + pause(parcel.attempts)} if again else {"state": "failed"}
    note(site, parcel, values | {"error": error})


def pause(attempts: int) -> timedelta:
    """How long to wait after so many tries: a minute, doubled each time, at most six hours."""
    return min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)


def note(site: Site, parcel: Parcel, values: dict[str, Any]) -> bool:
    """Write down what became of a parcel, if it is still this worker's."""
    mine = and_(TABLE.c.id == parcel.row_id, TABLE.c.claimed_by == site.worker)
    with site.sessions() as session, db.transaction(session):
        done = session.connection().execute(update(TABLE).where(mine).values(claimed_by="", claimed_until=None, **values))
        return done.rowcount == 1
