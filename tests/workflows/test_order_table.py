"""The specification of the hotline order, by hand: every triple of state, step and duty. Then real lives of orders."""

from datetime import date

import pytest

from tests.workflows.walking import Refused, Walk, lawful
from workflows import WORKFLOWS
from workflows.order import ORDER, UNCOUNTED
from workflows.order_asks import KINDS
from workflows.roles import CASE_DUTIES, POST_ROLES, TIERS
from workflows.rulebook import packaged

DUTIES = sorted(CASE_DUTIES.keys() | POST_ROLES.keys())
OPEN = "registered at_unit at_place objected shelved answered".split()
ENDED = ["closed", "not_accepted", "duplicate", "taken_back"]
IN_HAND = ["at_unit", "at_place"]
WITH_OBJECTED = [*IN_HAND, "objected"]
CHARGED = "unit lead"
WORKERS = "unit registrar grid_worker"
SCHEDULER, REQUEST = "scheduler", "request"

# step: (states it is taken from, duties that may take it, state it leads to; "." = it stays)
TABLE = {
    "dispatch_unit": (["registered"], "operator scheduler", "at_unit"),
    "dispatch_place": (["registered"], "operator", "at_place"),
    "refuse": (["registered"], "operator", "not_accepted"),
    "same_matter": (["registered"], "operator", "duplicate"),
    "in_petition": (["registered"], "operator", "not_accepted"),
    "take_back": (["registered"], "operator head registrar", "taken_back"),
    "city_leg": (["registered", *WITH_OBJECTED], "operator scheduler", "."),
    "district_leg": (["registered", *WITH_OBJECTED], "operator scheduler", "."),
    "record_contact": (WITH_OBJECTED, CHARGED, "."),
    "record_attempt": (WITH_OBJECTED, CHARGED, "."),
    "ask_help": (IN_HAND, CHARGED, "."),
    "report_interim": (WITH_OBJECTED, CHARGED, "."),
    "object": (IN_HAND, CHARGED, "objected"),
    "accept_return": (["objected"], "operator", "registered"),
    "fix_unit": (["objected"], "operator", "at_unit"),
    "fix_place": (["objected"], "operator", "at_place"),
    "answer": (IN_HAND, CHARGED, "answered"),
    "extend": (IN_HAND, REQUEST, "."),
    "shelve": (IN_HAND, REQUEST, "shelved"),
    "revive_unit": (["shelved"], f"{CHARGED} operator", "at_unit"),
    "revive_place": (["shelved"], f"{CHARGED} operator", "at_place"),
    "close": (["answered"], "operator", "closed"),
    "redo_unit": (["answered"], "operator", "at_unit"),
    "redo_place": (["answered"], "operator", "at_place"),
    "reopen": (["closed", "not_accepted", "duplicate"], "operator", "registered"),
    "leave_out": (["closed"], "operator", "."),
    "join_into": (["registered", *IN_HAND], "lead upper_lead operator scheduler", "joined"),
    "split_off": (["joined"], "lead upper_lead operator scheduler", "."),  # back where it was
    "take_in": ([*OPEN, *ENDED], SCHEDULER, "."),
    "let_go": ([*OPEN, *ENDED], SCHEDULER, "."),
    "many_people": ([*OPEN, *ENDED], SCHEDULER, "."),
    "resident_adds": (OPEN, "resident", "."),
    "resident_withdraws": (OPEN, "resident", "."),
    "resident_rates": (["answered", "closed"], "resident", "."),
    "resident_objects": (["answered", "closed"], "resident", "."),
    "resident_objects_reopen": (["closed"], "resident", "registered"),
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
STATES = [s.name for s in ORDER.states]
ANSWER = {"outcome": "solved", "answer": "mended", "way": "phone"}
OBJECTION = {"ground": "remit", "basis": "list, item 3", "competent": "water office"}
UNSOLVED = {"solved": "unsolved", "satisfaction": "dissatisfied", "reason": "not mended"}


def test_states_are_those_of_the_table():
    assert WORKFLOWS["order"] is ORDER
    assert sorted(STATES) == sorted([*OPEN, *ENDED, "joined"])
    assert set(UNCOUNTED) <= set(STATES)


@pytest.mark.parametrize("step", sorted({*TABLE, *(s.name for s in ORDER.steps)}))
def test_every_state_and_duty(step):
    found = {
        (state, step, duty): ORDER.step(step).target or state
        for state in STATES for duty in DUTIES if lawful(ORDER, state, step, duty)
    }
    assert found == {triple: target for triple, target in EXPECTED.items() if triple[1] == step}


def test_who_registers():
    assert set(ORDER.opens.by) == {
        "operator", "grid_worker", "head", "secretary", "scheduler", "importer", "unit", "lead"}


def at_unit(**given):
    return Walk(ORDER, **given).take("dispatch_unit", "operator", department_id=7).put(department_id=7)


def test_from_dispatch_to_the_call_back():
    life = at_unit()
    assert life.running == {"objection", "contact", "finish"}
    with pytest.raises(Refused) as refused:
        life.take("answer", "unit", **ANSWER)
    assert refused.value.codes == ["not_contacted"]
    life.take("record_contact", "unit", way="phone", said="we come tomorrow").take("answer", "unit", **ANSWER)
    assert (life.state, life.running) == ("answered", {"call_back"})
    life.take("close", "operator", solved="solved", satisfaction="unrated")
    assert (life.state, life.view.detail["satisfaction"]) == ("closed", "unrated")


def test_whoever_was_fixed_cannot_return_it():
    life = at_unit().take("object", "unit", **OBJECTION)
    assert life.running == {"contact", "finish", "ruling"}
    life.take("fix_unit", "operator", department_id=7, reason="item 3 names you")
    with pytest.raises(Refused) as refused:
        life.take("object", "unit", **OBJECTION)
    assert "unit_fixed" in refused.value.codes


def test_after_its_hours_it_is_not_returned():
    life = at_unit().later(days=40)
    with pytest.raises(Refused) as refused:
        life.take("object", "unit", **OBJECTION)
    assert refused.value.codes == ["objection_late"]


def test_a_return_starts_the_dispatch_anew():
    life = at_unit().take("object", "unit", **OBJECTION).take("accept_return", "operator", reason="right")
    assert (life.state, life.running) == ("registered", {"dispatch"})


def test_redone_by_whoever_had_it():
    life = at_unit().take("record_contact", "unit", way="visit", said="seen").take("answer", "unit", **ANSWER)
    assert life.reasons("redo_place", **UNSOLVED) == ["with_department"]
    life.take("redo_unit", "operator", **UNSOLVED)
    assert (life.state, life.running) == ("at_unit", {"finish"})


def test_what_is_unsolved_does_not_end_without_words():
    life = at_unit().take("record_contact", "unit", way="visit", said="seen").take("answer", "unit", **ANSWER)
    assert life.reasons("close", solved="unsolved", satisfaction="unrated") == ["still_unsolved"]
    assert life.reasons("close", solved="unsolved", satisfaction="unrated", words="agreed to wait for the new road") == []


SHELVED = {"ground": "project", "condition": "the road is built", "review_on": date(2026, 6, 1), "evidence": "f", "citizen_told": True}


def test_shelved_and_revived():
    life = at_unit(limits=packaged().raw["limits"])
    assert life.reasons("shelve", **SHELVED | {"citizen_told": False}) == ["citizen_not_told"]
    assert life.reasons("shelve", **SHELVED | {"review_on": date(2028, 1, 1)}) == ["review_too_late"]
    life.take("shelve", "request", **SHELVED)
    assert life.state == "shelved" and ORDER.state("shelved").pauses and ORDER.state("shelved").whole_pause
    assert not ORDER.deadline("shelf_review").pauses and ORDER.deadline("finish").pauses
    life.take("revive_unit", "unit", reason="the road is there")
    assert life.state == "at_unit"


def test_more_time_is_asked_for_before_it_is_over():
    life, asked = at_unit(), {"length": "5 working days", "reason": "parts", "citizen_told": True}
    assert life.reasons("extend", **asked) == []
    assert life.later(days=31).reasons("extend", **asked) == ["extend_in_time"]


def test_both_legs_have_their_own_clock():
    life = Walk(ORDER).take("city_leg", "scheduler", city_due_on=date(2026, 3, 9))
    life.take("district_leg", "operator", district_due_on=date(2026, 3, 6))
    assert life.running == {"dispatch", "city_leg", "district_leg"}
    life.take("dispatch_place", "operator", area_id=2).take("record_contact", "lead", way="visit", said="seen")
    life.take("answer", "lead", **ANSWER)
    assert life.running == {"call_back"}


def test_every_kind_has_a_length():
    book = packaged()
    assert {k.value: book.length("order", "finish", "", k.value) for k in KINDS} == {
        "consultation": "3 working days", "help": "3 working days", "complaint": "5 working days", "suggestion": "13 working days"}
    assert {book.length("order", "finish", tier, "") for tier in ("", *TIERS)} == {"5 working days"}
