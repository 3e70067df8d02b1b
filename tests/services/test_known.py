"""Ids in answers, swapped for those of another street: the door takes none of them, whoever asks."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import Invalid
from casemgr.services.cases import take_step
from casemgr.services.requests import ask
from casemgr.services.steps import take
from tests.web.life import Life
from tests.world import World

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


def refused(app: Flask, world: World, case_id: int, who: str, step: str, **answers: object) -> list[str]:
    """The fields refused when that person takes a step with these answers; none if it was taken."""
    with app.extensions["sessions"]() as session:
        try:
            take(session, case_id, step, answers, actor=world.actor(session, who), at=app.extensions["clock"].now())
        except Invalid as error:
            return list(error.fields)
        finally:
            session.rollback()
    return []


def test_a_matter_stays_in_its_street(app: Flask, world: World) -> None:
    life = Life(app, world)
    assert refused(app, world, life.id, "head_a", "relocate", area_id=world.areas["grid_c1"].id, reason="误登") == ["area_id"]
    assert refused(app, world, life.id, "head_a", "relocate", area_id=999_999, reason="误登") == ["area_id"]
    assert refused(app, world, life.id, "head_a", "relocate", area_id=world.areas["grid_b1"].id, reason="误登") == []


def test_a_team_of_another_street_is_not_given_a_matter(app: Flask, world: World) -> None:
    life = Life(app, world)
    life.step("accept", "head_a", category="0402")
    handler = world.accounts["mediator_a"].id
    for team, fields in (("neighbour_b", ["team_id"]), ("neighbour_a", [])):
        found = refused(app, world, life.id, "head_a", "assign", handler_id=handler, team_id=world.teams[team].id)
        assert found == fields


def test_a_patron_is_a_secretary_of_its_places(app: Flask, world: World) -> None:
    life = Life(app, world)
    life.step("accept", "head_a", category="0402", people=40)
    for who, fields in (("worker_c1", ["patron_id"]), ("street_secretary_b", ["patron_id"]), ("secretary_a", [])):
        patron = world.accounts[who].id
        assert refused(app, world, life.id, "street_secretary_a", "name_patron", patron_id=patron, plan="三天内见面") == fields


def test_nobody_elsewhere_is_set_aside(app: Flask, world: World) -> None:
    life = Life(app, world).in_mediation()

    def asking(session: Session, aside: str) -> None:
        payload = {
            "handler_id": world.accounts["street_mediator_a"].id, "ground": "objection",
            "aside_id": world.accounts[aside].id,
        }  # fmt: skip
        actor = world.actor(session, "head_a")
        ask(session, life.id, "recusal", "replace_handler", payload, "当事人不信任", actor=actor, at=life.clock.now())

    with app.extensions["sessions"]() as session:
        with pytest.raises(Invalid) as caught:
            asking(session, "mediator_c")
        assert list(caught.value.fields) == ["aside_id"]
        session.rollback()
        with db.transaction(session):
            asking(session, "mediator_a")


def test_numbers_beyond_any_id_name_nothing(app: Flask, world: World) -> None:
    life = Life(app, world)
    with app.extensions["sessions"]() as session, pytest.raises(Invalid) as caught:
        take_step(
            session, life.id, "relocate", data={"area_id": 2**70, "reason": "误登"},
            actor=world.actor(session, "head_a"), at=life.clock.now(),
        )  # fmt: skip
    assert list(caught.value.fields) == ["area_id"]
