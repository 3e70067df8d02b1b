"""Which channels carry a notice outside, by what each person chose, and what robots of groups are told.

Rows of the outbox, in the transaction of the notice. When they may go (quiet hours, cap) is the outbox's business.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.models import Account, NoticeChoice, Outgoing, Robot
from casemgr.queries.prepared import Prepared, among, listed
from casemgr.services.drafts import Draft
from workflows.notice_groups import ACT, MAIL, channels_of, group_of

ALARM = "group.red"
HEARS = {"urgent": "Red matters, by their number", "digest": "Morning digest in numbers"}  # what a group may hear of


def carrying(session: Session, notices: Sequence[dict[str, Any]]) -> db.Write | None:
    """The write that puts what carries these notices outside into the outbox."""
    ways = ways_to(session, {row["account_id"] for row in notices})
    rows = [
        outgoing(row["created_at"], channel, f"{channel}:{row['id']}", account_id=row["account_id"], notice_id=row["id"], urgent=row["urgent"])
        for row in notices
        for owned, chosen in (ways[row["account_id"]],)
        for channel in channels_of(row["code"], row["urgent"], chosen)
        if channel in owned
    ]
    return db.inserting(session, Outgoing.__table__, rows, db.NEW)


def ways_to(session: Session, accounts: Collection[int]) -> dict[int, tuple[set[str], dict[str, Any]]]:
    """Account -> the channels it can be reached by, and group of notices -> channels where somebody chose; one query."""
    found: dict[int, tuple[set[str], dict[str, Any]]] = {}
    for account, email, robot, chosen in ways_chosen(db.is_sqlite(session)).run(session, {"ids": listed(session, accounts)}):
        owned, _ = found.setdefault(account, (set(), chosen or {}))
        owned |= {way for way in (MAIL if email else None, robot) if way}
    return found


@cache
def ways_chosen(sqlite: bool) -> Prepared:
    """The statement of ways_to."""
    return Prepared(
        select(Account.id, Account.email, Robot.kind, NoticeChoice.channels)
        .outerjoin(Robot, and_(Robot.account_id == Account.id, Robot.active.is_(True)))
        .outerjoin(NoticeChoice, NoticeChoice.account_id == Account.id)
        .where(among(Account.id, sqlite=sqlite))
    )


def outgoing(at: datetime, channel: str, key: str, **values: Any) -> dict[str, Any]:
    """A waiting message."""
    return {
        "channel": channel, "account_id": None, "robot_id": None, "notice_id": None, "body": {}, "urgent": False, "key": key,
        "state": "waiting", "not_before": at, "attempts": 0, "claimed_by": "", "claimed_until": None, "sent_at": None,
        "error": "",
    } | values  # fmt: skip


def alarm_groups(session: Session, drafts: Iterable[Draft], at: datetime) -> None:
    """Tell the groups above red matters that somebody must act: number and tier, nothing of a confidential matter."""
    pressing = {
        draft.row["id"]: (draft, told.seq)
        for draft in drafts for told in draft.told
        if told.urgent and group_of(told.code) == ACT and not draft.row["confidential"]
    }  # fmt: skip
    if not pressing:
        return
    areas = {area for draft, _ in pressing.values() for area, _ in draft.path}
    robots = robots_hearing(session, "urgent", areas)
    rows = [
        outgoing(
            at, robot.kind, f"group:{robot.id}:{case}:{seq}", robot_id=robot.id, urgent=True,
            body={"code": ALARM, "case_id": case, "tier": draft.row["tier"]},
        )
        for case, (draft, seq) in pressing.items()
        for robot in robots if robot.area_id in {area for area, _ in draft.path}
    ]  # fmt: skip
    db.insert_new(session, Outgoing.__table__, rows)


def robots_hearing(session: Session, what: str, areas: Collection[int] | None = None) -> list[Robot]:
    """The robots of groups that are told of something, at these areas or anywhere."""
    query = select(Robot).where(Robot.area_id.is_not(None), Robot.active.is_(True)).order_by(Robot.id)
    if areas is not None:
        query = query.where(Robot.area_id.in_(areas))
    return [robot for robot in session.scalars(query) if what in robot.told]
