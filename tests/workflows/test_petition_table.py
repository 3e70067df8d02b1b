"""The specification of the petition process, written by hand: which duty may take which step from which state, and where
it leads. Every triple that is not in the table must be refused. Then lives of petitions, guards and all."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.workflows.walking import NotLawful, Refused, Walk, lawful
from workflows import WORKFLOWS
from workflows.first_steps import usual_steps
from workflows.petition import PETITION
from workflows.roles import CASE_DUTIES, POST_ROLES
from workflows.view import ClockView

DUTIES = sorted(CASE_DUTIES.keys() | POST_ROLES.keys())
OPEN = (
    "received with_organ objected handling simple suspended studying answered delivered in_recheck rechecked recheck_delivered"
    " in_review in_hearing reviewed"
).split()
CLOSED = "ended final settled replied referred reported_up not_accepted withdrawn".split()
GRADED = OPEN[3:]
EARLY = OPEN[:7]
HANDLING = ["handling", "simple"]
OFFICE, CHIEFS = "petition_office", "organ petition_office"
WORKERS = "organ petition_office recheck_office review_office registrar"
RECHECKERS, REVIEWERS = "recheck_office petition_office", "review_office petition_office"

# step: (states it is taken from, duties that may take it, state it leads to; "." = it stays)
TABLE = {
    # the petition office
    "transfer": (["received"], OFFICE, "with_organ"),
    "assign": (["received"], OFFICE, "with_organ"),
    "keep": (["received"], OFFICE, "with_organ"),
    "decide_several": (["received", "objected"], OFFICE, "with_organ"),
    "report_up": (["received"], OFFICE, "reported_up"),
    "isolate": (["received", "with_organ", "objected", "handling", "studying"], f"{CHIEFS} registrar", "."),
    "refer_accusation": (["received", "with_organ", "studying"], OFFICE, "referred"),
    "refer": (["received", "with_organ", "handling"], CHIEFS, "referred"),
    # the organ
    "object": (["with_organ"], "organ", "objected"),
    "agree_return": (["objected"], OFFICE, "received"),
    "refuse_return": (["objected"], OFFICE, "with_organ"),
    "choose_simple": (["with_organ"], CHIEFS, "."),
    "accept": (["with_organ"], "organ", "handling"),
    "accept_simple": (["with_organ"], "organ", "simple"),
    "accept_study": (["with_organ"], "organ", "studying"),
    "refuse": (["received", "with_organ"], CHIEFS, "not_accepted"),
    "notify": (OPEN, CHIEFS, "."),
    "exempt": (OPEN, CHIEFS, "."),
    # handling
    "make_ordinary": (["simple"], "organ", "handling"),
    "suspend": (["handling"], "request", "suspended"),
    "resume": (["suspended"], CHIEFS, "handling"),
    "end_suspension": (["suspended"], "scheduler", "handling"),
    "extend": (HANDLING, "request", "."),
    "record_consent": (HANDLING, "organ", "."),
    "settle": (HANDLING, "organ", "settled"),
    "open_dispute": (HANDLING, CHIEFS, "."),
    "give_opinion": (HANDLING, "organ", "answered"),
    "reply": (["studying"], "organ", "replied"),
    # opinion, recheck, review
    "deliver": (["answered"], CHIEFS, "delivered"),
    "ask_recheck": (["delivered"], f"{RECHECKERS} organ", "in_recheck"),
    "give_recheck": (["in_recheck"], RECHECKERS, "rechecked"),
    "deliver_recheck": (["rechecked"], RECHECKERS, "recheck_delivered"),
    "ask_review": (["recheck_delivered"], f"{REVIEWERS} recheck_office", "in_review"),
    "hold_hearing": (["in_review"], REVIEWERS, "in_hearing"),
    "end_hearing": (["in_hearing"], REVIEWERS, "in_review"),
    "give_review": (["in_review"], REVIEWERS, "reviewed"),
    "deliver_review": (["reviewed"], REVIEWERS, "ended"),
    "finish": (["delivered"], OFFICE, "final"),
    "finish_recheck": (["recheck_delivered"], OFFICE, "final"),
    # ends
    "withdraw": (EARLY, WORKERS, "withdrawn"),
    "reopen": (["referred", "reported_up", "not_accepted", "withdrawn"], f"{OFFICE} lead", "received"),
    "rate": (["delivered", "recheck_delivered", *CLOSED], f"{OFFICE} operator", "."),
    # joined to another, and at the residents' door
    "join_into": (["received", "with_organ"], f"{CHIEFS} lead upper_lead operator scheduler", "joined"),
    "split_off": (["joined"], f"{CHIEFS} lead upper_lead operator scheduler", "."),  # back where it was
    "take_in": ([*OPEN, *CLOSED], "scheduler", "."),
    "let_go": ([*OPEN, *CLOSED], "scheduler", "."),
    "many_people": ([*OPEN, *CLOSED], "scheduler", "."),
    "resident_adds": (OPEN, "resident", "."),
    "resident_withdraws": (OPEN, "resident", "."),
    "resident_rates": (["delivered", "recheck_delivered", *CLOSED], "resident", "."),
    "resident_objects": (["delivered", "recheck_delivered", *CLOSED], "resident", "."),
    "record_care": ([*OPEN, *CLOSED, "joined"], f"{WORKERS} grid_worker lead", "."),
    # colour
    "raise_tier": (GRADED, f"lead upper_lead {OFFICE}", "."),
    "lower_tier": (GRADED, "request", "."),
    "name_patron": (GRADED, "lead upper_lead", "."),
    "set_plan": (GRADED, "patron lead organ", "."),
    "sign_off": (GRADED, "lead", "."),
    # the record
    "record_note": ([*OPEN, "joined"], f"{WORKERS} lead patron operator", "."),
    "attach": ([*OPEN, *CLOSED, "joined"], f"{WORKERS} lead operator", "."),
    "instruct": (OPEN, "lead upper_lead patron", "."),
    "supervise": (OPEN, "lead upper_lead operator supervisor", "."),
    "record_fact": (OPEN, f"{WORKERS} lead operator", "."),
    "count_visitors": (OPEN, f"{WORKERS} operator", "."),
    "add_party": (OPEN, f"{WORKERS} operator", "."),
    "complete_party": (OPEN, WORKERS, "."),
    "add_representative": (OPEN, WORKERS, "."),
    "give_new_facts": (["received", "with_organ", "objected"], CHIEFS, "."),
    "report_result": (OPEN, CHIEFS, "."),
    "flag_urgent": (OPEN, f"{WORKERS} operator lead", "."),
    "report_urgent": (OPEN, f"{CHIEFS} operator lead", "."),
    "receive_in_person": (OPEN, f"{OFFICE} lead upper_lead", "."),
    # lateness
    "remind": (OPEN, "scheduler", "."),
    "urge": (OPEN, "scheduler operator lead upper_lead", "."),
    "card": (OPEN, "scheduler operator", "."),
    "pass_up": (OPEN, "scheduler", "."),
    "alarm": (OPEN, "scheduler", "."),
    "raise_overdue": (OPEN, "scheduler", "."),
}
EXPECTED = {
    (state, step, duty): state if target == "." else target
    for step, (states, duties, target) in TABLE.items()
    for state in states
    for duty in duties.split()
}
STATES = [s.name for s in PETITION.states]
OWNERS = {
    "received": OFFICE, "objected": OFFICE, "delivered": OFFICE, "recheck_delivered": OFFICE, "in_recheck": "recheck_office",
    "rechecked": "recheck_office", "in_review": "review_office", "in_hearing": "review_office", "reviewed": "review_office",
    **dict.fromkeys(("with_organ", "handling", "simple", "suspended", "studying", "answered"), "organ"),
}
# deadline: (unit that must act, source, where it runs; more may run beside it)
CLOCKS = {
    "register": (OFFICE, "XF 22"), "notify_direct": ("organ", "XF 23(2)"), "notify_transfer": ("organ", "XF 23(3)"),
    "object": ("organ", "XF 23(3)"), "handle": ("organ", "XF 34"), "recheck_ask": (OFFICE, "XF 35"),
    "recheck": ("recheck_office", "XF 35"), "review_ask": (OFFICE, "XF 36"), "review": ("review_office", "XF 36"),
    "urgent": (OFFICE, "XF 25"), "task": ("organ", "XF 22(3)"),
}
OPINION = {"claims": "修复", "facts_and_reasons": "属实", "opinion": "限期修复", "legal_basis": "民法典第二百八十五条", "outcome": "support"}
SECOND = {"second_outcome": "upheld", "opinion": "维持", "legal_basis": "信访工作条例第三十五条"}


def test_the_process_is_the_one_in_force():
    assert WORKFLOWS["petition"] is PETITION


def test_states_are_those_of_the_table_and_each_has_its_owner():
    assert sorted(STATES) == sorted([*OPEN, *CLOSED, "joined"])
    assert {s.name: s.owner for s in PETITION.states if not s.closed} == OWNERS


@pytest.mark.parametrize("step", sorted({*TABLE, *(s.name for s in PETITION.steps)}))
def test_every_state_and_duty(step):
    """For this step: exactly the triples of the table are lawful, and each leads where the table says."""
    found = {
        (state, step, duty): PETITION.step(step).target or state
        for state in STATES for duty in DUTIES if lawful(PETITION, state, step, duty)
    }
    assert found == {triple: target for triple, target in EXPECTED.items() if triple[1] == step}


def test_who_registers():
    assert set(PETITION.opens.by) == {
        "petition_officer", "operator", "secretary", "head", "grid_worker", "mediator", "scheduler", "importer"}


def test_clocks_of_the_law():
    assert {key: (PETITION.deadline(key).owner, PETITION.deadline(key).source) for key in CLOCKS} == CLOCKS
    assert {d.key for d in PETITION.deadlines if d.roll == "next"} == {"recheck_ask", "review_ask"}  # rights of the petitioner
    assert {d.key for d in PETITION.deadlines if d.right} == {"recheck_ask", "review_ask"}
    assert [d.key for d in PETITION.deadlines if d.raises] == ["handle"]
    assert {d.key for d in PETITION.deadlines if d.pauses} == {"handle", "simple", "study", "review"}


# --- lives


def petition(**detail) -> Walk:
    return Walk(PETITION, detail={"kind": "", **detail}).party(1, "applicant")


def with_organ(kind="claim", **detail) -> Walk:
    return petition(**detail).take("transfer", OFFICE, kind=kind, department_id=7).put(department_id=7)


def handling() -> Walk:
    return with_organ().take("accept", "organ", kind="claim")


def delivered() -> Walk:
    walk = handling().take("give_opinion", "organ", **OPINION)
    return walk.take("deliver", "organ", delivered_on=walk.at.date(), delivery="handed")


def due(walk: Walk, key: str, **span) -> Walk:
    """Let a deadline be due so long from now."""
    clocks = dict(walk.view.clocks)
    clocks[key] = replace(clocks[key], due_at=walk.at + timedelta(**span))
    return walk.put(clocks=clocks)


def test_three_steps_and_the_end():
    walk = petition()
    assert walk.running == {"register", "notify_direct"}
    walk.take("transfer", OFFICE, kind="claim", department_id=7).put(department_id=7)
    assert walk.running == {"notify_transfer", "object", "accept"}
    walk.take("notify", "organ", notified_on=walk.at.date(), delivery="handed").take("accept", "organ", kind="claim")
    assert walk.running == {"handle"}
    walk.take("give_opinion", "organ", **OPINION)
    assert (walk.state, walk.running) == ("answered", {"deliver"})
    walk.take("deliver", "organ", delivered_on=walk.at.date(), delivery="post")
    assert walk.running == {"recheck_ask"}
    walk.take("ask_recheck", OFFICE, asked_on=walk.at.date(), statement="不服")
    assert (walk.state, walk.running) == ("in_recheck", {"recheck"})
    walk.take("give_recheck", "recheck_office", **SECOND).take(
        "deliver_recheck", OFFICE, delivered_on=walk.at.date(), delivery="handed")
    walk.take("ask_review", "recheck_office", asked_on=walk.at.date(), statement="不服")
    walk.take("hold_hearing", "review_office", until_on=walk.at.date() + timedelta(days=6))
    assert walk.running == {"review", "hearing_ends"}
    walk.take("end_hearing", "review_office", note="听证结束").take("give_review", "review_office", **SECOND)
    walk.take("deliver_review", OFFICE, delivered_on=walk.at.date(), delivery="handed")
    assert (walk.state, walk.running) == ("ended", set())
    for step in ("give_opinion", "ask_review", "reopen", "accept"):
        assert not any(lawful(PETITION, "ended", step, duty) for duty in DUTIES)
    walk.take("record_care", "grid_worker", way="visit", what="上门看望").take("rate", "operator", satisfaction="dissatisfied")


@pytest.mark.parametrize("key,finish,ask", [("recheck_ask", "finish", "ask_recheck"), ("review_ask", "finish_recheck", "ask_review")])
def test_final_when_nobody_asks_in_time(key, finish, ask):
    walk = delivered()
    if key == "review_ask":
        walk.take("ask_recheck", OFFICE, asked_on=walk.at.date(), statement="不服").take("give_recheck", "recheck_office", **SECOND)
        walk.take("deliver_recheck", OFFICE, delivered_on=walk.at.date(), delivery="handed")
    due(walk, key, days=1)
    assert walk.reasons(finish) == ["petition_may_still_ask"]
    assert walk.reasons(ask, asked_on=walk.at.date(), statement="不服") == []
    walk.later(days=2)
    assert walk.reasons(ask, asked_on=walk.at.date(), statement="不服") == ["petition_asked_too_late"]
    assert walk.reasons(ask, asked_on=(walk.at - timedelta(days=2)).date(), statement="邮戳在期内") == []
    assert walk.take(finish, OFFICE).state == "final"


def test_sixty_days_for_claims_alone():
    assert with_organ("advice").reasons("accept", kind="advice") == ["petition_other_kind"]
    assert with_organ("claim").reasons("accept_study", kind="claim") == ["petition_other_kind"]
    walk = with_organ("advice").take("accept_study", "organ", kind="advice")
    assert (walk.state, walk.running) == ("studying", {"study", "notify_transfer"})
    walk.take("reply", "organ", reply="已采纳", adopted="yes", notified_on=walk.at.date(), delivery="handed")
    assert (walk.state, walk.running) == ("replied", set())


def test_objection_in_five_days_and_return_by_consent():
    walk = with_organ()
    due(walk, "object", days=5).take("object", "organ", reason="不属于本部门职权范围，应由城管部门办理")
    assert (walk.state, walk.running) == ("objected", {"answer_objection", "notify_transfer"})
    walk.take("refuse_return", OFFICE, reason="职责清单列明")
    assert walk.state == "with_organ" and "accept" in walk.running
    with pytest.raises(Refused) as refused:
        walk.take("object", "organ", reason="仍然认为不属于本部门")
    assert refused.value.codes == ["petition_organ_fixed"]


def test_consent_brings_it_back_and_another_may_object():
    walk = with_organ().take("object", "organ", reason="不属于本部门职权范围，应由城管部门办理").take("agree_return", OFFICE)
    assert (walk.state, walk.running, walk.view.detail["department_id"]) == ("received", {"sort_again"}, None)
    walk.take("assign", OFFICE, kind="claim", department_id=8, report_by=walk.at.date() + timedelta(days=20)).put(department_id=8)
    assert walk.running == {"notify_transfer", "object", "accept", "task"}
    assert walk.reasons("object", reason="也不属于本部门的职权范围") == []
    walk.take("accept", "organ", kind="claim").take("report_result", "organ", result="已修好")
    assert "task" not in walk.running


def test_no_objection_when_late_or_when_nobody_sent_it():
    walk = due(with_organ(), "object", days=-1)
    assert walk.reasons("object", reason="不属于本部门职权范围") == ["petition_objection_too_late"]
    kept = petition().take("keep", OFFICE, kind="claim")
    assert kept.running == {"notify_direct", "accept"}
    assert kept.reasons("object", reason="不属于本部门职权范围")[0] == "petition_nobody_to_return_to"


@pytest.mark.parametrize("way", ["negotiated", "superior", "joint"])
def test_several_organs(way):
    walk = with_organ().take("object", "organ", reason="涉及多个部门，应明确主办单位")
    walk.take("decide_several", OFFICE, way=way, decided_by="联席会议", reason="共同上一级决定", department_id=8)
    assert (walk.state, walk.running) == ("with_organ", {"notify_transfer", "accept"})
    assert "petition_organ_fixed" in walk.put(department_id=8).reasons("object", reason="不属于本部门职权范围")


def test_simple_handling_inside_the_sixty_days():
    walk = with_organ()
    assert walk.reasons("accept_simple", kind="claim") == ["petition_not_marked_simple"]
    walk.take("choose_simple", OFFICE, reason="事实清楚").take("accept_simple", "organ", kind="claim")
    assert (walk.state, walk.running) == ("simple", {"simple", "handle", "notify_transfer"})
    started = walk.view.clocks["handle"].start_at
    walk.later(days=8).take("make_ordinary", "organ", reason="需要鉴定")
    assert (walk.state, walk.running) == ("handling", {"handle", "notify_transfer"})
    assert walk.view.clocks["handle"].start_at == started


def test_simple_handling_is_for_the_first_petition_of_few():
    assert with_organ(visitors=5).reasons("choose_simple", reason="小事") == ["petition_not_simple"]
    assert with_organ(repeat_of_id=3).reasons("choose_simple", reason="小事") == ["petition_not_simple"]
    late = due(with_organ().take("choose_simple", OFFICE, reason="小事"), "simple_accept", days=-1)
    assert late.reasons("accept_simple", kind="claim") == ["petition_not_marked_simple"]


def test_extension_once_by_at_most_thirty_days_before_the_end():
    walk = handling()
    told = {"reason": "案情复杂", "told_on": walk.at.date()}
    assert walk.reasons("extend", length="30 days", **told) == []
    assert walk.reasons("extend", length="31 days", **told) == ["extension_in_days"]
    assert walk.reasons("extend", length="1 month", **told) == ["extension_in_days"]
    assert due(handling(), "handle", days=-1).reasons("extend", length="30 days", **told) == ["petition_term_over"]
    walk.put(clocks={**walk.view.clocks, "handle": replace(walk.view.clocks["handle"], extensions=1)})
    assert walk.reasons("extend", length="5 days", **told) == ["already_extended_petition"]
    assert PETITION.step("extend").request == PETITION.step("suspend").request == "term"


def test_suspended_and_resumed():
    walk = handling()
    day = walk.at.date()
    assert walk.reasons("suspend", ground="appraisal", until_on=day + timedelta(days=31)) == ["petition_pause_too_long"]
    assert walk.reasons("suspend", ground="appraisal", until_on=day - timedelta(days=1)) == ["in_the_past"]
    walk.take("suspend", "request", ground="appraisal", until_on=day + timedelta(days=19))
    assert "suspension_ends" in walk.running and PETITION.state("suspended").pauses
    assert walk.take("end_suspension", "scheduler", deadline="suspension_ends", rung="overdue").state == "handling"


@pytest.mark.parametrize("visitors,limits,most", [
    (30, {}, 5), (None, {}, 5), (8, {"petition_small_group": 10}, 3), (11, {"petition_small_group": 10}, 5),
])
def test_at_most_five_representatives(visitors, limits, most):
    walk = petition(visitors=visitors).put(limits=limits)
    for n in range(1, most + 1):
        assert walk.party(n, "applicant").reasons("add_representative", party=n) == []
        walk.party(n, "applicant", representative=True)
    assert walk.party(99, "applicant").reasons("add_representative", party=99) == ["petition_too_many_representatives"]


def test_those_who_come_are_counted():
    walk = petition().take("count_visitors", "operator", visitors=12)
    assert (walk.view.facts["people"], walk.view.detail["visitors"]) == (12, 12)
    assert petition().facts(people=40).take("count_visitors", "operator", visitors=12).view.facts["people"] == 40


def test_an_accusation_is_set_apart_before_anybody_else_gets_it():
    walk = petition()
    assert walk.reasons("transfer", kind="accusation", department_id=7) == ["petition_isolate_first"]
    assert walk.reasons("keep", kind="accusation") == ["petition_isolate_first"]
    walk.take("isolate", OFFICE, accused=[5]).put(confidential=True, barred=frozenset({("account", 5), ("department", 7)}))
    assert walk.view.detail["kind"] == "accusation"
    assert walk.reasons("transfer", kind="accusation", department_id=7) == ["petition_organ_accused"]
    assert walk.reasons("transfer", kind="claim", department_id=8) == ["petition_stays_accusation"]
    walk.take("refer_accusation", OFFICE, body="纪检监察机关", receipt_number="收〔2026〕1号")
    assert (walk.state, walk.running) == ("referred", set())
    assert petition(kind="claim").reasons("refer_accusation", body="纪检监察机关", receipt_number="1") == ["petition_other_kind"]


def test_agreement_needs_both_sides():
    walk = handling()
    answers = {"agreement_kind": "mediation", "terms": "十日内修好", "in_force_on": walk.at.date()}
    assert walk.reasons("settle", **answers) == ["party_missing", "consent_missing"]
    walk.party(1, "applicant", "given").party(2, "respondent", "refused")
    assert walk.reasons("settle", **answers) == ["party_refuses"]
    walk.party(2, "respondent", "given").take("settle", "organ", **answers)
    assert (walk.state, walk.view.detail["outcome"]) == ("settled", "settled")


def test_mediation_outside_takes_the_consent_of_both():
    assert handling().reasons("open_dispute", area_id=3, both_agree=False) == ["parties_must_agree"]


def test_urgent_is_reported_within_hours():
    walk = petition().take("flag_urgent", "operator", what="扬言跳楼")
    assert "urgent" in walk.running
    assert "urgent" not in walk.take("report_urgent", OFFICE, told_to=["street", "joint"], what="已上报").running


@pytest.mark.parametrize("step,answers", [
    ("refuse", {"ground": "ended", "told": "三级终结", "delivery": "handed"}),
    ("refer", {"path": "arbitration", "body": "仲裁委", "told": "申请仲裁"}),
])
def test_refused_and_referred_with_the_path_told(step, answers):
    walk = with_organ()
    walk.take(step, "organ", notified_on=walk.at.date(), **answers)
    assert walk.running == set() and walk.view.clocks["notify_transfer"].status == "met"
    assert with_organ().reasons(step, notified_on=date(2030, 1, 1), **answers) == ["in_the_future"]
    walk.take("reopen", "lead", reason="弄错了")
    assert (walk.state, walk.running) == ("received", {"sort_again"})


def test_withdrawn_by_the_petitioner_alone():
    walk = handling().party(2, "respondent")
    answers = {"statement": "我撤回", "evidence": "signature"}
    assert walk.reasons("withdraw", party=2, **answers) == ["only_the_applicant"]
    assert walk.take("withdraw", "registrar", party=1, **answers).state == "withdrawn"


def test_nobody_is_exempt_whom_the_record_names():
    assert petition().reasons("exempt", ground="unknown", reason="匿名") == ["petition_reachable"]
    anonymous = Walk(PETITION, detail={"kind": ""})
    assert "notify_direct" not in anonymous.take("exempt", OFFICE, ground="unknown", reason="匿名").running
    assert anonymous.take("keep", OFFICE, kind="claim").reasons("accept", kind="claim") == ["petition_nobody_named"]


def test_a_red_one_closes_with_the_leads_sign_off():
    walk = due(delivered(), "recheck_ask", days=-1).put(tier="red")
    assert walk.reasons("finish") == ["red_needs_sign_off"]
    assert walk.take("sign_off", "lead", note="同意").take("finish", OFFICE).state == "final"


def test_nobody_acts_for_another():
    with pytest.raises(NotLawful):
        handling().take("give_opinion", OFFICE, **OPINION)


def test_supervised_on_a_ground_of_the_law():
    assert handling().reasons("supervise", ground="stalling", reason="一再拖延") == []
    assert handling().reasons("supervise", ground="other", reason="一再拖延") == ["explain_other"]


def test_lateness_leaves_it_where_it_is():
    walk = handling()
    for act in ("remind", "urge", "card", "pass_up", "alarm", "raise_overdue"):
        walk.take(act, "scheduler", deadline="handle", rung="overdue")
    assert (walk.state, "handle" in walk.running) == ("handling", True)
    assert isinstance(walk.view.clocks["handle"], ClockView)


def test_a_notice_is_offered_while_it_is_owed_and_an_accusation_goes_on_first():
    walk = with_organ()
    assert usual_steps(walk.view)[:3] == ("accept", "accept_study", "notify")
    walk.take("notify", "organ", notified_on=walk.at.date(), delivery="handed").take("accept", "organ", kind="claim")
    assert usual_steps(walk.view)[:2] == ("give_opinion", "settle")
    assert usual_steps(petition(kind="accusation").view)[0] == "refer_accusation"
