"""The head of a mediation committee: accept, refuse, give out one by one and many at once, decide a request, ask afterwards."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.days.before import LEAK, NOISE, PARKING, ask, own_name, registered, step
from tests.browser.days.conftest import Day


def test_head(day: Callable[..., Day]) -> None:
    leak, noise, parking = registered(day, LEAK, NOISE, PARKING)
    today = day("head")
    today.log_in("head")
    page = today.go("/desk")
    for case_id in (leak, noise, parking):
        expect(page.locator(f"main a[href$='/cases/{case_id}/steps/accept']")).to_have_count(1)
    today.picture("desk")
    accept(today, leak, noise)
    refuse(today, parking)
    mediator = day("mediator")
    mediator.log_in("mediator")
    give_both(today, own_name(mediator), leak, noise)
    decide(today, mediator, leak)
    follow_up(today)
    today.log_out()


def accept(today: Day, leak: int, noise: int) -> None:
    """The kind of dispute is proposed; a person confirms it, and the tier with it."""
    page = today.follow(f"main a[href$='/cases/{leak}/steps/accept']")
    today.picture("accept")
    today.send(category="0402")
    expect(page.locator(".page-head [class*=tier-]")).to_be_visible()
    step(today, noise, "accept", category="0203")


def refuse(today: Day, parking: int) -> None:
    """Not for the committee: the ground, what the person was told, and where to go instead."""
    page = today.go(f"/cases/{parking}/steps/refuse")
    today.send(ground="court", path="other", told="法院已经受理，请等法院通知。", explanation="法院", may_flare_up="no")
    expect(page.locator("main a[href*='/steps/accept']")).to_have_count(0)


def give_both(today: Day, mediator: str, *case_ids: int) -> None:
    """Tick them in the list, choose who takes them, look, send."""
    page = today.go("/matters?state=accepted")
    for case_id in case_ids:
        page.locator(f"tr:has(a[href='/cases/{case_id}']) .tick-alone").click()
    today.follow(".sticky-actions button[value=assign]")
    person = page.locator("[name=handler_id] option", has_text=mediator).first.get_attribute("value")
    page.locator("[name=handler_id]").select_option(person)
    today.picture("give-out")
    today.send(handler_id=person)
    for case_id in case_ids:
        expect(today.go(f"/cases/{case_id}").locator("#who")).to_contain_text(mediator)


def decide(today: Day, mediator: Day, leak: int) -> None:
    """The mediator asks for somebody else; the head decides."""
    step(mediator, leak, "take")
    ask(mediator, leak, "correct_late", title="502室水管漏水", reason="标题太长，电话里说不清。")
    page = today.go(f"/cases/{leak}")
    today.follow("[data-request]")
    today.picture("request")
    today.follow("main a[href$='/steps/approve']")
    today.send()
    expect(today.go(f"/cases/{leak}").locator("h1")).to_have_text("502室水管漏水")
    expect(page.locator("[data-request]")).to_have_count(0)


def follow_up(today: Day) -> None:
    """What is performed is asked about afterwards, from the desk."""
    page = today.go("/desk")
    waiting = page.locator("main a[href$='/steps/follow_up']")
    before = waiting.count()
    assert before
    with page.expect_navigation():
        waiting.first.click()
    today.picture("follow-up")
    today.send(way="visit", found_performed="all", satisfaction="satisfied")
    today.go("/desk")
    expect(waiting).to_have_count(before - 1)
    expect(page.locator("main a[href$='/steps/close']")).not_to_have_count(0)
