"""Two matters beside each other: found by the job once, shown to those who see both, answered by a person, never asked again."""

import dataclasses
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from casemgr import db
from casemgr.jobs import likeness
from casemgr.jobs.site import Site
from casemgr.models import Case, JointMember, Suggestion
from casemgr.policy import IMPORTER
from casemgr.services import incoming
from casemgr.services.incoming import Message
from tests.world import World, token_of

ON_SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
PUMP = "阳光花园小区水泵房夜间噪音太大，整夜轰鸣，老人孩子睡不着，物业说在修一直没有修好"
PUMP_TOO = "阳光花园小区水泵房夜间噪音，老人孩子睡不着，整夜轰鸣，请物业尽快修好"
OTHER = "锦绣路人行道地砖破损，下雨天溅水，请修补"


class Desk:
    """Messages that come in, the job that compares them, and the page."""

    def __init__(self, app: Flask, world: World, site: Site) -> None:
        self.app, self.world, self.site, self.at, self.count = app, world, site, world.at, 0

    def message(self, text: str, grid: str = "grid_a1", title: str = "") -> int:
        self.count += 1
        one = Message(f"k{self.count}", self.world.areas[grid].id, "hotline", title or text[:14], text, reporter={"name": f"某{self.count}"})
        with self.app.extensions["sessions"]() as session, db.transaction(session):
            return incoming.register(session, [one], actor=IMPORTER, at=self.at)[0].case_id

    def dispute(self, text: str, who: str = "head_a", grid: str = "grid_a1", **data: Any) -> int:
        with self.app.extensions["sessions"]() as session, db.transaction(session):
            return self.world.open_dispute(session, who, grid, text, **data).case_id

    def compare(self) -> dict[str, int]:
        return dict(likeness.run(self.site, self.at).counts)

    def read(self, query: Any) -> list[Any]:
        with self.app.extensions["readings"]() as session:
            return list(session.execute(query))

    def page(self, who: str) -> str:
        return str(self.world.client(self.app, who).get("/joint").text)

    def say(self, who: str, said: str, *pairs: tuple[int, int]) -> Any:
        client = self.world.client(self.app, who)
        token = token_of(client.get("/account").text)
        sent = {"csrf_token": token, "said": said, "pair": [f"{a}-{b}" for a, b in pairs]}
        return client.post("/joint", data=sent, follow_redirects=True)


@pytest.fixture
def desk(app: Flask, world: World, site: Site) -> Desk:
    return Desk(app, world, site)


@pytest.fixture
def site(app: Flask, settings: Any) -> Site:
    extensions = app.extensions
    with extensions["sessions"]() as session:
        engine = session.get_bind()
    return Site(engine, extensions["sessions"], extensions["readings"], settings, "here")


def test_the_job_finds_each_pair_once_and_the_page_shows_it_to_those_who_see_both(desk):
    known = desk.dispute(PUMP)
    item = desk.message(PUMP_TOO)
    desk.message(OTHER)
    assert desk.compare() == {"looked": 3, "pairs": 1}
    assert desk.compare() == {}
    assert desk.read(select(Suggestion.case_id, Suggestion.like_id, Suggestion.answer)) == [(item, known, "")]
    page = desk.page("street_operator_a")
    assert f'value="{item}-{known}"' in page and "<mark>" in page
    for other in ("head_b", "street_operator_b"):
        assert f"{item}-{known}" not in desk.page(other)


@ON_SQLITE
def test_the_same_is_joined_and_the_count_goes_up(desk):
    known = desk.dispute(PUMP)
    items = [desk.message(PUMP_TOO), desk.message(PUMP)]
    desk.compare()
    answer = desk.say("head_a", "same", *((item, known) for item in items))
    assert answer.status_code == 200
    assert desk.read(select(JointMember.case_id, JointMember.root_id)) == [(item, known) for item in items]
    assert desk.read(select(Case.facts).where(Case.id == known))[0][0]["people"] == 3
    assert 'name="pair"' not in desk.page("head_a")


@ON_SQLITE
def test_what_is_not_the_same_is_never_asked_again_in_either_order(desk):
    known, item = desk.dispute(PUMP), desk.message(PUMP_TOO)
    desk.compare()
    desk.say("head_a", "different", (known, item))  # the other way round
    assert desk.read(select(Suggestion.case_id, Suggestion.answer)) == [(item, "different")]
    with desk.app.extensions["sessions"]() as session, db.transaction(session):
        session.execute(Suggestion.__table__.metadata.tables["joint_readings"].update().values(case_id=0))
    assert desk.compare() == {"looked": 2}
    assert f"{item}-{known}" not in desk.page("head_a")


