"""The specification of the legacy case, by hand: every triple of state, step and duty, the plan and its clock."""

from datetime import date, timedelta

import pytest

from tests.workflows.walking import START, NotLawful, Refused, Walk, lawful
from workflows.answer_guards import local_date
from workflows.legacy import LEGACY
from workflows.legacy_plan import milestones
from workflows.prove import prove
from workflows.roles import CASE_DUTIES, POST_ROLES
from workflows.rulebook import packaged

DUTIES = sorted(CASE_DUTIES.keys() | POST_ROLES.keys())
CLOSED = ["struck_off", "rejected"]
LISTED = ["listed", "plan_submitted", "planned", "under_way", "checking", "result", "shelved"]
OPEN = ["proposed", *LISTED]
EVERY = [*OPEN, *CLOSED]
AT_WORK = ["planned", "under_way"]
WORKERS = "unit petition_office operator patron"
TABLE = {
    "list": (["proposed"], "lead", "listed"),
    "reject": (["proposed"], "lead", "rejected"),
    "propose_again": (["rejected"], "registrar operator petition_office", "proposed"),
    "name_patron": (["listed"], "lead", "."),
    "replace_patron": (LISTED, "lead", "."),
    "name_unit": (OPEN, "lead patron operator petition_office", "."),
    "draft_milestone": (["listed"], WORKERS, "."),
    "drop_draft": (["listed"], WORKERS, "."),
    "submit_plan": (["listed"], "patron petition_office operator", "plan_submitted"),
    "approve_plan": (["plan_submitted"], "lead supervisor", "planned"),
    "return_plan": (["plan_submitted"], "lead supervisor", "listed"),
    "add_milestone": ([*AT_WORK, "checking"], "request", "."),
    "move_milestone": ([*AT_WORK, "checking"], "request", "."),
    "drop_milestone": ([*AT_WORK, "checking"], "request", "."),
    "begin": (["planned"], WORKERS, "under_way"),
    "reach_milestone": (AT_WORK, "unit petition_office operator", "checking"),
    "confirm_milestone": (["checking"], "patron lead", "under_way"),
    "return_milestone": (["checking"], "patron lead", "under_way"),
    "report_progress": ([*AT_WORK, "checking", "result"], WORKERS, "."),
    "shelve": (AT_WORK, "request", "shelved"),
    "take_up": (["shelved"], "lead patron", "under_way"),
    "end_suspension": (["shelved"], "scheduler", "under_way"),
    "ask_acceptance": (["under_way"], "patron petition_office operator", "result"),
    "strike_off": (["result"], "lead supervisor", "struck_off"),
    "return_result": (["result"], "lead supervisor", "under_way"),
    "reopen": (["struck_off"], "lead operator petition_office", "listed"),
    "raise_tier": (LISTED, "lead upper_lead", "."),
    "lower_tier": (LISTED, "request", "."),
    "record_note": (OPEN, "unit petition_office registrar lead patron operator", "."),
    "attach": (EVERY, "unit patron petition_office registrar lead operator", "."),
    "instruct": (OPEN, "lead upper_lead patron", "."),
    "supervise": (OPEN, "lead upper_lead operator supervisor", "."),
    "record_fact": (OPEN, f"{WORKERS} lead", "."),
    "add_party": (OPEN, f"{WORKERS} registrar", "."),
    "record_policy": (OPEN, f"{WORKERS} lead", "."),
    "strike_policy": (OPEN, f"{WORKERS} lead", "."),
    "compare_policies": (OPEN, f"{WORKERS} lead", "."),
    "record_history": (EVERY, f"{WORKERS} lead registrar", "."),
    "remind": (OPEN, "scheduler", "."),
    "urge": (OPEN, "scheduler operator lead upper_lead", "."),
    "card": (OPEN, "scheduler operator", "."),
    "pass_up": (OPEN, "scheduler", "."),
    "alarm": (OPEN, "scheduler", "."),
}
EXPECTED = {
    (state, step, duty): state if target == "." else target
    for step, (states, duties, target) in TABLE.items() for state in states for duty in duties.split()
}
OWNERS = {
    "proposed": "lead", "listed": "patron", "plan_submitted": "lead", "planned": "patron", "under_way": "patron",
    "checking": "patron", "result": "lead", "shelved": "lead", "struck_off": "lead", "rejected": "lead",
}
TODAY = local_date(START)


def day(days: int) -> date:
    """So many days from the first day of the walk."""
    return TODAY + timedelta(days=days)


