"""What helps with long lists: filters, orders, saved views, search for parties, one act on many matters, workbooks."""

import io
import os
import re
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import func, select, update

from casemgr import db
from casemgr.jobs import exports
from casemgr.jobs.site import open_site
from casemgr.models import Case, Event, Export, Party, SavedView
from casemgr.services.cases import take_step
from tests.web.test_lists import queries, shown
from tests.world import token_of

MARK = re.compile(r'name="line" value="(\d+:\d+)"')


def make(session, world, grid="a1", *, accept=True, who=None, **data) -> int:
    """A dispute of a grid of street a, accepted by its head."""
    with db.transaction(session):
        id = world.open_dispute(session, who or f"worker_{grid}", f"grid_{grid}", "楼上漏水扰民", **data).case_id
        if accept:
            head = world.actor(session, f"head_{grid[0]}")
            take_step(session, id, "accept", actor=head, at=world.at, data={"category": "0201"})
    return id


def act(session, world, id, step, who, **data) -> None:
    with db.transaction(session):
        take_step(session, id, step, actor=world.actor(session, who), at=world.at, data=data)


# Filters and orders


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_filters_by_class_date_team_and_handler(app, session, world):
    mine = make(session, world, "a1")
    other = make(session, world, "b1", accept=False)
    act(session, world, mine, "assign", "head_a", handler_id=world.accounts["mediator_a"].id, team_id=world.teams["neighbour_a"].id)
    client = world.client(app, "street_secretary_a")
    day, next_day = world.today.isoformat(), (world.today + timedelta(days=1)).isoformat()
    for query, found in (
        ("category=02", {mine}), ("category=0201", {mine}), ("category=01", set()), ("channel=grid", {mine, other}),
        (f"handler={world.accounts['mediator_a'].id}", {mine}), (f"team={world.teams['neighbour_a'].id}", {mine}),
        (f"registered_from={day}&registered_to={day}", {mine, other}), (f"registered_from={next_day}", set()),
        (f"closed_to={day}&status=all", set()), ("due=week", {mine, other}),
    ):  # fmt: skip
        assert shown(client.get(f"/matters?{query}").text) == found, query
    bar = client.get(f"/matters?handler={world.accounts['mediator_a'].id}&team={world.teams['neighbour_a'].id}").text
    assert world.accounts["mediator_a"].name in bar.split('class="filters-active"')[1]
    for broken in ("registered_from=soon", "registered_to=9999-12-31", "area=99999999999999999999", "team=-99999999999999999999"):
        assert client.get(f"/matters?{broken}").status_code == 422, broken
    for page in ("/cases/99999999999999999999", "/rooms?on=9999-12-31", "/rooms?on=0001-01-01&view=week"):
        assert client.get(page).status_code == 404, page


def test_every_order_goes_through_all_pages(app, session, world):
    with db.transaction(session):
        made = {world.open_dispute(session, "worker_a1", "grid_a1", f"第{n}件").case_id for n in range(27)}
        for id in list(made)[:4]:
            people = {"category": "0201", "people": 8 if id % 2 else 40}
            take_step(session, id, "accept", actor=world.actor(session, "head_a"), at=world.at + timedelta(hours=1), data=people)
    client = world.client(app, "secretary_a")
    for order in ("due", "tier", "quiet", "new", "old"):
        first = client.get(f"/matters?order={order}").text
        older = re.search(r'href="(/matters\?[^"]*after=[^"]+)"', first)[1].replace("&amp;", "&")
        second = client.get(older).text
        assert shown(first) | shown(second) == made, order
        assert not shown(first) & shown(second), order
        back = re.search(r'href="(/matters\?[^"]*before=[^"]+)"', second)[1].replace("&amp;", "&")
        assert shown(client.get(back).text) == shown(first), order
    tiers = re.findall(r'class="tier tier-(\w+)', client.get("/matters?order=tier").text)
    assert tiers[:4] == ["red", "red", "orange", "orange"]


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_as_many_queries_however_long_the_list(app, session, world):
    client = world.client(app, "head_a")
    counts = []
    for size in (2, 20):
        for _ in range(size):
            make(session, world, accept=False)
        marks = MARK.findall(client.get("/matters").text)[:size]
        together = "/matters/together?act=assign" + "".join(f"&line={mark}" for mark in marks)
        counts.append((queries(app, client, "/matters"), queries(app, client, together), queries(app, client, "/matters/exports")))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 16
    assert counts[0][1] <= 30


