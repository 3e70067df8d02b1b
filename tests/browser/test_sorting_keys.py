"""The sorting desk by keyboard in a real browser: at most three keys an item, whatever is done with it."""

import pytest
from sqlalchemy import select

from casemgr import db
from casemgr.models import Case, IncomingItem
from casemgr.policy import IMPORTER
from casemgr.services import incoming
from tests.world import PASSWORD, World

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
MOST_KEYS = 3
SHOP = ("烧烤摊半夜噪音扰民", "楼下烧烤摊十二点以后还在营业,噪音扰民,居民和摊主争执,请求调解。")
TEXTS = (
    ("楼上漏水物业不修", "楼上漏水,多次找物业不予理睬,请求调解赔偿"),
    SHOP,
    (SHOP[0] + "没人管", SHOP[1] + "打过电话没有用。"),
    ("请问社保卡怎么办理", "请问外地人社保卡怎么办理,需要什么材料?"),
    ("工地拖欠工资", "工地拖欠我们三个人两个月工资,请求调解"),
    ("路灯坏了", "小区门口的路灯坏了很久,希望维修"),
)


@pytest.fixture
def items(session, world: World) -> dict[str, int]:
    area = world.areas["street_a"].id
    messages = [incoming.Message(f"mailbox:{n}", area, "mailbox", *words) for n, words in enumerate(TEXTS)]
    with db.transaction(session):
        taken = incoming.register(session, messages, actor=IMPORTER, at=world.at)
    return {title: one.case_id for (title, _), one in zip(TEXTS, taken, strict=True)}


def test_every_item_is_sorted_with_at_most_three_keys(live_server, page, world, items, axe):
    page.goto("/login")
    page.fill("[name=login]", "street_operator_a")
    page.fill("[name=secret]", PASSWORD)
    page.press("[name=secret]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto("/sorting")
    assert axe(page) == []
    keys = {}

    def current() -> str:
        return page.inner_text("[data-item][aria-current] .sort-title")

    def sort(*pressed: str, title: str = "") -> None:
        keys[title or current()] = len(pressed)
        for key in pressed[:-1]:
            page.keyboard.press(key)
        with page.expect_navigation():
            page.keyboard.press(pressed[-1])

    first = current()
    page.keyboard.press("j")
    assert current() != first
    page.keyboard.press("k")
    assert current() == first
    sorted_wrongly = first
    sort("Enter")
    with page.expect_navigation():
        page.keyboard.press("u")
    assert current() == sorted_wrongly
    while page.query_selector("[data-item]"):
        title = current()
        if page.query_selector("[data-item][aria-current] [data-key=g]"):
            sort("g")
        elif title == "路灯坏了":
            sort("w", "3", title=title)
        else:
            sort("Enter")
    assert max(keys.values()) <= MOST_KEYS and len(keys) == len(TEXTS) - 1
    with live_server.app.extensions["readings"]() as session:
        states = session.scalars(select(Case.state).where(Case.id.in_(items.values()))).all()
        kind = session.get(IncomingItem, items["路灯坏了"]).kind
    assert "registered" not in states and states.count("joined") == 1
    assert kind == "consultation"