@ON_SQLITE
def test_what_is_put_off_comes_back(desk):
    known, item = desk.dispute(PUMP), desk.message(PUMP_TOO)
    desk.compare()
    desk.say("head_a", "later", (item, known))
    assert f"{item}-{known}" not in desk.page("head_a")
    desk.at += timedelta(days=7)
    assert desk.compare() == {"again": 1}
    assert f"{item}-{known}" in desk.page("head_a")


@ON_SQLITE
def test_two_items_become_one_matter_and_a_third_follows(desk):
    items = [desk.message(text) for text in (PUMP, PUMP_TOO, PUMP)]
    desk.compare()
    desk.say("street_operator_a", "same", (items[1], items[0]), (items[2], items[0]))
    states = dict(desk.read(select(Case.id, Case.state).where(Case.id.in_(items))))
    assert list(states.values()) == ["sorted", "joined", "joined"]
    assert len(desk.read(select(JointMember.case_id))) == 2


@ON_SQLITE
def test_a_confidential_matter_is_never_suggested_and_one_out_of_sight_not_answered(desk):
    desk.dispute(PUMP, confidential=True)
    far, item = desk.dispute(PUMP, "head_c", "grid_c1"), desk.message(PUMP_TOO)
    desk.compare()
    assert desk.read(select(Suggestion.like_id)) == [(far,)]
    assert f"{item}-{far}" not in desk.page("street_operator_a")
    desk.say("street_operator_a", "same", (item, far))
    assert desk.read(select(JointMember.case_id)) == []
    assert desk.read(select(Suggestion.answer)) == [("",)]


@ON_SQLITE
def test_the_pages_of_what_is_joined(desk):
    known = desk.dispute(PUMP)
    items = [desk.message(PUMP_TOO) for _ in range(4)]
    desk.compare()
    desk.say("head_a", "same", *((item, known) for item in items))
    client = desk.world.client(desk.app, "head_a")
    page, member = client.get(f"/cases/{known}").text, client.get(f"/cases/{items[0]}").text
    assert all(f"/cases/{item}" in page for item in items) and f"/cases/{known}" in member
    assert f"/cases/{items[0]}/steps/split_off" in member
    assert f"/cases/{known}" in client.get("/matters?joint=yes").text
    party = re.search(r'name="party" value="(\d+)"', page)[1]
    token = token_of(client.get("/account").text)
    for _ in range(2):  # the second time it is no news
        client.post(f"/joint/{known}/speak", data={"csrf_token": token, "party": party})
    assert f'value="{party}"' not in client.get(f"/cases/{known}").text
    asked = {"csrf_token": token, "reason": "另一处水泵"}
    assert client.post(f"/cases/{items[0]}/steps/split_off", data=asked).status_code == 302
    assert desk.read(select(Case.state).where(Case.id == items[0])) == [("registered",)]
    assert desk.read(select(Case.facts).where(Case.id == known))[0][0]["people"] == 4


def test_what_was_under_way_when_a_later_one_was_compared_is_compared_too(desk: Desk) -> None:
    desk.message(OTHER)
    assert desk.compare() == {"looked": 1}
    if db.is_sqlite(desk.app.extensions["sessions"]()):
        return  # one writer: nothing is under way beside another
    with desk.app.extensions["sessions"]() as slow, db.transaction(slow):
        one = Message("slow", desk.world.areas["grid_a1"].id, "hotline", PUMP[:14], PUMP, reporter={"name": "某"})
        incoming.register(slow, [one], actor=IMPORTER, at=desk.at)
        desk.message(PUMP_TOO, "grid_c1")  # of another street: its numbers wait for nobody
        assert desk.compare() == {}, "one before it is missing"
    assert desk.compare()["looked"] == 2
    with desk.app.extensions["sessions"]() as given_up:
        incoming.register(given_up, [dataclasses.replace(one, key="gone")], actor=IMPORTER, at=desk.at)
        given_up.rollback()
    desk.message(OTHER)
    desk.at += timedelta(minutes=11)
    assert desk.compare()["looked"] == 1, "an id that never comes is not waited for without end"
