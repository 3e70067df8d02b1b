"""The outbox: waiting messages claimed for a while, sent, and marked one by one; what fails is tried again, ever later.

Rows are claimed lane by lane: a lane is one receiver, and whoever packs for it has it to himself, so that the cap is
counted exactly; another process waits for a moment. Quiet hours, the cap and the switches are looked at before anything is claimed.
"""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.config import Settings
from casemgr.jobs import mails, robots
from casemgr.jobs.claims import BATCH, claim, is_elsewhere, is_free, lease, note, pause, release, settle
from casemgr.jobs.parcels import NoAnswer, Parcel, Rejected, Target, Throttled, Unreachable
from casemgr.jobs.site import Done, Site, late_by
from casemgr.logs import get_logger
from casemgr.models import Account, NoticeChoice, Outgoing, Robot
from casemgr.queries.mails import LANE, load_lines, sent_since, to_lanes
from workflows.notice_groups import MAIL, ROBOTS

HOUR = timedelta(hours=1)
DONE_KEPT = timedelta(days=90)  # messages that went out, or never will
LOOKS, BETWEEN_LOOKS = 20, 0.05  # how often, and after how many seconds, one asks again for lanes that another process is packing for
TABLE = Outgoing.__table__
PACKED: dict[str, tuple[Any, Any, int]] = {  # channel -> how it is written, who carries it, how much it lists
    MAIL: (mails.compose, mails.Postman, mails.MOST_LINES),
    **dict.fromkeys(ROBOTS, (robots.compose, robots.Robots, robots.MOST_LINES)),
}
log = get_logger(__name__)


def run(site: Site, at: datetime) -> Done:
    """Send every mail that may go at `at`. Without a mail server waiting mails are dropped: the inbox has them."""
    settings = site.settings
    return run_channel(site, MAIL, at, settings.mail_enabled, bool(settings.smtp_host))


def run_robots(site: Site, at: datetime) -> Done:
    """Send every message to a robot that may go at `at`."""
    settings = site.settings
    done = [run_channel(site, kind, at, settings.robots_enabled, bool(robots.KINDS[kind].base(settings))) for kind in ROBOTS]
    return Done(dict(sum((Counter(part.counts) for part in done), Counter())), max(part.lateness for part in done))


def run_channel(site: Site, channel: str, at: datetime, enabled: bool, there: bool) -> Done:
    """Send what may go by one channel. What is not enabled waits; what has nowhere to go is dropped."""
    settings = site.settings
    ready = is_ready(channel, at, settings)
    with site.readings() as session:
        first = session.scalar(select(func.min(TABLE.c.not_before)).where(ready))
    if first is None or not enabled:
        return Done({})
    if not there:
        return Done({"dropped": drop_all(site, ready)})
    counts: Counter[str] = Counter()
    with PACKED[channel][1](settings) as carrier:
        while deliver_batch(site, carrier, channel, at, ready, counts):
            pass
    return Done(dict(counts), late_by(at, max(first, quiet_ended(settings, at) or first)))


def is_ready(channel: str, at: datetime, settings: Settings) -> ColumnElement[bool]:
    """Waiting messages whose time has come; in quiet hours the urgent ones, and those to people who chose other hours."""
    ready = and_(TABLE.c.channel == channel, TABLE.c.state == "waiting", TABLE.c.not_before <= at)
    if not is_quiet(settings, at):
        return ready
    return and_(ready, or_(TABLE.c.urgent.is_(True), TABLE.c.account_id.in_(awake(settings, at))))


def awake(settings: Settings, at: datetime) -> Any:
    """The accounts whose own quiet hours, which may run over midnight, do not hold at an instant."""
    local = at.astimezone(ZoneInfo(settings.timezone))
    now = local.hour * 60 + local.minute
    start, end = NoticeChoice.quiet_from, NoticeChoice.quiet_to
    asleep = or_(and_(start <= end, start <= now, end > now), and_(start > end, or_(start <= now, end > now)))
    return select(NoticeChoice.account_id).where(start.is_not(None), ~asleep)


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
    """Nowhere to send: nothing will ever be sent, so nothing waits."""
    with site.sessions() as session, db.transaction(session):
        done = session.connection().execute(update(TABLE).where(ready).values(state="dropped", error="no server"))
        return done.rowcount


