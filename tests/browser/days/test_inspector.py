"""The case inspector: why a matter was late. What is overdue, its timeline, who held it when, why a deadline falls then."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.days.conftest import Day


def test_inspector(day: Callable[..., Day]) -> None:
    today = day("inspector")
    today.log_in("inspector")
    page = today.go("/matters?status=open&due=overdue")
    expect(page.locator("main tbody tr")).not_to_have_count(0)
    today.picture("overdue")
    today.follow("main tbody a[href*='/cases/']")
    matter = page.url
    expect(page.locator("#now a[href*='/steps/']")).to_have_count(0)
    expect(page.locator("#timeline li").first).to_be_visible()
    today.picture("matter")
    today.follow("#who a[href$='/holders']")
    expect(page.locator("main .late").first).to_be_visible()
    today.picture("holders")
    today.go(f"{matter}/deadlines")
    today.picture("deadlines")
    today.go(f"{matter}/record")
    expect(page.locator("main ol > li").first).to_be_visible()
    today.picture("record")
    only_looks(today, matter)
    today.log_out()


def only_looks(today: Day, matter: str) -> None:
    """An inspector changes nothing: an address of a step says no, and leads back."""
    answer = today.page.goto(f"{matter}/steps/supervise")
    assert answer is not None
    assert answer.status in (403, 404)
    expect(today.page.locator("main a").first).to_be_visible()
