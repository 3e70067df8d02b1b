"""The specification of whistles and of the calls on departments, by hand: every triple of state, step and duty, and the
lives that follow from them."""

import pytest

from tests.workflows.walking import NotLawful, Refused, Walk, lawful
from workflows.call import AT_WORK, CALL
from workflows.roles import CASE_DUTIES, POST_ROLES
from workflows.rulebook import packaged
from workflows.whistle import WHISTLE

DUTIES = sorted(CASE_DUTIES.keys() | POST_ROLES.keys())
SCHEDULER = "scheduler"

W_OPEN = ["blown", "out", "answered"]
W_ALL = [*W_OPEN, "closed", "declined", "withdrawn", "void"]
BLOWERS = "registrar lead operator"
WHISTLE_TABLE = {
    "approve": (["blown"], "lead upper_lead", "out"),
    "send_out": (["blown"], SCHEDULER, "out"),
    "decline": (["blown"], "lead upper_lead", "declined"),
    "add_unit": (["out"], BLOWERS, "."),
    "upgrade": (["out"], f"{BLOWERS} upper_lead", "."),
    "upgrade_late": (["out"], SCHEDULER, "."),
    "all_came": (["out"], SCHEDULER, "."),
    "units_done": (["out"], SCHEDULER, "answered"),
    "not_solved": (["answered"], f"{BLOWERS} head", "out"),
    "close": (["answered"], f"{BLOWERS} head", "closed"),
    "withdraw": (["blown", "out"], "registrar lead", "withdrawn"),
    "void": (W_OPEN, "operator upper_lead supervisor", "void"),
    "record_note": (W_OPEN, "registrar head grid_worker lead patron operator", "."),
    "attach": (W_ALL, "registrar head grid_worker lead operator", "."),
    "instruct": (W_OPEN, "lead upper_lead patron", "."),
    "supervise": (W_OPEN, "lead upper_lead operator supervisor", "."),
    "remind": (W_OPEN, SCHEDULER, "."),
    "urge": (W_OPEN, f"{SCHEDULER} operator lead upper_lead", "."),
    "card": (W_OPEN, f"{SCHEDULER} operator", "."),
    "pass_up": (W_OPEN, SCHEDULER, "."),
    "alarm": (W_OPEN, SCHEDULER, "."),
}

WORKING = ["to_sign", "signed", "contacted", "reported_in", "objected", "in_arbitration"]
C_OPEN = [*WORKING, "finished"]
C_ALL = [*C_OPEN, "closed", "returned", "called_off"]
CALL_TABLE = {
    "sign": (["to_sign"], "unit", "signed"),
    "contact": (["signed"], "unit", "contacted"),
    "report_in": (["contacted"], "unit", "reported_in"),
    "report_interim": (["reported_in"], "unit", "."),
    "finish": (["reported_in"], "unit", "finished"),
    "object": (["to_sign", "signed"], "unit", "objected"),
    "object_again": (["to_sign", "signed"], "unit", "in_arbitration"),
    "drop_objection": (["objected", "in_arbitration"], "unit", "signed"),
    "keep": (["objected"], "operator", "signed"),
    "give": (["objected"], "operator", "returned"),
    "release": (["objected"], "operator", "returned"),
    "arbitrate_keep": (["in_arbitration"], "lead", "signed"),
    "arbitrate_give": (["in_arbitration"], "lead", "returned"),
    "send_back": (["finished", "closed"], SCHEDULER, "reported_in"),
    "take_new_kind": (WORKING, SCHEDULER, "."),
    "appraise_unit": (["finished"], "registrar lead operator head", "."),
    "appraise_whistle": (["finished"], "unit", "."),
    "appraised": (["finished"], SCHEDULER, "closed"),
    "close_call": (["finished"], "lead", "closed"),
    "lapse": (["finished"], SCHEDULER, "closed"),
    "call_off": (C_OPEN, SCHEDULER, "called_off"),
    "record_note": (C_OPEN, "unit lead patron operator", "."),
    "attach": (C_ALL, "unit lead operator", "."),
    "instruct": (C_OPEN, "lead upper_lead patron", "."),
    "supervise": (C_OPEN, "lead upper_lead operator supervisor", "."),
    "remind": (C_OPEN, SCHEDULER, "."),
    "urge": (C_OPEN, f"{SCHEDULER} operator lead upper_lead", "."),
    "card": (C_OPEN, f"{SCHEDULER} operator", "."),
    "pass_up": (C_OPEN, SCHEDULER, "."),
    "alarm": (C_OPEN, SCHEDULER, "."),
}
NOT_BY = {"approve": "registrar", "decline": "registrar", "void": "registrar"}
OBJECTION = {"basis": "list", "competent_id": 8, "reason": "燃气归住建局"}


