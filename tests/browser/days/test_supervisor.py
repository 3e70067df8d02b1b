"""The district's supervisor: the board from above, down to a street and one matter, and a word on it."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.days.before import step
from tests.browser.days.conftest import Day


def test_supervisor(day: Callable[..., Day]) -> None:
    today = day("supervisor")
    today.log_in("supervisor")
    page = today.go("/board")
    today.picture("board")
    today.follow("#places a[href*='/board?area=']")
    expect(page.locator(".crumbs a")).to_be_visible()
    number = page.locator("#places a[href*='tier=red']").first
    many = int(number.inner_text())
    with page.expect_navigation():
        number.click()
    expect(page.locator("main tbody tr")).to_have_count(many)
    today.picture("red")
    today.follow("main table a[href*='/cases/']")
    supervise(today, int(page.url.rsplit("/", 1)[1]))
    today.log_out()


def supervise(today: Day, case_id: int) -> None:
    """A word to whoever has it. Without a reason nothing is sent."""
    page = today.go(f"/cases/{case_id}/steps/supervise")
    with page.expect_navigation():
        page.locator(".form-actions .btn-primary").click()
    expect(page.locator("[aria-invalid=true]")).to_have_count(1)
    today.picture("reason")
    step(today, case_id, "supervise", reason="超期已久，请一周内报化解方案。")
    expect(page.locator("#timeline")).to_contain_text("一周内报化解方案")
    today.picture("matter")
    expect(page).to_have_url(re.compile(f"/cases/{case_id}$"))
