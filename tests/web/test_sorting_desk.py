"""The sorting desk by its buttons: another kind, likely-same items as one, the last act undone, notes of the shift."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from casemgr import audit, db
from casemgr.models import Case, Event, IncomingItem
from casemgr.policy import IMPORTER
from casemgr.services import incoming
from casemgr.web.work.excerpts import excerpt
from tests.world import World, token_of

ON_SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
SAME = (
    ("幸福小区楼下烧烤摊半夜噪音扰民", "每天晚上十二点以后楼下烧烤摊还在营业,噪音很大,和摊主争执多次,请求调解赔偿。"),
    ("幸福小区烧烤摊噪音扰民没人管", "楼下烧烤摊半夜十二点以后还在营业,吵得孩子睡不着,和摊主争执没有结果,请求调解。"),
    ("烧烤摊噪音扰民,幸福小区居民请求调解", "幸福小区楼下烧烤摊十二点以后还在营业,噪音扰民,居民和摊主争执,请求调解。"),
)
OTHER = ("请问社保卡怎么办理", "请问外地人社保卡怎么办理,需要什么材料?")


@pytest.fixture
def items(session, world: World) -> list[int]:
    """Three of one matter and a question, in street a."""
    area = world.areas["street_a"].id
    messages = [incoming.Message(f"mailbox:{n}", area, "mailbox", *words) for n, words in enumerate((*SAME, OTHER))]
    with db.transaction(session):
        return [one.case_id for one in incoming.register(session, messages, actor=IMPORTER, at=world.at)]


def states(app, ids: list[int]) -> list[str]:
    with app.extensions["readings"]() as session:
        found = dict(session.execute(select(Case.id, Case.state).where(Case.id.in_(ids))).all())
    return [found[id] for id in ids]


def press(client, path: str, **data):
    answer = client.post(path, data=data | {"csrf_token": token_of(client.get("/sorting/notes").text)})
    assert answer.status_code == 302, answer.text
    return answer


def test_likely_same_items_go_as_one_matter_and_all_of_it_is_undone(app, session, world, items):
    client = world.client(app, "street_operator_a")
    page = client.get("/sorting?lang=en").text
    assert page.count("data-item=") == 2 and "2 more that are likely the same matter" in page
    press(client, "/sorting/group", item=[str(id) for id in items[:3]])
    assert states(app, items) == ["sorted", "joined", "joined", "registered"]
    with app.extensions["readings"]() as reading:
        became = reading.scalars(select(IncomingItem.became_id).where(IncomingItem.case_id.in_(items[:3]))).all()
    assert len(set(became)) == 1 and became[0]
    press(client, "/sorting/undo")
    assert states(app, [*items, became[0]]) == ["registered"] * 4 + ["taken_back"]
    with app.extensions["readings"]() as reading:
        kinds = reading.scalars(select(Event.kind).where(Event.stream == "case", Event.stream_id == items[1]).order_by(Event.seq)).all()
        assert kinds == ["incoming.registered", "incoming.joined", "incoming.unsorted"]
        assert audit.verify(reading)[1] == []


@ON_SQLITE
def test_an_item_is_sorted_as_another_kind_and_the_last_acts_are_undone_one_by_one(app, world, items):
    client = world.client(app, "street_operator_a")
    press(client, "/sorting/accept", item=str(items[0]), **{"as": "service_request"})
    app.extensions["clock"].advance(timedelta(minutes=1))
    press(client, "/sorting/accept", item=str(items[3]))
    assert states(app, [items[0], items[3]]) == ["sorted", "sorted"]
    press(client, "/sorting/undo")
    assert states(app, [items[0], items[3]]) == ["sorted", "registered"]
    press(client, "/sorting/undo")
    assert states(app, items) == ["registered"] * 4
    with app.extensions["readings"]() as reading:
        assert reading.get(IncomingItem, items[0]).kind == ""
    assert client.post("/sorting/undo", data={"csrf_token": token_of(client.get("/sorting").text)}).status_code == 422


@ON_SQLITE
def test_nobody_undoes_what_somebody_else_sorted(app, world, items):
    press(world.client(app, "street_operator_a"), "/sorting/accept", item=str(items[3]))
    other = world.client(app, "street_head_a")
    assert 'data-key="u"' not in other.get("/sorting").text
    assert other.post("/sorting/undo", data={"csrf_token": token_of(other.get("/sorting").text)}).status_code == 422
    assert states(app, items[3:]) == ["sorted"]


@ON_SQLITE
def test_a_note_is_found_by_the_next_shift_read_and_kept(app, world):
    writer, reader = world.client(app, "street_operator_a"), world.client(app, "street_head_a")
    elsewhere = world.client(app, "street_operator_b")
    press(writer, "/sorting/notes", text="来件19号答应中午前回电")
    assert "来件19号" in reader.get("/sorting").text and "来件19号" not in elsewhere.get("/sorting").text
    assert "来件19号" not in writer.get("/sorting").text
    press(reader, "/sorting/notes/1/read")
    assert "来件19号" not in reader.get("/sorting").text
    kept = writer.get("/sorting/notes?lang=en").text
    assert "来件19号" in kept and f"Read by: {world.accounts['street_head_a'].name}" in kept
    assert writer.post("/sorting/notes", data={"csrf_token": token_of(kept), "text": " "}).status_code == 422
    assert elsewhere.post("/sorting/notes/1/read", data={"csrf_token": token_of(elsewhere.get("/sorting/notes").text)}).status_code == 404


@ON_SQLITE
def test_the_queries_of_the_desk_do_not_grow_with_its_items(app, session, world, items):
    client = world.client(app, "street_operator_a")
    press(client, "/sorting/accept", item=str(items[3]))
    sent: list[str] = []
    note = lambda *args: sent.append(args[2])  # noqa: E731
    event.listen(app.extensions["engine"], "before_cursor_execute", note)
    client.get("/sorting")
    few = len(sent)
    messages = [incoming.Message(f"more:{n}", world.areas["street_a"].id, "mailbox", *words) for n, words in enumerate(SAME * 9)]
    event.remove(app.extensions["engine"], "before_cursor_execute", note)
    with db.transaction(session):
        incoming.register(session, messages, actor=IMPORTER, at=world.at)
    sent.clear()
    event.listen(app.extensions["engine"], "before_cursor_execute", note)
    client.get("/sorting")
    event.remove(app.extensions["engine"], "before_cursor_execute", note)
    assert len(sent) <= few <= 16  # the first visit counts how rare words are


def test_an_excerpt_shows_the_sentences_with_the_marks():
    text = "您好!我是小区的业主。近日天气很好。楼上漏水,物业不管。请求调解,谢谢!"
    found = excerpt(text, ["漏水", "调解"], 12)
    assert "".join(words for words, _ in found) == "…楼上漏水,…请求调解…"
    assert [words for words, marked in excerpt(text, ["漏水", "调解"], 12, "楼上漏水") if marked] == ["调解"]
    assert excerpt(text, [], 3)[0][0].startswith("您好")
    assert [words for words, marked in found if marked] == ["漏水", "调解"]
    assert excerpt("只有一句", [], 50) == [("只有一句", False)]
    assert excerpt("", [], 50) == []
