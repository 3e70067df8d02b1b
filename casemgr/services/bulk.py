"""One act on many matters ticked in a list: a step, or a request for one, each through its own door, each with its own outcome.

A matter that refuses stops nobody. Only matters the actor may see are touched; what he may do there the doors ask.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import engine, policy
from casemgr.errors import AlreadyThere, CasemgrError, NotAllowed, NotFound, Refused, Stale
from casemgr.models import Case
from casemgr.policy import Actor
from casemgr.services import requests
from casemgr.services.cases import Ask, Taken, take_steps
from casemgr.services.drafts import Draft, load_drafts
from workflows import WORKFLOWS
from workflows.model import Step
from workflows.request import REQUEST_KINDS

MOST = 100  # matters at once
NOT_IN_CHARGE = "Only those in charge of this matter can do this; its page says who they are."
Picked = Mapping[int, int]  # case id -> the version the list showed


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done with many disputes at once: a step, or the request for one; offered to the holders of these posts."""

    name: str
    label: str
    offered_to: tuple[str, ...] = ()

    @property
    def step(self) -> Step:
        """The step."""
        return WORKFLOWS["dispute"].step(self.name)


ACTS = {
    act.name: act
    for act in (
        Act("assign", label="Assign", offered_to=("head",)),
        Act("extend", label="Ask for an extension", offered_to=("head", "mediator")),
        Act("move_up", label="Ask to move up", offered_to=("head", "mediator", "secretary")),
    )
}


def acts_of(actor: Actor) -> list[Act]:
    """The acts to offer an actor; whether he may do one on a matter is asked there."""
    return [act for act in ACTS.values() if policy.may(actor, "bulk") and actor.has(*act.offered_to)]


@dataclass(frozen=True, slots=True)
class Line:
    """One matter and what came of it, or would: None, or the error that refuses it."""

    draft: Draft
    error: CasemgrError | None = None


def preview(session: Session, actor: Actor, act: Act, picked: Picked, *, at: datetime) -> list[Line]:
    """What stands against the act on each matter picked, before anything is answered; unseen ones are left out."""
    drafts = load_drafts(session, in_sight(session, actor, picked), lock=False)
    return [Line(drafts[id], objection(actor, act, drafts[id], picked[id], at)) for id in picked if id in drafts]


def objection(actor: Actor, act: Act, draft: Draft, seen: int, at: datetime) -> CasemgrError | None:
    """Why the act is not possible on a matter whatever is answered; None when nothing stands against it."""
    if draft.flow is not WORKFLOWS["dispute"]:
        return NotFound(message="This is not possible for this kind of matter.")
    if draft.row["version"] != seen:
        return Stale()
    view, step = draft.view(), act.step
    if not step.request and not policy.may_take(actor, step, view):
        return NotAllowed(message=NOT_IN_CHARGE)
    if step.request and policy.roles_of(actor, view).isdisjoint(REQUEST_KINDS[step.request].asked_by):
        return NotAllowed(message=NOT_IN_CHARGE)
    if step.request in view.open_requests:
        return AlreadyThere(message=requests.ASKED_ALREADY)
    reasons = engine.standing_reasons(step, view, at)
    return Refused(reasons) if reasons else None


def perform(
    session: Session, act: Act, picked: Picked, answers: Mapping[str, Any], *, actor: Actor, at: datetime
) -> dict[int, Taken | CasemgrError]:
    """Do it on each matter picked; by case what came of it. `answers` are those to the step, the reason of a request among them."""
    seen = in_sight(session, actor, picked)
    outcomes: dict[int, Taken | CasemgrError] = {id: NotFound() for id in picked if id not in seen}
    if act.step.request:
        return outcomes | {id: asked(session, act.step, id, answers, actor, at) for id in seen}
    asks = [Ask(id, act.name, answers, picked[id]) for id in seen]
    return outcomes | dict(zip(seen, take_steps(session, asks, actor=actor, at=at), strict=True))


def asked(session: Session, step: Step, id: int, answers: Mapping[str, Any], actor: Actor, at: datetime) -> Taken | CasemgrError:
    """The request on one matter."""
    reason = answers.get("reason", "")
    return tried(session, lambda: requests.ask(session, id, step.request, step.name, answers, reason, actor=actor, at=at))


def tried(session: Session, act: Callable[[], Taken]) -> Taken | CasemgrError:
    """What came of an act in a savepoint of its own: one that is refused leaves the others as they are."""
    try:
        with session.begin_nested():
            return act()
    except CasemgrError as error:
        return error


def in_sight(session: Session, actor: Actor, picked: Picked) -> Sequence[int]:
    """Those of the matters that the actor may see, in order of id."""
    query = select(Case.id).where(Case.id.in_(list(picked)[:MOST]), policy.visible(actor))
    return session.scalars(query.order_by(Case.id)).all()
