"""Opening a matter of any process, by itself or on another matter, as a person does on a page or through the API."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.errors import NotFound, Refused
from casemgr.models import Case
from casemgr.policy import MACHINE, Actor, visible
from casemgr.services.answers import clean
from casemgr.services.cases import Seed, Taken, open_case
from casemgr.services.drafts import Draft, load_drafts
from casemgr.services.events import open_event
from casemgr.services.whistles import open_whistle
from casemgr.services.petitions import open_petition
from workflows import WORKFLOWS
from workflows.model import Workflow
from workflows.view import Reason

Opening = Callable[[Session, Mapping[str, Any], Draft | None, Actor, datetime], Taken]
OPENINGS: dict[str, Opening] = {  # process -> how, where opening it brings more along than its own case
    "petition": open_petition, "whistle": open_whistle, "event": open_event,
}
OWN_WAYS = ("dispute", "request", "incoming")  # opened by pages, requests and intakes of their own


def open_matter(
    session: Session, process: str, answers: Mapping[str, Any], *, parent_id: int | None = None, actor: Actor, at: datetime
) -> Taken:
    """Open a matter with the answers to its opening step; `parent_id` is the matter it belongs to.

    Raises NotFound (no such process here, a parent out of sight or of another kind), NotAllowed, Invalid, Refused.
    """
    flow = WORKFLOWS.get(process)
    if flow is None or process in OWN_WAYS or flow.opens.together:
        raise NotFound()
    parent = find_parent(session, flow, parent_id, actor) if parent_id is not None else None
    if parent and any(spec.name == "area_id" for spec in flow.opens.asks):
        answers = {"area_id": parent.row["area_id"], **answers}
    clean(flow.opens, answers)  # what is missing is said before anything is looked up
    how = OPENINGS.get(process)
    if how:
        return how(session, answers, parent, actor, at)
    return open_case(session, process, seed_on(parent, answers, actor), actor=actor, at=at)


def find_parent(session: Session, flow: Workflow, parent_id: int, actor: Actor) -> Draft:
    """The matter on which another is opened. Raises NotFound, Refused (it is closed)."""
    seen = session.scalar(select(Case.process).where(Case.id == parent_id, visible(actor)))
    if seen is None or seen not in flow.opens_from:
        raise NotFound()
    parent = load_drafts(session, [parent_id])[parent_id]
    if parent.state.closed:
        raise Refused(Reason("known_is_closed"))
    return parent


def seed_on(parent: Draft | None, answers: Mapping[str, Any], actor: Actor, **extra: Any) -> Seed:
    """The seed of a matter with these answers; on another one it takes over place, tier and confidence from there."""
    if parent is None:
        return Seed(int(answers.get("area_id") or 0), data=answers, extra=extra)
    row = parent.row
    return Seed(
        int(answers.get("area_id") or row["area_id"]), data=answers, extra=extra, tier=row["tier"] if row["tier_confirmed"] else "",
        parent_id=row["id"], duties=policy.roles_of(actor, parent.view()), confidential=row["confidential"],
    )  # fmt: skip


def openable(actor: Actor, *, on: str = "") -> list[Workflow]:
    """The processes of which the actor may open a matter: by itself, or on one of the process named."""
    return [flow for flow in opened_by_hand(on=on) if actor.has(*flow.opens.by)]


def opened_by_hand(*, on: str = "") -> list[Workflow]:
    """The processes of which people open matters here: by themselves, or on one of the process named."""
    flows = (flow for flow in WORKFLOWS.values() if flow.name not in OWN_WAYS and not MACHINE.issuperset(flow.opens.by))
    return [flow for flow in flows if not flow.opens.together and (on in flow.opens_from if on else flow.listed)]
