"""The system administrator: a room, a fair roster, next year's holidays seen before they hold, the rules, and what is told outside."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.days.conftest import Day
from tests.jobs.far_end import SECRET, TOKEN, FarEnd, far_end


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[FarEnd]:
    """A chat programme and another office's programme on this computer; the street may send there alone."""
    with far_end() as end:
        for name, value in end.settings.items():
            monkeypatch.setenv(f"CASEMGR_{name.upper()}", value)
        yield end


def test_system_administrator(outside: FarEnd, day: Callable[..., Day]) -> None:
    today = day("system-administrator")
    today.log_in("system")
    expect(today.page.locator("main table tbody tr")).not_to_have_count(0)
    today.picture("structure")
    add_a_room(today)
    fill_a_roster(today)
    take_in_holidays(today)
    look_at_the_rules(today)
    connect(today, outside)
    assert today.page.goto("/board").status == 403  # type: ignore[union-attr]
    today.log_out()


def add_a_room(today: Day) -> None:
    """First with hours that cannot be; what was typed stays."""
    page = today.go("/structure/rooms")
    rooms = page.locator("main table tbody tr").count()
    today.follow("main .btn-primary")
    place = page.locator("[name=area] option").last.get_attribute("value")
    page.fill("[name=name]", "调解二室")
    page.fill("[name=opens]", "17:30")
    page.fill("[name=closes]", "08:30")
    with page.expect_navigation():
        page.locator("main .btn-primary").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value("调解二室")
    today.picture("room")
    today.send(area=place, place="二楼 203", opens="08:30", closes="17:30")
    expect(page.locator("main table tbody tr")).to_have_count(rooms + 1)


def fill_a_roster(today: Day) -> None:
    """The month after next: nobody is on duty yet."""
    page = today.go("/structure/teams")
    today.follow("main table a[href*='/structure/teams/']")
    today.follow("main a[href$='/roster']")
    today.follow("main .pager a[rel=next]")
    today.follow("main .pager a[rel=next]")
    today.follow("main a[href*='/roster/fill']")
    served = page.locator("main form[method=post] input[type=hidden][name^='on-']").count()
    assert served > 15
    today.picture("turns")
    today.send()
    assert page.locator("main input[type=checkbox]:checked").count() >= served
    today.picture("roster")


def take_in_holidays(today: Day) -> None:
    """The first year that is not announced: seen first, then put in force."""
    page = today.go("/settings/calendar")
    year = str(page.locator("[id^='year-']").first.get_attribute("id")).removeprefix("year-")
    today.follow("main .btn-primary")
    page.fill("[name=text]", f"{year}-01-01 {year}-01-03 休 元旦\n{year}-02-30 班")
    with page.expect_navigation():
        page.locator("main .btn-primary").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    today.send(text=f"{year}-01-01 {year}-01-03 休 元旦\n{year}-02-05 {year}-02-11 休 春节")
    expect(page.locator("#moves")).to_be_visible()
    today.picture("holidays")
    today.send()
    expect(page.locator(f"#year-{year} table, #year-{year} li, #year-{year} dl").first).to_be_visible()


def look_at_the_rules(today: Day) -> None:
    page = today.go("/settings")
    expect(page.locator("#lengths tbody tr")).not_to_have_count(0)
    expect(page.locator("#cuts tbody tr")).not_to_have_count(0)
    expect(page.locator("main form")).to_have_count(0)
    today.picture("rules")


def connect(today: Day, outside: FarEnd) -> None:
    """A group hears of numbers, another programme of events; a test goes to each and arrives."""
    page = today.go("/connections")
    today.follow("#groups a[href$='/groups/new']")
    area = page.locator("[name=area] option").last.get_attribute("value")
    address = f"{outside.url}/dingtalk/send?access_token={TOKEN}"
    told = page.locator("[name=told]").first.get_attribute("value")
    today.send(name="指挥中心值班群", area=area, told=told, kind="dingtalk", address=address, secret=SECRET)
    today.follow("#groups form[action$='/test'] button")
    expect(page.locator(".message-done")).to_be_visible()
    assert len(outside.texts) == 1
    today.follow("#webhooks a[href$='/webhooks/new']")
    today.send(name="区数据平台", address=f"{outside.url}/events", area=area)
    expect(page.locator("main .message code")).not_to_be_empty()
    today.follow("form[action$='/test'] button")
    expect(page.locator(".message-done")).to_be_visible()
    path, headers, body = outside.requests[-1]
    assert path == "/events" and b'"ping"' in body and headers["X-Casemgr-Signature"].startswith("v1=")
    today.go("/connections")
    today.picture("connections")