# Saved views


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_a_view_is_kept_opened_first_and_forgotten_by_its_owner_alone(app, session, world):
    client = world.client(app, "secretary_a")
    token = token_of(client.get("/matters").text)
    sent = {"csrf_token": token, "query": "tier=red&order=new&after=x", "name": "红色 新", "first": "1"}
    assert client.post("/matters/views", data=sent).status_code == 302
    assert client.get("/matters").location == "/matters?tier=red&order=new"
    assert "红色 新" in client.get("/matters?status=open").text
    client.post("/matters/views", data=sent | {"query": "status=open"})  # the list as it is by itself: it leads to no loop
    assert client.get("/matters", follow_redirects=True).status_code == 200
    client.post("/matters/views", data=sent | {"query": "tier=orange", "name": "橙色"})
    assert client.get("/matters").location == "/matters?tier=orange"
    client.post("/matters/views", data=sent | {"query": "tier=yellow", "name": "橙色", "first": ""})
    assert client.get("/matters").status_code == 200
    stranger = world.client(app, "secretary_b")
    view, count = session.execute(select(func.min(SavedView.id), func.count())).one()
    session.rollback()
    assert count == 2
    other = token_of(stranger.get("/matters").text)
    assert "橙色" not in re.findall(r'class="views.*?</nav>', stranger.get("/matters").text, re.S)[0]
    assert stranger.post("/matters/views/remove", data={"csrf_token": other, "view": view}).status_code == 404
    assert client.post("/matters/views/remove", data={"csrf_token": token, "view": view}).status_code == 302
    for wrong in ({"name": ""}, {"name": "x" * 41}):
        page = client.post("/matters/views", data=sent | wrong, follow_redirects=True).text
        assert "message-error" in page
    assert client.post("/matters/views", data=sent | {"query": "tier=blue"}).status_code == 422
    assert session.scalar(select(func.count()).select_from(SavedView)) == 1


# Search


def test_parties_are_found_only_where_the_reader_may_know_them(app, session, world):
    open_one, hidden, secret = make(session, world, "a1"), make(session, world, "a1"), make(session, world, "a1", confidential=True)
    for id, name in ((open_one, "欧阳甲"), (hidden, "欧阳乙"), (secret, "欧阳丙")):
        act(session, world, id, "add_party", "head_a", side="reporter", name=name)
    with db.transaction(session):
        session.scalars(select(Party).where(Party.case_id == hidden)).one().contact_hidden = True

    def found(who: str, words: str) -> set[int]:
        return shown(world.client(app, who).get(f"/matters?q={words}").text)

    assert found("head_a", "欧阳") == {open_one, hidden, secret}  # all three wait for him
    assert found("grid_secretary_a1", "欧阳") == {open_one, hidden, secret}  # he leads them
    assert found("secretary_a", "欧阳") == found("street_operator_a", "欧阳") == {open_one}
    assert found("worker_a1", "欧阳") == {open_one, hidden, secret}  # registered by him
    assert found("inspector_a", "欧阳乙") == found("inspector_a", "欧阳丙") == set()
    assert found("head_b", "欧阳") == found("street_secretary_b", "欧阳") == set()
    assert found("head_a", "欧阳甲 扰民") == {open_one}  # every word, each wherever it stands
    assert found("head_a", "欧阳甲 噪声") == set()


