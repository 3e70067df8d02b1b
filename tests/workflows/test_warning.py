"""The colours: every cut of house rule 2 just below and just at its value, and what raises again after a lowering."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows import warning
from workflows.warning import TIERS, Trigger, assess, check_rules, new_triggers, raises, rank, standing_tier

RULES = tomllib.loads(Path("workflows/rules/default.toml").read_text("utf-8"))

CUTS = [
    ({}, "yellow", set()),
    ({"people": 4}, "yellow", set()),
    ({"people": 5}, "orange", {"people_involved"}),
    ({"people": 29}, "orange", {"people_involved"}),
    ({"people": 30}, "red", {"people_involved"}),
    ({"people": 2, "all_owners": True}, "red", {"all_owners"}),
    ({"all_owners": False}, "yellow", set()),
    ({"money": 29_999}, "yellow", set()),
    ({"money": 30_000}, "orange", {"money_at_issue"}),
    ({"money": 499_999}, "orange", {"money_at_issue"}),
    ({"money": 500_000}, "red", {"money_at_issue"}),
    ({"grids": 1}, "yellow", set()),
    ({"grids": 2}, "orange", {"several_grids"}),
    ({"communities": 2}, "yellow", set()),
    ({"communities": 2, "departments": 1}, "red", {"several_communities"}),
    ({"communities": 1, "departments": 3}, "yellow", set()),
    ({"failed_sessions": 1}, "yellow", set()),
    ({"failed_sessions": 2}, "orange", {"sessions_failed"}),
    ({"refused_before": True}, "orange", {"refused_before"}),
    ({"unanswered_before": True}, "orange", {"unanswered_before"}),
    ({"days_old": 365}, "yellow", set()),
    ({"days_old": 366}, "orange", {"old_matter"}),
    ({"legacy": True}, "orange", {"legacy_matter"}),
    ({"group_visit_announced": True}, "red", {"group_visit"}),
    ({"threat": "violence"}, "red", {"threat_of_violence"}),
    ({"threat": "self_harm"}, "red", {"threat_of_self_harm"}),
    ({"threat": "public_danger"}, "red", {"public_danger"}),
    ({"injury": True}, "red", {"injury"}),
    ({"police_calls": 2}, "yellow", set()),
    ({"police_calls": 3}, "red", {"police_called"}),
    ({"unpaid_workers": 9}, "yellow", set()),
    ({"unpaid_workers": 10}, "red", {"wages_unpaid"}),
    ({"media": True}, "red", {"in_the_media"}),
    ({"sensitive_date": True, "nature": "criminal", "category": "0101"}, "yellow", set()),
    ({"people": 12, "injury": True, "money": None}, "red", {"people_involved", "injury"}),
]


@pytest.mark.parametrize(("facts", "tier", "codes"), CUTS)
def test_each_cut_gives_its_tier_and_says_why(facts, tier, codes):
    result = assess(facts, RULES)
    assert result.tier == tier
    assert {reason.code for reason in result.reasons} == codes
    assert {trigger.code for trigger in result.triggers} == codes


def test_reasons_come_highest_first_and_their_sentences_can_be_filled():
    result = assess({"people": 12, "injury": True, "failed_sessions": 3, "days_old": 900}, RULES)
    assert [(reason.tier, reason.factor) for reason in result.reasons] == [
        ("red", "urgency"), ("orange", "scale"), ("orange", "cause"), ("orange", "difficulty")]
    assert [reason.sentence % dict(reason.params) for reason in result.reasons] == [
        "Someone was injured.", "12 people are involved (5 or more).",
        "It began over a year ago.", "Mediation failed 3 times."]


def test_every_trigger_sentence_can_be_filled_with_the_facts_it_needs():
    for code, rule in warning.TRIGGERS.items():
        values = {fact.name: 7 for fact in warning.FACTS}
        values |= {f"cut_{name}": 5 for name in values}
        assert rule.sentence % values, code
        assert rule.factor in warning.FACTORS


def test_a_fact_nobody_defined_is_refused():
    with pytest.raises(ValueError, match="petitioner_age"):
        assess({"petitioner_age": 70}, RULES)


def test_no_fact_is_about_a_person():
    names = " ".join(fact.name + fact.label.lower() for fact in warning.FACTS)
    for word in ("age", "sex", "gender", "faith", "religion", "health", "ethnic", "petitioner", "household"):
        assert word not in names.replace("wages", "")


def test_lowering_sets_acknowledged_triggers_aside_until_they_rise():
    before = assess({"people": 40, "refused_before": True}, RULES)
    acknowledged = before.triggers
    assert standing_tier(before, acknowledged) == "yellow"
    assert not raises("yellow", before, acknowledged)
    more = assess({"people": 41, "refused_before": True}, RULES)
    assert raises("yellow", more, acknowledged)
    assert new_triggers(more, acknowledged) == (Trigger("people_involved", "red", 41),)
    fewer = assess({"people": 35, "refused_before": True}, RULES)
    assert not raises("yellow", fewer, acknowledged)


def test_a_new_trigger_raises_again_and_a_matter_at_that_tier_is_not_raised():
    acknowledged = assess({"people": 40}, RULES).triggers
    hurt = assess({"people": 40, "injury": True}, RULES)
    assert raises("yellow", hurt, acknowledged)
    assert raises("orange", hurt, acknowledged)
    assert not raises("red", hurt, acknowledged)


def test_another_threat_than_the_acknowledged_one_raises():
    acknowledged = assess({"threat": "public_danger"}, RULES).triggers
    assert raises("orange", assess({"threat": "violence"}, RULES), acknowledged)


def test_getting_older_by_a_day_is_not_a_new_trigger():
    acknowledged = assess({"days_old": 400}, RULES).triggers
    assert not raises("yellow", assess({"days_old": 401}, RULES), acknowledged)


@pytest.mark.parametrize(("threat", "life"), [
    ("violence", True), ("self_harm", True), ("public_danger", False), (None, False), (("self_harm",), True)])
def test_only_a_threat_to_life_alerts_before_confirmation(threat, life):
    assert warning.threatens_life({"threat": threat}) is life


def test_triggers_survive_being_written_and_read():
    trigger = Trigger("people_involved", "red", 41)
    assert Trigger.parse(str(trigger)) == trigger
    for text in ("people_involved/blue/41", "nothing/red/1", "people_involved/red", "people_involved/red/x"):
        with pytest.raises(ValueError):
            Trigger.parse(text)


def test_the_rules_that_ship_are_good():
    check_rules(RULES)


@pytest.mark.parametrize(("change", "message"), [
    ({"purple": {}}, "no such tier"),
    ({"red": {"bad_mood": {"people": 3}}}, "no such trigger"),
    ({"red": {"people_involved": {"crowd": 3}}}, "crowd is not a fact"),
    ({"red": {"people_involved": {"people": 0}}}, "does not fit"),
    ({"red": {"people_involved": {"people": True}}}, "does not fit"),
    ({"red": {"people_involved": {"money": 5}}}, "must give people"),
    ({"red": {"threat_of_violence": {"threat": ["shouting"]}}}, "does not fit"),
    ({"red": {"injury": {"injury": False}}}, "does not fit"),
    ({"red": {"injury": {}}}, "must be a table"),
    ({"tiers": ["green", "red"]}, "tiers must be"),
])
def test_a_wrong_rule_is_refused_in_words(change, message):
    with pytest.raises(ValueError, match=message):
        check_rules({"warning": {"tiers": list(TIERS)} | change})


COUNTS = {fact.name: st.integers(0, 10**7) for fact in warning.FACTS if fact.kind in ("integer", "money", "days")}
FLAGS = {fact.name: st.booleans() for fact in warning.FACTS if fact.kind == "boolean"}
ANY_FACTS = st.fixed_dictionaries({}, optional=COUNTS | FLAGS | {"threat": st.sampled_from(warning.THREATS)})


@given(ANY_FACTS, st.sampled_from(sorted(COUNTS)), st.integers(0, 10**7))
def test_more_of_anything_never_lowers_the_tier(facts, name, more):
    grown = facts | {name: facts.get(name, 0) + more}
    assert rank(assess(grown, RULES).tier) >= rank(assess(facts, RULES).tier)


@given(ANY_FACTS)
def test_an_assessment_acknowledged_in_full_never_raises(facts):
    result = assess(facts, RULES)
    assert not raises("yellow", result, result.triggers)
    assert raises("yellow", result) is (result.tier != "yellow")
