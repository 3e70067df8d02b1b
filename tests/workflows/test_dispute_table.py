"""The specification of the dispute process, written by hand: which duty may take which step from which state, and
where it leads. Every triple that is not in the table must be refused. Then real lives of disputes, guards and all."""

import inspect
from datetime import UTC, date, datetime

import pytest

from tests.workflows.walking import NotLawful, Refused, Walk, lawful
from workflows import WORKFLOWS
from workflows.dispute import DISPUTE
from workflows.roles import CASE_DUTIES, POST_ROLES

DUTIES = sorted(CASE_DUTIES.keys() | POST_ROLES.keys())
OPEN = ("registered accepted assigned in_mediation suspended agreed breached performed failed terminated").split()
CLOSED = ["closed", "withdrawn", "not_accepted"]
ENDED = [*CLOSED, "taken_back"]
JOINED = "joined"
GRADED = OPEN[1:]
EARLY = OPEN[:5]
SETTLING = OPEN[1:4]
WORKERS = "handler head grid_worker registrar"
SCHEDULER = "scheduler"
REQUEST = "request"

# step: (states it is taken from, duties that may take it, state it leads to; "." = it stays)
TABLE = {
    # screening
    "accept": (["registered"], "head", "accepted"),
    "refuse": (["registered"], "head", "not_accepted"),
    "settle_on_spot": (["registered"], "registrar grid_worker head", "closed"),
    "take_back": (["registered"], "operator head registrar", "taken_back"),
    "relocate": (["registered"], "head operator registrar", "."),
    # assignment
    "assign": (["accepted", "assigned"], "head", "assigned"),
    "auto_assign": (["accepted"], SCHEDULER, "assigned"),
    "choose_mediator": (SETTLING, "head handler", "assigned"),
    "take": (["assigned"], "handler", "in_mediation"),
    "decline": (["assigned"], "handler", "accepted"),
    "replace_handler": (
        ["assigned", "in_mediation", "suspended", "agreed", "breached", "performed", "failed"], REQUEST, "."),
    # mediation
    "record_contact": (["accepted", "assigned", "in_mediation", "suspended"], "handler head grid_worker", "."),
    "book_session": (SETTLING, "handler head", "."),
    "move_session": (SETTLING, "handler head", "."),
    "cancel_session": (SETTLING, "handler head", "."),
    "inform_rights": (SETTLING, "handler head", "."),
    "record_consent": (EARLY, "handler head grid_worker", "."),
    "record_session": (["in_mediation"], "handler", "."),
    "agree_partial": (["in_mediation"], "handler", "."),
    "agree_written": (["in_mediation"], "handler", "agreed"),
    "agree_oral": (["in_mediation"], "handler", "performed"),
    "suspend": (["in_mediation"], REQUEST, "suspended"),
    "resume": (["suspended"], "handler head", "in_mediation"),
    "end_suspension": (["suspended"], SCHEDULER, "in_mediation"),
    # ends
    "fail": (["in_mediation"], "handler", "failed"),
    "terminate": (["accepted", "assigned", "in_mediation", "suspended"], "handler head", "terminated"),
    "withdraw": (EARLY, WORKERS, "withdrawn"),
    "try_again": (["failed"], "handler head", "in_mediation"),
    "mediate_anew": (["agreed", "breached"], "handler head", "in_mediation"),
    # after an agreement
    "apply_confirmation": (["agreed", "breached"], "handler head", "."),
    "court_accepts": (["agreed", "performed", "breached"], "handler head", "."),
    "court_confirms": (["agreed", "performed", "breached"], "handler head", "."),
    "court_refuses": (["agreed", "performed", "breached"], "handler head", "."),
    "record_part_performance": (["agreed", "breached"], "handler head grid_worker", "."),
    "record_performance": (["agreed", "breached"], "handler head grid_worker", "performed"),
    "record_breach": (["agreed", "performed"], "handler head", "breached"),
    "follow_up": (["performed"], "head grid_worker registrar operator", "."),
    "revisit": (["closed"], "head grid_worker registrar operator", "."),
    # closing and reopening
    "close": (["performed"], "head lead", "closed"),
    "refer_and_close": (["failed", "breached"], "handler head", "closed"),
    "notify_and_close": (["terminated", "failed"], "handler head", "closed"),
    "reopen": (["closed", "withdrawn", "performed"], "head lead operator", "in_mediation"),
    "reopen_unaccepted": (CLOSED, "head lead operator", "registered"),
    # elsewhere
    "move_up": (SETTLING, REQUEST, "accepted"),
    "move_down": (SETTLING, REQUEST, "accepted"),
    "hand_over": (SETTLING, REQUEST, "accepted"),
    # time
    "extend_yellow": (SETTLING, "handler head", "."),
    "extend": (SETTLING, REQUEST, "."),
    "extend_cap": (SETTLING, REQUEST, "."),
    # colour
    "raise_tier": (GRADED, "lead upper_lead head", "."),
    "lower_tier": (GRADED, REQUEST, "."),
    "name_patron": (GRADED, "lead upper_lead", "."),
    "set_plan": (GRADED, "patron lead handler", "."),
    "sign_off": (["performed", "failed", "breached", "terminated"], "lead", "."),
    # the record
    "record_note": ([*OPEN, JOINED], f"{WORKERS} lead patron operator", "."),
    "record_fact": (OPEN, f"{WORKERS} lead operator", "."),
    "report_to_police": (OPEN, f"{WORKERS} lead operator", "."),
    "add_party": (OPEN, f"{WORKERS} operator", "."),
    "complete_party": (OPEN, WORKERS, "."),
    "add_representative": (EARLY, WORKERS, "."),
    "add_evidence": (OPEN, f"{WORKERS} operator", "."),
    "attach": ([*OPEN, *ENDED, JOINED], f"{WORKERS} lead operator", "."),
    "correct": (OPEN, "author", "."),
    "correct_late": ([*OPEN, *ENDED], REQUEST, "."),
    "instruct": (OPEN, "lead upper_lead patron", "."),
    "supervise": (OPEN, "lead upper_lead operator supervisor", "."),
    # at the residents' door
    "resident_adds": (OPEN, "resident", "."),
    "resident_withdraws": (OPEN, "resident", "."),
    "resident_withdraws_matter": (EARLY, "resident", "withdrawn"),
    "resident_rates": (["performed", *CLOSED], "resident", "."),
    "resident_objects": (["performed", *CLOSED], "resident", "."),
    "resident_objects_reopen": (["closed", "withdrawn", "performed"], "resident", "in_mediation"),
    "resident_objects_reopen_unaccepted": (CLOSED, "resident", "registered"),
    "consent_by_code": (EARLY, "resident", "."),
    # departments called to it
    "wait_for_units": (OPEN, SCHEDULER, "."),
    "units_answered": ([*OPEN, *ENDED, JOINED], SCHEDULER, "."),
    # joining
    "join_into": (EARLY, "handler head lead upper_lead operator scheduler", "joined"),
    "split_off": ([JOINED], "handler head lead upper_lead operator scheduler", "."),  # back where it was
    "take_in": ([*OPEN, *ENDED], SCHEDULER, "."),
    "let_go": ([*OPEN, *ENDED], SCHEDULER, "."),
    "many_people": ([*OPEN, *ENDED], SCHEDULER, "."),
    # lateness
    "remind": (OPEN, SCHEDULER, "."),
    "urge": (OPEN, f"{SCHEDULER} operator lead upper_lead", "."),
    "card": (OPEN, f"{SCHEDULER} operator", "."),
    "pass_up": (OPEN, SCHEDULER, "."),
    "alarm": (OPEN, SCHEDULER, "."),
    "raise_overdue": (OPEN, SCHEDULER, "."),
}
REGISTRARS = {"grid_worker", "mediator", "head", "secretary", "operator", "petition_office", "organ", "scheduler", "importer"}