# One act on many


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_many_are_assigned_at_once_and_each_refusal_is_explained(app, session, world):
    ready, taken = [make(session, world, "a1"), make(session, world, "a2")], make(session, world, "a1")
    waiting = make(session, world, "a1", accept=False)
    elsewhere = make(session, world, "b1")
    act(session, world, taken, "assign", "head_a", handler_id=world.accounts["mediator_a"].id)
    client = world.client(app, "head_a")
    marks = MARK.findall(client.get("/matters").text)
    assert {int(mark.split(":")[0]) for mark in marks} == {*ready, taken, waiting}
    lines = "".join(f"&line={mark}" for mark in [*marks, f"{elsewhere}:1"])
    preview = client.get(f"/matters/together?act=assign{lines}&back=tier%3Dyellow").text
    assert shown(preview.split('id="refused"')[1]) == {waiting}
    sent = {"csrf_token": token_of(preview), "act": "assign", "line": [*marks, f"{elsewhere}:1"]}
    assert client.post("/matters/together", data=sent).status_code == 422  # nobody chosen
    chosen = {"handler_id": str(world.accounts["mediator_a"].id)}
    act(session, world, ready[1], "record_fact", "head_a", people=3)  # somebody was quicker; an appended fact changes no version
    act(session, world, ready[0], "assign", "head_a", handler_id=world.accounts["mediator_a"].id)
    report = client.post("/matters/together", data=sent | chosen).text
    assert "tag-fine" in report
    session.expire_all()
    states = {id: session.get_one(Case, id).state for id in (*ready, taken, waiting, elsewhere)}
    session.rollback()
    assert states == {ready[0]: "assigned", ready[1]: "assigned", taken: "assigned", waiting: "registered", elsewhere: "accepted"}


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_many_requests_are_asked_at_once_each_with_its_outcome(app, session, world):
    ids = [make(session, world, "a1") for _ in range(3)]
    for id in ids[:2]:
        act(session, world, id, "assign", "head_a", handler_id=world.accounts["mediator_a"].id)
        act(session, world, id, "take", "mediator_a")
    client = world.client(app, "mediator_a")
    marks = [f"{id}:{session.get_one(Case, id).version}" for id in ids]
    session.rollback()
    page = client.get("/matters/together?act=extend" + "".join(f"&line={m}" for m in marks)).text
    sent = {"csrf_token": token_of(page), "act": "extend", "line": marks, "length": "7 days", "reason": "等鉴定"}
    report = client.post("/matters/together", data=sent).text
    assert report.count("tag-fine") == 2
    open_requests = select(Case.parent_id).where(Case.process == "request", Case.closed_at.is_(None))
    assert set(session.scalars(open_requests)) == set(ids[:2])
    session.rollback()
    again = client.get("/matters/together?act=extend" + "".join(f"&line={m}" for m in marks)).text
    assert "<form class=\"form\"" not in again  # asked already: nothing is left to do
    assert client.get("/matters/together?act=burn&line=1:1").status_code == 422
    assert world.client(app, "street_operator_a").get("/matters/together?act=assign&line=1:1").status_code == 403


# Workbooks


def asked(app, world, who: str, query: str = ""):
    """Ask for a workbook; the browser and the token."""
    client = world.client(app, who)
    token = token_of(client.get("/matters?status=open").text)
    assert client.post("/matters/exports", data={"csrf_token": token, "query": query}).location == "/matters/exports"
    return client


def made(app, at) -> dict[str, int]:
    return dict(exports.run(open_site(app.extensions["settings"], app.extensions["engine"]), at).counts)


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_what_a_killed_run_left_is_removed_after_a_day(app, world):
    folder, now = app.extensions["settings"].exports_dir, world.at.timestamp()
    folder.mkdir(parents=True)
    for name, age in (("left", 2), ("young", 0)):
        (folder / f"{name}.xlsx").write_bytes(b"names")
        os.utime(folder / f"{name}.xlsx", (now - age * 86_400,) * 2)
    made(app, world.at)
    assert [path.name for path in folder.iterdir()] == ["young.xlsx"]


