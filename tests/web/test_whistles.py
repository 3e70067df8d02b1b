"""The pages of whistles: the street's board, a department's own calls, the list of fixed units, what cases show besides."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from casemgr import db
from tests.services.test_whistles import Street
from tests.world import World, token_of

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


def lived(session: Session, world: World) -> dict[str, int]:
    """A whistle whose lead unit is done, whose helper objects; and the matter it came from."""
    street = Street(session, world)
    with db.transaction(session):
        matter = world.open_dispute(session, "worker_a1", "grid_a1", "楼道堵了", facts={"people": 6}).case_id
    street.step(matter, "accept", "head_a", category="0201")
    id = street.blow(on=matter)
    lead, helper = street.call(id, "housing"), street.call(id, "works")
    street.object(helper, "liaison_works")
    street.done(lead, "liaison_a")
    return {"matter": matter, "whistle": id, "lead": lead, "helper": helper}


def test_everyone_sees_what_is_his_on_the_page_of_whistles(app: Flask, world: World, session: Session):
    ids = lived(session, world)
    street = world.client(app, "street_operator_a").get("/whistles").text
    assert "房管所" in street and "城管所" in street and f"/cases/{ids['whistle']}" in street
    own = world.client(app, "liaison_works").get("/whistles").text
    assert f"/cases/{ids['helper']}" in own and f"/cases/{ids['lead']}" not in own and f"/cases/{ids['whistle']}\"" not in own
    assert world.client(app, "worker_a1").get("/whistles").status_code == 403


def test_cases_show_calls_units_and_rulings(app: Flask, world: World, session: Session):
    ids = lived(session, world)
    operator, liaison = world.client(app, "street_operator_a"), world.client(app, "liaison_works")
    page = operator.get(f"/cases/{ids['whistle']}").text
    assert f"/cases/{ids['lead']}" in page and f"/cases/{ids['matter']}" in page
    assert f"/cases/{ids['whistle']}" in operator.get(f"/cases/{ids['matter']}").text
    assert "房管所" in liaison.get(f"/cases/{ids['helper']}").text
    for hidden in ("matter", "whistle", "lead"):
        assert liaison.get(f"/cases/{ids[hidden]}").status_code == 404
    assert 'id="rulings"' in operator.get(f"/cases/{ids['helper']}/steps/keep").text


def test_the_command_centre_keeps_the_list_of_fixed_units(app: Flask, world: World, session: Session):
    client = world.client(app, "street_operator_a")
    page = client.get("/whistles/fixed").text
    data = {"csrf_token": token_of(page), "subject": "fire", "department_id": str(world.departments["housing"].id), "basis": "清单第3项"}
    assert client.post("/whistles/fixed", data=data).status_code == 302
    again = client.post("/whistles/fixed", data=data)
    assert again.status_code == 422 and "清单第3项" in again.text
    assert client.post("/whistles/fixed", data=data | {"subject": "nothing"}).status_code == 422
    removing = client.post("/whistles/fixed/1/remove", data={"csrf_token": data["csrf_token"]})
    assert removing.status_code == 302 and "清单第3项" not in client.get("/whistles/fixed").text
    assert world.client(app, "secretary_a").get("/whistles/fixed").status_code == 403


def test_a_whistle_is_blown_on_the_page_of_its_matter(app: Flask, world: World, session: Session):
    with db.transaction(session):
        matter = world.open_dispute(session, "worker_a1", "grid_a1", "楼道堵了").case_id
    client, address = world.client(app, "secretary_a"), f"/cases/new/whistle?on={matter}"
    assert address in client.get(f"/cases/{matter}").text
    data = {
        "csrf_token": token_of(client.get(address).text), "text": "请清理楼道", "kind": "ordinary", "ground": "enforcement", "subject": "fire",
        "lead_department_id": str(world.departments["housing"].id), "helpers": [str(world.departments["works"].id)],
        "answered_when": "all",
    }  # fmt: skip
    refused = client.post(address, data=data | {"helpers": [data["lead_department_id"]]})
    assert refused.status_code == 422 and "请清理楼道" in refused.text
    answer = client.post(address, data=data)
    assert answer.status_code == 302, answer.text
    assert "城管所" in client.get(answer.location).text
