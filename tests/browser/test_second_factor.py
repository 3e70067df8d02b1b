"""The second factor as a person sets it up on the phone and is asked for it; and what a year's holidays would move."""

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from casemgr.clock import FixedClock
from tests.world import PASSWORD, World

Axe = Callable[[Page], list[str]]
pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


def enter(page: Page, who: str) -> None:
    page.goto("/login")
    page.locator("#login").fill(who)
    page.locator("#secret").fill(PASSWORD)
    page.locator("#secret").press("Enter")


def test_set_up_on_the_phone_and_asked_for(
    phone: Page, app: Flask, world: World, clock: FixedClock, axe: Axe, no_sideways: Callable[[], None]
) -> None:
    enter(phone, "security_admin")
    phone.locator(".message a[href$='second-factor']").click()
    assert axe(phone) == []
    phone.locator("main .btn-primary").click()
    square = phone.locator("img[src$='square.svg']")
    assert square.evaluate("image => image.complete && image.naturalWidth > 100")
    assert axe(phone) == []
    no_sideways()
    secret = phone.locator("code").inner_text().replace(" ", "")
    phone.locator("#code").fill(pyotp.TOTP(secret).at(clock.now()))
    phone.locator("main .btn-primary").click()
    expect(phone.locator("#recovery-codes li")).to_have_count(10)
    assert axe(phone) == []
    no_sideways()
    phone.goto("/account")
    assert axe(phone) == []
    no_sideways()
    phone.context.clear_cookies()
    clock.advance(timedelta(seconds=60))
    enter(phone, "security_admin")
    expect(phone.locator("#code")).to_be_focused()
    assert axe(phone) == []
    phone.locator("#code").fill("000 000")
    phone.locator("#code").press("Enter")
    expect(phone.get_by_role("alert")).to_be_visible()
    phone.locator("#code").fill(pyotp.TOTP(secret).at(clock.now()))
    phone.locator("#code").press("Enter")
    phone.wait_for_url("**/accounts")


def test_holidays_and_rosters_are_shown_before_they_hold(
    page: Page, world: World, axe: Axe, no_sideways: Callable[[], None]
) -> None:
    enter(page, "system_admin")
    page.wait_for_url("**/structure")
    page.goto("/settings/calendar/new")
    page.locator("#text").fill("2027-01-01 2027-01-03 休 元旦")
    page.locator("main .btn-primary").click()
    expect(page.locator("#moves")).to_be_visible()
    assert axe(page) == []
    page.locator("main .btn-primary").click()
    expect(page.locator("#year-2027")).to_be_visible()
    assert axe(page) == []
    page.goto(f"/structure/teams/{world.teams['neighbour_a'].id}/roster/fill")
    assert axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    no_sideways()
    page.locator("main .btn-primary").click()
    page.wait_for_url("**/roster?month=*")
    assert page.locator("input[type=checkbox]:checked").count() > 15