EXPECTED = {
    (state, step, duty): state if target == "." else target
    for step, (states, duties, target) in TABLE.items()
    for state in states
    for duty in duties.split()
}
STATES = [s.name for s in DISPUTE.states]


def test_the_process_is_the_one_in_force():
    assert WORKFLOWS["dispute"] is DISPUTE


def test_states_are_those_of_the_table():
    assert sorted(STATES) == sorted([*OPEN, *ENDED, JOINED])


@pytest.mark.parametrize("step", sorted({*TABLE, *(s.name for s in DISPUTE.steps)}))
def test_every_state_and_duty(step):
    """For this step: exactly the triples of the table are lawful, and each leads where the table says."""
    found = {
        (state, step, duty): DISPUTE.step(step).target or state
        for state in STATES for duty in DUTIES if lawful(DISPUTE, state, step, duty)
    }
    assert found == {triple: target for triple, target in EXPECTED.items() if triple[1] == step}


def test_who_registers():
    assert set(DISPUTE.opens.by) == REGISTRARS


@pytest.mark.parametrize("step", ["follow_up", "revisit"])
@pytest.mark.parametrize("other", ["head", "grid_worker", "registrar"])
def test_the_mediator_never_follows_up_his_own_matter(step, other):
    state = "performed" if step == "follow_up" else "closed"
    assert not lawful(DISPUTE, state, step, "handler", other)
    assert lawful(DISPUTE, state, step, other)


