"""The operator of the command centre: the sorting desk by keys, an undo, a group, another kind, an answer, a note for the next
shift, and the loop watched."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.days.before import step
from tests.browser.days.conftest import Day

NOTE = "南门路那件来电人说下午还会再打来，请接着听；建议类的都已转。"


def test_operator(day: Callable[..., Day]) -> None:
    today = day("operator")
    today.log_in("operator")
    today.go("/sorting")
    today.picture("sorting")
    by_keys(today)
    as_one(today)
    by_hand(today)
    note(today, day)
    watch(today)
    today.log_out()


def waiting(page: Page) -> int:
    """How many items the head of the page says."""
    found = re.search(r"\d+", page.locator(".page-head").inner_text())
    assert found
    return int(found.group())


def press(page: Page, *keys: str) -> None:
    """Keys, the last of which sends."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press(keys[-1])


def by_keys(today: Day) -> None:
    """As suggested, back again, as suggested; then one read whole and sorted as a dispute."""
    page = today.page
    many = waiting(page)
    title = page.locator("[data-item][aria-current] .sort-title").inner_text()
    press(page, "Enter")
    assert waiting(page) == many - 1
    today.picture("undo")
    press(page, "u")
    assert waiting(page) == many
    assert page.locator("[data-item][aria-current] .sort-title").inner_text() == title
    press(page, "Enter")
    press(page, "w", "1")
    assert waiting(page) == many - 2


def as_one(today: Day) -> None:
    """Items that are likely the same, where there are some: one matter."""
    page = today.page
    group = page.locator("[data-item]:has(.sort-group)").first
    if not group.count():  # a street without any: the pictures after it keep their numbers
        today.count += 1
        return
    many, together = waiting(page), 1 + group.locator(".sort-group [name=item][type=checkbox]").count()
    group.locator(".sort-title").click()
    expect(group).to_have_attribute("aria-current", "true")
    today.picture("group")
    press(page, "g")
    assert waiting(page) == many - together


def by_hand(today: Day) -> None:
    """One is answered on its own page. What is left out is said, and what was written stays."""
    page = today.page
    many = waiting(page)
    press(page, "o")
    today.picture("item")
    today.follow("main a[href$='/steps/refer']")
    page.fill("[name=answer]", "已告知可向区人社局咨询，并给了电话。")
    with page.expect_navigation():
        page.locator(".form-actions .btn-primary").click()
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator("[name=answer]")).to_have_value(re.compile("区人社局"))
    today.picture("left-out")
    today.send(path="arbitration")
    today.go("/sorting")
    assert waiting(page) == many - 1


def note(today: Day, day: Callable[..., Day]) -> None:
    """A note, which who comes next finds on top of the desk."""
    today.go("/sorting/notes")
    today.send(text=NOTE)
    next_one = day("operator")
    next_one.pictures = None
    next_one.log_in("street.secretary")
    page = next_one.go("/sorting")
    expect(page.locator(".card", has_text=NOTE)).to_be_visible()
    next_one.follow("form[action*='/sorting/notes/'] button")
    expect(page.locator(".card", has_text=NOTE)).to_have_count(0)
    today.go("/sorting/notes")
    expect(today.page.locator("#kept")).to_contain_text(NOTE)
    today.picture("note")


def watch(today: Day) -> None:
    """What is overdue, and a reminder to whoever has it."""
    page = today.go("/matters?status=open&due=overdue")
    first = page.locator("main tbody a[href*='/cases/']").first.get_attribute("href") or ""
    step(today, int(first.rsplit("/", 1)[1]), "urge", words="请今天下班前回一个办理情况。")
    expect(page.locator("#timeline")).to_contain_text("下班前")
