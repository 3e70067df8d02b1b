"""The audit administrator: is the trail whole, do the jobs run, who did what, who read what is confidential, and why."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Download, expect

from tests.browser.days.before import LEAK, register
from tests.browser.days.conftest import Day


def test_audit_administrator(day: Callable[..., Day]) -> None:
    read_a_contact(day)
    today = day("audit-administrator")
    today.log_in("audit")
    page = today.page
    expect(page).to_have_url(re.compile("/jobs"))
    expect(page.locator("main table tbody tr")).not_to_have_count(0)
    expect(page.locator(".message-error")).to_have_count(0)
    today.picture("jobs")
    look_at_the_trail(today)
    who_read_what(today)
    take_out(today)
    assert page.goto("/accounts").status == 403  # type: ignore[union-attr]
    today.log_out()


def read_a_contact(day: Callable[..., Day]) -> None:
    """Earlier that day a grid worker asked for a party's whole telephone number, with a reason."""
    worker = day("worker")
    worker.log_in("worker")
    register(worker, LEAK, name="周某某", phone="13800005678")
    worker.follow("main a[href$='/contact']")
    worker.send(reason="约定下周的调解时间")
    expect(worker.page.locator("main dl")).to_contain_text("13800005678")
    worker.log_out()


def look_at_the_trail(today: Day) -> None:
    page = today.go("/trail")
    today.picture("trail")
    expect(page.locator("main table tbody tr")).to_have_count(50)
    newest = page.locator("main table tbody tr").first.inner_text()
    today.follow("main .pager a")
    assert page.locator("main table tbody tr").first.inner_text() != newest
    today.go("/trail?by=nobody.here")
    expect(page.locator("main .empty")).to_be_visible()
    page.select_option("[name=stream]", "account")
    page.fill("[name=by]", "")
    with page.expect_navigation():
        page.locator("form[role=search] [type=submit]:visible").first.click()
    expect(page.locator("main table tbody tr")).not_to_have_count(0)
    today.picture("accounts")


def who_read_what(today: Day) -> None:
    page = today.go("/trail")
    today.follow("main a[href$='/trail/readings']")
    page.fill("[name=by]", "worker")
    with page.expect_navigation():
        page.locator("form[role=search] [type=submit]:visible").first.click()
    expect(page.locator("main table tbody tr")).not_to_have_count(0)
    today.picture("readings")


def take_out(today: Day) -> None:
    """Both tables as files; that they were taken stands in the trail afterwards."""
    assert "worker" in text_of(file_of(today, "/trail/readings?by=worker"))
    assert len(text_of(file_of(today, "/trail?stream=account")).splitlines()) > 10
    page = today.go("/trail?kind=settings.trail_exported")
    expect(page.locator("main table tbody tr")).to_have_count(2)
    today.picture("taken-out")


def file_of(today: Day, path: str) -> Download:
    page = today.go(path)
    with page.expect_download() as waiting:
        page.locator("main form[action*='/export'] button").click()
    return waiting.value


def text_of(file: Download) -> str:
    return Path(file.path()).read_text("utf-8-sig")
