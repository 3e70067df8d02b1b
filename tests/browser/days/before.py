"""What others did before the day that is played: a matter registered, accepted, given to the mediator, all through the pages."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.days.conftest import Day

LEAK = "3号楼502室水管漏水，流到402室客厅吊顶，楼上楼下为修理费争执了几次。"
NOISE = "2号楼301室晚上十点以后拖桌椅，楼下201室老人睡不好，上门说过两次。"
PARKING = "1号楼门口两家为一个车位争吵，各说是自己先停的。"


def step(who: Day, case_id: int, name: str, /, **answers: object) -> None:
    """Take a step on its page; it leads back to the matter."""
    who.go(f"/cases/{case_id}/steps/{name}")
    who.send(**answers)
    expect(who.page).to_have_url(re.compile(f"/cases/{case_id}$"))


def ask(who: Day, case_id: int, name: str, /, **answers: object) -> None:
    """Ask for what somebody else decides."""
    who.go(f"/cases/{case_id}/requests/{name}")
    who.send(**answers)
    expect(who.page).to_have_url(re.compile(f"/cases/{case_id}$"))


def register(who: Day, text: str, **answers: object) -> int:
    """Register a matter for which help is needed; its id."""
    who.go("/cases/new")
    who.send(text=text, **{"result": "help", **answers})
    return newest(who)


def newest(who: Day) -> int:
    """The matter on the page that followed the registration."""
    expect(who.page).to_have_url(re.compile(r"/cases/\d+"))
    return int(who.page.url.split("/cases/")[1].split("?")[0])


def registered(day: Callable[..., Day], *texts: str) -> list[int]:
    """Matters that the worker of the grid registered this morning."""
    worker = day("worker")
    worker.pictures = None
    worker.log_in("worker")
    return [register(worker, text, name="周某某") for text in texts]


def own_name(who: Day) -> str:
    """The name of who is logged in, as the menu says it."""
    return str(who.page.locator(".menu-who strong").first.text_content())


def given(day: Callable[..., Day], mediator: str, *case_ids: int) -> None:
    """The head of the committee accepted them and gave them to that mediator."""
    head = day("head")
    head.pictures = None
    head.log_in("head")
    for case_id in case_ids:
        step(head, case_id, "accept", category="0402")
        page = head.go(f"/cases/{case_id}/steps/assign")
        name = page.locator("[name=handler_id] option", has_text=mediator).first.get_attribute("value")
        head.send(handler_id=name)


def given_orange(day: Callable[..., Day], *case_ids: int) -> Day:
    """Accepted as orange (eight people), and given to a mediator; the head of the committee, who did it."""
    return given_with(day, "head", "head", "8", *case_ids)


def given_red(day: Callable[..., Day], *case_ids: int) -> Day:
    """Accepted as red (forty people) by the community, given to a mediator by the street; the head there, who did it."""
    return given_with(day, "head", "street.head", "40", *case_ids)


def given_with(day: Callable[..., Day], accepting: str, giving: str, people: str, *case_ids: int) -> Day:
    """One head accepts matters of so many people, one gives each to the first mediator offered; the latter's day."""
    heads = {login: day(login) for login in {accepting, giving}}
    for login, head in heads.items():
        head.pictures = None
        head.log_in(login)
    for case_id in case_ids:
        step(heads[accepting], case_id, "accept", category="0402", people=people)
        page = heads[giving].go(f"/cases/{case_id}/steps/assign")
        mediator = page.locator("[name=handler_id] option:not([value=''])").first.get_attribute("value")
        heads[giving].send(handler_id=mediator)
    return heads[giving]
