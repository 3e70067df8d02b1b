"""Every guard, said yes to and no to: (guard, matter, answers, the reason or None)."""

import ast
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from workflows import WORKFLOWS, answer_guards, guards, party_guards
from workflows import guards as g
from workflows.lengths import Length
from workflows.notice_words import SAYINGS
from workflows.rulebook import packaged
from workflows.sentences import SENTENCES, SHARED, WHY_WRITTEN
from workflows.view import CaseView, ClockView, PartyView, Reason

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 12:00 in China
LATE = datetime(2026, 3, 2, 15, 59, tzinfo=UTC)  # 23:59 of the same Chinese day
TODAY, TOMORROW, YESTERDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 1)
HERE = {module.__name__ for module in (guards, answer_guards, party_guards)}
PATH = ((1, "street"), (2, "community"), (3, "grid"))


def matter(**given):
    return CaseView(**{"id": 1, "process": "dispute", "state": "in_mediation", "area_path": PATH, "level": "grid"} | given)


def parties(*rows):
    """(id, side, consent[, representative]) each."""
    return {"parties": tuple(PartyView(*row) for row in rows)}


def clock(key, status="running", due_at=None, extensions=0):
    return {"clocks": {key: ClockView(key, status, NOON, due_at, False, extensions)}}


BOTH = parties((1, "applicant", "given"), (2, "respondent", "given"))
HALF = parties((1, "applicant", "given"), (2, "respondent", ""))
SPEAKERS = parties((1, "applicant", ""), (2, "applicant", "given", True), (3, "respondent", "given"))
WINDOW = clock("confirm", due_at=datetime(2026, 3, 1, 16, 0, tzinfo=UTC))  # until 24:00 of 2026-03-01 in China
STANDING = {"tier": "red", "triggers": ("injury/red/1", "people_involved/orange/6")}
SETTLE_AND_CAP = {"clocks": {**clock("settle", due_at=NOON)["clocks"], **clock("cap", due_at=NOON + timedelta(days=10))["clocks"]}}