def test_administrators_and_inspectors_take_no_step():
    barred = {"system_admin", "security_admin", "audit_admin", "inspector"}
    assert not any(barred & {*s.by} for s in (DISPUTE.opens, *DISPUTE.steps))


def test_appends_only_add_and_moves_do_not():
    for step in DISPUTE.steps:
        assert not (step.append and step.target), step.name


# ---------------------------------------------------------------- lives of disputes

TODAY = date(2026, 3, 2)


def new(**given):
    """A neighbours' dispute over a leaking roof, at a grid of a community."""
    path = ((1, "street"), (2, "community"), (3, "grid"))
    return Walk(DISPUTE, area_path=path, level="grid", **given)


def accepted(tier="yellow", category="0201"):
    walk = new().take("accept", "head", category=category)
    return walk.put(tier=tier, tier_confirmed=True)


def mediated(tier="yellow", **given):
    """In mediation, both sides willing, rights told, contact made."""
    walk = accepted(tier, **given).take("assign", "head", handler_id=7).take("take", "handler")
    walk.take("add_party", "handler", side="applicant", name="A").party(1, "applicant")
    walk.take("add_party", "handler", side="respondent", name="B").party(2, "respondent")
    walk.take("record_contact", "handler", way="phone", said="leak")
    for party in (1, 2):
        answers = {"party": party, "consent": "given", "evidence": "signature", "consented_on": TODAY}
        walk.take("record_consent", "handler", **answers)
    walk.party(1, "applicant", "given").party(2, "respondent", "given")
    return walk.take("inform_rights", "handler", way="oral")


def session(outcome="continued", **more):
    return {"started_at": datetime(2026, 3, 2, 0, 10, tzinfo=UTC), "place": "room", "attendees": "all", "mode": "joint",
            "record": "talked", "outcome": outcome} | more


TERMS = {"issues": "leak", "terms": "repair", "perform_how": "mason", "in_force_on": TODAY,
         "perform_on": date(2026, 3, 20), "signed": "f1"}


def agreed(tier="yellow", **given):
    return mediated(tier, **given).take("agree_written", "handler", **TERMS)


def performed(tier="yellow"):
    return agreed(tier).take("record_performance", "head", done_on=TODAY)


def followed(walk, **more):
    answers = {"way": "phone", "found_performed": "all", "satisfaction": "satisfied"} | more
    return walk.take("follow_up", "grid_worker", **answers)


def planned(day, **more):
    return {"starts_at": datetime(2026, 3, day, 6, 0, tzinfo=UTC), "lasts": "60", "place": "office"} | more


def test_from_registration_to_close():
    walk = mediated()
    assert walk.running == {"settle", "cap", "progress"}
    walk.take("book_session", "handler", **planned(4))
    walk.take("record_session", "handler", **session())
    walk.take("agree_partial", "handler", terms="survey", open_points="costs", in_force_on=TODAY, signed="f0")
    walk.take("agree_written", "handler", **TERMS)
    assert walk.running == {"confirm", "perform"}
    walk.take("record_part_performance", "handler", done_on=TODAY, what="half")
    walk.take("record_performance", "handler", done_on=TODAY)
    assert walk.running == {"follow_up"}
    assert walk.reasons("close") == ["not_followed_up"]
    followed(walk)
    assert walk.running == {"close"}
    walk.take("close", "head", summary="roof repaired")
    assert (walk.state, walk.running, walk.view.detail["outcome"]) == ("closed", set(), "settled")
    walk.take("revisit", "operator", way="visit", found_performed="all", satisfaction="satisfied")


