"""Planned sessions and their rooms: no room is used twice, whoever comes first; what frees it; who is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from casemgr import db
from casemgr.errors import CasemgrError, Invalid, NotAllowed, Refused
from casemgr.models import Notice, RoomSlot, Sitting
from casemgr.queries.rooms import free_times, sitting_of, taken_on
from casemgr.services import rooms
from casemgr.services.cases import Taken, take_step
from tests.services.test_interleavings import crowd, site  # noqa: F401  fixtures
from tests.web.life import Life

TWO = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)  # Wednesday 14:00 in Shanghai
QUARTER = timedelta(minutes=15)
SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture
def life(app, world):
    return Life(app, world).in_mediation()


def plan(life: Life, who: str = "mediator_a", *, at: datetime = TWO, lasts: str = "60", **more: Any):
    given = {"starts_at": at, "lasts": lasts, "room_id": life.world.rooms["community_a"].id} | more
    return life.step("book_session", who, **given)


def slots(life: Life) -> int:
    return life.rows(select(func.count()).select_from(RoomSlot))[0][0]


def sitting(life: Life) -> Any:
    with life.app.extensions["readings"]() as session:
        return sitting_of(session, life.id)


def test_two_who_want_one_room_at_one_time_do_not_both_get_it(app, world, crowd):  # noqa: F811
    lives = [Life(app, world).in_mediation() for _ in range(4)]
    at = app.extensions["clock"].now()
    room = world.rooms["community_a"].id

    def booking(life: Life, begins: datetime):
        data = {"starts_at": begins, "lasts": "60", "room_id": room}
        return lambda s: take_step(s, life.id, "book_session", actor=world.actor(s, "mediator_a"), at=at, data=data)

    times = [TWO, TWO, TWO + QUARTER, TWO + 3 * QUARTER]
    outcomes = crowd.at_once(*(booking(life, begins) for life, begins in zip(lives, times, strict=True)))
    assert sum(isinstance(one, Taken) for one in outcomes) == 1, outcomes
    assert [list(one.fields) for one in outcomes if isinstance(one, CasemgrError)] == [["room_id"]] * 3
    assert slots(lives[0]) == 4
    assert lives[0].rows(select(func.count()).select_from(Sitting))[0][0] == 1


def test_one_after_the_other_fits(life, app, world):
    plan(life)
    plan(Life(app, world).in_mediation(), at=TWO + 4 * QUARTER)
    assert slots(life) == 8


@SQLITE
@pytest.mark.parametrize(("at", "lasts"), [(TWO - timedelta(hours=7), "60"), (TWO + timedelta(hours=3), "120"), (TWO + timedelta(days=3), "60")])
def test_a_closed_room_takes_nobody(life, at, lasts):
    with pytest.raises(Invalid, match="room_id"):
        plan(life, at=at, lasts=lasts)
    assert slots(life) == 0 and sitting(life) is None


@SQLITE
def test_a_room_of_another_street_or_out_of_use_is_not_there(life, app, world):
    with pytest.raises(Invalid, match="room_id"):
        plan(life, room_id=world.rooms["community_c"].id)
    with app.extensions["sessions"]() as session, db.transaction(session):
        values = {"name": "调解室", "place": "", "opens": 540, "closes": 1080, "rest_days": False, "active": False}
        by = {"actor": world.actor(session, "system_admin"), "at": world.at}
        assert rooms.change_room(session, world.rooms["community_a"].id, **values, **by) == ["name", "place", "active"]
    with pytest.raises(Invalid, match="room_id"):
        plan(life)


@SQLITE
def test_moved_to_a_time_that_overlaps_its_own(life):
    plan(life)
    life.step("move_session", "mediator_a", starts_at=TWO + QUARTER, lasts="30", room_id=life.world.rooms["community_a"].id, reason="晚一点")
    assert slots(life) == 2
    assert sitting(life).starts_at == TWO + QUARTER


@SQLITE
@pytest.mark.parametrize(("step", "who", "data"), [
    ("cancel_session", "head_a", {"ground": "absent"}),
    ("terminate", "head_a", {"ground": "impossible"}),
    ("withdraw", "head_a", {"party": 1, "statement": "不谈了", "evidence": "message"}),
])  # fmt: skip
def test_what_is_called_off_gives_the_room_back(life, step, who, data):
    plan(life)
    life.step(step, who, **data)
    assert slots(life) == 0 and sitting(life) is None


@SQLITE
def test_those_invited_are_told_of_it_and_of_its_end(life, world):
    invited = world.accounts["worker_a1"].id
    plan(life, "head_a", guests=[invited])
    life.step("cancel_session", "head_a", ground="mediator")
    told = life.rows(select(Notice.account_id, Notice.code, Notice.params).where(Notice.code.like("dispute.session%")))
    people = {invited, world.accounts["mediator_a"].id}
    assert {(a, c) for a, c, _ in told} == {(p, f"dispute.session_{how}") for p in people for how in ("booked", "cancelled")}
    assert all(params == {"when": "03-04 14:00"} for *_, params in told)


@SQLITE
def test_who_does_not_work_here_is_not_invited(life, world):
    with pytest.raises(Invalid, match="guests"):
        plan(life, guests=[world.accounts["mediator_c"].id])


@SQLITE
def test_one_session_at_a_time(life):
    plan(life)
    with pytest.raises(Refused):
        plan(life, at=TWO + timedelta(days=1))


@SQLITE
def test_the_calendar_names_no_case_out_of_sight(life, app, world):
    plan(life)
    with app.extensions["readings"]() as session:
        seen = {
            who: taken_on(session, world.actor(session, who), [world.rooms["community_a"].id], TWO.date(), TWO.date())
            for who in ("mediator_a", "head_b")
        }
    assert seen["mediator_a"][0].case_id == life.id and seen["mediator_a"][0].title
    assert (seen["head_b"][0].case_id, seen["head_b"][0].title) == (None, "")
    assert seen["head_b"][0].starts_at == TWO


@SQLITE
def test_only_the_administrator_changes_rooms_and_only_sensible_hours(app, world):
    with app.extensions["sessions"]() as session:
        area = world.areas["community_a"].id
        with pytest.raises(NotAllowed):
            rooms.add_room(session, area, "小调解室", actor=world.actor(session, "head_a"), at=world.at)
        for opens, closes in ((600, 600), (605, 700), (0, 1500)):
            with pytest.raises(Invalid, match="closes"):
                rooms.add_room(session, area, "小调解室", opens=opens, closes=closes, actor=world.actor(session, "system_admin"), at=world.at)


def test_what_is_left_of_a_day():
    assert free_times([(600, 660), (540, 570), (660, 700)], 540, 1080) == [(570, 600), (700, 1080)]
    assert free_times([(540, 1080)], 540, 1080) == []
