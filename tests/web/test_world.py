"""The street of the tests is whole: everybody logs in, a matter can be opened, the trail verifies."""

import pytest
from flask import Flask

from casemgr import audit, db
from casemgr.models import Case
from tests.world import World


def test_the_street_stands_and_its_trail_holds(app: Flask, world: World) -> None:
    with app.extensions["readings"]() as session:
        events, faults = audit.verify(session)
    assert events > 50
    assert not faults


@pytest.mark.parametrize("who", ["worker_a1", "security_admin", "no_post"])
def test_people_log_in(app: Flask, world: World, who: str) -> None:
    page = world.client(app, who).get("/account")
    assert page.status_code == 200
    assert world.accounts[who].name in page.text


def test_a_matter_can_be_opened(app: Flask, world: World) -> None:
    with app.extensions["sessions"]() as session, db.transaction(session):
        taken = world.open_dispute(session, "worker_a1", "grid_a1", "楼上漏水到楼下，两家争执")
    with app.extensions["readings"]() as session:
        case = session.get(Case, taken.case_id)
        assert case is not None
        assert case.area_id == world.areas["grid_a1"].id
