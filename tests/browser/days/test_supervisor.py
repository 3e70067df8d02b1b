"""The district's supervisor: the board from above, down to one matter, and a word on it."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.days.conftest import Day


def test_supervisor(day: Callable[..., Day]) -> None:
    today = day("supervisor")
    today.log_in("supervisor")
    today.go("/board")
    today.picture("board")
    today.follow("main table a[href*='tier=red']")
    expect(today.page.locator("main table tbody tr")).not_to_have_count(0)
    today.picture("red")
    today.follow("main table a[href*='/cases/']")
    today.picture("matter")
    today.log_out()