def test_a_session_is_planned_moved_and_called_off_one_at_a_time():
    walk = mediated()
    assert walk.reasons("move_session", **planned(4), reason="no") == ["no_session_planned"]
    assert walk.reasons("cancel_session", ground="party") == ["no_session_planned"]
    walk.take("book_session", "head", **planned(4))
    assert walk.reasons("book_session", **planned(5)) == ["session_planned"]
    walk.take("move_session", "handler", **planned(6), reason="a party is away")
    assert walk.view.facts["next_session_on"] == date(2026, 3, 6)
    assert walk.reasons("cancel_session", ground="other") == ["explain_other"]
    walk.take("cancel_session", "handler", ground="absent")
    assert not walk.view.facts["session_at"] and not walk.view.facts["next_session_on"]


@pytest.mark.parametrize(("step", "duty", "answers"), [
    ("record_session", "handler", session()), ("fail", "handler", {"why": "no", "routes": ["court"]}),
    ("suspend", "request", {"ground": "evidence", "until_on": date(2026, 3, 9)}),
])  # fmt: skip
def test_what_is_held_or_leaves_mediation_has_no_planned_session(step, duty, answers):
    walk = mediated().take("book_session", "handler", **planned(4)).take(step, duty, **answers)
    assert not walk.view.facts["session_at"] and not walk.view.facts["next_session_on"]


def test_handing_over_keeps_the_planned_session():
    walk = mediated().take("book_session", "handler", **planned(4)).take("move_up", "request", reason="cross-area")
    assert walk.view.facts["session_at"]


def test_with_a_safety_concern_no_joint_session_is_planned():
    walk = mediated().facts(safety_concern=True)
    assert walk.reasons("book_session", **planned(4), mode="joint") == ["no_joint_session"]
    assert walk.reasons("book_session", **planned(4), mode="separate") == []


def test_departments_called_to_it_leave_it_where_it_is():
    walk = mediated().take("wait_for_units", "scheduler")
    assert walk.view.facts["waits_for_units"] and walk.state == "in_mediation"
    walk.take("units_answered", "scheduler")
    assert not walk.view.facts["waits_for_units"]


def test_joined_to_a_known_matter_and_split_off_again():
    walk = mediated()
    running = walk.running
    walk.take("join_into", "head", known="调〔2026〕021003-000123", reason="the same roof")
    assert (walk.state, walk.running) == ("joined", set())
    walk.take("record_note", "operator", note="rang back").take("split_off", "lead", reason="another roof")
    assert (walk.state, walk.running) == ("in_mediation", running)
    for step in ("take_in", "many_people", "let_go"):
        walk.take(step, "scheduler", **{"people": 5} | ({} if step == "many_people" else {"member": 7}))
    assert walk.view.facts["people"] == 5


def test_settled_on_the_spot():
    walk = new().take("settle_on_spot", "grid_worker", settlement="noise ended at ten")
    assert (walk.state, walk.view.detail["on_the_spot"], walk.running) == ("closed", True, set())
    walk.take("reopen_unaccepted", "operator", objection="noise again", evidence="message")
    assert (walk.state, walk.running, walk.view.detail["on_the_spot"]) == ("registered", {"accept"}, False)


@pytest.mark.parametrize("danger", [{"threat": ["violence"]}, {"injury": True}, {"safety_concern": True}])
def test_danger_is_not_settled_on_the_spot(danger):
    with pytest.raises(Refused) as refused:
        new().facts(**danger).take("settle_on_spot", "head", settlement="they made peace")
    assert refused.value.codes == ["danger_needs_acceptance"]


def test_refusal_tells_the_path_and_calms_first():
    answers = {"ground": "court", "path": "court", "told": "goes on in court", "may_flare_up": True}
    walk = new()
    assert walk.reasons("refuse", **answers) == ["calm_first"]
    walk.take("refuse", "head", **answers, calmed="spoke to both, police visit")
    assert (walk.state, walk.view.detail["outcome"]) == ("not_accepted", "not_accepted")
    walk.take("reopen_unaccepted", "lead", objection="the court sent us back", evidence="signature")
    assert walk.state == "registered"


