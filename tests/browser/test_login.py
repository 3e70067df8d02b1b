"""Logging in as people do it: wrong password, lock, first change, language; on the screen and on the phone, read aloud well."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from casemgr import db
from casemgr.policy import SETUP
from casemgr.services import accounts
from tests.world import PASSWORD, World

Axe = Callable[[Page], list[str]]
HOME = re.compile(r"/accounts$")


def log_in(page: Page, who: str, password: str) -> None:
    """Fill the form as it stands in Chinese and send it with the return key."""
    page.get_by_label("账号", exact=True).fill(who)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_label("密码", exact=True).press("Enter")


def test_in_and_out_again(page: Page, world: World, axe: Axe) -> None:
    page.goto("/accounts")
    assert axe(page) == []
    log_in(page, "security_admin", PASSWORD)
    expect(page).to_have_url(HOME)
    page.locator("header details.menu summary").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(re.compile("/login$"))
    page.goto("/accounts")
    expect(page).to_have_url(re.compile(r"/login\?next="))


def test_a_wrong_password_says_what_to_do(page: Page, world: World, axe: Axe) -> None:
    page.goto("/login")
    log_in(page, "security_admin", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("15")
    expect(page.get_by_label("账号", exact=True)).to_have_value("security_admin")
    expect(page.get_by_label("密码", exact=True)).to_have_value("")
    assert axe(page) == []


def test_the_fifth_wrong_password_locks(page: Page, world: World) -> None:
    page.goto("/login")
    for _ in range(5):
        log_in(page, "security_admin", "wrong")
        expect(page.get_by_role("alert")).to_be_visible()
    log_in(page, "security_admin", PASSWORD)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page).to_have_url(re.compile("/login"))


def test_a_temporary_password_is_changed_first(page: Page, app: Flask, world: World, axe: Axe) -> None:
    with app.extensions["sessions"]() as session, db.transaction(session):
        told = accounts.reset_password(
            session, world.accounts["security_admin"].id, actor=SETUP, at=world.at, rules=app.extensions["passwords"]
        )
    page.goto("/login")
    log_in(page, "security_admin", told)
    expect(page).to_have_url(re.compile("/account/password$"))
    assert axe(page) == []
    page.locator("#old").fill(told)
    page.locator("#new").fill("short")
    page.locator("#again").fill("short")
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert axe(page) == []
    for name, value in (("old", told), ("new", "Another-Way-9"), ("again", "Another-Way-9")):
        page.locator(f"#{name}").fill(value)
    page.get_by_role("button", name="修改密码").click()
    expect(page).to_have_url(HOME)


def test_the_language_is_chosen_before_and_after_the_log_in(page: Page, world: World) -> None:
    page.goto("/login")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_label("Login").fill("security_admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(HOME)
    page.locator("header details.menu summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Accounts")


@pytest.mark.parametrize("path", ["/accounts", "/accounts/new", "/account", "/account/password"])
def test_on_the_phone(phone: Page, world: World, axe: Axe, no_sideways: Callable[[], None], path: str) -> None:
    phone.goto("/login")
    no_sideways()
    log_in(phone, "security_admin", PASSWORD)
    phone.goto(path)
    no_sideways()
    assert axe(phone) == []


def test_the_administrator_appoints(page: Page, world: World, axe: Axe, no_sideways: Callable[[], None]) -> None:
    page.goto("/login")
    log_in(page, "security_admin", PASSWORD)
    page.get_by_label("账号或姓名").fill("no_post")
    page.get_by_label("账号或姓名").press("Enter")
    page.get_by_role("link", name=world.accounts["no_post"].name, exact=True).click()
    assert axe(page) == []
    page.get_by_role("link", name="任命", exact=True).click()
    page.get_by_label("角色").select_option("head")
    page.locator("form.filters button").click()
    assert axe(page) == []
    page.locator(f"input[name=post][value='{world.posts['head_b'].id}']").check()
    page.get_by_role("button", name="任命", exact=True).click()
    expect(page.locator("#posts tbody tr")).to_have_count(1)
    page.get_by_role("link", name="授予督查授权").click()
    assert axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    no_sideways()
