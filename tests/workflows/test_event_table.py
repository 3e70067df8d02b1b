"""The specification of the grid event, by hand: every triple of state, step and duty. Then real lives of events."""

import pytest

from tests.workflows.walking import Refused, Walk, lawful
from workflows import WORKFLOWS
from workflows.event import EVENT
from workflows.event_asks import KINDS
from workflows.roles import CASE_DUTIES, POST_ROLES
from workflows.rulebook import packaged

DUTIES = sorted(CASE_DUTIES.keys() | POST_ROLES.keys())
OPEN = "registered with_community with_street at_grid at_community at_unit to_verify to_confirm".split()
ENDED = ["closed", "turned", "void"]
EARLY = OPEN[:3]
IN_HAND = OPEN[3:6]
FINDERS = "grid_worker registrar"
WORKERS = f"{FINDERS} unit"
SCHEDULER, REQUEST = "scheduler", "request"

# step: (states it is taken from, duties that may take it, state it leads to; "." = it stays)
TABLE = {
    "settle_on_spot": (["registered"], FINDERS, "closed"),
    "report": (["registered"], f"{FINDERS} operator", "with_community"),
    "report_up": (["registered"], f"{FINDERS} operator", "with_street"),
    "relocate": (["registered"], f"{FINDERS} operator", "."),
    "void": (EARLY, "registrar lead operator", "void"),
    "take_back": (["registered"], "operator head registrar", "void"),
    "take_up": (["with_community"], "lead", "at_community"),
    "assign_grid": (["with_community", "with_street"], "lead operator", "at_grid"),
    "assign_community": (["with_street"], "operator", "at_community"),
    "assign_unit": (["with_street"], "operator", "at_unit"),
    "send_street": (["with_community", "at_community"], "lead", "with_street"),
    "take_over": (["with_community"], "operator upper_lead", "with_street"),
    "send_community": (["at_grid"], "grid_worker", "with_community"),
    "decline": (["at_unit"], "unit", "with_street"),
    "extend": (IN_HAND, REQUEST, "."),
    "feed_back_grid": (["at_grid"], "grid_worker", "to_confirm"),
    "feed_back_community": (["at_community"], "lead", "to_verify"),
    "feed_back_unit": (["at_unit"], "unit", "to_verify"),
    "verify": (["to_verify"], "grid_worker operator", "closed"),
    "confirm": (["to_confirm"], "lead operator", "closed"),
    "back_to_grid": (["to_confirm"], "lead operator", "at_grid"),
    "back_to_community": (["to_verify"], "grid_worker operator", "at_community"),
    "back_to_unit": (["to_verify"], "grid_worker operator", "at_unit"),
    "rate": (["closed"], "registrar operator", "."),
    "reopen": (["closed"], "grid_worker lead operator", "with_community"),
    "turn_into": ([*EARLY, "at_grid", "at_community"], "grid_worker lead operator", "turned"),
    "join_into": ([*EARLY, "at_grid", "at_community"], "grid_worker lead upper_lead operator scheduler", "joined"),
    "split_off": (["joined"], "grid_worker lead upper_lead operator scheduler", "."),  # back where it was
    "take_in": ([*OPEN, *ENDED], SCHEDULER, "."),
    "let_go": ([*OPEN, *ENDED], SCHEDULER, "."),
    "many_people": ([*OPEN, *ENDED], SCHEDULER, "."),
    "resident_adds": (OPEN, "resident", "."),
    "resident_withdraws": (OPEN, "resident", "."),
    "resident_rates": (["closed"], "resident", "."),
    "resident_objects": (["closed"], "resident", "."),
    "resident_objects_reopen": (["closed"], "resident", "with_community"),
    "record_note": ([*OPEN, "joined"], f"{WORKERS} lead patron operator", "."),
    "attach": ([*OPEN, *ENDED, "joined"], f"{WORKERS} lead operator", "."),
    "instruct": (OPEN, "lead upper_lead patron", "."),
    "supervise": (OPEN, "lead upper_lead operator supervisor", "."),
    "remind": (OPEN, SCHEDULER, "."),
    "urge": (OPEN, f"{SCHEDULER} operator lead upper_lead", "."),
    "card": (OPEN, f"{SCHEDULER} operator", "."),
    "pass_up": (OPEN, SCHEDULER, "."),
    "alarm": (OPEN, SCHEDULER, "."),
}
EXPECTED = {
    (state, step, duty): state if target == "." else target
    for step, (states, duties, target) in TABLE.items() for state in states for duty in duties.split()
}
STATES = [s.name for s in EVENT.states]


