"""The numbers of the demo add up to those of the reference street; what its texts say can be registered."""

from collections import Counter

import pytest

from casemgr.demo import plan, stories
from casemgr.demo.dice import dice
from casemgr.demo.papers import paper
from workflows import rulebook
from workflows.categories import DISPUTE_CATEGORIES, team_for
from workflows.roles import POST_ROLES, TIERS
from workflows.warning import FACT, assess

TOWN = stories.Place("锦江苑", "滨江大道", True)
VILLAGE = stories.Place("大湾", "团结公路", False)


def test_the_closed_year_is_that_of_the_report() -> None:
    parts = plan.closed_year()
    unsettled = [part for part in parts if part.kind in plan.UNSETTLED]
    assert (len(parts), len(parts) - len(unsettled)) == (1087, 1073)
    assert round(100 * 1073 / 1087, 2) == 98.71


def test_several_hundred_are_open_and_none_twice_as_many_red_as_said() -> None:
    parts = plan.running_open()
    assert 250 <= len(parts) <= 400
    reds = sum(part.tier == "red" for part in parts)
    assert reds + sum(times for tier, _, times in plan.JUST_LATE if tier == "orange") <= 12
    assert Counter(part.stop for part in parts).keys() >= {"registered", "assigned", "mediation", "suspended", "agreed"}


def test_the_street_is_whole() -> None:
    data = plan.street_data()
    communities = data["streets"][0]["communities"]
    assert len(communities) == 5
    assert sum(community.get("urban", True) for community in communities) == 4
    assert sum(len(community["places"]) for community in communities) == 47
    assert sum(community["microgrids"] for community in communities) == 233
    assert set(data["teams"]) == set(rulebook.packaged().raw["teams"])
    assert len(data["departments"]) == 12


def test_households_are_9064_with_some_grids_over_the_standard() -> None:
    households = plan.households()
    assert (len(households), sum(households)) == (47, 9064)
    assert min(households) > 0
    assert sum(count > 500 for count in households) == 3
    assert sum(300 <= count <= 500 for count in households) == 8


def test_shares_are_whole_and_complete() -> None:
    assert plan.spread(100, 7, dice(1)) == plan.spread(100, 7, dice(1))
    assert sum(plan.spread(4278, 36, dice(2))) == 4278
    assert plan.microgrids_of(11, 55) == [5] * 11
    assert plan.microgrids_of(7, 34) == [5, 5, 5, 5, 5, 5, 4]


def test_a_small_scale_keeps_something_of_everything() -> None:
    small = plan.amounts(0.02)
    assert (small.found, small.settled) == (22, 21)
    assert len(plan.closed_year(0.02)) == 22
    assert {part.stop for part in plan.running_open(0.02)} == {part.stop for part in plan.running_open()}


@pytest.mark.parametrize("scale", [0, -1, 1.01])
def test_a_scale_is_a_share(scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        plan.amounts(scale)


def test_one_login_for_every_role() -> None:
    told = plan.street_data()["logins"]
    assert {login["role"] for login in told} == set(POST_ROLES)
    assert len({login["login"] for login in told}) == len(told)


@pytest.mark.parametrize("entry", stories.texts()["stories"], ids=lambda entry: entry["title"])
def test_every_story_has_the_colour_it_is_meant_for(entry: dict) -> None:
    rules = rulebook.packaged().raw
    place = TOWN if stories.fits(entry, TOWN) else VILLAGE
    for seed in range(20):
        story = stories.tell(entry, place, dice(seed))
        assert assess(dict(story.facts), rules).tier == entry["tier"], story
        assert set(story.facts) <= set(FACT)
        assert "{" not in story.title + story.text + story.claim + story.terms
        assert story.title and len(story.title) <= 200 and len(story.text) <= 2000
    assert entry["category"] in DISPUTE_CATEGORIES
    assert team_for(entry["category"], rules) == entry["team"]


@pytest.mark.parametrize("place", [TOWN, VILLAGE])
@pytest.mark.parametrize("tier", TIERS)
def test_every_place_has_its_stories(place: stories.Place, tier: str) -> None:
    assert any(entry["tier"] == tier for entry in stories.texts()["stories"] if stories.fits(entry, place))
    entry = stories.choose("small", place, dice(3))
    story = stories.tell(entry, place, dice(4))
    assert story.terms and "{" not in story.text + story.terms
    for kind in ("service_request", "consultation", "suggestion", "report_of_wrongdoing"):
        title, text = stories.message(stories.choose("messages", place, dice(5), kind=kind), place, dice(6))
        assert title and "{" not in title + text


def test_a_paper_is_a_pdf() -> None:
    made = paper(["协议", "一方付款", "长" * 60])
    assert made.startswith(b"%PDF-1.4")
    start = int(made.split(b"startxref\n")[1].split(b"\n")[0])
    assert made[start : start + 4] == b"xref"
