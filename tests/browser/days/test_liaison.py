"""The liaison of a department, as far as it goes today: nothing waits, notices and quiet hours, a calendar address, the password."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.days.conftest import Day


def test_liaison(day: Callable[..., Day]) -> None:
    today = day("liaison")
    today.log_in("liaison")
    page = today.page
    expect(page.locator("main tbody tr")).to_have_count(0)
    today.picture("desk")
    today.go("/account")
    today.picture("account")
    today.go("/account/notices")
    today.send(quiet_from="22:00", quiet_to="07:00")
    expect(page.locator(".flashes .message-done")).to_be_visible()
    today.go("/account/notices")
    today.picture("notices")
    today.follow("#feed form button")
    expect(page.locator("main code")).to_contain_text("/feeds/")
    today.go("/account/password")
    today.picture("password")
    today.log_out()
