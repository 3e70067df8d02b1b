"""Grid events opened, and settled in the same go where they are settled already."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.policy import Actor
from casemgr.services.cases import Seed, Taken, open_case, take_step
from casemgr.services.drafts import Draft

DONE = ("measures", "photo")


def open_event(session: Session, answers: Mapping[str, Any], parent: Draft | None, actor: Actor, at: datetime) -> Taken:
    """Register an event; where it says what was done, it is settled on the spot at once, with its photo. Raises Invalid."""
    row: Mapping[str, Any] = parent.row if parent else {"id": None, "area_id": 0, "confidential": False, "history": False}
    settled = bool(str(answers.get("measures") or "").strip())
    told = {name: value for name, value in answers.items() if not (settled and name in DONE)}
    seed = Seed(
        int(answers.get("area_id") or row["area_id"] or 0), data=told, parent_id=row["id"], confidential=bool(row["confidential"]),
        duties=policy.roles_of(actor, parent.view()) if parent else frozenset(), history=row["history"],
    )  # fmt: skip
    taken = open_case(session, "event", seed, actor=actor, at=at)
    if not settled:
        return taken
    done = {name: answers.get(name) for name in DONE}
    return take_step(session, taken.case_id, "settle_on_spot", actor=actor, at=at, data=done)
