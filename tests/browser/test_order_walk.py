"""A hotline order and a grid event walked in a real browser: out of the sorting desk to the rates on the board."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from casemgr import db
from casemgr.policy import IMPORTER
from casemgr.services.incoming import Message, register
from tests.browser.walks import SQLITE, Walk, fill

CENTRE, LIAISON = "street_operator_a", "liaison_a"
ANSWER = {"outcome": "solved", "answer": "路灯已换好。", "way": "phone"}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A file as from a camera."""
    path = tmp_path / "now.pdf"
    path.write_bytes(b"%PDF-1.4 photo")
    return path


@SQLITE
def test_an_order_from_the_sorting_desk_to_the_rates(walk: Walk, app, photo: Path) -> None:
    area = walk.world.areas["grid_a1"].id
    with app.extensions["sessions"]() as session, db.transaction(session):
        item = register(session, [Message("hotline:1", area, "hotline", "路灯", "请问路灯坏了几天找谁修?", "HL1")], actor=IMPORTER, at=walk.clock.now())[0].case_id
    page = walk.visit(CENTRE, f"/cases/{item}/steps/sort_matter")
    fill(page, {"becomes": "order", "kind": "service_request"})
    walk.send(page)
    link = walk.visit(CENTRE, f"/cases/{item}?lang=en").locator("a", has_text="单〔").first
    walk.id = int(str(link.get_attribute("href")).rsplit("/", 1)[1])
    housing = walk.world.departments["housing"].id
    walk.shot("order-new", CENTRE)
    walk.step("dispatch_unit", CENTRE, department_id=housing)
    walk.step("object", LIAISON, ground="remit", basis="职责清单第三条", competent="供电所")
    walk.shot("order-objected", CENTRE)
    walk.step("fix_unit", CENTRE, department_id=housing, reason="会商确定由房管所办理")
    walk.step("record_contact", LIAISON, way="phone", said="明天到场").step("answer", LIAISON, **ANSWER)
    walk.step("redo_unit", CENTRE, solved="unsolved", satisfaction="dissatisfied", reason="晚上又灭了")
    walk.ask("shelve", LIAISON, ground="project", condition="等道路改造完工", review_on="2026-09-01", evidence=photo, citizen_told="yes", reason="暂时办不了")
    walk.decide("approve", "street_secretary_a").state(CENTRE, "On the shelf")
    walk.step("revive_unit", CENTRE, reason="改造已完工").step("answer", LIAISON, **ANSWER)
    walk.step("close", CENTRE, solved="solved", satisfaction="satisfied").state(CENTRE, "Closed")
    walk.shot("order-closed", CENTRE)
    rates = walk.visit("street_secretary_a", "/board/rates?lang=en")
    expect(rates.locator("#orders")).to_contain_text("100.00%")
    walk.shot("rates", "street_secretary_a", "/board/rates")
    listed = walk.visit(CENTRE, "/matters?process=order&status=all&lang=en")
    listed.get_by_role("button", name="Results for the hotline").click()
    expect(listed.locator("#exports")).to_contain_text("热线办理结果")


@SQLITE
def test_events_settled_at_once_and_sent_up(walk: Walk, photo: Path) -> None:
    page = walk.visit("worker_a1", "/cases/new/event")
    fill(page, {"text": "楼道口堆了旧家具", "kind": "environment", "measures": "已联系住户搬走"})
    walk.send(page)
    expect(page.locator(".form-errors, .alert, [role=alert]").first).to_be_visible()  # a photo is missing; the words are kept
    expect(page.locator("[name=measures]")).to_have_value("已联系住户搬走")
    fill(page, {"photo": photo})
    walk.send(page)
    walk.id = int(page.url.split("/cases/")[1].split("?")[0])
    walk.state("worker_a1", "Closed")
    page = walk.visit("worker_a1", "/cases/new/event")
    fill(page, {"text": "路口井盖破了", "kind": "facilities", "urgency": "urgent"})
    walk.send(page)
    walk.id = int(page.url.split("/cases/")[1].split("?")[0])
    walk.step("report", "worker_a1")
    walk.step("send_street", "secretary_a", reason="属市政设施")
    walk.step("assign_unit", CENTRE, department_id=walk.world.departments["housing"].id)
    walk.step("feed_back_unit", LIAISON, measures="已更换井盖").step("back_to_unit", "worker_a1", reason="周围还没填平")
    walk.step("feed_back_unit", LIAISON, measures="已填平").step("verify", "worker_a1").state("worker_a1", "Closed")
    walk.shot("event-closed", "worker_a1")
    rates = walk.visit("street_secretary_a", "/board/rates?lang=en")
    expect(rates.locator("#events")).to_contain_text("1 of 2")
