"""The secretary of the street: the board read standing, a red matter taken and instructed, a list as a workbook; then the
phone, in the corridor: one approval."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.days.before import LEAK, NOISE, ask, given_orange, given_red, registered, step
from tests.browser.days.conftest import Day

SHEETS = re.compile(rb"/Type\s*/Page[^s]")


def test_street_secretary(day: Callable[..., Day]) -> None:
    leak, noise = registered(day, LEAK, NOISE)
    given_red(day, leak)
    ask(given_orange(day, noise), noise, "move_up", reason="两户都在街道上班，社区去了三次谈不拢，请街道来调。")
    today = day("street-secretary")
    today.log_in("street.secretary")
    take_over(today, leak)
    instruct(today, leak)
    workbook(today)
    today.log_out()
    on_the_phone(day, today.count)


def take_over(today: Day, leak: int) -> None:
    """The board; the red matter of this morning gets its patron, the new red ones are noted as seen."""
    page = today.go("/board")
    today.picture("board")
    assert len(SHEETS.findall(page.pdf(prefer_css_page_size=True))) == 1
    lines = page.locator(".decisions > li")
    before = lines.count()
    with page.expect_navigation():
        lines.locator(f"form:has([name=case][value='{leak}']) button[value=patron]").click()
    expect(page.locator(".flashes .message-done")).to_be_visible()
    expect(lines).to_have_count(before - 1)
    today.follow("form[action='/board/seen'] button")
    expect(page.locator("form[action='/board/seen']")).to_have_count(0)
    today.picture("seen")


def instruct(today: Day, leak: int) -> None:
    """The plan and an instruction on the matter itself."""
    step(today, leak, "set_plan", plan="住建办牵头鉴定，社区稳住两户，鉴定出来三天内开一次会。")
    step(today, leak, "instruct", instruction="鉴定期间先把水阀关好，社区每周上门一次。")
    expect(today.page.locator("#timeline")).to_contain_text("每周上门一次")
    today.picture("matter")


def workbook(today: Day) -> None:
    """The red matters as an Excel file, made in the background."""
    page = today.go("/matters?status=open&tier=red")
    expect(page.locator("main tbody tr")).not_to_have_count(0)
    today.follow("form[action='/matters/exports'] button")
    expect(page.locator("#exports form button")).to_be_visible(timeout=60_000)
    today.picture("export")
    with page.expect_download() as got:
        page.locator("#exports form button").first.click()
    assert got.value.path().read_bytes()[:2] == b"PK"


def on_the_phone(day: Callable[..., Day], count: int) -> None:
    """Two taps: Decide, Approve."""
    phone = day("street-secretary", phone=True)
    phone.count = count
    phone.log_in("street.secretary")
    page = phone.go("/board")
    asked = page.locator(".decisions > li").filter(has=page.locator("details"))
    before = asked.count()
    line = asked.first
    line.locator("summary").tap()
    line.locator("textarea").scroll_into_view_if_needed()
    phone.picture("phone-decide")
    with page.expect_navigation():
        line.locator("button[value=approve]").tap()
    expect(page.locator(".flashes .message-done")).to_be_visible()
    expect(asked).to_have_count(before - 1)
    phone.picture("phone-approved")
    phone.log_out()
