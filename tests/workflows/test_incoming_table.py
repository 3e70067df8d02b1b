"""The specification of the incoming item, by hand: every triple of state, step and duty."""

import pytest

from tests.workflows.walking import Refused, Walk, lawful
from workflows.incoming import INCOMING
from workflows.roles import CASE_DUTIES, POST_ROLES

DUTIES = sorted(CASE_DUTIES.keys() | POST_ROLES.keys())
DONE = ["sorted", "answered", "referred", "joined", "passed_on"]
ANSWERED = ["answered", "referred", "passed_on"]
SORTERS = "operator head lead grid_worker"
TABLE = {
    "sort_matter": (["registered"], SORTERS, "sorted"),
    "answer": (["registered"], SORTERS, "answered"),
    "refer": (["registered"], SORTERS, "referred"),
    "join": (["registered"], SORTERS, "joined"),
    "pass_on": (["registered"], SORTERS, "passed_on"),
    "annotate": (["registered"], SORTERS, "."),
    "undo": (DONE, SORTERS, "registered"),
    "resident_adds": (["registered"], "resident", "."),
    "resident_withdraws": (["registered"], "resident", "."),
    "resident_withdraws_item": (["registered"], "resident", "withdrawn"),
    "resident_rates": (ANSWERED, "resident", "."),
    "resident_objects": (ANSWERED, "resident", "."),
    "resident_objects_to_answer": ([*ANSWERED, "withdrawn"], "resident", "registered"),
    "split_off": (["joined"], f"{SORTERS} scheduler", "registered"),
    "remind": (["registered"], "scheduler", "."),
    "urge": (["registered"], "scheduler operator lead upper_lead", "."),
    "card": (["registered"], "scheduler operator", "."),
    "pass_up": (["registered"], "scheduler", "."),
    "alarm": (["registered"], "scheduler", "."),
}
EXPECTED = {
    (state, step, duty): state if target == "." else target
    for step, (states, duties, target) in TABLE.items() for state in states for duty in duties.split()
}
ANSWERS = {
    "sort_matter": {"becomes": "dispute", "kind": "dispute", "category": "0201"},
    "answer": {"answer": "Open on weekdays from nine.", "kind": "consultation"},
    "refer": {"path": "court", "answer": "You may sue."},
    "join": {"known": "调〔2026〕021003-000123"},
    "pass_on": {"kind": "service_request", "desk": "Water company"},
}


def test_every_state_step_and_duty():
    states = [s.name for s in INCOMING.states]
    found = {
        (state, step.name, duty): step.target or state
        for state in states for step in INCOMING.steps for duty in DUTIES if lawful(INCOMING, state, step.name, duty)
    }
    assert found == EXPECTED
    assert sorted(states) == sorted(["registered", *DONE, "withdrawn"])


def test_who_registers():
    assert set(INCOMING.opens.by) == {
        "operator", "grid_worker", "mediator", "head", "secretary", "scheduler", "importer", "resident"}


def test_no_machine_sorts():
    assert not any("scheduler" in INCOMING.step(name).by for name in ANSWERS)


@pytest.mark.parametrize("step", sorted(ANSWERS))
def test_sorted_and_undone_within_a_day(step):
    walk = Walk(INCOMING).take("annotate", "head", note="rang back")
    assert walk.running == {"sort"}
    walk.take(step, "operator", **ANSWERS[step])
    assert (walk.state, walk.running) == (TABLE[step][2], set())
    walk.later(hours=24).take("undo", "operator", reason="wrong click")
    assert (walk.state, walk.running, walk.view.detail["kind"]) == ("registered", {"sort"}, "")


def test_not_undone_after_a_day():
    walk = Walk(INCOMING).take("answer", "head", answer="No.").later(hours=24, seconds=1)
    with pytest.raises(Refused) as refused:
        walk.take("undo", "head", reason="wrong click")
    assert refused.value.codes == ["too_late_to_undo"]


def test_another_path_is_said_in_words():
    assert Walk(INCOMING).reasons("refer", path="other", answer="Ask there.") == ["explain_other"]


def test_a_dispute_is_not_passed_on_as_another_kind():
    offered = {c.value for f in INCOMING.step("pass_on").asks if f.name == "kind" for c in f.choices}
    assert offered == {"service_request", "consultation", "suggestion", "report_of_wrongdoing", "appeal"}


def test_lateness_leaves_it_registered():
    walk = Walk(INCOMING)
    for act in ("remind", "urge", "card", "pass_up", "alarm"):
        walk.take(act, "scheduler", deadline="sort", rung="overdue")
    assert (walk.state, walk.running) == ("registered", {"sort"})


def test_not_solved_says_the_resident():
    walk = Walk(INCOMING).take("answer", "head", answer="Ask there.", kind="consultation").later(days=30)
    walk.take("resident_rates", "resident", resident_rating="dissatisfied")
    assert walk.view.facts["resident_rating"] == "dissatisfied"
    walk.take("resident_objects_to_answer", "resident", words="没有解决")
    assert (walk.state, walk.running) == ("registered", {"sort"})
    walk.take("answer", "head", answer="Done.").later(days=30, seconds=1)
    assert walk.reasons("resident_objects_to_answer", words="没有解决") == ["objected_too_late"]
    assert walk.take("resident_objects", "resident", words="没有解决").state == "answered"


def test_taken_back_by_the_sender_alone():
    walk = Walk(INCOMING).take("resident_withdraws_item", "resident", words="不用了")
    assert (walk.state, walk.running) == ("withdrawn", set())
