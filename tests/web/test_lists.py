"""Desk, list, search, sorting desk and inbox: what is shown, to whom, in how many queries."""

import re

import pytest
from sqlalchemy import event, func, select

from casemgr import db
from casemgr.models import Case, IncomingItem, Notice
from casemgr.policy import IMPORTER
from casemgr.services import incoming
from tests.world import World, token_of

LINE = re.compile(r'href="(?:/cases|/sorting)/(\d+)"')


@pytest.fixture
def matters(session, world: World) -> dict[str, int]:
    """One dispute in each grid of street a and one in street b."""
    with db.transaction(session):
        return {
            grid: world.open_dispute(session, f"worker_{grid}", f"grid_{grid}", f"{grid}楼上漏水扰民", title=f"漏水 {grid}").case_id
            for grid in ("a1", "a2", "b1", "c1")
        }


@pytest.fixture
def items(session, world: World) -> list[int]:
    texts = (
        ("楼上漏水物业不修", "楼上漏水,多次找物业不予理睬,请求调解赔偿"),
        ("工地拖欠十五名农民工工资", "工地拖欠我们十五名农民工工资,再不发就去集体上访"),
        ("请问社保卡怎么办理", "请问外地人社保卡怎么办理,需要什么材料?"),
    )
    messages = [
        incoming.Message(f"mailbox:{n}", world.areas["street_a"].id, "mailbox", title, text)
        for n, (title, text) in enumerate(texts)
    ]
    with db.transaction(session):
        taken = incoming.register(session, messages, actor=IMPORTER, at=world.at)
    return [one.case_id for one in taken]


def shown(page: str) -> set[int]:
    return {int(id) for id in LINE.findall(page)}


def test_the_list_shows_what_is_in_scope_and_nothing_else(app, world, matters):
    for who, grids in (
        ("worker_a1", {"a1"}), ("secretary_a", {"a1", "a2"}), ("street_secretary_a", {"a1", "a2", "b1"}),
        ("supervisor", {"a1", "a2", "b1", "c1"}), ("street_operator_b", {"c1"}), ("inspector_a", {"a1", "a2", "b1"}),
        ("former_inspector", set()),
    ):  # fmt: skip
        answer = world.client(app, who).get("/matters")
        if answer.status_code == 200:
            assert shown(answer.text) == {matters[grid] for grid in grids}, who
        else:
            assert (who, answer.status_code) == ("former_inspector", 403)


def test_two_characters_inside_a_run_of_text_are_found_in_scope_only(app, world, matters):
    page = world.client(app, "secretary_a").get("/matters?q=扰民").text
    assert shown(page) == {matters["a1"], matters["a2"]}
    assert shown(world.client(app, "secretary_a").get("/matters?q=扰居").text) == set()
    assert shown(world.client(app, "worker_a1").get("/matters?q=c1").text) == set()


def test_filters_narrow_and_are_named_with_a_way_out(app, world, matters):
    client = world.client(app, "street_secretary_a")
    page = client.get(f"/matters?area={world.areas['community_a'].id}&state=registered").text
    assert shown(page) == {matters["a1"], matters["a2"]}
    assert world.areas["community_a"].name in page
    assert shown(client.get("/matters?status=closed").text) == set()


def test_a_broken_address_is_a_clear_refusal(app, world, matters):
    client = world.client(app, "street_secretary_a")
    for query in ("after=nonsense", "tier=blue", "area=x", "before=2026-01-01T00:00:00%2B00:00~x", "age=9"):
        assert client.get(f"/matters?{query}").status_code == 422, query


def test_pages_follow_each_other_without_gap_or_repeat(app, session, world):
    with db.transaction(session):
        made = {world.open_dispute(session, "worker_a1", "grid_a1", f"第{n}件").case_id for n in range(60)}
    client = world.client(app, "secretary_a")
    for order in ("due", "new", "old"):
        seen, url = [], f"/matters?order={order}"
        for _ in range(4):
            page = client.get(url).text
            seen += sorted(shown(page))
            older = re.search(r'href="(/matters\?[^"]*after=[^"]+)"', page)
            if not older:
                break
            url = older[1].replace("&amp;", "&")
        assert sorted(seen) == sorted(made), order