CASES = [
    (g.both_sides, BOTH, {}, None),
    (g.both_sides, {}, {}, "party_missing"),
    (g.both_sides, parties((1, "applicant", "given")), {}, "party_missing"),
    (g.both_sides, parties((1, "applicant", "given"), (2, "reporter", "given")), {}, "party_missing"),
    (g.nobody_refuses, HALF, {}, None),
    (g.nobody_refuses, parties((1, "applicant", "refused")), {}, "party_refuses"),
    (g.nobody_refuses, parties((1, "respondent", "withdrawn")), {}, "party_refuses"),
    (g.nobody_refuses, parties((1, "applicant", "refused"), (2, "applicant", "given", True)), {}, None),
    (g.nobody_refuses, parties((1, "reporter", "refused")), {}, None),
    (g.somebody_agrees, HALF, {}, None),
    (g.somebody_agrees, parties((1, "applicant", "")), {}, "no_consent_yet"),
    (g.all_agree, BOTH, {}, None),
    (g.all_agree, HALF, {}, "consent_missing"),
    (g.all_agree, SPEAKERS, {}, None),
    (g.party_known, BOTH, {"party": 2}, None),
    (g.party_known, BOTH, {}, None),
    (g.party_known, BOTH, {"party": 3}, "unknown_party"),
    (g.from_applicant, BOTH, {"party": 1}, None),
    (g.from_applicant, BOTH, {"party": 2}, "only_the_applicant"),
    (g.from_applicant, BOTH, {"party": 9}, "only_the_applicant"),
    (g.parties_agree, {}, {"parties_agree": True}, None),
    (g.parties_agree, {}, {"parties_agree": False}, "parties_must_agree"),
    (g.parties_agree, {}, {}, "parties_must_agree"),
    (g.safety_asked, {}, {"category": "0201"}, None),
    (g.safety_asked, {}, {"category": "0101"}, "safety_question_open"),
    (g.safety_asked, {"category": "0103"}, {}, "safety_question_open"),
    (g.safety_asked, {}, {"category": "0101", "safety_concern": False}, None),
    (g.safety_asked, {"facts": {"safety_concern": False}}, {"category": "01"}, None),
    (g.bodies_told, {}, {}, None),
    (g.bodies_told, {}, {"safety_concern": False}, None),
    (g.bodies_told, {}, {"safety_concern": True}, "bodies_not_told"),
    (g.bodies_told, {}, {"safety_concern": True, "bodies_told": ["police"]}, None),
    (g.no_joint_session, {}, {"mode": "joint"}, None),
    (g.no_joint_session, {"facts": {"safety_concern": True}}, {"mode": "joint"}, "no_joint_session"),
    (g.no_joint_session, {"facts": {"safety_concern": True}}, {"mode": "separate"}, None),
    (g.no_known_danger, {"facts": {"people": 2, "threat": []}}, {}, None),
    (g.no_known_danger, {"facts": {"threat": ["self_harm"]}}, {}, "danger_needs_acceptance"),
    (g.no_known_danger, {"facts": {"injury": True}}, {}, "danger_needs_acceptance"),
    (g.calmed_first, {}, {"may_flare_up": False}, None),
    (g.calmed_first, {}, {"may_flare_up": True}, "calm_first"),
    (g.calmed_first, {}, {"may_flare_up": True, "calmed": "talked"}, None),
    (g.rights_told, {}, {}, "rights_not_told"),
    (g.rights_told, {}, {"rights_informed": True}, None),
    (g.rights_told, {"facts": {"rights_informed": True}}, {}, None),
    (g.rights_told, {"facts": {"rights_informed": True}}, {"rights_informed": False}, "rights_not_told"),
    (g.session_recorded, {}, {}, "record_missing"),
    (g.session_recorded, {}, {"record": "x"}, None),
    (g.session_recorded, {}, {"photo": "f"}, None),
    (g.may_be_oral, {"tier": "yellow"}, {"done_on_the_spot": True, "written_wanted": False}, None),
    (g.may_be_oral, {"tier": "yellow"}, {"done_on_the_spot": True, "written_wanted": True}, "agree_needs_written"),
    (g.may_be_oral, {"tier": "yellow"}, {"done_on_the_spot": False, "written_wanted": False}, "agree_needs_written"),
    (g.may_be_oral, {"tier": "orange"}, {"done_on_the_spot": True, "written_wanted": False}, "agree_needs_written"),
    (g.may_be_oral, {"tier": "red"}, {"done_on_the_spot": True, "written_wanted": False}, "agree_needs_written"),
    (g.contacted, clock("contact", "met"), {}, None),
    (g.contacted, clock("contact"), {}, "nobody_contacted"),
    (g.contacted, {}, {}, "nobody_contacted"),
    (g.applied_jointly, {}, {"both_jointly": True}, None),
    (g.applied_jointly, {}, {"both_jointly": False}, "apply_jointly"),
    (g.confirmable, {}, {"subject": "duties"}, None),
    *((g.confirmable, {}, {"subject": s}, "not_confirmable") for s in ("identity", "ownership", "other_procedure")),
    (g.written_agreement, {"detail": {"agreement_form": "written"}}, {}, None),
    (g.written_agreement, {"detail": {"agreement_form": "oral"}}, {}, "only_written"),
    (g.written_agreement, {}, {}, "only_written"),
    (g.within_confirmation_window, WINDOW, {"applied_on": YESTERDAY}, None),  # the last day, recorded a day later
    (g.within_confirmation_window, WINDOW, {"applied_on": TODAY}, "confirmation_window_passed"),
    (g.within_confirmation_window, {}, {"applied_on": TODAY}, "nothing_to_confirm"),
    (g.within_confirmation_window, clock("confirm", "cancelled", NOON), {"applied_on": TODAY}, "nothing_to_confirm"),
    (g.within_confirmation_window, clock("confirm", due_at=None), {"applied_on": TODAY}, "nothing_to_confirm"),
    (g.confirmation_is(""), {}, {}, None),
    (g.confirmation_is(""), {"detail": {"confirmation": "applied"}}, {}, "confirmation_wrong_stage"),
    (g.confirmation_is("applied", "accepted"), {"detail": {"confirmation": "accepted"}}, {}, None),
    (g.is_red, {"tier": "red"}, {}, None),
    (g.is_red, {"tier": "orange"}, {}, "not_red"),
    (g.is_yellow, {"tier": "yellow"}, {}, None),
    (g.is_yellow, {"tier": "red"}, {}, "not_yellow"),
    (g.signed_off_if_red, {"tier": "orange"}, {}, None),
    (g.signed_off_if_red, {"tier": "red"}, {}, "red_needs_sign_off"),
    (g.signed_off_if_red, {"tier": "red", "facts": {"signed_off": True}}, {}, None),
    (g.signed_off_if_red, {"tier": "red", "facts": {"signed_off": False}}, {}, "red_needs_sign_off"),
    (g.tier_is_higher, {"tier": "yellow"}, {"tier": "orange"}, None),
    (g.tier_is_higher, {"tier": "orange"}, {"tier": "orange"}, "tier_not_higher"),
    (g.tier_is_higher, {"tier": "red"}, {"tier": "yellow"}, "tier_not_higher"),
    (g.tier_is_lower, {"tier": "red"}, {"tier": "yellow"}, None),
    (g.tier_is_lower, {"tier": "yellow"}, {"tier": "yellow"}, "tier_not_lower"),
    (g.tier_is_lower, {"tier": ""}, {"tier": "yellow"}, "tier_not_lower"),
    (g.triggers_named, STANDING, {"tier": "orange"}, "triggers_unnamed"),
    (g.triggers_named, STANDING, {"tier": "orange", "acknowledged": ["injury"]}, None),
    (g.triggers_named, STANDING, {"tier": "yellow", "acknowledged": ["injury"]}, "triggers_unnamed"),
    (g.triggers_named, STANDING, {"tier": "yellow", "acknowledged": ["injury", "people_involved"]}, None),
    (g.triggers_named, STANDING | {"acknowledged": ("people_involved/orange/9", "injury/red/1")}, {"tier": "yellow"}, None),
    (g.triggers_named, STANDING | {"acknowledged": ("people_involved/orange/5", "injury/red/1")}, {"tier": "yellow"},
     "triggers_unnamed"),
    (g.triggers_named, {"tier": "orange"}, {"tier": "yellow"}, None),  # raised by lateness: nothing to name
    (g.within_cap, SETTLE_AND_CAP, {"length": "10 days"}, None),
    (g.within_cap, SETTLE_AND_CAP, {"length": "11 days"}, "beyond_legal_limit"),
    (g.within_cap, SETTLE_AND_CAP, {"length": "1 month"}, "beyond_legal_limit"),
    (g.within_cap, clock("settle", due_at=NOON), {"length": "11 days"}, None),
    (g.first_extension, clock("settle"), {}, None),
    (g.first_extension, {}, {}, None),
    (g.first_extension, clock("settle", extensions=1), {}, "already_extended"),
    (g.short_extension, {}, {"length": "7 days"}, None),
    (g.short_extension, {}, {"length": Length(1, "days")}, None),
    (g.short_extension, {}, {"length": "8 days"}, "extension_in_days"),
    (g.short_extension, {}, {"length": "5 working days"}, "extension_in_days"),
    (g.short_extension, {}, {"length": "1 month"}, "extension_in_days"),
    (g.short_extension, {}, {"length": "soon"}, "extension_in_days"),
    (g.short_extension, {}, {}, "extension_in_days"),
    (g.short_extension, {"limits": {"yellow_extension_days": 3}}, {"length": "4 days"}, "extension_in_days"),
    (g.short_suspension, {}, {"until_on": date(2026, 4, 1)}, None),
    (g.short_suspension, {}, {"until_on": TODAY}, None),
    (g.short_suspension, {}, {"until_on": date(2026, 4, 2)}, "suspension_too_long"),
    (g.short_suspension, {}, {"until_on": YESTERDAY}, "in_the_past"),
    (g.short_suspension, {"limits": {"suspension_days": 60}}, {"until_on": date(2026, 4, 2)}, None),
    (g.another_mediator, {"handler_id": 7}, {"handler_id": 8}, None),
    (g.another_mediator, {"handler_id": 7}, {"handler_id": 7}, "same_mediator"),
    (g.has_mediator, {"handler_id": 7}, {}, None),
    (g.has_mediator, {}, {"handler_id": 7}, None),
    (g.has_mediator, {}, {}, "no_mediator"),
    (g.was_accepted, {"accepted_at": NOON}, {}, None),
    (g.was_accepted, {}, {}, "was_never_accepted"),
    (g.never_accepted, {}, {}, None),
    (g.never_accepted, {"accepted_at": NOON}, {}, "was_accepted"),
    (g.another_area, {}, {"area_id": 13}, None),
    (g.another_area, {}, {"area_id": 3}, "area_unchanged"),
    (g.below_street, {"level": "community"}, {}, None),
    (g.below_street, {"level": "street"}, {}, "already_at_street"),
    (g.below_street, {"level": "district"}, {}, "already_at_street"),
    (g.above_its_tier, {"level": "street", "tier": "orange"}, {}, None),
    (g.above_its_tier, {"level": "community", "tier": "yellow"}, {}, None),
    (g.above_its_tier, {"level": "community", "tier": "orange"}, {}, "level_of_its_tier"),
    (g.above_its_tier, {"level": "street", "tier": "red"}, {}, "level_of_its_tier"),
    (g.followed_up, clock("follow_up", "met"), {}, None),
    (g.followed_up, clock("follow_up"), {}, "not_followed_up"),
    (g.followed_up, {}, {}, "not_followed_up"),
    (g.made_from_item, {"parent_id": 5}, {}, None),
    (g.made_from_item, {}, {}, "not_from_item"),
    (g.found_performed, {}, {}, None),
    (g.found_performed, {"facts": {"found_performed": "all"}}, {}, None),
    (g.found_performed, {"facts": {"found_performed": "unanswered"}}, {}, None),
    (g.found_performed, {"facts": {"found_performed": "part"}}, {}, "performance_missing"),
    (g.found_performed, {"facts": {"found_performed": "none"}}, {}, "performance_missing"),
    (g.visit_if_red, {"tier": "yellow"}, {"way": "message"}, None),
    (g.visit_if_red, {"tier": "red"}, {"way": "message"}, "follow_up_by_visit"),
    (g.visit_if_red, {"tier": "red"}, {"way": "visit"}, None),
    (g.visit_if_drawn, {"tier": "yellow"}, {"way": "message"}, None),
    (g.visit_if_drawn, {"id": 100, "tier": "yellow"}, {"way": "message"}, "drawn_for_a_visit"),
    (g.visit_if_drawn, {"id": 100, "tier": "yellow"}, {"way": "visit"}, None),
    (g.visit_if_drawn, {"id": 100, "tier": "yellow", "limits": {"visited_percent": 0}}, {"way": "message"}, None),
    (g.visit_if_drawn, {"id": 100, "tier": "red"}, {"way": "message"}, None),  # asked for as red already
    (g.receipt_given, {}, {"receipt": "f"}, None),
    (g.receipt_given, {}, {"receipt_number": "1"}, None),
    (g.receipt_given, {}, {}, "receipt_missing"),
    (g.explained("ground"), {}, {"ground": "interest"}, None),
    (g.explained("ground"), {}, {"ground": "other"}, "explain_other"),
    (g.explained("ground"), {}, {"ground": "other", "explanation": "x"}, None),
    (g.not_in_future("on"), {}, {}, None),
    (g.not_in_future("on"), {}, {"on": TODAY}, None),
    (g.not_in_future("on"), {}, {"on": TOMORROW}, "in_the_future"),
    (g.not_in_future("at"), {}, {"at": NOON}, None),
    (g.not_in_future("at"), {}, {"at": LATE}, "in_the_future"),
    (g.starts_ahead, {}, {"starts_at": LATE}, None),
    (g.starts_ahead, {}, {"starts_at": NOON}, "in_the_past"),
    (g.on_the_quarter, {}, {"starts_at": NOON + timedelta(minutes=45)}, None),
    (g.on_the_quarter, {}, {"starts_at": LATE}, "not_on_the_quarter"),
    (g.somewhere, {}, {"place": "office"}, None),
    (g.somewhere, {}, {"room_id": 1}, None),
    (g.somewhere, {}, {}, "place_missing"),
    (g.parties_known, BOTH, {"parties": [1, 2]}, None),
    (g.parties_known, BOTH, {}, None),
    (g.parties_known, BOTH, {"parties": [1, 3]}, "unknown_party"),
    (g.none_planned, {"facts": {"session_at": ""}}, {}, None),
    (g.none_planned, {"facts": {"session_at": NOON.isoformat()}}, {}, "session_planned"),
    (g.one_planned, {"facts": {"session_at": NOON.isoformat()}}, {}, None),
    (g.one_planned, {"facts": {"session_at": ""}}, {}, "no_session_planned"),
    (g.in_order("a", "b"), {}, {"a": TODAY, "b": TODAY}, None),
    (g.in_order("a", "b"), {}, {"a": TODAY}, None),
    (g.in_order("a", "b"), {}, {"a": TODAY, "b": YESTERDAY}, "dates_reversed"),
    (g.something_given(), {}, {"people": 0}, None),
    (g.something_given(), {}, {"media": False}, None),
    (g.something_given(), {}, {"threat": [], "title": "", "people": None}, "nothing_recorded"),
    (g.something_given("reason"), {}, {"reason": "x"}, "nothing_recorded"),
    (g.just_recorded, {"last_act_at": NOON - timedelta(minutes=10)}, {}, None),
    (g.just_recorded, {"last_act_at": NOON - timedelta(minutes=10, seconds=1)}, {}, "too_late_to_correct"),
    (g.just_recorded, {}, {}, "too_late_to_correct"),
    (g.just_sorted, {"closed_at": NOON - timedelta(hours=24)}, {}, None),
    (g.just_sorted, {"closed_at": NOON - timedelta(hours=24, seconds=1)}, {}, "too_late_to_undo"),
    (g.just_sorted, {}, {}, "too_late_to_undo"),
    (g.objected_in_time, {"closed_at": NOON - timedelta(days=30)}, {}, None),
    (g.objected_in_time, {"closed_at": NOON - timedelta(days=30, seconds=1)}, {}, "objected_too_late"),
    (g.objected_in_time, {}, {}, None),
    (g.own_agreement, {"detail": {"agreement_form": "written"}}, {}, "agreed_by_others"),
    (g.own_agreement, {"detail": {"agreement_form": "written"}, "parties": (PartyView(1, "reporter"),)}, {"party": 1}, "agreed_by_others"),
    (g.own_agreement, {"detail": {"agreement_form": "written"}, "parties": (PartyView(1, "respondent"),)}, {"party": 1}, None),
    (g.own_agreement, {}, {}, None),
]


