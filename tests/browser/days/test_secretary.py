"""The secretary of a community: what waits for a decision, from the desk and from the board; a number, its matters, a word."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.days.before import LEAK, NOISE, ask, given_orange, registered, step
from tests.browser.days.conftest import Day

REASON = "漏点要等鉴定结果，双方都同意再等一周。"


def test_secretary(day: Callable[..., Day]) -> None:
    leak, noise = registered(day, LEAK, NOISE)
    head = given_orange(day, leak, noise)
    for case_id in (leak, noise):
        ask(head, case_id, "extend", length="7天", reason=REASON)
    today = day("secretary")
    today.log_in("secretary")
    today.picture("desk")
    approve(today)
    refuse(today)
    orange(today, leak)
    today.log_out()


def approve(today: Day) -> None:
    """The first request of the desk, on its own page."""
    page = today.go("/desk")
    waiting = page.locator("main tbody tr")
    before = waiting.count()
    assert before >= 2
    today.follow("main tbody tr .is-actions a")
    expect(page.locator("#asked")).to_be_visible()
    today.picture("request")
    today.follow("#now a[href$='/steps/approve']")
    today.send(note="同意，期间请每周报一次进展。")
    today.go("/desk")
    expect(waiting).to_have_count(before - 1)


def refuse(today: Day) -> None:
    """The next one on the board. Without a word it is not refused: the line says so, and nothing is lost."""
    page = today.go("/board")
    lines = page.locator(".decisions > li")
    before = lines.count()
    line = lines.filter(has=page.locator("details")).first
    line.locator("summary").click()
    today.picture("board")
    with page.expect_navigation():
        line.locator("button[value=refuse]").click()
    expect(line.locator("[role=alert]")).to_be_visible()
    expect(lines).to_have_count(before)
    line.locator("textarea").fill("鉴定已约在后天，先按原期限办，不够再报。")
    today.picture("not-approved")
    with page.expect_navigation():
        line.locator("button[value=refuse]").click()
    expect(page.locator(".flashes .message-done")).to_be_visible()
    expect(lines).to_have_count(before - 1)


def orange(today: Day, leak: int) -> None:
    """An orange number of a grid opens exactly its matters; one of them gets an instruction."""
    page = today.go("/board")
    number = page.locator("#places a[href*='tier=orange']").first
    many = int(number.inner_text())
    with page.expect_navigation():
        number.click()
    expect(page.locator("main tbody tr")).to_have_count(many)
    today.picture("list")
    step(today, leak, "instruct", instruction="请先上门看现场，本周内约双方坐下来谈。")
    expect(page.locator("#timeline")).to_contain_text("本周内约双方")
    expect(page.locator("#now a[href*='/steps/']").first).to_be_visible()
    today.picture("matter")
    expect(page).to_have_url(re.compile(f"/cases/{leak}$"))
