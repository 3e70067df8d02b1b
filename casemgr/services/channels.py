"""Channels of one account and of groups: robots connected and let go, choices and quiet hours, the calendar address.

Secrets are sealed. A robot's address must begin with the base address of the settings: only what follows is kept.
"""

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.config import Settings
from casemgr.errors import CasemgrError, Invalid, NotFound, Sentence
from casemgr.models import Account, Area, Feed, NoticeChoice, Outgoing, Robot
from casemgr.policy import Actor
from casemgr.queries.logins import digest
from casemgr.services.accounts import get_account
from casemgr.services.books import settings_stream
from casemgr.services.carrying import HEARS
from workflows.notice_groups import CHANNELS, GROUPS, ROBOTS

TOKEN = re.compile(r"[A-Za-z0-9_-]{8,200}")
TEST_EVERY = timedelta(seconds=20)
DAY = 24 * 60
WRONG_ADDRESS = "Paste the whole address that the chat programme shows for the robot. It begins with %(base)s."
NOT_OFFERED = "Robots of this kind are not offered here."
TOO_LONG = "This is too long."
QUIET_OUTSIDE = "Your quiet hours lie within those of the office: from %(start)s to %(end)s."
QUIET_BOTH = "Give both times, or none."
NAME_MISSING = "Give the name."
NO_AREA = "Choose an area."


class TooSoon(CasemgrError):
    """A test that follows another too quickly."""

    status = 429
    code = "too_soon"
    message = "A test was sent just now. Wait a moment before the next."


def bases(settings: Settings) -> dict[str, str]:
    """Kind of robot -> what its address begins with, for the kinds that are offered."""
    found = {kind: str(getattr(settings, f"{kind}_base")) for kind in ROBOTS}
    return {kind: base for kind, base in found.items() if base}


def read_token(kind: str, address: str, offered: Mapping[str, str]) -> str:
    """What stands behind the base address. Raises Invalid."""
    base = offered.get(kind)
    if base is None:
        raise Invalid({"kind": [NOT_OFFERED]})
    token = address.strip().removeprefix(base)
    if not address.strip().startswith(base) or not TOKEN.fullmatch(token):
        raise Invalid({"address": [Sentence(WRONG_ADDRESS, base=base)]})
    return token


def sealed(session: Session, kind: str, address: str, secret: str, offered: Mapping[str, str]) -> dict[str, Any]:
    """The columns of a robot that are secret. Raises Invalid."""
    token = read_token(kind, address, offered)
    if len(secret) > 200:
        raise Invalid({"secret": [TOO_LONG]})
    keys = session.info["keys"]
    bare = secret.strip()
    return {"token": keys.seal(token, "robots.token"), "secret": keys.seal(bare, "robots.secret") if bare else None}


def connect(
    session: Session, kind: str, address: str, secret: str, offered: Mapping[str, str], *, actor: Actor, at: datetime
) -> Robot:
    """The actor's own robot of a kind, instead of the one there was. Raises Invalid."""
    columns = sealed(session, kind, address, secret, offered)
    account = get_account(session, actor.account_id or 0)
    robot = session.scalar(select(Robot).where(Robot.account_id == account.id, Robot.kind == kind))
    if robot is None:
        robot = Robot(kind=kind, account_id=account.id, created_by=account.id, created_at=at, **columns)
        session.add(robot)
    else:
        robot.token, robot.secret, robot.created_at = columns["token"], columns["secret"], at
    audit.record(session, account, "account.channels_changed", actor=actor, at=at, data={"robot": kind})
    return robot


def disconnect(session: Session, kind: str, *, actor: Actor, at: datetime) -> None:
    """Let the actor's own robot go; what waits for it is dropped. Nothing happens when there is none."""
    account = get_account(session, actor.account_id or 0)
    gone = session.scalars(delete(Robot).where(Robot.account_id == account.id, Robot.kind == kind).returning(Robot.id)).all()
    if not gone:
        return
    waits = (Outgoing.account_id == account.id) & (Outgoing.channel == kind) & (Outgoing.state == "waiting")
    session.execute(update(Outgoing).where(waits).values(state="dropped", error="disconnected"))
    audit.record(session, account, "account.channels_changed", actor=actor, at=at, data={"robot": kind, "gone": True})


def connect_group(
    session: Session, area_id: int, name: str, kind: str, address: str, secret: str, told: Collection[str],
    offered: Mapping[str, str], *, actor: Actor, at: datetime,
) -> Robot:  # fmt: skip
    """A robot of a group at an area. Raises Invalid."""
    faults = {} if name.strip() else {"name": [NAME_MISSING]}
    if session.get(Area, area_id) is None:
        faults["area"] = [NO_AREA]
    if faults:
        raise Invalid(faults)
    columns = sealed(session, kind, address, secret, offered)
    robot = Robot(
        kind=kind, area_id=area_id, name=name.strip()[:100], told=[what for what in HEARS if what in told],
        created_by=actor.account_id, created_at=at, **columns,
    )  # fmt: skip
    session.add(robot)
    session.flush()
    record_setting(session, actor, at, robot=robot.id)
    return robot