def expected(table):
    return {
        (state, step, duty): state if target == "." else target
        for step, (states, duties, target) in table.items() for state in states for duty in duties.split()
    }


@pytest.mark.parametrize(("flow", "table", "states"), [(WHISTLE, WHISTLE_TABLE, W_ALL), (CALL, CALL_TABLE, C_ALL)])
def test_every_state_step_and_duty(flow, table, states):
    found = {
        (state.name, step.name, duty): step.target or state.name
        for state in flow.states for step in flow.steps for duty in DUTIES if lawful(flow, state.name, step.name, duty)
    }
    assert found == expected(table)
    assert sorted(s.name for s in flow.states) == sorted(states)
    assert {s.name: " ".join(s.not_by) for s in flow.steps if s.not_by} == {
        name: duty for name, duty in NOT_BY.items() if flow is WHISTLE}


def test_who_blows_and_who_calls():
    assert set(WHISTLE.opens.by) == {"secretary", "head", "operator", "scheduler", "importer"}
    assert CALL.opens.together, "a department is called by a whistle alone"


def test_neither_is_counted_beside_its_matter():
    assert not WHISTLE.counted and not CALL.counted


LENGTHS = [  # process, deadline, kind: yellow, orange, red
    ("call", "sign", "ordinary", "1 working hour", "1 hour"),
    ("call", "contact", "hard", "1 working day", "24 hours"),
    ("call", "report_in", "ordinary", "3 working days", "24 hours"),
    ("call", "report_in", "key", "5 working days", "24 hours"),
    ("call", "finish", "ordinary", "10 working days", "7 days"),
    ("call", "finish", "hard", "30 working days", "7 days"),
    ("whistle", "report", "key", "5 working days", "24 hours"),
]


@pytest.mark.parametrize(("process", "key", "kind", "usual", "red"), LENGTHS)
def test_lengths_by_kind_in_working_time_and_red_at_once(process, key, kind, usual, red):
    book = packaged()
    assert [book.length(process, key, tier, kind) for tier in ("", "yellow", "orange", "red")] == [usual, usual, usual, red]


# --- lives of a call


def call(**detail) -> Walk:
    return Walk(CALL, department_id=7).put(detail={"part": "lead", "kind": "ordinary", "fixed": "", **detail})


def test_a_unit_comes_and_finishes():
    walk = call()
    assert walk.running == {"sign", "contact", "report_in", "finish"}
    walk.take("sign", "unit").take("contact", "unit", way="phone")
    assert walk.running == {"report_in", "finish"}
    walk.take("report_in", "unit", note="到场").take("report_interim", "unit", note="还差一处").take("finish", "unit", result="solved", note="好了")
    assert (walk.state, walk.running) == ("finished", {"appraise"})
    walk.take("appraise_unit", "lead", speed=5, outcome=4).take("appraise_whistle", "unit", rightly="yes")
    assert walk.reasons("appraise_unit", speed=5, outcome=4) == walk.reasons("appraise_whistle", rightly="no") == ["appraised_already"]
    walk.take("appraised", "scheduler")
    assert (walk.state, walk.running) == ("closed", set())


def test_what_is_not_solved_goes_on_and_is_appraised_anew():
    walk = call().take("sign", "unit").take("contact", "unit", way="phone").take("report_in", "unit", note="到场")
    walk.take("finish", "unit", result="solved", note="好了").take("appraise_unit", "lead", speed=5, outcome=4)
    walk.take("send_back", "scheduler")
    assert (walk.state, walk.running) == ("reported_in", {"finish"})
    assert walk.view.detail["speed"] is None and walk.view.detail["result"] == ""


def test_silence_is_not_rated():
    walk = call().take("sign", "unit").take("contact", "unit", way="phone").take("report_in", "unit", note="到场")
    walk.take("finish", "unit", result="solved", note="好了").take("lapse", "scheduler", deadline="appraise", rung="overdue")
    assert walk.state == "closed" and "speed" not in walk.view.detail


