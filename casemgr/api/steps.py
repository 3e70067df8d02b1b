"""Steps of a matter: which are permitted and why others are not, taking one, asking for one that needs an approval."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import g
from pydantic import BaseModel

from casemgr import engine, policy
from casemgr.api.cases import CASE, tag_in, tag_of, taken_of
from casemgr.api.operations import Answer, operation, read_body, seen_version
from casemgr.api.problems import Reason
from casemgr.api.shapes import Taken
from casemgr.api.step_bodies import by_people, given, request_body, request_shapes, step_body, step_shapes
from casemgr.errors import Invalid, NotAllowed, NotFound
from casemgr.services.answers import NO_CHOICE
from casemgr.services.cases import known_step
from casemgr.services.drafts import Draft
from casemgr.services.requests import ASKED_ALREADY, ask
from casemgr.services.steps import take
from casemgr.web.access import today
from casemgr.web.forms.offers import offers_for
from casemgr.web.forms.steps import PICKED, Offer
from casemgr.web.matters.cases import get_draft
from casemgr.web.sayings import say, say_reason
from workflows.asks import REASON
from workflows.clock_steps import asked_of_people
from workflows.model import Field, Step
from workflows.request import REQUEST_KINDS
from workflows.view import CaseView


class Choice(BaseModel):
    """One answer that is offered: what to send, and its words."""

    value: int | str
    label: str


class FieldShown(BaseModel):
    """A question of a step. `choices` are all there are; of a text `minimum` and `maximum` bound the length."""

    name: str
    kind: str
    label: str
    hint: str
    required: bool
    minimum: int | None
    maximum: int | None
    choices: list[Choice]


class StepShown(BaseModel):
    """A step that the token's post may take or ask for here. Not possible now: `reasons` say why.

    `needs_version`: send the ETag of the matter in If-Match. `take` is its address.
    """

    name: str
    label: str
    follows: str
    by_request: bool
    possible: bool
    reasons: list[Reason]
    needs_version: bool
    take: str
    fields: list[FieldShown]


class StepsShown(BaseModel):
    """What can be done on a matter."""

    items: list[StepShown]


@operation("GET", f"{CASE}/steps", act="work", shows=StepsShown)
def list_steps(case_id: int) -> Answer[StepsShown]:
    """The steps that this post may take or ask for at the present stage, each with its questions, or why not now."""
    draft = get_draft(case_id)
    view = draft.view()
    duties = policy.roles_of(g.actor, view)
    items = []
    for step in draft.flow.steps_from(view.state):
        kind = REQUEST_KINDS.get(step.request)
        if policy.may_take(g.actor, step, view) if kind is None else not duties.isdisjoint(kind.asked_by):
            items.append(step_shown(step, view))
    return Answer(StepsShown(items=items), tag=tag_in(draft))


def step_shown(step: Step, view: CaseView) -> StepShown:
    """A step with its questions, or why not."""
    reasons = [Reason(code=r.code, detail=say_reason(r)) for r in engine.standing_reasons(step, view, g.at)]
    if step.request and step.request in view.open_requests:
        reasons.append(Reason(code="already_there", detail=say(ASKED_ALREADY)))
    offers = offers_for(g.session, view, step.asks, today())
    return StepShown(
        name=step.name, label=say(step.label), follows=say(step.follows) if step.follows else "",
        by_request=bool(step.request), possible=not reasons, reasons=reasons,
        needs_version=not step.append and not step.request,
        take=f"/api/v1/cases/{view.id}/{'requests' if step.request else 'steps'}/{step.name}",
        fields=[field_shown(spec, offers.get(spec.name, ())) for spec in asked(step)],
    )  # fmt: skip


def asked(step: Step) -> tuple[Field, ...]:
    """What is asked of whoever takes a step, or asks for it."""
    fields = asked_of_people(step)
    if step.request and all(spec.name != REASON.name for spec in fields):
        return (*fields, REASON)
    return fields


def field_shown(spec: Field, offer: Offer) -> FieldShown:
    """A question in words, with what may be answered."""
    choices = [Choice(value=choice.value, label=say(choice.label)) for choice in spec.choices]
    choices += [Choice(value=int(value), label=label.strip()) for value, label in offered(offer)]
    return FieldShown(
        name=spec.name, kind=spec.kind, label=say(spec.label), hint=say(spec.hint) if spec.hint else "",
        required=spec.required, minimum=spec.minimum, maximum=spec.maximum, choices=choices,
    )  # fmt: skip


def offered(offer: Offer) -> Iterable[tuple[str, str]]:
    """The rows of a picker, without their groups."""
    groups = offer.values() if isinstance(offer, Mapping) else [offer]
    return (pair for rows in groups for pair in rows)


@operation(
    "POST", f"{CASE}/steps/<step>", act="work", shows=Taken, shapes=step_shapes(), versioned=True, tagged=True,
    problems=(409, 412, 422, 428),
)  # fmt: skip
def take_step(case_id: int, step: str) -> Answer[Taken]:
    """Take a step."""
    draft = get_draft(case_id)
    wanted = known_step(draft, step)
    if not by_people(wanted) or wanted.request:
        raise NotFound()
    if not policy.may_take(g.actor, wanted, draft.view()):
        raise NotAllowed()
    body = read_body(step_body(draft.flow.name, step))
    seen = seen_version(needed=not wanted.append)
    answers = within_offer(draft, wanted, given(body))
    taken = take(g.session, case_id, step, answers, actor=g.actor, at=g.at, seen_version=seen)
    return Answer(taken_of(taken), tag=tag_of(case_id))


@operation(
    "POST", f"{CASE}/requests/<step>", act="work", shows=Taken, status=201, shapes=request_shapes(), problems=(409, 422)
)
def ask_for_step(case_id: int, step: str) -> Answer[Taken]:
    """Ask for a step that takes effect by approval."""
    draft = get_draft(case_id)
    wanted = known_step(draft, step)
    if not wanted.request:
        raise NotFound()
    if policy.roles_of(g.actor, draft.view()).isdisjoint(REQUEST_KINDS[wanted.request].asked_by):
        raise NotAllowed()
    body = read_body(request_body(draft.flow.name, step))
    answers = within_offer(draft, wanted, given(body))
    reason = answers[REASON.name]
    if all(spec.name != REASON.name for spec in wanted.asks):
        del answers[REASON.name]
    taken = ask(g.session, case_id, wanted.request, step, answers, reason, actor=g.actor, at=g.at)
    return Answer(taken_of(taken), status=201, tag=tag_of(taken.case_id))


def within_offer(draft: Draft, step: Step, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers, once every id in them is one that a page would offer here. Raises Invalid."""
    picked = [spec for spec in step.asks if spec.kind in PICKED and spec.name in answers]
    offers = offers_for(g.session, draft.view(), picked, today())
    faulty = [
        spec.name
        for spec in picked
        if not ids_in(answers[spec.name]) <= {value for value, _ in offered(offers[spec.name])}
    ]
    if faulty:
        raise Invalid({name: [NO_CHOICE] for name in faulty})
    return answers


def ids_in(answer: Any) -> set[str]:
    """The ids of one answer, as pickers write them."""
    return {str(id) for id in (answer if isinstance(answer, list) else [answer])}