def told(row):
    return f"{getattr(row[0], '__qualname__', '').split('.')[0]}-{row[3] or 'yes'}"


@pytest.mark.parametrize("guard,given,answers,code", CASES, ids=map(told, CASES))
def test_guards(guard, given, answers, code):
    reason = guard(matter(**given), answers, NOON)
    assert (reason.code if reason else None) == code
    if reason:
        assert SENTENCES[code] % dict(reason.params)  # the parameters fill the sentence


def test_a_side_has_five_representatives_and_no_sixth():
    five = [(id, "applicant", "", True) for id in range(5)]
    both = matter(**parties(*five, (9, "applicant", ""), (10, "respondent", "")))
    assert g.room_for_representative(both, {"party": 9}, NOON) == Reason("too_many_representatives", {"limit": 5})
    assert g.room_for_representative(both, {"party": 10}, NOON) is None
    assert g.room_for_representative(both, {"party": 0}, NOON) is None  # he is one of the five already
    fewer = matter(**parties(*five, (9, "applicant", "")), limits={"representatives": 6})
    assert g.room_for_representative(fewer, {"party": 9}, NOON) is None


def test_a_day_is_a_chinese_day():
    """Until midnight in China it is today, though the date in UTC is another after 16:00."""
    assert g.local_date(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == TODAY
    assert g.not_in_future("on")(matter(), {"on": TODAY}, datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) is None
    early = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)
    assert g.not_in_future("on")(matter(), {"on": TODAY}, early) == Reason("in_the_future")


