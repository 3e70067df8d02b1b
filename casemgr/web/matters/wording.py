"""A case in words: answers, entries of the timeline, reasons of the tier, phases, duties. Display only: no query, no rule."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from casemgr.audit import EVENTS
from casemgr.queries.case_page import EventRow, Names
from casemgr.web import words
from casemgr.web.law import say_source
from casemgr.web.locales import gettext
from workflows import WORKFLOWS, warning
from workflows.bases import basis_of
from workflows.categories import DISPUTE_CATEGORIES
from workflows.lengths import LengthError, parse_length
from workflows.model import Field, Step, Workflow
from workflows.record_steps import MEMBER
from workflows.roles import CASE_DUTIES, POST_ROLES, TIERS
from workflows.view import CaseView

RUNGS = {
    "half": _l("half way"), "four_fifths": _l("four fifths of the way"), "overdue": _l("overdue"), "card": _l("card"), "pass_up": _l("next level"),
    "three_days": _l("three days before"), "last_day": _l("on the last day"), "lapse": _l("lapse"), "upgrade": _l("upgrade"),
}  # fmt: skip
MACHINES = {"scheduler": _l("The system"), "importer": _l("The import"), "setup": _l("The setting-up"), "resident": _l("The resident, at the door")}
CAUSES = {"risk": _l("by a risk"), "correction": _l("after a correction"), "overdue": _l("because overdue")}
WEIGHTY = frozenset(step.event for flow in WORKFLOWS.values() for step in flow.steps if step.weighty) | {"case.raised"}
QUIET = frozenset(("case.unmasked", "case.recalculated", "case.imported", "case.paper_made", "case.sealed"))
TIER_WORDS = {"yellow": _l("Yellow"), "orange": _l("Orange"), "red": _l("Red")}


# --- single values


def say_value(spec: Field, value: Any, names: Names, now: datetime) -> str:
    """An answer in words, by the kind of its question. Codes nobody knows any more are shown as they are."""
    if spec.kind in PLURALS:
        return getattr(names, PLURALS[spec.kind]).get(value, gettext("(unknown)"))
    if spec.kind in ("accounts", "parties", "departments"):
        known = getattr(names, spec.kind)
        return gettext(", ").join(known.get(id, gettext("(unknown)")) for id in value)
    if spec.name == "step" and value in STEP_LABELS:
        return gettext(STEP_LABELS[value])
    say = SAY.get(spec.kind)
    return say(spec, value, now) if say else str(value)


STEP_LABELS = {step.name: step.label for flow in reversed(WORKFLOWS.values()) for step in flow.steps}
PLURALS = {
    "account": "accounts", "area": "areas", "team": "teams", "department": "departments", "party": "parties", "room": "rooms",
}  # fmt: skip


def say_choice(spec: Field, value: Any, now: datetime) -> str:
    """The label of a choice, or of several."""
    labels = {choice.value: choice.label for choice in spec.choices}
    given = value if isinstance(value, list) else [value]
    return gettext(", ").join(gettext(labels.get(one, str(one))) for one in given)


def say_length(spec: Field, value: Any, now: datetime) -> str:
    """A length of time."""
    try:
        length = parse_length(str(value))
    except LengthError:
        return str(value)
    return gettext(length.label) % {"n": length.amount}


SAY = {
    "choice": say_choice,
    "choices": say_choice,
    "boolean": lambda spec, value, now: gettext("Yes") if value else gettext("No"),
    "date": lambda spec, value, now: words.day(date.fromisoformat(value) if isinstance(value, str) else value, now),
    "instant": lambda spec, value, now: words.moment(datetime.fromisoformat(value) if isinstance(value, str) else value, now),
    "money": lambda spec, value, now: gettext("%(amount)s yuan", amount=f"{value:,}"),
    "length": say_length,
    "file": lambda spec, value, now: str(value).partition("|")[2] or str(value),
}


def say_tier(tier: str) -> str:
    """The colour by name."""
    return str(TIER_WORDS.get(tier) or gettext("No tier"))


def say_duty(role: str) -> str:
    """A duty or a post's role."""
    return gettext(POST_ROLES.get(role) or CASE_DUTIES.get(role) or role)


def say_category(code: str) -> str:
    """The kind of dispute."""
    return gettext(DISPUTE_CATEGORIES[code]) if code in DISPUTE_CATEGORIES else ""


# --- why this colour


def why_tier(assessment: Mapping[str, Any], tier: str) -> list[str]:
    """The reasons that gave this tier as sentences; when a person or lateness lifted it beyond them, all there are."""
    reasons = assessment.get("reasons", ())
    decisive = [reason for reason in reasons if reason[3] == tier] or reasons
    return [say_tier_reason(code, params) for _, code, params, _ in decisive]