def test_states_are_those_of_the_table():
    assert WORKFLOWS["event"] is EVENT
    assert sorted(STATES) == sorted([*OPEN, *ENDED, "joined"])


@pytest.mark.parametrize("step", sorted({*TABLE, *(s.name for s in EVENT.steps)}))
def test_every_state_and_duty(step):
    found = {
        (state, step, duty): EVENT.step(step).target or state
        for state in STATES for duty in DUTIES if lawful(EVENT, state, step, duty)
    }
    assert found == {triple: target for triple, target in EXPECTED.items() if triple[1] == step}


def test_who_registers():
    assert set(EVENT.opens.by) == {"grid_worker", "operator", "head", "secretary", "scheduler", "importer"}


def walk(kind="environment", urgency="normal"):
    return Walk(EVENT, detail={"kind": kind, "urgency": urgency}, limits=packaged().raw["limits"])


def test_settled_on_the_spot_closes_at_the_grid():
    life = walk().take("settle_on_spot", "grid_worker", measures="swept", photo="p")
    assert (life.state, life.running, life.view.detail["closed_by"]) == ("closed", set(), "grid")


def test_the_photo_is_asked_for():
    assert next(f for f in EVENT.step("settle_on_spot").asks if f.name == "photo").required


def test_by_the_community_verified_by_the_grid():
    life = walk().take("report", "grid_worker").take("take_up", "lead")
    assert life.running == {"handle"}
    life.take("feed_back_community", "lead", measures="done")
    assert life.running == {"verify"}
    with pytest.raises(Refused) as refused:
        life.take("back_to_unit", "grid_worker", reason="no")
    assert refused.value.codes == ["handled_elsewhere"]
    life.take("back_to_community", "grid_worker", reason="still dirty").take("feed_back_community", "lead", measures="again")
    life.take("verify", "grid_worker")
    assert (life.state, life.view.detail["closed_by"]) == ("closed", "community")
    life.take("rate", "registrar", rating="satisfied").take("reopen", "operator", reason="back again")
    assert (life.state, life.running, life.view.detail["closed_by"]) == ("with_community", {"sort_out"}, "")


def test_a_department_sends_back_what_is_not_its_own():
    life = walk("safety", "immediate").take("report_up", "grid_worker").take("assign_unit", "operator", department_id=3)
    life.take("decline", "unit", reason="not ours").take("assign_unit", "operator", department_id=4)
    life.take("feed_back_unit", "unit", measures="done").take("verify", "operator")
    assert life.view.detail["closed_by"] == "unit"


@pytest.mark.parametrize("kind,urgency,straight", [
    ("environment", "immediate", False), ("safety", "normal", False), ("safety", "urgent", True),
    ("facilities", "urgent", False), ("facilities", "immediate", True), ("", "immediate", True), ("", "", False),
])
def test_what_goes_straight_to_the_street(kind, urgency, straight):
    life = walk(kind, urgency)
    assert life.reasons("report") == (["goes_straight"] if straight else [])
    assert life.reasons("report_up") == ([] if straight else ["not_straight"])


def test_every_kind_has_its_rule():
    limits = packaged().raw["limits"]
    assert {f"straight_{kind.value}" for kind in KINDS} == {name for name in limits if name.startswith("straight_")}
    assert all(limits[f"straight_{kind.value}"] in range(4) for kind in KINDS)


def test_nobody_verifies_what_he_handled():
    """Grid work is confirmed above; what community or department did is looked at by the grid. The centre may do either."""
    assert not lawful(EVENT, "to_confirm", "confirm", "grid_worker")
    assert not lawful(EVENT, "to_verify", "verify", "lead")
    assert not lawful(EVENT, "to_verify", "verify", "unit")
