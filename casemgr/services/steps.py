"""A step as a person takes it on a page or through the API: most go straight to the door, a few bring another case along.

Sorting makes a dispute, joining links a matter, a decision takes effect on the case it is about: each stands in the
service of its process, under the name of the step.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Case
from casemgr.policy import Actor
from casemgr.services import incoming, joint, orders, petitions, requests, turning, whistles
from casemgr.services.cases import Answers, Taken, Taking, take_step
from casemgr.services.drafts import Draft

ALONG: dict[str, dict[str, Taking]] = {  # process -> step -> how
    "incoming": incoming.ALONG, "request": requests.ALONG, "petition": petitions.ALONG, "order": orders.ALONG,
    "event": turning.ALONG, **whistles.ALONG,
}  # fmt: skip


def take(
    session: Session, case_id: int, step: str, data: Answers, *, actor: Actor, at: datetime, seen_version: int | None = None,
    draft: Draft | None = None,
) -> Taken:  # fmt: skip
    """Take a step with all it brings along. Raises what services.cases.take_step raises; the caller rolls back.

    `draft` is the case where the caller has loaded it in this transaction already; of use where it is locked, too.
    """
    if draft is not None and draft.locked:
        return take_step(session, case_id, step, actor=actor, at=at, data=data, seen_version=seen_version, draft=draft, whole=True)
    process = session.scalar(select(Case.process).where(Case.id == case_id)) or ""
    if along := along_of(process, step):
        return along(session, case_id, data, actor, at, seen_version)
    return take_step(session, case_id, step, actor=actor, at=at, data=data, seen_version=seen_version, whole=True)


def along_of(process: str, step: str) -> Taking | None:
    """How a step brings its other cases along: as its own process has it, or as every process has it; None: it stands alone."""
    return ALONG.get(process, {}).get(step) or joint.ALONG.get(step) or incoming.MADE.get(step)


def follow(session: Session, case_id: int, process: str, step: str, at: datetime) -> None:
    """What a step that a rung took brings along on other cases."""
    if along := whistles.FOLLOWS.get(process, {}).get(step):
        along(session, case_id, at)