def test_family_disputes_begin_with_the_safety_question():
    walk = new()
    assert walk.reasons("accept", category="0101") == ["safety_question_open"]
    assert walk.reasons("accept", category="0101", safety_concern=True) == ["bodies_not_told"]
    assert walk.reasons("accept", category="0101", safety_concern=False) == []
    walk.take("accept", "head", category="0101", safety_concern=True, bodies_told=["police"])
    walk = mediated(category="0201").facts(safety_concern=True)
    assert walk.reasons("record_session", **session()) == ["no_joint_session"]
    assert walk.reasons("record_session", **session(mode="separate")) == []


def test_declined_routed_chosen_and_replaced():
    walk = accepted().take("auto_assign", "scheduler", handler_id=7, why="least load")
    walk.take("decline", "handler", ground="interest")
    assert (walk.state, walk.view.handler_id) == ("accepted", None)
    walk.take("choose_mediator", "head", handler_id=8, parties_agree=True, evidence="signature")
    walk.take("take", "handler").take("replace_handler", "request", handler_id=9, ground="objection", aside_id=8)
    assert (walk.state, walk.view.handler_id) == ("in_mediation", 9)
    assert walk.reasons("replace_handler", handler_id=9, ground="other") == ["same_mediator", "explain_other"]


def test_nobody_mediates_against_a_refusal():
    walk = mediated().party(2, "respondent", "refused")
    assert walk.reasons("record_session", **session()) == ["party_refuses"]
    assert walk.reasons("agree_written", **TERMS) == ["party_refuses"]
    walk.take("terminate", "handler", ground="refuses")
    assert walk.running == {"close"}
    walk.take("notify_and_close", "head", notified_on=TODAY, way="visit")
    assert (walk.state, walk.view.detail["outcome"]) == ("closed", "terminated")


def test_consent_of_all_is_needed_to_agree_but_not_to_talk():
    walk = mediated().party(2, "respondent", "")
    assert walk.reasons("record_session", **session()) == []
    assert walk.reasons("agree_written", **TERMS) == ["consent_missing"]
    walk.party(1, "applicant", "")
    assert walk.reasons("record_session", **session()) == ["no_consent_yet"]


def test_failed_sessions_are_counted():
    walk = mediated().take("record_session", "handler", **session("failed"))
    walk.take("record_session", "handler", **session("failed")).take("record_session", "handler", **session())
    assert walk.view.facts["failed_sessions"] == 2


def test_oral_agreement_only_on_the_spot_and_only_yellow():
    oral = {"issues": "noise", "terms": "quiet after ten", "done_on_the_spot": True, "written_wanted": False}
    assert mediated("orange").reasons("agree_oral", **oral) == ["agree_needs_written"]
    walk = mediated()
    assert walk.reasons("agree_oral", **oral | {"done_on_the_spot": False}) == ["agree_needs_written"]
    assert walk.reasons("agree_oral", **oral | {"written_wanted": True}) == ["agree_needs_written"]
    walk.take("agree_oral", "handler", **oral)
    assert (walk.state, walk.running, walk.view.detail["agreement_form"]) == ("performed", {"follow_up"}, "oral")


def test_suspended_and_resumed():
    walk = mediated().take("suspend", "request", ground="appraisal", until_on=date(2026, 4, 1))
    assert walk.running == {"settle", "cap", "progress", "suspension_ends"}  # the machinery pauses the first three
    assert DISPUTE.state("suspended").pauses
    walk.take("resume", "handler", note="survey is there")
    assert walk.running == {"settle", "cap", "progress"}
    walk.take("suspend", "request", ground="appraisal", until_on=date(2026, 4, 1)).take("end_suspension", "scheduler")
    assert (walk.state, walk.running) == ("in_mediation", {"settle", "cap", "progress"})
    assert walk.reasons("suspend", ground="evidence", until_on=date(2026, 4, 2)) == ["suspension_too_long"]


