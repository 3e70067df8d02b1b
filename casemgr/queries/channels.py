"""Channels as their owner sees them: what is connected, what was chosen, what came last, what failed. No secret comes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from casemgr.models import Account, Area, Feed, NoticeChoice, Outgoing, Robot
from workflows.notice_groups import DEFAULTS, GROUPS, MAIL, ROBOTS


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One channel: since when it is connected, when something last went out, and what it said if the last one failed."""

    name: str
    since: datetime | None
    sent_at: datetime | None
    error: str
    robot_id: int = 0
    label: str = ""
    place: str = ""
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Channels:
    """What one account has and chose. `chosen` is complete: defaults where nothing was chosen."""

    email: str
    lines: tuple[ChannelLine, ...]
    chosen: Mapping[str, tuple[str, ...]]
    quiet: tuple[int | None, int | None]
    feed_since: datetime | None
    feed_titles: bool


def load_channels(session: Session, account_id: int) -> Channels:
    """The channels of an account."""
    email = session.scalar(select(Account.email).where(Account.id == account_id)) or ""
    own = session.scalars(select(Robot).where(Robot.account_id == account_id)).all()
    choice, feed = session.get(NoticeChoice, account_id), session.get(Feed, account_id)
    lines = [last(session, MAIL, None, Outgoing.account_id == account_id)] if email else []
    lines += [last(session, r.kind, r.created_at, Outgoing.account_id == account_id) for r in own]
    given: dict[str, Any] = choice.channels if choice else {}
    return Channels(
        email, tuple(sorted(lines, key=lambda line: (MAIL, *ROBOTS).index(line.name))),
        {group: tuple(given.get(group, DEFAULTS[group])) for group in GROUPS},
        (choice.quiet_from, choice.quiet_to) if choice else (None, None),
        feed.created_at if feed else None, bool(feed and feed.titles),
    )  # fmt: skip


def last(
    session: Session, channel: str, since: datetime | None, mine: ColumnElement[bool], **more: Any
) -> ChannelLine:
    """A channel with what came of its latest message."""
    tried = or_(Outgoing.state.in_(("sent", "failed")), (Outgoing.state == "waiting") & (Outgoing.error != ""))
    latest = select(Outgoing.error).where(mine, Outgoing.channel == channel, tried).order_by(Outgoing.id.desc()).limit(1)
    sent = select(func.max(Outgoing.sent_at)).where(mine, Outgoing.channel == channel)
    return ChannelLine(channel, since, session.scalar(sent), session.scalar(latest) or "", **more)


def load_groups(session: Session) -> list[ChannelLine]:
    """The robots of groups that are connected."""
    query = (
        select(Robot, Area.name).join(Area, Area.id == Robot.area_id).where(Robot.active.is_(True)).order_by(Area.code, Robot.id)
    )
    return [
        last(
            session, robot.kind, robot.created_at, Outgoing.robot_id == robot.id, robot_id=robot.id, label=robot.name,
            place=place, told=tuple(robot.told),
        )
        for robot, place in session.execute(query)
    ]  # fmt: skip
