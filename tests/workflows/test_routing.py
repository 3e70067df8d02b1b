"""Who gets a matter: one case a rule, then properties over any set of candidates."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from workflows.routing import GROUPS, SENTENCES, Candidate, Nobody, Routed, route

TEAM = Candidate(1, "team_of_category", team_id=7, team="Property", load=3)
COMMITTEE = Candidate(2, "of_the_committee", load=0)
GENERAL = Candidate(3, "general_team", team_id=9, load=0)


def test_the_specialised_team_comes_before_an_idle_committee():
    found = route([GENERAL, COMMITTEE, TEAM])
    assert (found.account_id, found.team_id) == (1, 7)
    assert [reason.code for reason in found.why] == ["team_of_category", "least_loaded"]


def test_without_the_team_the_committee_then_the_general_team():
    assert route([GENERAL, COMMITTEE]).account_id == 2
    assert route([GENERAL]).account_id == 3


def test_whoever_is_on_duty_comes_first_even_when_busier():
    on_duty = replace(TEAM, account_id=4, load=9, on_duty=True)
    assert route([TEAM, on_duty]).account_id == 4


def test_the_smaller_share_of_capacity_wins_not_the_smaller_number():
    small = replace(TEAM, account_id=5, load=2, capacity=3)
    assert route([small, TEAM]).account_id == 1


def test_the_parties_choice_comes_before_all_and_needs_no_room():
    full = replace(GENERAL, load=12)
    found = route([TEAM, full], chosen_by_parties=3)
    assert (found.account_id, found.why[0].code) == (3, "chosen_by_parties")


def test_the_parties_cannot_choose_somebody_who_must_step_aside():
    assert route([TEAM, replace(COMMITTEE, related=True)], chosen_by_parties=2).account_id == 1
    assert route([TEAM, replace(COMMITTEE, recused=True)], chosen_by_parties=2).account_id == 1


def test_nobody_fits_and_the_alarm_says_why():
    found = route([replace(TEAM, recused=True), replace(COMMITTEE, related=True), replace(GENERAL, load=12)])
    assert isinstance(found, Nobody)
    assert [(r.code, r.params["count"]) for r in found.why] == [("full", 1), ("recused", 1), ("related", 1)]
    assert [r.code for r in route([]).why] == ["nobody"]


CANDIDATES = st.lists(
    st.builds(
        Candidate, st.integers(1, 30), st.sampled_from(GROUPS), team=st.just("Any"), load=st.integers(0, 15),
        capacity=st.integers(1, 15), on_duty=st.booleans(), recused=st.booleans(), related=st.booleans(),
    ),  # fmt: skip
    unique_by=lambda one: one.account_id,
)


@given(CANDIDATES)
def test_nobody_barred_is_ever_chosen_and_somebody_free_always_is(candidates):
    found = route(candidates)
    free = {one.account_id for one in candidates if not one.barred}
    assert isinstance(found, Routed) == bool(free)
    if free:
        assert found.account_id in free
    assert all(SENTENCES[reason.code] % dict(reason.params) for reason in found.why)


@given(CANDIDATES, st.randoms())
def test_the_order_of_the_list_decides_nothing(candidates, random):
    shuffled = list(candidates)
    random.shuffle(shuffled)
    assert route(candidates) == route(shuffled)