def test_failure_and_referral():
    walk = mediated().take("fail", "handler", why="too far apart", routes=["court"])
    assert walk.running == {"close"}
    assert walk.reasons("refer_and_close", path="court") == ["receipt_missing"]
    walk.take("try_again", "handler", reason="both call back")
    assert (walk.state, walk.running) == ("in_mediation", {"settle", "cap", "progress"})
    walk.take("fail", "handler", why="still", routes=["court"])
    walk.take("refer_and_close", "handler", path="court", receipt_number="12")
    assert walk.view.detail["outcome"] == "referred"


def test_mediation_does_not_fail_unheard():
    walk = accepted().take("assign", "head", handler_id=7).take("take", "handler")
    assert walk.reasons("fail", why="no", routes=["court"]) == ["nobody_contacted"]


def test_withdrawal_is_the_applicants_own():
    answers = {"party": 2, "statement": "no more", "evidence": "signature"}
    walk = mediated()
    assert walk.reasons("withdraw", **answers) == ["only_the_applicant"]
    walk.take("withdraw", "head", **answers | {"party": 1})
    assert walk.state == "withdrawn"
    walk.take("reopen", "head", objection="changed my mind", evidence="message", handler_id=7)
    assert walk.running == {"contact", "settle", "cap", "progress"}


def test_confirmation_beside_performance():
    answers = {"applied_on": TODAY, "both_jointly": True, "subject": "duties", "court": "district court"}
    court = {"decided_on": TODAY}
    walk = agreed()
    assert walk.reasons("apply_confirmation", **answers | {"both_jointly": False}) == ["apply_jointly"]
    assert walk.reasons("apply_confirmation", **answers | {"subject": "identity"}) == ["not_confirmable"]
    assert walk.reasons("court_accepts", **court) == ["confirmation_wrong_stage"]
    walk.take("apply_confirmation", "handler", **answers).take("court_accepts", "handler", **court)
    walk.take("record_performance", "head", done_on=TODAY).take("court_confirms", "head", **court)
    assert (walk.state, walk.view.detail["confirmation"]) == ("performed", "granted")
    assert walk.reasons("court_refuses", **court, reason="unclear") == ["confirmation_wrong_stage"]


def test_court_refuses_and_they_make_a_new_agreement():
    walk = agreed().take(
        "apply_confirmation", "head", applied_on=TODAY, both_jointly=True, subject="duties", court="district court")
    walk.take("court_refuses", "handler", decided_on=TODAY, reason="unclear")
    walk.take("mediate_anew", "handler", reason="make it clear")
    assert (walk.running, walk.view.detail["confirmation"]) == ({"settle", "cap", "progress"}, "")
    walk.take("agree_written", "handler", **TERMS)


def test_confirmation_after_thirty_days_is_refused():
    walk = agreed().later(days=40)
    answers = {"both_jointly": True, "subject": "duties", "court": "district court"}
    assert walk.reasons("apply_confirmation", applied_on=date(2026, 4, 5), **answers) == ["confirmation_window_passed"]
    assert walk.reasons("apply_confirmation", applied_on=date(2026, 3, 30), **answers) == []  # recorded late, made in time


def test_breach_then_performance_after_all():
    walk = agreed().take("record_breach", "handler", party=2, what="no mason came")
    assert walk.running == {"confirm", "close"}
    walk.take("record_performance", "grid_worker", done_on=TODAY)
    followed(walk, found_performed="part")
    assert walk.reasons("close") == ["performance_missing"]
    walk.take("record_breach", "head", party=2, what="half is missing")
    assert walk.running == {"close"}
    walk.take("refer_and_close", "handler", path="court", receipt="f9")
    assert walk.state == "closed"


def test_red_is_signed_off_visited_and_has_a_patron():
    walk = agreed("red").take("name_patron", "lead", patron_id=4, plan="talk daily")
    walk.take("set_plan", "patron", plan="talk daily, mason by Friday")
    walk.take("record_performance", "handler", done_on=TODAY)
    visit = {"found_performed": "all", "satisfaction": "satisfied"}
    assert walk.reasons("follow_up", way="phone", **visit) == ["follow_up_by_visit"]
    walk.take("follow_up", "head", way="visit", **visit)
    assert walk.reasons("close") == ["red_needs_sign_off"]
    walk.take("sign_off", "lead", note="seen").take("close", "head")
    walk.take("reopen", "lead", objection="it leaks again", evidence="recording", handler_id=7)
    assert walk.view.facts["signed_off"] is False  # a new closing needs a new sign-off


