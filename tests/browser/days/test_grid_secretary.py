"""The grid secretary, lead of the yellow matters of the grid: decides on the phone, raises a tier, gives an instruction."""

from collections.abc import Callable
from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.browser.days.before import LEAK, NOISE, ask, given, own_name, registered, step
from tests.browser.days.conftest import Day
from workflows.guards import ZONE


def test_grid_secretary(day: Callable[..., Day]) -> None:
    leak, noise = registered(day, LEAK, NOISE)
    mediator = day("mediator")
    mediator.log_in("mediator")
    given(day, own_name(mediator), leak, noise)
    until = (datetime.now(ZONE) + timedelta(days=10)).date().isoformat()
    step(mediator, leak, "take")
    ask(mediator, leak, "suspend", ground="appraisal", until_on=until, reason="等物业查明漏点")
    on_the_phone(day, leak)
    at_the_desk(day, noise)


def on_the_phone(day: Callable[..., Day], leak: int) -> None:
    """What waits for a decision is on the desk; two taps and it is decided."""
    today = day("grid-secretary", phone=True)
    today.log_in("grid.secretary")
    page = today.go("/desk")
    request = page.locator("main a[href*='/cases/']:visible")
    expect(request).not_to_have_count(0)
    today.picture("phone-desk")
    today.follow("main .actions a, main td.is-actions a, main a.btn-primary")
    today.picture("phone-request")
    today.follow("main a[href$='/steps/approve']")
    today.send()
    page = today.go(f"/cases/{leak}")
    expect(page.locator(".rail [aria-current=step]")).to_be_visible()
    expect(page.locator("[data-request]")).to_have_count(0)
    today.log_out()


def at_the_desk(day: Callable[..., Day], noise: int) -> None:
    """The grid at a glance, and one matter that worries."""
    today = day("grid-secretary-office")
    today.log_in("grid.secretary")
    today.go("/board")
    today.picture("board")
    step(today, noise, "instruct", instruction="先上门看望老人，再约双方。")
    step(today, noise, "raise_tier", tier="orange", reason="老人身体不好，两家已动手推搡。")
    expect(today.page.locator(".page-head .tier-orange")).to_be_visible()
    today.picture("raised")
    today.go("/matters?status=open")
    today.picture("list")
    today.log_out()