def deliver_batch(
    site: Site, carrier: Any, channel: str, at: datetime, ready: ColumnElement[bool], counts: Counter[str]
) -> bool:
    """Claim some messages and send them; whether there may be more."""
    began = time.monotonic()
    parcels, claimed = pack_soon(site, channel, at, ready)
    held_up: set[int] = set()
    for place, parcel in enumerate(parcels):
        if time.monotonic() - began > lease(site.settings).total_seconds() / 2:
            release(site, TABLE, [p.row_id for p in parcels[place:]])
            return True
        if parcel.lane in held_up:
            continue
        try:
            deliver(site, carrier, channel, parcel, at, counts)
        except Throttled as error:
            held_up.add(parcel.lane)
            counts["throttled"] += 1
            hold_up(site, parcel, [p for p in parcels[place + 1 :] if p.lane == parcel.lane], at, ready, error, counts)
        except (Unreachable, NoAnswer) as error:
            log.warning("outbox.unreachable", channel=channel, fault=str(error))
            untried = parcels[place + isinstance(error, NoAnswer) :]
            release(site, TABLE, [p.row_id for p in untried if p.lane not in held_up])
            counts["unreachable"] += 1
            return False
    return claimed > 0


def pack_soon(site: Site, channel: str, at: datetime, ready: ColumnElement[bool]) -> tuple[list[Parcel], int]:
    """Pack, once some lane is free: another process holds those it packs for until its transaction ends."""
    for _ in range(LOOKS):
        with site.sessions() as session, db.transaction(session):
            parcels, claimed = pack(session, site, channel, at, ready)
            if claimed or not next_lanes(session, ready):
                break
        time.sleep(BETWEEN_LOOKS)
    return parcels, claimed


def pack(
    session: Session, site: Site, channel: str, at: datetime, ready: ColumnElement[bool]
) -> tuple[list[Parcel], int]:
    """Claim rows and make parcels of them: at most the cap for one lane, what is more as one. How many were claimed."""
    lanes = hold_lanes(session, next_lanes(session, ready))
    rows = claim_rows(session, site, and_(ready, to_lanes(lanes))) if lanes else []
    lanes = {row.lane for row in rows}
    recent = sent_since(session, channel, lanes, at - HOUR, is_elsewhere(TABLE, db.now(session), site.worker))
    known = receivers(session, channel, lanes, site.settings)
    parcels: list[Parcel] = []
    for lane in sorted(lanes):
        mine = [row for row in rows if row.lane == lane]
        if lane not in known:
            settle(session, TABLE, [row.id for row in mine], state="dropped", error="no address")
            continue
        room = site.settings.mail_hourly_cap - len(recent.get(lane, ()))
        if room <= 0:
            postpone(session, site, lane, (recent[lane][0] or at) + HOUR, ready)
            continue
        parcels += fitted(session, site, channel, mine, room, ready, known[lane])
    return parcels, len(rows)


def next_lanes(session: Session, ready: ColumnElement[bool]) -> set[int]:
    """Whom the next free rows are for, those tried before and urgent ones first."""
    free = is_free(TABLE, db.now(session))
    return set(session.scalars(select(LANE).where(ready, free).order_by(*order()).limit(BATCH)))


def order() -> tuple[Any, ...]:
    """What goes first."""
    return TABLE.c.attempts == 0, TABLE.c.urgent.desc(), TABLE.c.not_before, TABLE.c.id