def test_red_needs_the_sign_off_however_it_ends():
    red = mediated("red").take("fail", "handler", why="no", routes=["court"])
    assert red.reasons("refer_and_close", path="court", receipt_number="1") == ["red_needs_sign_off"]
    assert red.reasons("notify_and_close", notified_on=TODAY, way="visit") == ["red_needs_sign_off"]
    assert mediated().reasons("name_patron", patron_id=4) == ["not_red"]


def test_up_down_and_over():
    walk = mediated().take("move_up", "request", reason="two communities")
    assert (walk.state, walk.view.handler_id, walk.running) == ("accepted", None, {"settle", "cap", "progress"})
    walk.put(level="street")
    assert walk.reasons("move_up", reason="more") == ["already_at_street"]
    walk.take("move_down", "request", reason="one community after all").put(level="grid")
    assert walk.reasons("move_down", reason="further") == ["level_of_its_tier"]
    assert walk.reasons("hand_over", area_id=3, reason="same") == ["area_unchanged"]
    walk.take("hand_over", "request", area_id=13, reason="they live there")
    new().take("relocate", "operator", area_id=13, reason="wrong grid")


def test_extensions():
    week, long = {"length": "7 days", "reason": "mason ill"}, {"length": "8 days", "reason": "mason ill"}
    walk = mediated()
    assert "extension_in_days" in walk.reasons("extend_yellow", **long)
    assert "not_yellow" in mediated("orange").reasons("extend_yellow", **week)
    assert walk.reasons("extend_yellow", **week) == ["beyond_legal_limit"]  # here both end on the same day
    settle = walk.view.clocks["settle"]
    walk.put(clocks={**walk.view.clocks, "settle": type(settle)("settle", "running", due_at=walk.at)})
    walk.take("extend_yellow", "handler", **week)
    walk.put(clocks={**walk.view.clocks, "settle": type(settle)("settle", "running", due_at=walk.at, extensions=1)})
    assert walk.reasons("extend_yellow", **week) == ["already_extended"]
    walk.take("extend", "request", **long)
    cap = {"length": "1 month", "reason": "survey", "evidence": "signature"}
    assert walk.reasons("extend_cap", **cap, parties_agree=False) == ["parties_must_agree"]
    walk.take("extend_cap", "request", **cap, parties_agree=True)


def test_tiers_by_hand():
    walk = mediated("orange")
    assert walk.reasons("raise_tier", tier="orange", reason="more") == ["tier_not_higher"]
    assert walk.reasons("lower_tier", tier="orange", reason="less") == ["tier_not_lower"]
    walk.take("raise_tier", "lead", tier="red", reason="he threatens")
    walk.take("lower_tier", "request", tier="yellow", acknowledged=["people_involved"], reason="calm")


def test_representatives_are_at_most_five():
    walk = mediated()
    for id in range(10, 15):
        walk.take("add_representative", "head", party=1).party(id, "applicant", representative=True)
    assert walk.reasons("add_representative", party=1) == ["too_many_representatives"]
    assert walk.reasons("add_representative", party=2) == []


def test_those_who_are_represented_need_not_each_consent():
    walk = mediated().party(10, "applicant", "given", representative=True).party(11, "applicant", "")
    assert walk.reasons("agree_written", **TERMS) == []
    walk.party(10, "applicant", "withdrawn", representative=True)
    assert walk.reasons("agree_written", **TERMS) == ["party_refuses"]


def test_the_record():
    walk = mediated()
    walk.take("record_note", "handler", note="rang again").take("complete_party", "handler", party=1, phone="1")
    walk.take("report_to_police", "grid_worker", body="police", what="he has a knife")
    assert walk.view.facts["police_told"] is True
    assert walk.reasons("record_fact") == ["nothing_recorded"]
    walk.take("record_fact", "handler", people=6, threat=["violence"])
    assert walk.view.facts["people"] == 6
    walk.take("attach", "handler", file="a.jpg|a.jpg", kind="photo")
    walk.take("add_evidence", "grid_worker", file="a.jpg|a.jpg", name="invoice", party=1, handed_on=TODAY, compared="same")
    assert walk.reasons("add_evidence", file="f", name="x", handed_on=date(2026, 3, 3)) == ["in_the_future"]
    walk.take("instruct", "lead", instruction="go today").take("supervise", "supervisor", reason="late")
    assert walk.reasons("complete_party", party=99, phone="1") == ["unknown_party"]


