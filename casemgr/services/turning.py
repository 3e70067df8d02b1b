"""A grid event that turns out to be another matter: it ends, and the matter opens, linked both ways."""

from datetime import datetime

from sqlalchemy.orm import Session

from casemgr.models import Case, GridEvent
from casemgr.policy import Actor
from casemgr.services.becoming import become, link, seed_of
from casemgr.services.cases import Answers, Taken, Taking, take_step
from workflows.warning import FACT


def turn_into(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The event, and the matter it becomes, in one transaction. Raises what either raises."""
    taken = take_step(session, id, "turn_into", actor=actor, at=at, data=data, seen_version=seen, along=True)
    case, event = session.get_one(Case, id), session.get_one(GridEvent, id)
    facts = {name: value for name, value in case.facts.items() if name in FACT}
    seed = seed_of(case, data["becomes"], {"place": event.place}, facts=facts)
    [made] = become(session, data["becomes"], [seed], actor=actor, at=at)
    link(session, GridEvent.__table__, {id: made.case_id})
    return taken


ALONG: dict[str, Taking] = {"turn_into": turn_into}