def test_why_an_agreement_must_be_written_is_said():
    asked = g.may_be_oral(matter(tier="red"), {"done_on_the_spot": False, "written_wanted": True}, NOON)
    later = g.may_be_oral(matter(tier="red"), {"done_on_the_spot": False}, NOON)
    major = g.may_be_oral(matter(tier="red"), {"done_on_the_spot": True}, NOON)
    assert [r.params["why"] for r in (asked, later, major)] == list(WHY_WRITTEN.values())


def codes_in_source():
    """The codes written in guards.py and in the guards about parties."""
    files = (Path(module.__file__) for module in (guards, party_guards))
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in files)
    calls = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "Reason"]
    return {call.args[0].value for call in calls}


def test_every_code_has_its_sentence_and_is_tried_here():
    assert codes_in_source() <= set(SENTENCES)
    assert codes_in_source() - {code for *_, code in CASES} == {"too_many_representatives"}


def test_every_guard_of_every_step_is_tried_here_and_says_what_it_asks():
    tried = {getattr(guard, "__qualname__", "").split(".")[0] for guard, *_ in CASES} | {"room_for_representative"}
    for flow in WORKFLOWS.values():
        for step in (flow.opens, *flow.steps):
            for guard in step.guards:
                own = guard.__module__ not in HERE  # tried beside its process
                assert own or guard.__qualname__.split(".")[0] in tried, guard
                assert guard.__doc__, guard


def test_the_limits_are_those_of_the_rules():
    assert g.LIMITS.items() <= packaged().raw["limits"].items()


def test_every_notice_has_its_sentence_without_a_name():
    filled = {"number": "调〔2026〕1", "deadline": "Settlement"}
    for flow in WORKFLOWS.values():
        for step in (flow.opens, *flow.steps):
            for notice in step.notices:
                assert "调〔2026〕1" in SAYINGS[notice.code] % filled
        for act in SHARED:
            assert SAYINGS[f"{flow.name}.{act}"] % filled


def test_one_matter_in_ten_is_drawn_for_a_visit():
    drawn = [id for id in range(1, 1001) if g.visit_if_drawn(matter(id=id, tier="yellow"), {"way": "phone"}, NOON)]
    assert len(drawn) == 100
    assert all(later - sooner > 1 for sooner, later in zip(drawn, drawn[1:], strict=False))
