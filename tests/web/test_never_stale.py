"""What pages remember is never older than its facts: words of times, next acts, rows of a desk, timelines."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update

from casemgr import db, engine
from casemgr.models import Account, Area, Party, Person
from casemgr.policy import SETUP
from casemgr.services.structure import change_area
from casemgr.web import words
from casemgr.web.overview.nearness import nearness
from tests.web.life import Life
from tests.world import World

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
CLOCK = (
    lambda at, other: at < other, lambda at, other: other < at, lambda at, other: other <= at, lambda at, other: at == other,
    lambda at, other: other - at, lambda at, other: at - other, lambda at, other: at + timedelta(1), lambda at, other: timedelta(1) + at,
    lambda at, other: at.astimezone(SHANGHAI).date(), lambda at, other: at.date(), lambda at, other: at.timestamp(),
    lambda at, other: max(at, other), lambda at, other: hash(at), lambda at, other: f"{at:%H}", lambda at, other: str(at),
)  # fmt: skip


def said(due_at: datetime, now: datetime) -> tuple[str, str, str]:
    return words.due_words(due_at, now), words.until(due_at, now), words.due_tone(due_at, now)


def test_what_is_equally_near_is_said_in_the_same_words(app: Flask) -> None:
    dice = random.Random(5)
    spans = (timedelta(hours=2), timedelta(days=2), timedelta(days=9), timedelta(days=400))
    with app.test_request_context("/"):
        for _ in range(3000):
            due_at = NOW + dice.choice(spans) * dice.uniform(-1, 1)
            due_at = due_at.replace(hour=16, minute=0, second=0, microsecond=0) if dice.random() < 0.2 else due_at
            now, later = (
                NOW,
                NOW + dice.choice((timedelta(0), timedelta(seconds=30), timedelta(minutes=20), timedelta(hours=5))),
            )
            if nearness(now)(due_at) == nearness(later)(due_at):
                assert said(due_at, now) == said(due_at, later), (due_at, later)


@pytest.mark.parametrize("look", CLOCK)
def test_a_look_at_the_clock_is_noticed_and_told_the_truth(look, db_url) -> None:
    at = engine.Watched.at(NOW)
    assert not at.looked_at
    assert look(at, NOW.astimezone(SHANGHAI)) == look(NOW, NOW.astimezone(SHANGHAI))
    assert at.looked_at


def test_the_desk_follows_each_change(app: Flask, world: World) -> None:
    life = Life(app, world, title="三楼漏水")
    life.pause = timedelta(minutes=1)
    head = world.client(app, "head_a")
    assert f"/cases/{life.id}/steps/accept" in head.get("/desk?lang=en").text
    assert "Accept" in head.get("/desk?lang=en").text and "受理" in head.get("/desk?lang=zh_Hans").text
    life.step("accept", "head_a", category="0402")
    page = head.get("/desk?lang=en").text
    assert f"/cases/{life.id}/steps/accept" not in page and f"/cases/{life.id}/steps/assign" in page
    life.step("assign", "head_a", handler_id=world.accounts["mediator_a"].id)
    assert f"/cases/{life.id}" not in head.get("/desk?lang=en").text
    mediator = world.client(app, "mediator_a")
    assert "left" in mediator.get("/desk?lang=en").text
    life.clock.advance(timedelta(days=40))
    mediator = world.client(app, "mediator_a")
    assert "overdue" in mediator.get("/desk?lang=en").text


def test_a_note_of_somebody_else_changes_what_a_desk_offers(app: Flask, world: World) -> None:
    life = Life(app, world).in_mediation()
    client = world.client(app, "mediator_a")
    assert f"/cases/{life.id}/steps/record_contact" in client.get("/desk?lang=en").text
    life.pause = timedelta(minutes=1)
    life.step("record_contact", "mediator_a", way="phone", said="双方愿意谈")
    page = client.get("/desk?lang=en").text
    assert f"/cases/{life.id}/steps/record_contact" not in page and f"/cases/{life.id}/steps/record_consent" in page


def test_a_place_renamed_is_renamed_on_the_desk(app: Flask, world: World) -> None:
    Life(app, world)
    client = world.client(app, "head_a")
    name = app.extensions["readings"]().scalar(select(Area.name).where(Area.id == world.areas["grid_a1"].id))
    assert name in client.get("/desk").text
    with app.extensions["sessions"]() as session, db.transaction(session):
        change_area(session, world.areas["grid_a1"].id, name="新名网格", actor=SETUP, at=world.at)
    assert "新名网格" in client.get("/desk").text


def test_the_timeline_follows_the_trail_and_the_names_in_it(app: Flask, world: World) -> None:
    life = Life(app, world).in_mediation()
    life.pause = timedelta(minutes=1)
    client, path = world.client(app, "mediator_a"), f"/cases/{life.id}?lang=en"
    first = client.get(path).text
    assert client.get(path).text.count("timeline-head") == first.count("timeline-head")
    life.step("record_note", "mediator_a", note="再去一次")
    assert "再去一次" in client.get(path).text
    assert "再去一次" not in client.get(f"/cases/{life.id}?lang=en&show=acts").text
    party = (
        app.extensions["readings"]()
        .scalars(select(Party).where(Party.case_id == life.id, Party.side == "applicant"))
        .one()
    )
    account = world.accounts["mediator_a"].id
    with app.extensions["sessions"]() as session, db.transaction(session):  # without an entry on this trail
        session.execute(update(Person).where(Person.id == party.person_id).values(name="周先生"))
        session.execute(update(Account).where(Account.id == account).values(name="新姓名"))
    page = client.get(path).text
    assert "周先生" in page and "新姓名 (" in page[page.index("timeline") :]
    assert "调解" in client.get(f"/cases/{life.id}?lang=zh_Hans").text