def test_an_objection_is_ruled_on_then_goes_to_the_street_then_never_again():
    walk = call()
    assert walk.reasons("object_again", **OBJECTION) == ["not_for_arbitration"]
    assert walk.reasons("object", **OBJECTION | {"competent_id": 7}) == ["same_unit"]
    walk.take("object", "unit", **OBJECTION)
    assert "ruling" in walk.running and "sign" not in walk.running
    assert CALL.state("objected").whole_pause and CALL.state("in_arbitration").whole_pause
    walk.take("keep", "operator", reason="清单写明")
    assert walk.reasons("object", **OBJECTION) == ["unit_is_fixed"]
    walk.take("object_again", "unit", **OBJECTION).take("arbitrate_keep", "lead", reason="定了")
    assert walk.view.detail["fixed"] == "arbitration"
    assert walk.reasons("object", **OBJECTION) == ["unit_is_fixed"]
    assert walk.reasons("object_again", **OBJECTION) == ["not_for_arbitration"]


def test_what_the_list_fixes_is_not_returned():
    walk = call(fixed="list")
    assert walk.reasons("object", **OBJECTION) == ["unit_is_fixed"]
    assert walk.reasons("object_again", **OBJECTION) == ["not_for_arbitration"]


def test_after_contact_nothing_is_returned():
    walk = call().take("sign", "unit").take("contact", "unit", way="phone")
    with pytest.raises(NotLawful):
        walk.take("object", "unit", **OBJECTION)


def test_another_unit_takes_over_and_a_lead_unit_is_not_just_released():
    walk = call().take("object", "unit", **OBJECTION)
    assert walk.reasons("release", reason="不需要") == ["lead_unit_stays"]
    assert walk.reasons("give", given_to_id=7, reason="仍归你") == ["same_unit"]
    walk.take("give", "operator", given_to_id=8, reason="归住建局")
    assert (walk.state, walk.running) == ("returned", set())
    helping = call(part="helping").take("object", "unit", **OBJECTION).take("release", "operator", reason="不需要")
    assert helping.state == "returned"


def test_an_objection_can_be_taken_back():
    walk = call().take("object", "unit", **OBJECTION).take("drop_objection", "unit")
    assert (walk.state, walk.running) == ("signed", {"contact", "report_in", "finish"})


@pytest.mark.parametrize("state", [*AT_WORK, "finished"])
def test_lateness_leaves_it_where_it_is(state):
    walk = call().put(state=state)
    for act in ("remind", "urge", "card", "pass_up", "alarm"):
        walk.take(act, "scheduler", deadline="sign", rung="overdue")
    assert walk.state == state


# --- lives of a whistle


def test_approved_sent_out_answered_verified():
    walk = Walk(WHISTLE).put(detail={"kind": "key"})
    assert walk.running == {"approve"}
    walk.take("approve", "lead")
    assert (walk.state, walk.running) == ("out", {"report", "answer"})
    walk.take("all_came", "scheduler").take("units_done", "scheduler")
    assert (walk.state, walk.running) == ("answered", {"verify"})
    walk.take("not_solved", "registrar", department_id=7, reason="还漏水")
    assert (walk.state, walk.running) == ("out", {"answer"})
    walk.take("units_done", "scheduler").take("close", "lead", verified="visit", note="看过了")
    assert (walk.state, walk.running) == ("closed", set())


@pytest.mark.parametrize("step", ["approve", "decline", "void"])
def test_nobody_decides_on_a_whistle_of_his_own(step):
    duty = WHISTLE.step(step).by[0]
    assert lawful(WHISTLE, "blown", step, duty) and not lawful(WHISTLE, "blown", step, duty, "registrar")


def test_there_is_no_kind_above_the_hardest():
    walk = Walk(WHISTLE).put(detail={"kind": "hard"}).take("send_out", "scheduler")
    with pytest.raises(Refused) as refused:
        walk.take("upgrade", "lead", reason="没人来")
    assert refused.value.codes == ["hardest_already"]


@pytest.mark.parametrize(("step", "duty", "state"), [("withdraw", "registrar", "withdrawn"), ("void", "operator", "void"), ("decline", "lead", "declined")])
def test_it_ends_before_it_is_answered(step, duty, state):
    walk = Walk(WHISTLE).put(detail={"kind": "key"}).take(step, duty, reason="不需要了")
    assert (walk.state, walk.running) == (state, set())
