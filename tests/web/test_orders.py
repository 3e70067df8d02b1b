"""Orders on the pages: results in the hotline's template by the export job, and the rates of the board."""

import io
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import select

from casemgr import db
from casemgr.jobs import exports
from casemgr.jobs.site import open_site
from casemgr.models import Export, Order
from casemgr.policy import IMPORTER
from casemgr.services.orders import OutsideOrder, take_in
from casemgr.services.steps import take
from tests.world import World, token_of

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture
def orders(session, world: World) -> list[int]:
    """Two orders from outside; a second department helps with the first."""
    told = [
        OutsideOrder(f"HL{n}", world.areas["grid_a1"].id, "hotline", "help", "路灯不亮", "路灯不亮三天", reporter={"name": "周某某"})
        for n in (1, 2)
    ]
    with db.transaction(session):
        found = [taken.case_id for taken, _ in take_in(session, told, actor=IMPORTER, at=world.at)]
        for minutes, who, step, data in (
            (5, "street_operator_a", "dispatch_unit", {"department_id": world.departments["housing"].id}),
            (9, "liaison_a", "ask_help", {"helper_id": world.departments["works"].id, "wanted": "配合断电"}),
        ):
            take(session, found[0], step, data, actor=world.actor(session, who), at=world.at + timedelta(minutes=minutes))
    return found


def test_results_leave_in_the_hotlines_template(app, session, world, orders):
    client = world.client(app, "street_operator_a")
    page = client.get("/matters?process=order&status=all").text
    assert 'value="outside"' in page and 'value="outside"' not in client.get("/matters?process=dispute").text
    sent = {"csrf_token": token_of(page), "query": "process=order&status=all", "form": "outside"}
    assert client.post("/matters/exports", data=sent).status_code == 302
    assert dict(exports.run(open_site(app.extensions["settings"], app.extensions["engine"]), world.at).counts) == {"exports": 1}
    with app.extensions["readings"]() as reading:
        export = reading.scalars(select(Export)).one()
    file = client.post(f"/matters/exports/{export.id}", data={"csrf_token": token_of(client.get("/matters/exports").text)})
    data = file.data
    file.close()
    heads, *rows = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True)
    found = {row[0]: dict(zip(heads, row, strict=True)) for row in rows}
    assert (export.done, found.keys()) == (2, {"HL1", "HL2"}), "the order of the helping unit is part of the first"
    assert (found["HL1"]["主办单位"], found["HL1"]["协办单位"]) == (world.departments["housing"].name, world.departments["works"].name)
    assert found["HL2"]["来电人"].startswith("周") and "某" not in found["HL2"]["来电人"]


def test_the_board_shows_pairs_and_its_page_the_switches(app, world, orders):
    client = world.client(app, "street_secretary_a")
    board = client.get("/board?lang=en").text
    assert "Events closed at grid or community" in board and "0 of 1" in board
    page = client.get("/board/rates?span=month&lang=en").text
    assert "Partly solved counts 0.5." in page and "Not rated is left out." in page and 'aria-current="page">This month' in page
    assert world.client(app, "secretary_b").get(f"/board/rates?area={world.areas['street_a'].id}").status_code == 404


def test_the_page_of_an_order_names_others_of_the_same_number(app, session, world, orders):
    with db.transaction(session):
        twin = session.get_one(Order, orders[1])
        twin.external_number = "HL1"
    page = world.client(app, "street_operator_a").get(f"/cases/{orders[0]}?lang=en").text
    assert "Same outside number" in page and f"/cases/{orders[1]}" in page
