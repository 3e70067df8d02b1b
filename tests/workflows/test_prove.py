"""The proof holds for every process in force, and finds each kind of flaw in processes made to have it."""

from dataclasses import replace

import pytest

from workflows import WORKFLOWS
from workflows.dispute import DISPUTE
from workflows.draw import diagram, document
from workflows.incoming import INCOMING
from workflows.model import Start, Step, Workflow, clocks_in
from workflows.prove import places, prove, prove_all
from workflows.request import REQUEST
from workflows.rulebook import PACKAGED, packaged, read_rules

RULES = PACKAGED.read_text(encoding="utf-8")


def flaws(flow, book=None):
    return "; ".join(prove(flow, book or packaged()).flaws)


def changed(flow, name, **values):
    """The process with one step changed. The checks at import are left out, so that the proof is tried alone."""
    steps = tuple(replace(s, **values) if s.name == name else s for s in flow.steps)
    return unchecked(flow, steps=steps)


def unchecked(flow, **values):
    """A workflow made without its checks."""
    made = object.__new__(Workflow)
    for name in Workflow.__dataclass_fields__:
        object.__setattr__(made, name, values.get(name, getattr(flow, name)))
    return made


def test_every_process_in_force_holds():
    proofs = prove_all(packaged())
    assert {p.process: p.flaws for p in proofs} == dict.fromkeys(WORKFLOWS, ())


def test_the_whole_space_is_walked():
    """The same places as the check at import walks, the progress clock left out; every state is among them."""
    for flow in WORKFLOWS.values():
        seen = {(state, running - {flow.progress}) for state, running in clocks_in(flow)}
        assert places(flow) == seen
        assert {state for state, _ in seen} == {s.name for s in flow.states}


def test_every_open_state_of_a_dispute_has_exactly_these_clocks():
    found = {}
    for state, running in places(DISPUTE):
        found.setdefault(state, set()).add(" ".join(sorted(running)))
    assert found == {
        "registered": {"accept"},
        "accepted": {"cap contact settle", "cap settle"},
        "assigned": {"cap contact settle", "cap settle"},
        "in_mediation": {"cap contact settle", "cap settle"},
        "suspended": {"cap contact settle suspension_ends", "cap settle suspension_ends"},
        "agreed": {"confirm perform", "perform"},
        "breached": {"close", "close confirm"},
        "performed": {"follow_up", "close"},
        "failed": {"close"},
        "terminated": {"close"},
        "closed": {""}, "withdrawn": {""}, "not_accepted": {""}, "taken_back": {""}, "joined": {""},
    }


@pytest.mark.parametrize("flow,step,values,words", [
    (DISPUTE, "suspend", {"starts": ()}, "suspended with cap, contact, settle: no clock is running"),
    (DISPUTE, "follow_up", {"starts": ()}, "performed with no clock: no clock is running"),
    (DISPUTE, "take", {"not_by": ("handler",)}, "dispute.take: by nobody who exists"),
    (DISPUTE, "take", {"by": ("wizard",)}, "dispute.take: by nobody who exists"),
    (DISPUTE, "suspend", {"request": "holiday"}, "a request 'holiday' that nobody may ask for or decide"),
    (DISPUTE, "extend", {"source": ("agreed",)}, "dispute.extend: agreed with perform: settle does not run"),
    (DISPUTE, "remind", {"source": ("registered",)}, "dispute.settle, yellow, rung half: remind is not lawful in accepted"),
    (REQUEST, "lapse", {"by": ("decider",)}, "request.decide, yellow, rung lapse: lapse is not lawful in asked"),
    (INCOMING, "annotate", {"source": ()}, "incoming.annotate: is offered in no history"),
])
def test_flaws_are_found(flow, step, values, words):
    assert words in flaws(changed(flow, step, **values))


def test_a_dead_end_is_found():
    """Nobody may end what was asked: the place has no way to a close, and its clock never ends."""
    stuck = unchecked(REQUEST, steps=tuple(replace(s, target=None) if s.target else s for s in REQUEST.steps))
    assert "request: asked with decide: cannot be closed by people" in flaws(stuck)
    clocked = unchecked(REQUEST, steps=tuple(
        replace(s, target=None, meets=(), cancels=()) if s.target else s for s in REQUEST.steps))
    assert "request: asked with decide: decide can never end" in flaws(clocked)


def test_what_only_the_scheduler_could_close_is_a_dead_end():
    steps = tuple(replace(s, by=("scheduler",)) if s.target else s for s in REQUEST.steps)
    found = flaws(unchecked(REQUEST, steps=steps))
    assert "cannot be closed by people" in found
    assert "its owner decider cannot bring it further" in found


def test_a_deadline_nobody_starts_is_found():
    steps = tuple(replace(s, starts=tuple(x for x in s.starts if x != "follow_up")) for s in DISPUTE.steps)
    found = flaws(unchecked(DISPUTE, steps=steps))
    assert "dispute.follow_up: is never started" in found


@pytest.mark.parametrize("old,new,words", [
    ('close = "5 working days"\n', "", "dispute.close: no length for yellow, orange, red"),
    ('accept = { yellow = "8 working hours", orange = "4 working hours", red = "2 hours" }',
     'accept = { yellow = "8 working hours" }', "dispute.accept: no length for orange, red"),
    ('{ name = "overdue", at = "overdue", to = ["head"], act = "urge" }',
     '{ name = "overdue", at = "overdue", to = ["head"], act = "raise_overdue" }',
     "dispute.accept, yellow, rung overdue: only a deadline that raises may change the colour"),
    ('{ name = "last_day", at = "on the day", to = ["handler"], act = "remind" }',
     '{ name = "last_day", at = "on the day", to = ["handler"], act = "card" }',
     "dispute.confirm, red, rung last_day: a right of the parties only reminds"),
    ('to = ["operator"], act = "urge"', 'to = ["porter"], act = "urge"',
     "incoming.sort, yellow, rung overdue: tells nobody, or somebody unknown"),
    ('to = ["operator"], act = "urge"', 'to = ["operator"], act = "shout"', "rung overdue: shout is not lawful in registered"),
    ("[ladders.incoming.sort]", "[ladders.outgoing.sort]", "incoming.sort: has no ladder"),
])
def test_numbers_that_break_a_promise_are_found(old, new, words):
    assert old in RULES
    assert words in "; ".join(f for p in prove_all(read_rules(RULES.replace(old, new), 9)) for f in p.flaws)


def test_diagrams_show_every_state_and_every_move():
    for flow in WORKFLOWS.values():
        drawn = diagram(flow)
        assert drawn.startswith("```mermaid\nstateDiagram-v2\n") and drawn.endswith("\n```")
        assert all(f" as {state.name}\n" in drawn for state in flow.states)
        for step in flow.steps:
            for source in step.source if step.target else ():
                line = next((x for x in drawn.splitlines() if f" {source} --> {step.target} :" in x), "")
                assert step.label in line or step.target == source, (step.name, source)


def test_the_page_is_whole_and_always_the_same():
    made = document(packaged())
    assert made == document(packaged())
    for flow in WORKFLOWS.values():
        for step in flow.steps:
            assert f"| {step.label} |" in made
    assert "no flaw was found" in made and "flaws:" not in made
    assert "8 working hours, 4 working hours, 2 hours" in made


def test_start_objects_count_as_starts():
    """A start with an anchor is a start like any other."""
    step = Step("go", "Go", ("asked",), None, ("decider",), "request.gone", starts=(Start("decide"),))
    assert flaws(unchecked(REQUEST, steps=(*REQUEST.steps, step))) == ""
