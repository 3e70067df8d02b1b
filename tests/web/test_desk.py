"""The desk, leave and deputy, handing over: what each page shows, in how many queries, and what comes of it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from casemgr import db
from casemgr.models import Absence, Appointment, Case, Event
from casemgr.policy import SETUP
from casemgr.services.absences import record_absence
from casemgr.services.appointments import appoint
from casemgr.services.cases import take_step
from tests.world import World, token_of

ON_SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
DAY = timedelta(days=1)
HEADS = re.compile(r'id="due-(\w+)-title">')
LINE = re.compile(r'href="/cases/(\d+)"')


def assigned(session, world: World, *, taken: bool = False, who: str = "mediator_a", title: str = "楼上漏水") -> int:
    """A dispute of grid a1 given to a mediator, who may have taken it."""
    id = world.open_dispute(session, "worker_a1", "grid_a1", "楼上漏水到二楼,两家争执", title=title).case_id
    take_step(session, id, "accept", actor=world.actor(session, "head_a"), at=world.at, data={"category": "0201"})
    chosen = {"handler_id": world.accounts[who].id}
    take_step(session, id, "assign", actor=world.actor(session, "head_a"), at=world.at, data=chosen)
    if taken:
        take_step(session, id, "take", actor=world.actor(session, who), at=world.at)
    return id


def away(session, world: World, who: str, deputy: str) -> int:
    row = record_absence(
        session, world.accounts[who].id, deputy_id=world.accounts[deputy].id, from_on=world.today, to_on=world.today + 6 * DAY,
        today=world.today, actor=world.actor(session, who), at=world.at,
    )  # fmt: skip
    return row.id


def queries_of(app, client, path: str) -> int:
    sent = []
    note = lambda *args: sent.append(args[2])  # noqa: E731
    event.listen(app.extensions["engine"], "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(app.extensions["engine"], "before_cursor_execute", note)
    return len(sent)


def read(app, query):
    """What a query finds, in a session of its own: an open one would lock the others out of SQLite."""
    with app.extensions["readings"]() as session:
        return session.scalars(query).all()


def handlers(app, *ids: int) -> list[int | None]:
    return [read(app, select(Case.handler_id).where(Case.id == id))[0] for id in ids]


def test_the_desk_is_in_order_of_what_falls_due_and_narrows_to_a_post(app, session, world, clock):
    with db.transaction(session):
        appoint(session, world.accounts["head_a"].id, world.posts["secretary_b"].id, from_on=world.today, actor=SETUP, at=world.at)
        old = world.open_dispute(session, "worker_a1", "grid_a1", "先来的", title="先来的").case_id
        clock.advance(timedelta(days=1, hours=7))
        new = world.open_dispute(session, "worker_a1", "grid_a1", "后到的", title="后到的", at=clock.now()).case_id
    client = world.client(app, "head_a")
    page = client.get("/desk?lang=en").text
    assert HEADS.findall(page) == ["late", "week"]
    assert [int(id) for id in dict.fromkeys(LINE.findall(page))] == [old, new]
    assert f"/cases/{old}/steps/accept" in page
    post = f"post-{world.posts['head_a'].id}"
    assert {int(id) for id in LINE.findall(client.get(f"/desk?by={post}").text)} == {old, new}
    assert LINE.findall(client.get(f"/desk?by=post-{world.posts['secretary_b'].id}").text) == []
    assert client.get("/desk?by=post-0").status_code == client.get("/desk?by=nonsense").status_code == 422


@ON_SQLITE
def test_an_empty_desk_says_what_to_do(app, world):
    assert "/cases/new" in world.client(app, "worker_a1").get("/desk").text.partition("<main")[2].partition("</main>")[0]
    assert "/board" in world.client(app, "supervisor").get("/desk").text.partition("<main")[2].partition("</main>")[0]


@ON_SQLITE
def test_the_queries_of_the_desk_do_not_grow_with_its_lines(app, session, world):
    with db.transaction(session):
        assigned(session, world)
        away(session, world, "mediator_a", "mediator_b")
    client = world.client(app, "mediator_b")
    few = queries_of(app, client, "/desk")
    with db.transaction(session):
        for number in range(4):
            assigned(session, world, title=f"漏水 {number}")
    assert queries_of(app, client, "/desk") <= few <= 20
    assert queries_of(app, client, "/desk") <= 10, "matters were loaded whole though their next acts are known"


@ON_SQLITE
def test_an_absence_is_recorded_on_the_page_and_ends_when_one_is_back(app, session, world):
    with db.transaction(session):
        case = assigned(session, world)
    client = world.client(app, "mediator_a")
    page = client.get("/desk/absences").text
    answers = {"csrf_token": token_of(page), "from_on": world.today.isoformat(), "to_on": (world.today + 3 * DAY).isoformat()}
    refused = client.post("/desk/absences", data=answers | {"deputy_id": ""})
    assert refused.status_code == 422 and answers["to_on"] in refused.text
    assert client.post("/desk/absences", data=answers | {"deputy_id": str(world.accounts["mediator_b"].id)}).status_code == 302
    desk = world.client(app, "mediator_b").get("/desk?lang=en").text
    assert f"/cases/{case}/steps/take" in desk and f"for {world.accounts['mediator_a'].name}" in desk
    absence = read(app, select(Absence.id))[0]
    stranger = world.client(app, "mediator_b")
    assert stranger.post(f"/desk/absences/{absence}/end", data={"csrf_token": token_of(stranger.get("/desk/absences").text)}).status_code == 403
    assert client.post(f"/desk/absences/{absence}/end", data={"csrf_token": token_of(page)}).status_code == 302
    assert LINE.findall(world.client(app, "mediator_b").get("/desk").text) == []


@ON_SQLITE
def test_a_deputys_act_is_told_with_both_names(app, session, world):
    with db.transaction(session):
        case = assigned(session, world)
        away(session, world, "mediator_a", "mediator_b")
        take_step(session, case, "take", actor=world.actor(session, "mediator_b"), at=world.at)
    page = world.client(app, "head_a").get(f"/cases/{case}?lang=en").text
    assert f"standing in for {world.accounts['mediator_a'].name}" in page


def test_open_matters_are_handed_over_in_one_act(app, session, world):
    with db.transaction(session):
        fresh, worked = assigned(session, world), assigned(session, world, taken=True)
    client, to = world.client(app, "head_a"), world.accounts["street_mediator_a"].id
    address = f"/desk/hand-over?account={world.accounts['mediator_a'].id}"
    page = client.get(address).text
    form = {"csrf_token": token_of(page), "account": str(world.accounts["mediator_a"].id), "all": str(to)}
    assert client.post("/desk/hand-over", data=form).status_code == 422
    assert client.post("/desk/hand-over", data=form | {"all": "", "reason": "调离"}).status_code == 422
    preview = client.post("/desk/hand-over", data=form | {"reason": "调离岗位"})
    old = world.accounts["mediator_a"].id
    assert preview.status_code == 200 and handlers(app, fresh, worked) == [old, old]
    moved = {f"to-{id}": str(to) for id in (fresh, worked)}
    done = client.post("/desk/hand-over", data=form | moved | {"all": "", "reason": "调离岗位", "sure": "1"})
    assert done.status_code == 200 and handlers(app, fresh, worked) == [to, old]
    asked = read(app, select(Case.id).where(Case.process == "request"))
    decider = world.client(app, "secretary_a")
    page = decider.get("/desk/hand-over").text
    assert len(asked) == 1 and f'value="{asked[0]}"' in page
    decider.post("/desk/hand-over/approve", data={"csrf_token": token_of(page), "request": str(asked[0])})
    assert handlers(app, fresh, worked) == [to, to]
    assert "dispute.mediator_replaced" in read(app, select(Event.kind).where(Event.stream == "case", Event.stream_id == worked))


@ON_SQLITE
def test_whoever_leaves_is_named_to_the_head_and_to_nobody_elsewhere(app, session, world):
    with db.transaction(session):
        assigned(session, world)
        row = session.scalars(select(Appointment).where(Appointment.account_id == world.accounts["mediator_a"].id)).one()
        row.to_on = world.today + 3 * DAY
    link = f"/desk/hand-over?account={world.accounts['mediator_a'].id}"
    assert link in world.client(app, "head_a").get("/desk").text
    elsewhere = world.client(app, "head_b")
    assert link not in elsewhere.get("/desk").text
    assert elsewhere.get(link).status_code == 404 and world.client(app, "head_a").get(link).status_code == 200
    shown = world.client(app, "security_admin").get(f"/accounts/{world.accounts['mediator_a'].id}?lang=en").text
    assert "1 open matter is in this person" in shown and "漏水" not in shown