def disconnect_group(session: Session, robot_id: int, *, actor: Actor, at: datetime) -> None:
    """Let a group's robot go: it stays on record without its secrets. Raises NotFound."""
    robot = get_group_robot(session, robot_id)
    keys = session.info["keys"]
    robot.active, robot.token, robot.secret = False, keys.seal("", "robots.token"), None
    waits = (Outgoing.robot_id == robot.id) & (Outgoing.state == "waiting")
    session.execute(update(Outgoing).where(waits).values(state="dropped", error="disconnected"))
    record_setting(session, actor, at, robot=robot.id, gone=True)


def get_group_robot(session: Session, robot_id: int) -> Robot:
    """A group's robot that is connected. Raises NotFound."""
    query = select(Robot).where(Robot.id == robot_id, Robot.area_id.is_not(None), Robot.active.is_(True))
    robot = session.scalar(query)
    if robot is None:
        raise NotFound()
    return robot


def record_setting(session: Session, actor: Actor, at: datetime, **data: Any) -> None:
    """An event of the settings' own stream."""
    audit.record(session, settings_stream(session), "settings.channels_changed", actor=actor, at=at, data=data)


def find_own(session: Session, account_id: int, kind: str) -> Robot | None:
    """An account's own robot of a kind."""
    return session.scalar(select(Robot).where(Robot.account_id == account_id, Robot.kind == kind))


def note_try(session: Session, robot: Robot, at: datetime) -> None:
    """Note that a test is sent. Raises TooSoon."""
    if robot.tried_at and at - robot.tried_at < TEST_EVERY:
        raise TooSoon
    robot.tried_at = at
    session.flush()


def choose(
    session: Session, account_id: int, chosen: Mapping[str, Sequence[str]], quiet: tuple[time | None, time | None], settings: Settings
) -> None:
    """What is told where, and the person's own quiet hours. Unknown groups and channels are left out. Raises Invalid."""
    start, end = within_office(quiet, settings)
    channels = {group: [name for name in CHANNELS if name in chosen.get(group, ())] for group in GROUPS}
    db.upsert(
        session, NoticeChoice.__table__,
        [{"account_id": account_id, "channels": channels, "quiet_from": start, "quiet_to": end}],
    )  # fmt: skip


def within_office(quiet: tuple[time | None, time | None], settings: Settings) -> tuple[int | None, int | None]:
    """Own quiet hours as minutes after midnight; None for the office's own. Raises Invalid."""
    start, end = (minutes(value) if value is not None else None for value in quiet)
    if start is None and end is None:
        return None, None
    if start is None or end is None:
        raise Invalid({"quiet_from": [QUIET_BOTH]})
    first, last = minutes(settings.mail_quiet_from), minutes(settings.mail_quiet_to)
    length = (last - first) % DAY
    if start != end and not (start - first) % DAY <= (end - first) % DAY <= length:
        words = {"start": f"{settings.mail_quiet_from:%H:%M}", "end": f"{settings.mail_quiet_to:%H:%M}"}
        raise Invalid({"quiet_from": [Sentence(QUIET_OUTSIDE, **words)]})
    return (None, None) if (start, end) == (first, last) else (start, end)


def minutes(value: time) -> int:
    """Minutes after midnight."""
    return value.hour * 60 + value.minute


def as_time(value: int | None) -> time | None:
    """Minutes after midnight as a time."""
    return None if value is None else time(value // 60, value % 60)


def make_feed(session: Session, *, titles: bool, actor: Actor, at: datetime) -> str:
    """A new calendar address of the actor's: its secret, to be shown once. The one before ends."""
    account = get_account(session, actor.account_id or 0)
    token = secrets.token_urlsafe(32)
    row = {"account_id": account.id, "token_hash": digest(token), "titles": titles, "created_at": at}
    db.upsert(session, Feed.__table__, [row])
    audit.record(session, account, "account.channels_changed", actor=actor, at=at, data={"feed": "made", "titles": titles})
    return token


def end_feed(session: Session, *, actor: Actor, at: datetime) -> None:
    """The calendar address of the actor's answers no more."""
    account = get_account(session, actor.account_id or 0)
    if session.scalars(delete(Feed).where(Feed.account_id == account.id).returning(Feed.account_id)).all():
        audit.record(session, account, "account.channels_changed", actor=actor, at=at, data={"feed": "ended"})


def find_feed(session: Session, token: str) -> Feed | None:
    """The feed behind a secret, of an active account."""
    query = select(Feed).join(Account, Account.id == Feed.account_id).where(Feed.token_hash == digest(token))
    return session.scalar(query.where(Account.active.is_(True)))
