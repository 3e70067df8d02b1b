"""A step as a person takes it on a page or through the API: most go straight to the door, a few bring another case along.

Sorting makes a dispute, joining links a matter, a decision takes effect on the case it is about.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Case
from casemgr.policy import Actor
from casemgr.services import incoming, requests
from casemgr.services.cases import Taken, take_step

Answers = Mapping[str, Any]
Taking = Callable[[Session, int, Answers, Actor, datetime, int | None], Taken]


def sort_dispute(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The item, and the dispute it becomes."""
    return incoming.sort_into_dispute(session, id, data, actor=actor, at=at, seen_version=seen)


def join(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The item, and the matter it belongs to."""
    return incoming.join(session, id, data.get("known") or "", data.get("note") or "", actor=actor, at=at)


def undo(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The item, and the matter made from it."""
    return incoming.undo(session, id, data.get("reason") or "", actor=actor, at=at)


def approve(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The request, and the step it asks for."""
    return requests.decide(session, id, "approve", data.get("note") or "", actor=actor, at=at, seen_version=seen)


TOGETHER: dict[tuple[str, str], Taking] = {
    ("incoming", "sort_dispute"): sort_dispute,
    ("incoming", "join"): join,
    ("incoming", "undo"): undo,
    ("request", "approve"): approve,
}


def take(
    session: Session, case_id: int, step: str, data: Answers, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> Taken:
    """Take a step with all it brings along. Raises what services.cases.take_step raises."""
    process = session.scalar(select(Case.process).where(Case.id == case_id)) or ""
    together = TOGETHER.get((process, step))
    if together:
        return together(session, case_id, data, actor, at, seen_version)
    return take_step(session, case_id, step, actor=actor, at=at, data=data, seen_version=seen_version)