def hold_lanes(session: Session, lanes: set[int]) -> set[int]:
    """The lanes that nobody else is packing for just now: their rows are locked to the end of the transaction."""
    accounts = select(Account.id).where(Account.id.in_({lane for lane in lanes if lane > 0}))
    groups = select(Robot.id).where(Robot.id.in_({-lane for lane in lanes if lane < 0}))
    held = set(session.scalars(db.lock_rows(session, accounts, skip=True, shared=True)))
    return held | {-id for id in session.scalars(db.lock_rows(session, groups, skip=True, shared=True))}


def claim_rows(session: Session, site: Site, wanted: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Take the next rows for a while, those tried before and urgent ones first."""
    columns = (TABLE.c.id, TABLE.c.key, LANE.label("lane"), TABLE.c.attempts, TABLE.c.body, TABLE.c.urgent)
    taken = claim(session, site, TABLE, wanted, order(), columns)
    return sorted(taken, key=lambda row: (row.attempts == 0, not row.urgent, row.id))


def receivers(
    session: Session, channel: str, lanes: set[int], settings: Settings
) -> dict[int, tuple[str | Target, str]]:
    """Lane -> (address or robot, language), for active accounts that have this channel, and for groups."""
    if channel != MAIL:
        return robots_of(session, channel, lanes, settings)
    query = select(Account.id, Account.email, Account.locale)
    found = session.execute(query.where(Account.id.in_(lanes), Account.active.is_(True), Account.email != ""))
    return {id: (email, locale) for id, email, locale in found}


def robots_of(
    session: Session, kind: str, lanes: set[int], settings: Settings
) -> dict[int, tuple[str | Target, str]]:
    """Lane -> (robot, language): persons' own ones, and those of groups."""
    own = Robot.account_id.in_({lane for lane in lanes if lane > 0}) & Account.active.is_(True)
    group = Robot.id.in_({-lane for lane in lanes if lane < 0}) & Robot.area_id.is_not(None)
    query = (
        select(Robot, Account.locale)
        .outerjoin(Account, Account.id == Robot.account_id)
        .where(Robot.kind == kind, Robot.active.is_(True), or_(own, group))
    )
    return {
        robot.account_id or -robot.id: (robots.target_of(robot, session.info["keys"]), locale or settings.default_locale)
        for robot, locale in session.execute(query)
    }


def fitted(
    session: Session, site: Site, channel: str, rows: list[Row[Any]], room: int, ready: ColumnElement[bool],
    to: tuple[str | Target, str],
) -> list[Parcel]:  # fmt: skip
    """One parcel a row while there is room; the last place takes all the rest that wait in this lane."""
    mine = to_lanes([rows[0].lane])
    free = or_(is_free(TABLE, db.now(session)), TABLE.c.claimed_by == site.worker)
    waiting = session.execute(select(TABLE.c.id, TABLE.c.attempts).where(ready, mine, free).order_by(TABLE.c.id)).all()
    if len(waiting) <= room:
        return parcels_of(session, channel, rows, to)
    singles = [row for row in rows if row.attempts][:room] or rows[: room - 1]  # what was tried goes out as it was
    rest = [id for id, attempts in waiting if not attempts and id not in {row.id for row in singles}]
    if len(singles) == room or not rest:
        settle(session, TABLE, [row.id for row in rows if row not in singles])
        return parcels_of(session, channel, singles, to)
    return parcels_of(session, channel, [*singles, gather(session, site, rest)], to)


def gather(session: Session, site: Site, ids: list[int]) -> Row[Any]:
    """Merge these rows into one message, carried by the first: written down, so that another try sends the same one."""
    carrier, *others = ids
    settle(session, TABLE, others, state="merged", error=f"carried by {carrier}")
    made = (
        update(TABLE)
        .where(TABLE.c.id == carrier)
        .values(
            body=carried(session, carrier) | {"rows": ids}, claimed_by=site.worker,
            claimed_until=db.now(session) + lease(site.settings),
        )
        .returning(TABLE.c.id, TABLE.c.key, LANE.label("lane"), TABLE.c.attempts, TABLE.c.body)
    )  # fmt: skip
    return session.execute(made).one()


def carried(session: Session, row_id: int) -> dict[str, Any]:
    """What a row holds itself."""
    return dict(session.scalar(select(TABLE.c.body).where(TABLE.c.id == row_id)) or {})


def parcels_of(session: Session, channel: str, rows: Sequence[Row[Any]], to: tuple[str | Target, str]) -> list[Parcel]:
    """Rows with their notices, counted as tried once more."""
    most = PACKED[channel][2]
    listed = {row.id: (row.body or {}).get("rows", [row.id]) for row in rows}
    lines = load_lines(session, {id for ids in listed.values() for id in ids[:most]})
    tried = update(TABLE).where(TABLE.c.id.in_(listed)).values(attempts=TABLE.c.attempts + 1)
    session.execute(tried)
    return [
        Parcel(
            row.id, row.key, *to, row.attempts + 1, [lines[id] for id in listed[row.id][:most]],
            rest=max(len(listed[row.id]) - most, 0), lane=row.lane,
        )
        for row in rows
    ]  # fmt: skip


def postpone(session: Session, site: Site, lane: int, until: datetime, ready: ColumnElement[bool]) -> None:
    """There is no room: everything in this lane waits until there is again."""
    free = or_(is_free(TABLE, db.now(session)), TABLE.c.claimed_by == site.worker)
    waiting = update(TABLE).where(ready, to_lanes([lane]), free)
    session.execute(waiting.values(not_before=until, claimed_by="", claimed_until=None))


def hold_up(
    site: Site, parcel: Parcel, others: Sequence[Parcel], at: datetime, ready: ColumnElement[bool], error: Throttled,
    counts: Counter[str],
) -> None:  # fmt: skip
    """The far end wants fewer messages: the try counts for this one alone, and the whole lane waits."""
    wait = max(error.wait or timedelta(0), pause(parcel.attempts))
    put_off(site, parcel, at, counts, error.said, final=False, wait=wait)
    release(site, TABLE, [p.row_id for p in others])
    with site.sessions() as session, db.transaction(session):
        postpone(session, site, parcel.lane, at + wait, ready)


def deliver(site: Site, carrier: Any, channel: str, parcel: Parcel, at: datetime, counts: Counter[str]) -> None:
    """Send one parcel and note what came of it; one that cannot be written is its own fault.

    Raises Unreachable, Throttled, and NoAnswer after counting the try.
    """
    try:
        carrier.send(PACKED[channel][0](parcel, site.settings, at))
    except (Unreachable, Throttled):
        raise
    except NoAnswer:
        put_off(site, parcel, at, counts, "no answer", final=False)
        raise
    except Rejected as error:
        put_off(site, parcel, at, counts, error.said, final=error.final)
    except Exception as error:
        log.exception("outbox.not_written", row=parcel.row_id)
        put_off(site, parcel, at, counts, type(error).__name__, final=False)
    else:
        counts["sent"] += 1
        if not note(site, TABLE, parcel.row_id, {"state": "sent", "sent_at": at, "error": ""}):
            counts["overtaken"] += 1


def put_off(
    site: Site, parcel: Parcel, at: datetime, counts: Counter[str], error: str, *, final: bool, wait: timedelta | None = None
) -> None:
    """Try again later, or give up."""
    again = not final and parcel.attempts < site.settings.mail_attempts
    counts["retry" if again else "failed"] += 1
    later = at + (wait or pause(parcel.attempts))
    values: dict[str, Any] = {"state": "waiting", "not_before": later} if again else {"state": "failed"}
    note(site, TABLE, parcel.row_id, values | {"error": error})


def prune(site: Site, at: datetime) -> int:
    """Forget messages long done with; how many. Their notices stay."""
    old = and_(TABLE.c.state != "waiting", func.coalesce(TABLE.c.sent_at, TABLE.c.not_before) < at - DONE_KEPT)
    with site.sessions() as session, db.transaction(session):
        return session.connection().execute(delete(TABLE).where(old)).rowcount