def beyond_facts(assessment: Mapping[str, Any], tier: str) -> str:
    """A sentence where the colour differs from what the facts alone give."""
    by_facts = assessment.get("tier", "")
    if not tier or by_facts not in TIERS or by_facts == tier:
        return ""
    if TIERS.index(tier) > TIERS.index(by_facts):
        return gettext("The facts alone give %(tier)s; it was raised by a decision or because overdue.", tier=say_tier(by_facts))
    return gettext("The facts alone give %(tier)s; it was lowered on request.", tier=say_tier(by_facts))


def say_tier_reason(code: str, params: Mapping[str, Any]) -> str:
    """One reason of the colour."""
    if code not in warning.SENTENCES:
        return code
    return gettext(warning.SENTENCES[code]) % {name: say_fact(name, value) for name, value in params.items()}


def say_fact(name: str, value: Any) -> str:
    """The value of a fact inside a sentence."""
    if name == "category":
        return say_category(value) or str(value)
    given = value if isinstance(value, list | tuple) else [value]
    said = [gettext(warning.CHOICE_LABELS[one]) if one in warning.CHOICE_LABELS else grouped(one) for one in given]
    return gettext(", ").join(said)


def grouped(value: Any) -> str:
    """A number with its thousands apart."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


# --- the timeline


def ids_named(events: Iterable[EventRow]) -> dict[str, set[int]]:
    """The ids that a page of the timeline has to name: accounts, areas, teams, departments, posts."""
    kinds = ("accounts", "areas", "teams", "departments", "posts", "rooms")
    found: dict[str, set[int]] = {kind: set() for kind in kinds}
    for event in events:
        found["accounts"] |= {event.actor_id, event.data.get("for")} - {None}  # type: ignore[arg-type]
        found["posts"] |= {event.post_id} - {None}  # type: ignore[arg-type]
        for spec, value in coded(event):
            if spec.kind in PLURALS and spec.kind != "party":
                found[PLURALS[spec.kind]].add(value)
            if spec.kind in ("accounts", "departments"):
                found[spec.kind].update(value)
    return found


def step_of(event: EventRow) -> tuple[Workflow | None, Step | None]:
    """The workflow and the step behind an event, where it came from one."""
    process = event.kind.partition(".")[0]
    return WORKFLOWS.get(process), STEPS.get(process, {}).get(event.data.get("step", ""))


STEPS = {flow.name: {step.name: step for step in (flow.opens, *flow.steps)} for flow in WORKFLOWS.values()}


def coded(event: EventRow) -> Iterable[tuple[Field, Any]]:
    """The answers that stand in the event itself."""
    _, step = step_of(event)
    given = event.data.get("answers", {})
    return [(spec, given[spec.name]) for spec in step.asks if spec.name in given] if step else ()


def entry(event: EventRow, names: Names, now: datetime, links: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """An event as the macro `timeline` shows it: what, when, who at which post, and all that was said."""
    return {
        "title": gettext(EVENTS.get(event.kind, event.kind)),
        "at": event.at,
        "by": say_actor(event, names),
        "text": "\n".join(filter(None, said(event, names, now))),
        "tier": tier_after(event),
        "mark": event.kind in WEIGHTY,
        "quiet": event.kind in QUIET,
        "links": list(links),
        "basis": say_basis(event),
    }


def say_basis(event: EventRow) -> str:
    """The law an act stands on, in words."""
    flow, step = step_of(event)
    basis = basis_of(flow.name, step.name) if flow and step else ""
    return say_source(basis) if basis else ""


def tier_after(event: EventRow) -> str | None:
    """The colour that an event gave, if it gave one."""
    given = event.data.get("answers", {}).get("tier") or event.data.get("to")
    return given if given in TIERS else None


def say_actor(event: EventRow, names: Names) -> str:
    """Who did it, with the post held then, or that of the absent person for whom it was done."""
    if event.actor in MACHINES:
        return str(MACHINES[event.actor])
    name = names.accounts.get(event.actor_id or 0, gettext("(unknown)"))
    role, where = names.posts.get(event.post_id or 0, ("", ""))
    said = gettext("%(name)s (%(post)s)", name=name, post=say_post(role, where)) if role else name
    absent = names.accounts.get(event.data.get("for") or 0)
    return gettext("%(deputy)s, standing in for %(name)s", deputy=said, name=absent) if absent else said


def say_post(role: str, where: str) -> str:
    """A post: the role at its place."""
    return gettext("%(place)s %(role)s", place=where, role=say_duty(role)) if where else say_duty(role)


def said(event: EventRow, names: Names, now: datetime) -> Iterable[str]:
    """The lines under an entry: the short answers on one, each longer one by itself, then what it changed. Files are links."""
    _, step = step_of(event)
    given = {**event.data.get("answers", {}), **event.words}
    asked = [spec for spec in (step.asks if step else ()) if spec.name in given and spec.kind != "file" and spec is not MEMBER]
    before = values_before(event)
    pairs = {spec: corrected(spec, pair_in_words(spec, given[spec.name], names, now), before, names, now) for spec in asked}
    yield gettext("; ").join(words for spec, words in pairs.items() if spec.kind != "longtext")
    yield from (words for spec, words in pairs.items() if spec.kind == "longtext")
    if step is None:
        yield gettext("; ").join(str(value) if value is not None else gettext("(erased)") for value in event.words.values())
    yield say_cause(event)
    yield say_rungs(event)
    yield say_move(event)


def values_before(event: EventRow) -> dict[str, Any]:
    """What stood before a correction, by the name of the question."""
    words = {name.removeprefix(BEFORE): value for name, value in event.words.items() if name.startswith(BEFORE)}
    return {**event.data.get("before", {}), **words}


BEFORE = "before_"


def corrected(spec: Field, words: str, before: Mapping[str, Any], names: Names, now: datetime) -> str:
    """A question and its answer, with the answer that stood before it was corrected."""
    if spec.name not in before:
        return words
    old = before[spec.name]
    was = say_value(spec, old, names, now) if old not in (None, "", []) else gettext("nothing")
    return gettext("%(answer)s (before: %(before)s)", answer=words, before=was)


def pair_in_words(spec: Field, value: Any, names: Names, now: datetime) -> str:
    """A question and its answer; an erased one says so."""
    answer = gettext("(erased)") if value is None else say_value(spec, value, names, now)
    return gettext("%(question)s: %(answer)s", question=gettext(spec.label), answer=answer)


def say_cause(event: EventRow) -> str:
    """Why the colour changed by itself."""
    if event.kind not in ("case.raised", "case.regraded"):
        return ""
    before, after = say_tier(event.data.get("from", "")), say_tier(event.data.get("to", ""))
    labels = {choice.value: choice.label for choice in ACKNOWLEDGED.choices}
    codes = [str(code).partition("/")[0] for code in event.data.get("triggers", ())]
    causes = gettext(", ").join(gettext(labels.get(code, code)) for code in codes)
    moved = gettext("From %(before)s to %(after)s", before=before, after=after)
    cause = causes or str(CAUSES.get(event.data.get("cause", ""), ""))
    return gettext("%(question)s: %(answer)s", question=moved, answer=cause) if cause else moved


ACKNOWLEDGED = next(spec for spec in WORKFLOWS["dispute"].step("lower_tier").asks if spec.name == "acknowledged")


def say_rungs(event: EventRow) -> str:
    """Which deadlines an act of the system was about."""
    flow, _ = step_of(event)
    if flow is None or not event.data.get("rungs"):
        return ""
    return gettext("; ").join(
        gettext("%(deadline)s (%(rung)s)", deadline=gettext(flow.deadline(key).label), rung=str(RUNGS.get(name, name)))
        for key, _, name in event.data["rungs"]
    )


def say_move(event: EventRow) -> str:
    """From which state to which, where it moved."""
    flow, step = step_of(event)
    before, after = event.data.get("from"), event.data.get("to")
    if flow is None or step is None or not before or before == after:
        return ""
    states = {state.name: state.label for state in flow.states}
    return f"{gettext(states.get(before, before))} → {gettext(states.get(str(after), str(after)))}"


# --- the rail


def rail(view: CaseView) -> list[tuple[str, str]]:
    """The phases of the process with their marks: done, now, ahead, skipped, stopped."""
    flow = WORKFLOWS[view.process]
    state = flow.state(view.state)
    order = [phase.value for phase in flow.phases]
    here = order.index(state.phase)
    stopped = state.name in ("failed", "terminated", "withdrawn", "not_accepted", "suspended", "breached", "taken_back")
    been = phases_been(view)
    marks = []
    for number, phase in enumerate(flow.phases):
        if number == here:
            mark = "stopped" if stopped else "now"
        elif number > here:
            mark = "ahead"
        else:
            mark = "done" if been is None or phase.value in been else "skipped"
        marks.append((gettext(state.label if number == here else phase.label), mark))
    return marks


def phases_been(view: CaseView) -> set[str] | None:
    """The phases a dispute went through, as far as its own row tells; None: all before the present one."""
    if view.process != "dispute":
        return None
    signs = {
        "registered": True, "accepted": view.accepted_at, "taken": view.handler_id,
        "mediation": "contact" in view.clocks and view.clocks["contact"].status == "met",
        "agreement": view.detail.get("agreement_form"), "performance": "follow_up" in view.clocks,
        "follow_up": "follow_up" in view.clocks and view.clocks["follow_up"].status == "met",
    }  # fmt: skip
    return {phase for phase, sign in signs.items() if sign}
