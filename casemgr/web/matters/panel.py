"""What somebody can do on a case now, what can be asked for, and what cannot be done yet and why: links for its page."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flask import url_for

from casemgr import engine, policy
from casemgr.policy import Actor
from casemgr.services.agreements import may_write
from casemgr.services.requests import ASKED_ALREADY
from casemgr.web.locales import gettext
from casemgr.web.sayings import say, say_reason
from workflows import WORKFLOWS
from workflows.first_steps import heading_of, usual_steps
from workflows.guards import limit
from workflows.model import Step, steps_of
from workflows.request import REQUEST_KINDS
from workflows.view import CaseView

SHOWN = 3  # buttons; the rest folds away
AGREE = "agree_written"
SILENT = frozenset(("correct", "revisit", "move_session", "cancel_session"))  # of these nobody wants to hear why not


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be done: its words, what follows, its page, and the heading it stands under when it is not usual."""

    label: str
    after: str
    url: str
    primary: bool = False
    group: int = 0
    head: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """The step panel: the usual next acts, everything else, what can be asked for, what cannot be done and why."""

    steps: list[Offer] = field(default_factory=list)
    others: list[Offer] = field(default_factory=list)
    asks: list[Offer] = field(default_factory=list)
    refused: list[dict[str, object]] = field(default_factory=list)

    @property
    def all(self) -> list[Offer]:
        """Everything that can be done now."""
        return [*self.steps, *self.others]


def panel(actor: Actor, view: CaseView, at: datetime) -> Panel:
    """The panel of a case for one person."""
    flow = WORKFLOWS[view.process]
    if view.process == "incoming":
        return sorting_panel(actor, view)
    possible: list[Step] = []
    refused: list[dict[str, object]] = []
    duties = policy.roles_of(actor, view)
    for step in flow.steps_from(view.state):
        if not policy.may_take(actor, step, view, duties=duties):
            continue
        reasons = engine.standing_reasons(step, view, at)
        if not reasons:
            possible.append(step)
        elif step.name not in SILENT:
            refused.append({"label": gettext(step.label), "reasons": [say_reason(reason) for reason in reasons]})
    ordered = in_order(possible, usual_steps(view))
    usual = [step for step in ordered[:SHOWN] if step.name in usual_steps(view)]
    asks, waiting = requests(actor, view, at)
    first = [offer(step, view, primary=number == 0) for number, step in enumerate(usual)]
    rest = [offer(step, view) for step in ordered if step not in usual]
    if may_write(actor, view):
        first, rest = with_agreement(first, rest, view)
    return Panel(first, sorted(rest, key=lambda one: one.group), asks, refused + waiting)


def with_agreement(first: list[Offer], rest: list[Offer], view: CaseView) -> tuple[list[Offer], list[Offer]]:
    """Writing an agreement comes before recording it signed, and takes its place among the usual acts."""
    group, head = heading_of(AGREE)
    url = url_for("agreements.show", case_id=view.id)
    after = gettext("Put it together from clauses; print it, let it be signed, then record it.")
    writing = Offer(gettext("Write the agreement"), after, url, False, group, gettext(head), "agreement")
    signed = next((one for one in first if one.name == AGREE), None)
    if signed is None:
        return first, [writing, *rest]
    shown = [replace(writing, primary=one.primary) if one is signed else one for one in first]
    return shown, [replace(signed, primary=False), *rest]


def next_act(actor: Actor, view: CaseView, at: datetime) -> Offer | None:
    """The one act to offer on a desk: the first usual step that this person may take now."""
    if view.process == "incoming":
        return Offer(gettext("Sort"), "", url_for("sorting.item", case_id=view.id))
    steps = {step.name: step for step in WORKFLOWS[view.process].steps_from(view.state)}
    duties = policy.roles_of(actor, view)
    for name in usual_steps(view):
        step = steps.get(name)
        if step and policy.may_take(actor, step, view, duties=duties) and not engine.standing_reasons(step, view, at):
            return offer(step, view)
    return None


def in_order(steps: Iterable[Step], usual: tuple[str, ...]) -> list[Step]:
    """The usual steps first, in their order; the others as the workflow lists them."""
    rank = {name: number for number, name in enumerate(usual)}
    return sorted(steps, key=lambda step: rank.get(step.name, len(rank)))


def offer(step: Step, view: CaseView, *, primary: bool = False) -> Offer:
    """A step as a link to its page."""
    url = url_for("steps.show", case_id=view.id, step=step.name)
    group, head = heading_of(step.name)
    return Offer(gettext(step.label), gettext(step.follows) if step.follows else "", url, primary, group, gettext(head), step.name)


def requests(actor: Actor, view: CaseView, at: datetime) -> tuple[list[Offer], list[dict[str, object]]]:
    """What the actor may ask for here, and what waits for a decision already."""
    duties = policy.roles_of(actor, view)
    asks: list[Offer] = []
    waiting: list[dict[str, object]] = []
    for step in WORKFLOWS[view.process].steps_from(view.state):
        kind = REQUEST_KINDS.get(step.request)
        if kind is None or duties.isdisjoint(kind.asked_by):
            continue
        label = gettext("Ask for: %(step)s", step=gettext(step.label))
        if kind.kind in view.open_requests:
            waiting.append({"label": label, "reasons": [say(ASKED_ALREADY)]})
        elif not engine.standing_reasons(step, view, at):
            url = url_for("steps.show_request", case_id=view.id, step=step.name)
            asks.append(Offer(label, gettext(step.follows), url, name=step.name))
    return asks, waiting


def sorting_panel(actor: Actor, view: CaseView) -> Panel:
    """An incoming item is sorted at its own desk; a joined one can be split off again."""
    split = steps_of(WORKFLOWS["incoming"])["split_off"]
    if view.state in split.source and policy.may_take(actor, split, view):
        return Panel([], [offer(split, view)])
    if not policy.may(actor, "sort"):
        return Panel()
    return Panel([Offer(gettext("To the sorting desk"), "", url_for("sorting.item", case_id=view.id), True)])


def correction(actor: Actor, view: CaseView, at: datetime) -> tuple[datetime, str] | None:
    """Until when the actor may correct his last entry without asking, and where; None when he may not."""
    step = next((s for s in WORKFLOWS[view.process].steps_from(view.state) if s.name == "correct"), None)
    if step is None or view.last_act_at is None or not policy.may_take(actor, step, view):
        return None
    if engine.standing_reasons(step, view, at):
        return None
    until = view.last_act_at + timedelta(minutes=limit(view, "correction_minutes"))
    return until, url_for("steps.show", case_id=view.id, step=step.name)
