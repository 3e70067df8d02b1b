"""Comparing by keyboard in a real browser: one key a pair, whatever is said of it."""

import pytest
from sqlalchemy import select

from casemgr import db
from casemgr.models import Case, JointMember, Suggestion
from casemgr.policy import IMPORTER
from casemgr.services import incoming, suggesting
from tests.world import PASSWORD, World

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
PAIRS = (
    ("阳光花园水泵房夜间噪音", "阳光花园小区水泵房夜间噪音太大，整夜轰鸣，物业一直没有修好。"),
    ("金桂路烧烤摊油烟", "金桂路口烧烤摊每天油烟扰民，十二点以后还在营业，无人管理。"),
    ("松涛苑停车位收费", "松涛苑地下停车位收费突然翻倍，业主不同意，物业不肯协商。"),
)


@pytest.fixture
def known(session, world: World) -> list[int]:
    """Disputes on record, each with a message that says the same, found to be alike."""
    area = world.areas["grid_a1"].id
    with db.transaction(session):
        made = [world.open_dispute(session, "head_a", "grid_a1", text, title=title).case_id for title, text in PAIRS]
        messages = [incoming.Message(f"hotline:{n}", area, "hotline", *words) for n, words in enumerate(PAIRS)]
        incoming.register(session, messages, actor=IMPORTER, at=world.at)
    with db.transaction(session):
        suggesting.keep(session, suggesting.look(session, world.at))
    return made


def test_one_key_a_pair(live_server, page, world, known, axe):
    page.goto("/login")
    page.fill("[name=login]", "street_operator_a")
    page.fill("[name=secret]", PASSWORD)
    page.press("[name=secret]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto("/joint")
    assert axe(page) == []
    assert page.locator("[data-item]").count() == len(PAIRS) and page.locator(".joint-side mark").count()
    first = page.get_attribute("[data-item][aria-current]", "data-item")
    page.keyboard.press("j")
    assert page.get_attribute("[data-item][aria-current]", "data-item") != first
    page.keyboard.press("k")
    said = {}
    for key, answer in (("s", "same"), ("n", "different"), ("l", "later")):
        said[int(page.get_attribute("[data-item][aria-current]", "data-item"))] = answer
        with page.expect_navigation():
            page.keyboard.press(key)
    assert page.locator("[data-item]").count() == 0
    with live_server.app.extensions["readings"]() as session:
        answers = dict(session.execute(select(Suggestion.like_id, Suggestion.answer)).all())
        joined = session.scalars(select(JointMember.root_id)).all()
        open_items = session.scalars(select(Case.id).where(Case.process == "incoming", Case.closed_at.is_(None))).all()
    assert answers == said and sorted(said) == sorted(known)
    assert joined == [case_id for case_id, answer in said.items() if answer == "same"] and len(open_items) == 2
