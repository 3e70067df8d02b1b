"""A dispute registered in one go: what and where, who if known, a photo, and settled on the spot if it was.

Each part is a step of the process; all of them are taken or none.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from casemgr.policy import Actor
from casemgr.services.answers import clean
from casemgr.services.cases import Seed, Taken, open_case, take_step
from workflows import WORKFLOWS

MATTER = ("text", "area_id", "place", "title", "category", "channel", "found_by", "occurred_on", "confidential")


def register_dispute(session: Session, answers: Mapping[str, Any], *, actor: Actor, at: datetime) -> Taken:
    """Register a dispute. `answers`: those of the opening step, and name and phone of whoever applies, photo, and
    settlement (how it was settled on the spot). Raises Invalid, NotAllowed, NotFound, Refused; the caller rolls back."""
    matter = clean(WORKFLOWS["dispute"].opens, {name: answers[name] for name in MATTER if name in answers})
    taken = open_case(session, "dispute", Seed(matter["area_id"], data=matter, confidential=bool(matter.get("confidential"))), actor=actor, at=at)
    for step, data in later_steps(answers):
        taken = take_step(session, taken.case_id, step, data=data, actor=actor, at=at)
    return taken


def later_steps(answers: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The steps that follow the registration, with their answers."""
    steps: list[tuple[str, dict[str, Any]]] = []
    if answers.get("name") or answers.get("phone"):
        contact = {name: answers[name] for name in ("name", "phone") if answers.get(name)}
        steps.append(("add_party", {"side": "applicant", **contact}))
    if answers.get("photo"):
        steps.append(("attach", {"file": answers["photo"], "kind": "photo"}))
    if answers.get("settlement"):
        steps.append(("settle_on_spot", {"settlement": answers["settlement"]}))
    return steps
