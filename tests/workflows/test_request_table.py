"""The specification of the request process, by hand: every pair of state and duty, and who asks for what."""

import pytest

from tests.workflows.walking import NotLawful, Walk, lawful
from workflows.dispute import DISPUTE
from workflows.request import RECEIVING, REQUEST, REQUEST_KINDS
from workflows.roles import CASE_DUTIES, POST_ROLES

DUTIES = sorted(CASE_DUTIES.keys() | POST_ROLES.keys())
DONE = ["approved", "refused", "lapsed"]
TABLE = {
    "approve": (["asked"], "decider", "approved"),
    "refuse": (["asked"], "decider", "refused"),
    "withdraw_request": (["asked"], "asker", "lapsed"),
    "lapse": (["asked"], "scheduler", "lapsed"),
    "remind": (["asked"], "scheduler", "asked"),
    "urge": (["asked"], "scheduler operator lead upper_lead", "asked"),
    "card": (["asked"], "scheduler operator", "asked"),
    "pass_up": (["asked"], "scheduler", "asked"),
    "alarm": (["asked"], "scheduler", "asked"),
}
EXPECTED = {
    (state, step, duty): target
    for step, (states, duties, target) in TABLE.items() for state in states for duty in duties.split()
}
# kind: who may ask, who decides, the steps it opens
KINDS = {
    "extension": ("handler head", "lead", {"extend", "extend_cap"}),
    "term": ("organ", "lead", set()),
    "lowering": ("handler head lead organ", "lead", {"lower_tier"}),
    "transfer": ("handler head lead", RECEIVING, {"move_up", "move_down", "hand_over"}),
    "recusal": ("handler head registrar operator lead", "head", {"replace_handler"}),
    "suspension": ("handler head", "lead", {"suspend"}),
    "shelving": ("unit lead patron", "lead", set()),
    "replanning": ("patron unit petition_office operator", "lead", set()),
    "more_time": ("unit lead grid_worker", "operator", set()),
    "correction": ("handler head registrar grid_worker", "head", {"correct_late"}),
}


def test_every_state_step_and_duty():
    states = [s.name for s in REQUEST.states]
    found = {
        (state, step.name, duty): step.target or state
        for state in states for step in REQUEST.steps for duty in DUTIES if lawful(REQUEST, state, step.name, duty)
    }
    assert found == EXPECTED
    assert sorted(states) == sorted(["asked", *DONE])


@pytest.mark.parametrize("step", ["approve", "refuse"])
def test_the_decider_is_never_the_asker(step):
    assert lawful(REQUEST, "asked", step, "decider")
    assert not lawful(REQUEST, "asked", step, "decider", "asker")


@pytest.mark.parametrize("kind", sorted({*REQUEST_KINDS, *KINDS}))
def test_who_asks_who_decides_and_for_what(kind):
    asked_by, decided_by, steps = KINDS[kind]
    found = REQUEST_KINDS[kind]
    assert (found.asked_by, found.decided_by) == (tuple(asked_by.split()), decided_by)
    assert {s.name for s in DISPUTE.steps if s.request == kind} == steps


def test_whoever_may_ask_for_something_may_ask():
    assert set(REQUEST.opens.by) == {duty for asked_by, _, _ in KINDS.values() for duty in asked_by.split()}


@pytest.mark.parametrize("step,duty,answers,state", [
    ("approve", "decider", {}, "approved"),
    ("refuse", "decider", {"reason": "not needed"}, "refused"),
    ("withdraw_request", "asker", {}, "lapsed"),
    ("lapse", "scheduler", {"why": "closed"}, "lapsed"),
    ("lapse", "scheduler", {"deadline": "decide", "rung": "lapse"}, "lapsed"),
])
def test_a_request_ends_and_its_clock_with_it(step, duty, answers, state):
    walk = Walk(REQUEST)
    assert walk.running == {"decide"}
    walk.take(step, duty, **answers)
    assert (walk.state, walk.running) == (state, set())
    with pytest.raises(NotLawful):
        walk.take("approve", "decider")


def test_lateness_leaves_it_asked():
    walk = Walk(REQUEST)
    for act in ("remind", "urge", "card", "pass_up", "alarm"):
        walk.take(act, "scheduler", deadline="decide", rung="overdue")
    assert (walk.state, walk.running) == ("asked", {"decide"})