def test_a_slip_is_corrected_within_ten_minutes_by_its_author():
    walk = mediated().take("record_fact", "handler", people=60)
    assert walk.reasons("correct", reason="typed twice") == ["nothing_recorded"]
    walk.later(minutes=10).take("correct", "author", people=6, reason="six, not sixty")
    walk.later(seconds=1)
    assert walk.reasons("correct", people=6, reason="six") == ["too_late_to_correct"]
    walk.take("correct_late", "request", people=6, reason="six")
    assert walk.reasons("correct_late", category="0101", reason="family") == ["safety_question_open"]


def test_lateness_changes_nothing_but_the_record():
    walk = mediated()
    for act in ("remind", "urge", "card", "pass_up", "alarm", "raise_overdue"):
        walk.take(act, "scheduler", deadline="settle", rung="overdue")
        assert (walk.state, walk.running) == ("in_mediation", {"settle", "cap", "progress"})


def test_closed_matters_take_nothing_new():
    walk = new().take("settle_on_spot", "head", settlement="done")
    for step in ("record_fact", "record_note", "add_party", "accept"):
        with pytest.raises(NotLawful):
            walk.take(step, "head")
    assert walk.reasons("reopen", objection="no", evidence="message", handler_id=7) == ["was_never_accepted"]
    closed = followed(performed()).take("close", "lead")
    assert closed.reasons("reopen_unaccepted", objection="no", evidence="message") == ["was_accepted"]


def test_sorted_by_mistake():
    walk = new(parent_id=5).take("take_back", "operator", reason="a question, not a dispute")
    assert (walk.state, walk.running) == ("taken_back", set())
    assert new().reasons("take_back", reason="I do not want it") == ["not_from_item"]


def test_the_resident_adds_consents_and_takes_back_what_is_his():
    walk = mediated()
    assert walk.reasons("resident_adds") == ["nothing_recorded"]
    walk.take("resident_adds", "resident", words="昨晚又漏水了").take("resident_withdraws", "resident", words="不想调了")
    walk.take("consent_by_code", "resident", party=2, consent="refused", evidence="code")
    assert walk.reasons("resident_withdraws_matter", party=2, words="不调了") == ["only_the_applicant"]
    assert walk.take("resident_withdraws_matter", "resident", party=1, words="不调了").state == "withdrawn"


def test_not_solved_says_the_resident_within_a_month():
    walk = followed(performed(), found_performed="all").take("close", "head").later(days=30)
    walk.take("resident_rates", "resident", resident_rating="dissatisfied").take("resident_objects", "resident", words="还在漏")
    assert walk.reasons("resident_objects_reopen", words="还在漏") == ["agreed_by_others"]
    walk.take("resident_objects_reopen", "resident", words="还在漏", party=1)
    assert (walk.state, walk.running) == ("in_mediation", {"contact", "settle", "cap", "progress"})


def test_not_solved_after_a_month_is_decided_by_people():
    walk = new().take("settle_on_spot", "head", settlement="both shook hands").later(days=30, seconds=1)
    assert walk.reasons("resident_objects_reopen_unaccepted", words="又吵起来了") == ["objected_too_late"]
    walk.put(closed_at=walk.at).take("resident_objects_reopen_unaccepted", "resident", words="又吵起来了")
    assert (walk.state, walk.running) == ("registered", {"accept"})


def test_every_step_is_lived(monkeypatch):
    """Guards leave no step impossible: each is taken in some life above."""
    lived, take = set(), Walk.take

    def noted(self, name, duty, /, **data):
        taken = take(self, name, duty, **data)
        lived.add(name)
        return taken

    monkeypatch.setattr(Walk, "take", noted)
    for name, life in list(globals().items()):
        if name.startswith("test_") and not inspect.signature(life).parameters:
            life()
    assert {s.name for s in DISPUTE.steps} - lived == set()