def planned(*dates: date) -> Walk:
    """A case whose plan was approved, with milestones due on these dates."""
    walk = Walk(LEGACY).facts(legacy=True)
    walk.take("list", "lead", grounds="years of letters").take("name_patron", "lead", patron_id=7)
    for due_on in dates:
        walk.take("draft_milestone", "patron", what="pay", who="housing office", due_on=due_on)
    return walk.take("submit_plan", "patron", plan="in steps").take("approve_plan", "lead")


def dates(walk: Walk) -> list[tuple[int, str, str]]:
    return [(one["number"], one["due_on"], one["state"]) for one in milestones(walk.view)]


def test_every_state_step_and_duty():
    found = {
        (state.name, step.name, duty): step.target or state.name
        for state in LEGACY.states for step in LEGACY.steps for duty in DUTIES if lawful(LEGACY, state.name, step.name, duty)
    }
    assert found == EXPECTED
    assert {s.name: s.owner for s in LEGACY.states} == OWNERS


def test_who_proposes_and_on_what():
    assert set(LEGACY.opens.by) == {"secretary", "operator", "petition_officer", "scheduler"}
    assert set(LEGACY.opens_from) == {"dispute", "petition", "order"}


def test_proved():
    assert prove(LEGACY, packaged()).flaws == ()


@pytest.mark.parametrize("step", ["approve_plan", "return_plan", "strike_off", "return_result", "reach_milestone"])
def test_the_patron_does_not_judge_his_own_work(step):
    state, duties, _ = TABLE[step]
    assert not any(lawful(LEGACY, state[0], step, duty, "patron") for duty in duties.split())


def test_from_the_list_to_striking_off():
    walk = Walk(LEGACY)
    assert walk.running == {"listing"}
    walk.take("list", "lead", grounds="years of letters")
    assert (walk.state, walk.running) == ("listed", {"patron"})
    walk.take("name_patron", "lead", patron_id=7)
    assert walk.running == {"plan"}
    walk.take("draft_milestone", "unit", what="pay", who="housing office", due_on=day(30))
    walk.take("submit_plan", "patron", plan="in one step")
    assert (walk.state, walk.running) == ("plan_submitted", {"approval"})
    walk.take("approve_plan", "supervisor")
    assert walk.running == {"milestone", "report"}
    walk.take("begin", "unit").take("reach_milestone", "unit", milestone=1, reached_on=TODAY, came_of_it="paid")
    assert (walk.state, walk.running - {"milestone"}) == ("checking", {"check", "report"})
    assert walk.view.facts["milestone_on"] == ""
    walk.take("confirm_milestone", "patron").take("ask_acceptance", "patron", result="paid", told="by letter")
    assert (walk.state, walk.running) == ("result", {"acceptance", "report"})
    walk.take("strike_off", "lead", findings="so it is", concerned="agree")
    assert (walk.state, walk.running, walk.view.detail["outcome"]) == ("struck_off", set(), "struck_off")
    walk.take("reopen", "lead", statement="the money stopped", reason="promised for good")
    assert (walk.state, walk.running, walk.view.patron_id) == ("listed", {"patron"}, None)


def test_rejected_and_proposed_once_more():
    walk = Walk(LEGACY).take("reject", "lead", reason="no years behind it")
    assert (walk.state, walk.running) == ("rejected", set())
    walk.take("propose_again", "petition_office", reason="papers found")
    assert (walk.state, walk.running) == ("proposed", {"listing"})


def test_nothing_is_planned_without_a_patron_and_no_plan_without_milestones():
    walk = Walk(LEGACY).take("list", "lead", grounds="years of letters")
    with pytest.raises(Refused) as refused:
        walk.take("submit_plan", "operator", plan="somehow")
    assert refused.value.codes == ["patron_missing", "no_milestones"]
    with pytest.raises(Refused):
        walk.take("draft_milestone", "unit", what="pay", who="x", due_on=day(1))
    walk.take("name_patron", "lead", patron_id=7)
    assert walk.reasons("name_patron", patron_id=8) == ["patron_is_named"]
    assert walk.reasons("replace_patron", patron_id=7, reason="-") == ["same_patron"]
    assert walk.reasons("draft_milestone", what="pay", who="x", due_on=day(-1)) == ["in_the_past"]
    walk.take("draft_milestone", "unit", what="pay", who="x", due_on=day(0)).take("drop_draft", "unit", milestone=1)
    assert dates(walk) == [(1, day(0).isoformat(), "removed")]
    assert walk.reasons("submit_plan", plan="somehow") == ["no_milestones"]