def test_a_workbook_holds_what_the_asker_may_see_masked_and_marked(app, session, world):
    mine = make(session, world, "a1", title="=1+1 找13800001234和500199199001011234")
    secret = make(session, world, "a1", confidential=True, title="不公开的事")
    make(session, world, "c1")
    act(session, world, mine, "add_party", "head_a", side="applicant", name="欧阳甲", phone="13800001234")
    act(session, world, secret, "add_party", "head_a", side="applicant", name="欧阳乙")
    client = asked(app, world, "head_a", "status=all&order=old")
    assert "<progress" not in client.get("/matters/exports").text
    assert made(app, world.at) == {"exports": 1}
    export = session.scalars(select(Export.id)).one()
    session.rollback()
    fetching = {"csrf_token": token_of(client.get("/matters/exports").text)}
    answer = client.post(f"/matters/exports/{export}", data=fetching)
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    answer.close()
    rows = list(sheet.iter_rows(values_only=True))
    assert world.accounts["head_a"].name in rows[0][0]
    assert "2" in rows[0][0]
    told = {row[2]: row for row in rows[2:]}
    assert len(rows) == 4
    title = next(name for name in told if name.startswith("="))
    assert sheet.cell(3, 3).data_type == "s"
    assert "13800001234" not in title
    assert "500199199001011234" not in title
    whole = str(rows)
    assert "欧*" in whole
    assert not [word for word in ("欧阳", "不公开的事", "13800001234") if word in whole]
    kinds = session.scalars(select(Event.kind).where(Event.stream == "account", Event.kind.like("account.export%")).order_by(Event.seq)).all()
    assert kinds == ["account.exported", "account.export_fetched"]
    session.rollback()
    stranger = world.client(app, "secretary_a")
    fetching = {"csrf_token": token_of(stranger.get("/account").text)}
    assert stranger.post(f"/matters/exports/{export}", data=fetching).status_code == 404


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_an_export_is_made_once_in_the_scope_of_that_moment_and_removed_later(app, session, world):
    make(session, world, "a1")
    asked(app, world, "head_a")
    with db.transaction(session):
        world.accounts["head_a"] = account = session.merge(world.accounts["head_a"])
        account.active = False
    assert made(app, world.at) == {"failed": 1}
    assert session.scalars(select(Export.state)).one() == "failed"
    session.rollback()
    client = asked(app, world, "secretary_a")
    assert made(app, world.at) == {"exports": 1}
    assert made(app, world.at) == {}
    folder = app.extensions["settings"].exports_dir
    assert len(list(folder.iterdir())) == 1
    assert made(app, world.at + timedelta(days=4)) == {"removed": 1}
    assert list(folder.iterdir()) == []
    assert 'action="/matters/exports/' not in client.get("/matters/exports").text


def test_what_a_killed_run_left_is_made_by_the_next_when_its_claim_has_run_out(app, session, world):
    make(session, world, "a1")
    asked(app, world, "head_a")
    for until, counts in ((timedelta(minutes=3), {}), (timedelta(minutes=-1), {"exports": 1})):
        with db.transaction(session):
            values = {"claimed_by": "dead", "claimed_until": db.now(session) + until, "done": 500}
            session.execute(update(Export).values(values))
        assert made(app, world.at) == counts
    assert session.scalars(select(Export.done)).one() == 1


def test_one_whose_making_kills_the_process_is_given_up(app, session, world, monkeypatch):
    make(session, world, "a1")
    asked(app, world, "head_a")

    def killed(*_):
        raise SystemExit

    monkeypatch.setattr(exports, "write_list", killed)
    for _ in range(exports.MOST_TRIES):
        with pytest.raises(SystemExit):
            made(app, world.at)
        with db.transaction(session):
            session.execute(update(Export).values(claimed_until=db.now(session) - timedelta(seconds=1)))
    assert made(app, world.at) == {"failed": 1}
    assert made(app, world.at) == {}
    assert session.scalars(select(Export.state)).one() == "failed"


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_one_that_cannot_be_made_does_not_stop_the_rest(app, session, world, monkeypatch):
    make(session, world, "a1")
    for who in ("head_a", "secretary_a"):
        asked(app, world, who)
    whole = exports.write_list

    def broken(path, lines, mark, say):
        if world.accounts["head_a"].name in mark.who:
            raise OSError("disk full")
        whole(path, lines, mark, say)

    monkeypatch.setattr(exports, "write_list", broken)
    assert made(app, world.at) == {"exports": 1, "failed": 1}
    with db.transaction(session):
        states = dict(session.execute(select(Export.account_id, Export.state)).all())
    assert states == {world.accounts["head_a"].id: "waiting", world.accounts["secretary_a"].id: "done"}
    assert len(list(app.extensions["settings"].exports_dir.iterdir())) == 1
