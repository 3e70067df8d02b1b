"""A mediator's way in a real browser: plan a session in a room, write while the browser dies, record it, put an agreement together."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.life import Life
from tests.world import PASSWORD, World

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
WORDS = "申请方要求修好屋顶，物业愿意承担一半费用。"
SHOTS = os.environ.get("CASEMGR_TEST_SHOTS", "")  # a folder to leave screenshots in, for whoever wants to look


class Minutes(Life):
    pause = timedelta(minutes=1)


@pytest.fixture
def life(app: Any, world: World) -> Life:
    life = Minutes(app, world).in_mediation()
    life.step("record_contact", "mediator_a", way="phone", said="双方愿意谈")
    for party in (1, 2):
        life.step("record_consent", "mediator_a", party=party, consent="given", evidence="signature", consented_on="2026-03-02")
    life.step("inform_rights", "mediator_a", way="oral")
    return life


@pytest.fixture
def arrive(new_context: Callable[..., BrowserContext], live_server: Any) -> Callable[[], Page]:
    """A browser of its own, fresh from the box, in which the mediator logs in."""

    def one() -> Page:
        page = new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900}).new_page()
        page.goto("/login")
        page.fill("[name=login]", "mediator_a")
        page.fill("[name=secret]", PASSWORD)
        with page.expect_navigation():
            page.click("main form button[type=submit]")
        return page

    return one


def look(page: Page, name: str, axe: Callable[[Page], list[str]]) -> None:
    """No fault of accessibility on a phone, nothing sticking out at either width; pictures for whoever asked for them."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width}"
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
    assert axe(page) == [], name
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_session_in_a_room_text_that_survives_and_an_agreement_from_blocks(app, life, arrive, axe, tmp_path):
    page = arrive()
    page.goto(f"/cases/{life.id}")
    page.click(".steps a[href$='/steps/book_session']")
    look(page, "plan", axe)
    page.click("#rooms .is-free a")  # the first free time of the nearest room, tomorrow at nine
    expect(page.locator("[name=starts_at]")).to_have_value("2026-03-03T09:00")
    with page.expect_navigation():
        page.click(".form-actions .btn-primary")
    expect(page.locator("#session")).to_contain_text("槐荫社区调解室")
    look(page, "planned", axe)

    life.clock.advance(datetime(2026, 3, 3, 2, 30, tzinfo=UTC) - life.clock.now())  # the next day, after the session
    page.close()
    page = arrive()
    page.goto(f"/cases/{life.id}/steps/record_session")
    expect(page.locator("[name=started_at]")).to_have_value("2026-03-03T09:00")
    with page.expect_response(lambda answer: answer.url.endswith("/kept") and answer.ok):
        page.fill("[name=record]", WORDS)
    expect(page.locator("[data-draft-state]")).to_contain_text("10:30")
    page.context.close()  # the browser dies

    page = arrive()  # another device
    page.goto(f"/cases/{life.id}/steps/record_session")
    expect(page.locator("[name=record]")).to_have_value(WORDS)
    look(page, "record-restored", axe)
    page.check("[name=mode][value=joint]", force=True)
    page.check("[name=outcome][value=agreed]", force=True)
    with page.expect_navigation():
        page.click(".form-actions .btn-primary")
    expect(page.locator("#timeline")).to_contain_text(WORDS)
    expect(page.locator("#now")).to_contain_text("10:40")  # until when it can be corrected
    expect(page.locator("#session")).to_have_count(0)

    page.goto(f"/cases/{life.id}/agreement")
    page.fill("[name=issues]", "三楼漏水到二楼，双方各承担一半责任。")
    with page.expect_navigation():
        page.click("[name=add][value=pay_at_once]")
    page.fill("[name=c0-purpose]", "装修损失")
    page.fill("[name=c0-amount]", "28000")
    page.fill("[name=c0-date]", "2026-04-01")
    page.fill("[name=perform_how]", "转账到申请人账户")
    with page.expect_navigation():
        page.click(".form-actions .btn-primary")
    expect(page.locator("#text")).to_contain_text("一、佳和物业于2026年4月1日前向周某一次性支付装修损失人民币28000元（大写：贰万捌仟元整）。")
    look(page, "agreement", axe)
    with page.expect_navigation():
        page.click("[name=sign]")
    expect(page.locator("[name=perform_on]")).to_have_value("2026-04-01")
    photo = tmp_path / "协议.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 100)
    page.fill("[name=in_force_on]", "2026-03-03")
    page.set_input_files("[name=signed]", photo)
    with page.expect_navigation():
        page.click(".form-actions .btn-primary")
    expect(page.locator(".rail [aria-current=step]")).to_contain_text("达成协议")
    page.goto(f"/cases/{life.id}/record?show=acts")
    expect(page.locator(".record")).to_contain_text("《人民调解法》第28")
    look(page, "record", axe)
    page.goto("/rooms?on=2026-03-03&view=week")
    look(page, "rooms", axe)