def test_the_desk_holds_what_waits_for_each(app, session, world, matters):
    assert shown(world.client(app, "head_a").get("/desk").text) == {matters["a1"], matters["a2"]}
    assert shown(world.client(app, "mediator_a").get("/desk").text) == set()
    assert shown(world.client(app, "head_c").get("/desk").text) == {matters["c1"]}


def test_the_sorting_desk_shows_red_first_with_the_words_that_led_to_it(app, world, items):
    page = world.client(app, "street_operator_a").get("/sorting").text
    order = [int(id) for id in re.findall(r'name="item" value="(\d+)"', page)]
    assert order[0] == items[1]
    assert set(order) == set(items)
    assert "集体上访" in page
    assert world.client(app, "mediator_a").get("/sorting").status_code == 403
    assert not re.findall(r'name="item"', world.client(app, "street_operator_b").get("/sorting").text)


def test_accepting_the_suggestion_makes_a_matter_of_each(app, session, world, items):
    client = world.client(app, "street_operator_a")
    token = token_of(client.get("/sorting").text)
    answer = client.post("/sorting/accept", data={"item": items, "csrf_token": token})
    assert answer.status_code == 302
    session.expire_all()
    rows = {item.case_id: item for item in session.scalars(select(IncomingItem))}
    made = [session.get_one(Case, rows[id].became_id) for id in items]
    assert [(case.parent_id, case.process) for case in made] == list(zip(items, ("dispute", "dispute", "order"), strict=True))
    session.rollback()
    assert shown(client.get("/sorting").text) == set()


def test_nobody_sorts_what_lies_out_of_his_area(app, session, world, items):
    client = world.client(app, "street_operator_b")
    token = token_of(client.get("/account").text)
    client.post("/sorting/accept", data={"item": items, "csrf_token": token})
    session.expire_all()
    assert set(session.scalars(select(Case.state).where(Case.id.in_(items)))) == {"registered"}


def test_an_item_page_offers_every_way_to_sort(app, world, items):
    page = world.client(app, "street_operator_a").get(f"/sorting/{items[0]}").text
    for step in ("sort_matter", "answer", "refer", "join", "pass_on"):
        assert f"/cases/{items[0]}/steps/{step}" in page
    assert world.client(app, "street_operator_b").get(f"/sorting/{items[0]}").status_code == 404


def test_notices_are_ones_own_and_lead_to_the_matter(app, session, world, matters):
    client = world.client(app, "head_a")
    head = world.accounts["head_a"].id
    notice, case_id = session.execute(select(Notice.id, Notice.case_id).where(Notice.account_id == head)).first()
    session.rollback()
    page = client.get("/notices").text
    token = token_of(page)
    assert "漏水 a1" in page
    stranger = world.client(app, "head_c")
    other = token_of(stranger.get("/notices").text)
    assert stranger.post(f"/notices/{notice}", data={"csrf_token": other}).status_code == 404
    assert client.post(f"/notices/{notice}", data={"csrf_token": token}).location == f"/cases/{case_id}"
    client.post("/notices/read", data={"csrf_token": token})
    unread = select(func.count()).select_from(Notice).where(Notice.account_id == head, Notice.read_at.is_(None))
    session.expire_all()
    assert session.scalar(unread) == 0


@pytest.mark.parametrize(("path", "most"), [("/desk", 22), ("/matters", 10), ("/matters?q=争吵", 10), ("/sorting", 14), ("/notices", 12)])
def test_the_number_of_queries_does_not_grow_with_the_rows(app, session, world, path, most):
    client = world.client(app, "street_operator_a")
    counts = []
    for size in (2, 30):
        with db.transaction(session):
            for n in range(size):
                world.open_dispute(session, "worker_a1", "grid_a1", f"争吵 {size} {n}")
        counts.append(queries(app, client, path))
    assert counts[1] <= counts[0] <= most  # the first may count words once for the process


def queries(app, client, path) -> int:
    """How many statements one GET sends."""
    sent = []

    def note(*args):
        sent.append(args[2])

    event.listen(app.extensions["engine"], "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(app.extensions["engine"], "before_cursor_execute", note)
    return len(sent)
