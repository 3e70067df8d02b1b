"""Open matters handed over to others in one act, each through its own door: a head assigns what nobody has taken yet; what a
mediator works on already changes hands by the request for another mediator, which the head decides.

One that is refused stays where it is and stops nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.errors import CasemgrError, NotFound
from casemgr.models import Case
from casemgr.policy import Actor
from casemgr.queries.handing import open_matters
from casemgr.queries.mediators import candidates_for
from casemgr.services import requests
from casemgr.services.bulk import ACTS, Act, objection, tried
from casemgr.services.cases import Ask, Taken, take_steps
from casemgr.services.drafts import Draft, load_drafts
from casemgr.services.routing import with_more
from workflows.routing import Nobody, route

ASSIGN, REPLACE = ACTS["assign"], Act("replace_handler", "Ask for another mediator")
GROUND = "leave"  # away, or left the post: an answer of the step


@dataclass(frozen=True, slots=True)
class Line:
    """One open matter: the act that would hand it over, or the error that stands against it; and who should get it."""

    draft: Draft
    act: Act
    error: CasemgrError | None = None
    to: int | None = None


def preview(session: Session, account_id: int, *, actor: Actor, at: datetime, on: date) -> list[Line]:
    """The open matters in somebody's name that the actor sees, with what can be done with each and who should get it."""
    cases = open_matters(session, actor, account_id)
    drafts = load_drafts(session, [case.id for case in cases], lock=False)
    receivers = propose(session, cases, account_id, on)
    return [line_of(actor, drafts[case.id], receivers[case.id], at) for case in cases]


def line_of(actor: Actor, draft: Draft, to: int | None, at: datetime) -> Line:
    """Which act hands a matter over: assigning where the actor may, else asking."""
    seen = draft.row["version"]
    if objection(actor, ASSIGN, draft, seen, at) is None:
        return Line(draft, ASSIGN, None, to)
    return Line(draft, REPLACE, objection(actor, REPLACE, draft, seen, at), to)


def propose(session: Session, cases: Sequence[Case], leaver: int, on: date) -> dict[int, int | None]:
    """Who should get each matter by routing, each choice counting in the load of the next; None where nobody fits."""
    found = candidates_for(session, cases, on) if cases else {}
    extra: dict[int, int] = {}
    chosen: dict[int, int | None] = {}
    for case in cases:
        here = [with_more(one, extra) for one in found[case.id] if one.account_id != leaver]
        choice = route(here)
        chosen[case.id] = None if isinstance(choice, Nobody) else choice.account_id
        if not isinstance(choice, Nobody):
            extra[choice.account_id] = extra.get(choice.account_id, 0) + 1
    return chosen


def hand_over(
    session: Session, account_id: int, receivers: Mapping[int, int], reason: str, *, actor: Actor, at: datetime, on: date
) -> list[tuple[Line, Taken | CasemgrError]]:
    """Hand over those of somebody's open matters that have a receiver (case -> account); each with what came of it."""
    lines = [replace(line, to=receivers[line.draft.row["id"]])
             for line in preview(session, account_id, actor=actor, at=at, on=on) if line.draft.row["id"] in receivers]  # fmt: skip
    outcomes: dict[int, Taken | CasemgrError] = {line.draft.row["id"]: line.error for line in lines if line.error}
    asks = [
        Ask(line.draft.row["id"], "assign", {"handler_id": line.to}, line.draft.row["version"])
        for line in lines if line.act is ASSIGN
    ]  # fmt: skip
    outcomes |= dict(zip([ask.case_id for ask in asks], take_steps(session, asks, actor=actor, at=at) if asks else [], strict=True))
    for line in lines:
        if (id := line.draft.row["id"]) not in outcomes:
            outcomes[id] = asked(session, id, line.to, reason, actor, at)
    return [(line, outcomes[line.draft.row["id"]]) for line in lines]


def asked(session: Session, id: int, to: int | None, reason: str, actor: Actor, at: datetime) -> Taken | CasemgrError:
    """The request for another mediator on one matter."""
    answers, kind = {"handler_id": to, "ground": GROUND, "explanation": reason}, REPLACE.step.request
    return tried(session, lambda: requests.ask(session, id, kind, REPLACE.name, answers, reason, actor=actor, at=at))


def waiting_requests(session: Session, actor: Actor, ids: Sequence[int]) -> list[Draft]:
    """Those of the requests that ask for another mediator because one leaves, and that the actor may decide."""
    drafts = load_drafts(session, ids, lock=False).values()
    return [
        draft for draft in drafts
        if draft.flow.name == "request" and draft.detail["step"] == REPLACE.name
        and draft.detail["payload"].get("ground") == GROUND
        and policy.may_take(actor, draft.flow.step("approve"), draft.view())
    ]  # fmt: skip


def approve_all(session: Session, ids: Sequence[int], *, actor: Actor, at: datetime) -> dict[int, Taken | CasemgrError]:
    """Approve several of them in one act; by request what came of it."""
    known = {draft.row["id"] for draft in waiting_requests(session, actor, ids)}
    outcomes: dict[int, Taken | CasemgrError] = {id: NotFound() for id in ids if id not in known}
    for id in sorted(known):
        outcomes[id] = tried(session, partial(requests.decide, session, id, "approve", actor=actor, at=at))
    return outcomes
