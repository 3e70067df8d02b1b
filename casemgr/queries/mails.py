"""What a message needs to know about the notices it carries: number, tier, stage of the matter, never its words."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from casemgr.models import Case, Notice, Outgoing
from workflows import WORKFLOWS

ABOUT = aliased(Case)  # the matter a request is about: the request has no number of its own
LANE = func.coalesce(Outgoing.account_id, -Outgoing.robot_id)  # whom it is for: an account, or minus the robot of a group
PLACES = {"digest.weekly": "/matters", "digest.group": "/board", "digest.red_overdue": "/board"}  # where a notice about no matter leads


@dataclass(frozen=True, slots=True)
class MailLine:
    """One notice to be told: `stage` is the msgid of the state, `tier` the confirmed colour, `path` where the link leads."""

    row_id: int
    code: str
    params: Mapping[str, Any]
    number: str = ""
    tier: str = ""
    stage: str = ""
    path: str = "/desk"


def load_lines(session: Session, rows: Collection[int]) -> dict[int, MailLine]:
    """Outbox id -> its line: one query, and one more for what groups are told."""
    query = (
        select(
            Outgoing.id, Notice.code, Notice.params, Notice.case_id, func.coalesce(Case.number, ABOUT.number, ""),
            Case.process, Case.state, case((Case.tier_confirmed, Case.tier), (ABOUT.tier_confirmed, ABOUT.tier), else_=""),
        )
        .join(Notice, Notice.id == Outgoing.notice_id)
        .outerjoin(Case, Case.id == Notice.case_id)
        .outerjoin(ABOUT, ABOUT.id == Case.parent_id)
        .where(Outgoing.id.in_(rows))
    )  # fmt: skip
    found = {
        id: MailLine(
            id, code, params, number, tier or "", stage(process, state),
            f"/cases/{case_id}" if case_id else PLACES.get(code, "/desk"),
        )
        for id, code, params, case_id, number, process, state, tier in session.execute(query)
    }  # fmt: skip
    missing = [id for id in rows if id not in found]
    return found | (group_lines(session, missing) if missing else {})


def group_lines(session: Session, rows: Collection[int]) -> dict[int, MailLine]:
    """The same for messages whose words stand in the outbox itself: for groups, with the number of a matter at most."""
    bodies: dict[int, Any] = dict(session.execute(select(Outgoing.id, Outgoing.body).where(Outgoing.id.in_(rows))).all())
    ids = {body["case_id"] for body in bodies.values() if body.get("case_id")}
    numbers = dict(session.execute(select(Case.id, Case.number).where(Case.id.in_(ids))).all()) if ids else {}
    return {id: group_line(id, body, numbers) for id, body in bodies.items()}


def group_line(row: int, body: Mapping[str, Any], numbers: Mapping[int, str | None]) -> MailLine:
    """One message to a group."""
    case_id = body.get("case_id")
    path = f"/cases/{case_id}" if case_id else PLACES.get(body["code"], "/desk")
    return MailLine(row, body["code"], body.get("params", {}), numbers.get(case_id or 0) or "", body.get("tier", ""), "", path)


def stage(process: str | None, state: str | None) -> str:
    """The msgid of a stage; empty for a notice about no matter."""
    return WORKFLOWS[process].state(state).label if process and state else ""


def sent_since(
    session: Session, channel: str, lanes: Collection[int], since: datetime, elsewhere: ColumnElement[bool]
) -> dict[int, list[datetime | None]]:
    """Lane -> when messages went out to it by a channel after an instant, oldest first; None for what another worker
    holds just now (`elsewhere`) and may be sending."""
    gone = and_(Outgoing.state == "sent", Outgoing.sent_at > since)
    query = (
        select(LANE, Outgoing.sent_at)
        .where(to_lanes(lanes), Outgoing.channel == channel, or_(gone, elsewhere))
        .order_by(Outgoing.sent_at)
    )
    found: dict[int, list[datetime | None]] = {}
    for lane, at in session.execute(query):
        found.setdefault(lane, []).append(at)
    return {lane: sorted(times, key=lambda at: (at is None, at or since)) for lane, times in found.items()}


def to_lanes(lanes: Collection[int]) -> ColumnElement[bool]:
    """The condition that a message is for one of these lanes, in a form that the indexes serve."""
    accounts, robots = [lane for lane in lanes if lane > 0], [-lane for lane in lanes if lane < 0]
    return or_(Outgoing.account_id.in_(accounts), Outgoing.robot_id.in_(robots))