def test_the_next_milestone_is_the_earliest_open_one():
    walk = planned(day(40), day(20), day(30))
    assert walk.view.facts["milestone_on"] == day(20).isoformat()
    walk.take("reach_milestone", "unit", milestone=3, reached_on=TODAY, came_of_it="early")
    assert walk.view.facts["milestone_on"] == day(20).isoformat()
    with pytest.raises(NotLawful):
        walk.take("reach_milestone", "unit", milestone=2, reached_on=TODAY, came_of_it="too")
    walk.take("confirm_milestone", "lead").take("reach_milestone", "operator", milestone=2, reached_on=TODAY, came_of_it="done")
    assert walk.view.facts["milestone_on"] == day(40).isoformat()
    walk.take("return_milestone", "patron", reason="half of it")
    assert walk.view.facts["milestone_on"] == day(20).isoformat()
    assert dates(walk) == [(1, day(40).isoformat(), "open"), (2, day(20).isoformat(), "open"), (3, day(30).isoformat(), "checked")]


def test_what_is_named_must_be_open():
    walk = planned(day(20), day(40))
    assert walk.reasons("reach_milestone", milestone=3, reached_on=TODAY, came_of_it="-") == ["milestone_not_open"]
    assert walk.reasons("reach_milestone", milestone=1, reached_on=day(1), came_of_it="-") == ["in_the_future"]
    assert walk.reasons("ask_acceptance", result="-", told="-") == ["milestones_left"]


def test_the_plan_changes_by_request():
    walk = planned(day(20), day(40))
    assert walk.reasons("move_milestone", milestone=1, due_on=day(20), reason="-") == ["date_unchanged"]
    assert walk.reasons("move_milestone", milestone=1, due_on=day(-1), reason="-") == ["in_the_past"]
    walk.take("move_milestone", "request", milestone=1, due_on=day(50), reason="the land is not free")
    assert walk.view.facts["milestone_on"] == day(40).isoformat()
    walk.take("add_milestone", "request", what="hand over", who="street", due_on=day(60))
    walk.take("drop_milestone", "request", milestone=2, reason="no longer needed")
    assert dates(walk) == [(1, day(50).isoformat(), "open"), (2, day(40).isoformat(), "dropped"), (3, day(60).isoformat(), "open")]
    walk.take("drop_milestone", "request", milestone=1, reason="no longer needed")
    assert walk.reasons("drop_milestone", milestone=3, reason="-") == ["last_milestone"]


def test_shelved_for_a_time():
    walk = planned(day(10), day(40))
    assert walk.reasons("shelve", ground="other", review_on=day(30)) == ["explain_other"]
    assert walk.reasons("shelve", ground="policy", review_on=day(0)) == ["in_the_past"]
    assert walk.reasons("shelve", ground="policy", review_on=day(181)) == ["shelved_too_long"]
    walk.later(days=20).take("shelve", "request", ground="policy", review_on=day(50))
    assert (walk.state, "review" in walk.running) == ("shelved", True)
    walk.later(days=15).take("take_up", "lead", note="the paper is here")
    assert "review" not in walk.running
    assert dates(walk) == [(1, day(10).isoformat(), "open"), (2, day(55).isoformat(), "open")], "what had passed stays late"


def test_the_shelving_ends_by_itself():
    walk = planned(day(10)).take("shelve", "request", ground="means", review_on=day(30))
    walk.later(days=30).take("end_suspension", "scheduler")
    assert (walk.state, dates(walk)) == ("under_way", [(1, day(40).isoformat(), "open")])


def test_orange_at_least():
    walk = planned(day(10)).put(tier="red")
    assert walk.reasons("lower_tier", tier="orange", reason="-") == []
    assert "legacy_stays_orange" in walk.reasons("lower_tier", tier="yellow", reason="-")


def test_policies_are_struck_out_by_number():
    walk = planned(day(10))
    assert walk.reasons("strike_policy", policy=1, reason="-") == ["no_policy"]
    walk.take("record_policy", "unit", era="then", name="n", wording="w").take("record_policy", "unit", era="now", name="n", wording="w")
    assert walk.reasons("strike_policy", policy=3, reason="-") == ["policy_unknown"]
    walk.take("strike_policy", "unit", policy=1, reason="typed twice")
    assert walk.reasons("strike_policy", policy=1, reason="-") == ["policy_unknown"]
