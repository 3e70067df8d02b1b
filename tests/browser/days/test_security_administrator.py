"""The security administrator: an own second factor, a new colleague, a post that ends, a lost telephone, log-ins ended."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pyotp
from playwright.sync_api import Page, expect

from tests.browser.days.conftest import PASSWORD, Day

OWN = "Quiet-River-2026"  # the password the new colleague chooses
LOST = {"zh_Hans": "手机丢失，本人持工作证来办公室办理", "en": "Phone lost; came in person with the staff card"}


def test_security_administrator(day: Callable[..., Day]) -> None:
    today = day("security-administrator")
    today.log_in("security")
    expect(today.page.locator("main table tbody tr")).not_to_have_count(0)
    codes = set_up_second_factor(today)
    colleague = new_colleague(today, day)
    end_a_post(today)
    day_of_head(day)
    lost_telephone(today, colleague)
    come_back(today, codes[0])
    today.log_out()


def set_up_second_factor(today: Day) -> list[str]:
    """The recovery codes. By the notice that stands on every page until it is done."""
    page = today.page
    today.follow(".message a[href$='second-factor']")
    today.send()
    expect(page.locator("img[src$='square.svg']")).to_be_visible()
    today.picture("second-factor", whole=True)
    secret = page.locator("main code").inner_text().replace(" ", "")
    page.fill("[name=code]", "000000")
    with page.expect_navigation():
        page.locator("main .btn-primary").click()
    expect(page.locator("[aria-invalid=true]")).to_be_visible()
    expect(page.locator("main code")).to_be_visible()
    today.send(code=pyotp.TOTP(secret).now())
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    return page.locator("#recovery-codes li").all_inner_texts()


def new_colleague(today: Day, day: Callable[..., Day]) -> Day:
    """An account with a temporary password and a post; its owner logs in with it and chooses another password."""
    page = today.go("/accounts/new")
    page.fill("[name=login]", "mediator")
    page.fill("[name=name]", "周小禾")
    with page.expect_navigation():
        page.locator("main .btn-primary").click()
    expect(page.locator("[name=login]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name=name]")).to_have_value("周小禾")
    today.send(login="zhou.xiaohe")
    temporary = page.locator("#temporary-password").inner_text()
    today.picture("password")
    today.follow("main .btn-primary")
    account = page.url
    today.follow("#posts a[href$='/appoint']")
    page.select_option("[name=role]", "mediator")
    with page.expect_navigation():
        page.locator("form[role=search] [type=submit]:visible").first.click()
    today.picture("appoint")
    today.send(post=page.locator("[name=post]").first.get_attribute("value"))
    expect(page).to_have_url(re.compile(re.escape(account.split("?")[0])))
    expect(page.locator("#posts tbody tr")).to_have_count(1)
    colleague = day("colleague")
    first_log_in(colleague.page, temporary)
    return colleague


def first_log_in(page: Page, temporary: str) -> None:
    """With the temporary password nothing opens but the change of it."""
    enter(page, temporary)
    expect(page).to_have_url(re.compile("/account/password"))
    answers = zip(("old", "new", "again"), (temporary, OWN, OWN), strict=True)
    for name, value in answers:
        page.fill(f"main [name={name}]", value)
    with page.expect_navigation():
        page.locator("main .btn-primary").click()
    page.goto("/desk")
    expect(page).to_have_url(re.compile("/desk"))


def enter(page: Page, secret: str) -> None:
    page.goto("/login")
    page.fill("[name=login]", "zhou.xiaohe")
    page.fill("[name=secret]", secret)
    with page.expect_navigation():
        page.press("[name=secret]", "Enter")


def end_a_post(today: Day) -> None:
    """A mediator leaves in a week: the last day of each post is set, the page says what is still in his name."""
    page = today.go("/accounts?q=street.mediator")
    today.follow("main table a[href*='/accounts/']")
    rows = page.locator("#posts tbody tr")
    last = date.fromisoformat(str(rows.first.locator("[name=last_on]").input_value())) + timedelta(days=8)
    for number in range(rows.count()):
        rows.nth(number).locator("[name=last_on]").fill(last.isoformat())
        with page.expect_navigation():
            rows.nth(number).locator("button").click()
        expect(page.locator(".message-done")).to_be_visible()
        expect(rows.nth(number).locator("[name=last_on]")).to_have_value(last.isoformat())
    today.picture("account", whole=True)


def day_of_head(day: Callable[..., Day]) -> None:
    """The head of the street's committee finds the matters to hand over on the desk."""
    head = day("head")
    head.log_in("street.head")
    head.go("/desk")
    expect(head.page.locator("main a[href*='/desk/hand-over?account=']")).to_have_count(1)
    head.log_out()


def lost_telephone(today: Day, colleague: Day) -> None:
    """The colleague's second factor is reset with a reason; with it all log-ins end."""
    theirs = colleague.page
    theirs.goto("/account/second-factor")
    colleague.send()
    colleague.send(code=pyotp.TOTP(theirs.locator("main code").inner_text().replace(" ", "")).now())
    page = today.go("/accounts?q=zhou.xiaohe")
    today.follow("main table a[href*='/accounts/']")
    expect(page.locator("#logins li")).to_have_count(1)
    page.locator("#account details.more summary").click()
    page.fill("[name=reason]", LOST[today.language])
    today.picture("reset")
    today.follow("form[action$='/second-factor/reset'] button")
    expect(page.locator(".message-done")).to_be_visible()
    expect(page.locator("#logins li")).to_have_count(0)
    theirs.goto("/desk")
    expect(theirs).to_have_url(re.compile("/login"))
    enter(theirs, OWN)
    expect(theirs.locator("#code")).to_have_count(0)
    today.page.reload()
    expect(page.locator("#logins li")).to_have_count(1)
    today.follow("#logins > p form button, #logins form:has(:not([name=which])) button")
    expect(page.locator("#logins li")).to_have_count(0)


def come_back(today: Day, recovery: str) -> None:
    """Out and in again: after the password the code, here one of those written down."""
    today.log_out()
    page = today.page
    page.fill("[name=login]", "security")
    page.fill("[name=secret]", PASSWORD)
    with page.expect_navigation():
        page.press("[name=secret]", "Enter")
    expect(page.locator("#code")).to_be_focused()
    today.picture("code")
    today.send(code=recovery)
    expect(page).to_have_url(re.compile("/accounts"))
