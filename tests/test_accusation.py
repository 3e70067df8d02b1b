"""An accusation tried from the side of the accused: whoever it names, and whoever shares the office of one who leads, asks
every page, list, search, count, file, feed and the API before and after it is there, and gets the same bytes.

The walk takes every GET route the application has; new ones join by themselves (tests/web/test_routes.py).
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from casemgr import db
from casemgr.errors import NotAllowed, NotFound
from casemgr.jobs import digests, exports, weekly
from casemgr.jobs.rollups import count_day
from casemgr.jobs.site import open_site
from casemgr.models import Absence, Case, Export, Notice, Outgoing
from casemgr.policy import SETUP, visible
from casemgr.queries.similar import similar_open
from casemgr.services import appointments
from casemgr.services.channels import make_feed
from casemgr.services.exports import ask_export
from casemgr.services.files import store
from casemgr.services.opening import open_matter
from casemgr.services.papers import locked
from casemgr.services.steps import take
from tests.api.programs import Program, make_token
from tests.histories import undone
from tests.web.test_routes import Things, arguments, things  # noqa: F401  a fixture
from tests.world import World, token_of
from workflows.guards import ZONE

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
WORDS = "社区书记和网格员收受物业公司礼金并压下举报材料"
HIDDEN = "压下举报材料"
NAME = "匿名举报人甲"
OFFICE, HEAD = "street_petition_officer_a", "street_secretary_a"
ACCUSED = ("worker_a1", "worker_b1", "secretary_a", "liaison_a")  # a worker, one who sits in the petition office too, a leader, a liaison
BARRED = (*ACCUSED, "head_a", "mediator_a", "grid_secretary_a1")  # and those who share the leader's office
WALKING = ("worker_b1", "secretary_a", "liaison_a")
CHANGING = re.compile(r"[\w-]{20,}\.[\w-]{4,}\.[\w-]{20,}|\b[0-9a-f]{16}\b")  # tokens, and the id of a request
ASKED = (
    "/matters?q=礼金", "/matters?process=petition", "/matters?process=petition&state=studying", "/matters?tier=red", "/matters?status=all",
    "/matters?q=访密", f"/matters?q={NAME}", "/matters/together?process=petition",
)
SENT = (("/cases/new/hints", {"text": "书记收受物业公司礼金"}), ("/cases/new/people", {"name": NAME}))  # what is suggested while typing
API_ASKED = ("/cases", "/cases?process=petition", "/cases?q=礼金", "/deadlines", "/board", "/incoming")


@dataclass
class Accusation:
    """The accusation and what belongs to it."""

    id: int
    number: str


@pytest.fixture
def away(app: Flask, world: World) -> None:
    """One of the accused holds a post of the petition office himself; the secretary of a grid stands in for another."""
    with app.extensions["sessions"]() as session, db.transaction(session):
        colleague, post = world.accounts["worker_b1"].id, world.posts[OFFICE].id
        appointments.appoint(session, colleague, post, from_on=world.today, actor=SETUP, at=world.at)
        session.add(Absence(
            account_id=world.accounts["worker_a1"].id, deputy_id=world.accounts["grid_secretary_a1"].id, from_on=world.today,
            to_on=world.today + timedelta(days=3), recorded_by=None, recorded_at=world.at,
        ))  # fmt: skip


def accuse(app: Flask, world: World, **more: Any) -> Accusation:
    """Register it, work on it, attach a paper to it; the office handles it."""
    with app.extensions["sessions"]() as session, db.transaction(session):
        office = world.actor(session, OFFICE)
        answers = {
            "text": WORDS, "area_id": world.areas["grid_a1"].id, "kind": "accusation", "name": NAME, "phone": "13900009999",
            "accused": [world.accounts[who].id for who in ACCUSED], "visitors": 3, **more,
        }  # fmt: skip
        taken = open_matter(session, "petition", answers, actor=office, at=world.at)
        file = store(session.info["files"], io.BytesIO(b"%PDF-1.4 letter"), "举报信.pdf", limit=1000)
        for step, data in (
            ("attach", {"file": file, "caption": "举报信"}), ("keep", {"kind": "accusation"}), ("accept_study", {"kind": "accusation", "people": 40}),
            ("flag_urgent", {"what": "材料可能被销毁"}), ("record_note", {"note": WORDS}),
        ):  # fmt: skip
            take(session, taken.case_id, step, data, actor=office, at=world.at)
    return Accusation(taken.case_id, taken.number)


def seen(answer: Any) -> tuple[int, str]:
    """An answer without what differs from one to the next by itself."""
    with answer:
        return answer.status_code, CHANGING.sub("", answer.get_data(as_text=True))


def pages(app: Flask, world: World, things: Things, client: Any) -> dict[str, tuple[int, str]]:  # noqa: F811
    """Every GET page there is, and some that are asked with a query."""
    urls = [url for _, url in addresses(app, world, things)]
    token = token_of(client.get("/cases/new/petition").text) if client.get("/cases/new/petition").status_code == 200 else ""
    said = {url: seen(client.post(url, data={"csrf_token": token, **data})) for url, data in SENT}
    return {url: seen(client.get(url)) for url in (*dict.fromkeys(urls), *ASKED)} | said


def addresses(app: Flask, world: World, things: Things) -> list[tuple[dict[str, Any], str]]:  # noqa: F811
    """Every GET route of the pages with its arguments filled in."""
    with app.test_request_context():
        rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and not rule.endpoint.startswith(("static", "api."))]
        build = app.url_map.bind("localhost").build
        return [(args, build(rule.endpoint, args)) for rule in rules for args in arguments(rule, things, world)]


@contextmanager
def reading(app: Flask) -> Iterator[Any]:
    with app.extensions["readings"]() as session:
        yield session


def test_the_accused_see_the_same_bytes_on_every_page(app, world, things, away):  # noqa: F811
    clients = {who: world.client(app, who) for who in WALKING}
    before = {who: pages(app, world, things, client) for who, client in clients.items()}
    assert all(before["secretary_a"][url][0] == 200 for url in (ASKED[0], *(url for url, _ in SENT)))
    accusation = accuse(app, world)
    unsteady = set()
    for who, client in clients.items():
        after = pages(app, world, things, client)
        changed = [url for url, answer in after.items() if answer != before[who][url]]
        assert not {*changed} & {*(url for url, _ in SENT), *ASKED}, who
        for url in changed:
            assert seen(client.get(url)) != seen(client.get(url)), (who, url)  # it changes by itself, or it tells
            unsteady.add(url)
        assert not [url for url, (_, text) in after.items() if HIDDEN in text]
    assert len(unsteady) <= 3, "pages that change by themselves prove nothing"
    assert HIDDEN in world.client(app, OFFICE).get(f"/cases/{accusation.id}").text  # it is there, for those who handle it


def test_its_own_addresses_answer_as_if_there_was_nothing(app, world, things, away):  # noqa: F811
    accusation = accuse(app, world)
    nothing = 987_654
    templates = {
        url: url.replace(f"/{args['case_id']}", "/{}", 1) for args, url in addresses(app, world, things) if "case_id" in args
    }
    for who in BARRED:
        client = world.client(app, who)
        for url in dict.fromkeys(templates.values()):
            (code, mine), (same, none) = (seen(client.get(url.format(id))) for id in (accusation.id, nothing))
            assert (code, mine.replace(url.format(accusation.id), "")) == (same, none.replace(url.format(nothing), "")), (who, url)
            assert code in (403, 404)
    office = world.client(app, OFFICE)
    assert office.get(f"/cases/{accusation.id}").status_code == 200


def test_programs_of_the_accused_get_the_same(app, world, away):
    programs = {who: Program(app, make_token(app, world, who)[1]) for who in ACCUSED}
    before = {(who, path): seen(program.get(path)) for who, program in programs.items() for path in API_ASKED}
    assert any(code == 200 for code, _ in before.values())
    accusation = accuse(app, world)
    for (who, path), answer in before.items():
        assert seen(programs[who].get(path)) == answer, (who, path)
    for who, program in programs.items():
        for path in ("/cases/{}", "/cases/{}/trail", "/cases/{}/deadlines", "/cases/{}/files", "/cases/{}/parties"):
            mine, none = program.get(path.format(accusation.id)), program.get(path.format(987_654))
            assert mine.status_code == none.status_code == 404, (who, path)


def told(session: Any, world: World) -> list[tuple[Any, ...]]:
    """Whatever was sent to anybody of those kept out, and to groups."""
    mine = [world.accounts[who].id for who in BARRED]
    notices = select(Notice.account_id, Notice.case_id, Notice.code, Notice.params).where(Notice.account_id.in_(mine))
    rows = [(a, c, code, sorted(params.items())) for a, c, code, params in session.execute(notices.order_by(Notice.id))]
    return [*rows, session.scalar(select(func.count()).select_from(Outgoing).where(Outgoing.account_id.in_(mine)))]


def test_nothing_is_told_to_them_by_notice_mail_digest_or_robot(app, settings, world, things, away):  # noqa: F811
    site = open_site(settings, app.extensions["engine"])
    monday = world.at + timedelta(days=7, hours=-1)

    def morning() -> list[tuple[Any, ...]]:
        with undone(site) as inside:
            digests.run(inside, monday)
            weekly.run(inside, monday)
            with inside.sessions() as session:
                return told(session, world)

    with reading(app) as session:
        noon = told(session, world)
    before = morning()
    assert before != noon, "no digest was written"
    accuse(app, world)
    with reading(app) as session:
        assert told(session, world) == noon
    assert morning() == before


def test_the_numbers_of_a_day_are_the_same(app, world, things):  # noqa: F811
    start = world.at.astimezone(ZONE).replace(hour=0)

    def numbers() -> Any:
        with reading(app) as session:
            return count_day(session, start, start + timedelta(days=1))

    before = numbers()
    accuse(app, world)
    assert numbers() == before


def test_scope_search_and_suggestions_in_every_role_and_as_deputy(app, world, away):
    accusation = accuse(app, world)
    with reading(app) as session:
        for who in BARRED:
            actor = world.actor(session, who)
            assert session.scalar(select(func.count()).select_from(Case).where(visible(actor), Case.id == accusation.id)) == 0, who
            assert accusation.id not in {one.id for one in similar_open(session, actor, "礼金", WORDS)}
        for who in (OFFICE, "district_petition_officer"):
            actor = world.actor(session, who)
            assert session.scalar(select(func.count()).select_from(Case).where(visible(actor), Case.id == accusation.id)) == 1, who


@pytest.mark.parametrize("who", BARRED)
def test_no_step_paper_or_request_is_theirs(app, world, away, who):
    accusation = accuse(app, world)
    with app.extensions["sessions"]() as session:
        actor = world.actor(session, who)
        for step, data in (("record_note", {"note": "我看看"}), ("attach", {}), ("isolate", {}), ("record_care", {"way": "visit", "what": "x"})):
            with pytest.raises((NotAllowed, NotFound)):
                take(session, accusation.id, step, data, actor=actor, at=world.at)
        with pytest.raises((NotAllowed, NotFound)):
            locked(session, accusation.id, actor)
        session.rollback()


def test_workbook_and_feed_hold_nothing_of_it(app, settings, world, away):
    site = open_site(settings, app.extensions["engine"])
    with app.extensions["sessions"]() as session, db.transaction(session):
        actor = world.actor(session, "secretary_a")
        feed = make_feed(session, titles=True, actor=actor, at=world.at)
        accused, office = (ask_export(session, {}, locale="en", actor=one, at=world.at).id for one in (actor, world.actor(session, OFFICE)))
    client = app.test_client()
    before = client.get(f"/feeds/{feed}.ics").get_data()
    assert before.startswith(b"BEGIN:VCALENDAR")
    accuse(app, world)
    assert client.get(f"/feeds/{feed}.ics").get_data() == before
    exports.run(site, world.at)
    with reading(app) as session:
        rows = dict(session.execute(select(Export.id, Export.done).where(Export.id.in_((accused, office)))).all())
    assert rows == {accused: 0, office: 1}


def test_the_lists_of_accused_ids_name_nobody_else(app, world):
    """Naming a place keeps out all who hold a post there, and nobody below or beside it."""
    accusation = accuse(app, world, accused=[], accused_area_id=world.areas["community_a"].id)
    with reading(app) as session:
        sees = {
            who for who in ("secretary_a", "head_a", "mediator_a", "street_secretary_a", OFFICE)
            if session.scalar(select(Case.id).where(visible(world.actor(session, who)), Case.id == accusation.id))
        }
    assert sees == {"street_secretary_a", OFFICE}


def test_a_post_given_up_leaves_the_person_kept_out(app, world):
    """He is kept out by his account, whatever post he holds later."""
    accusation = accuse(app, world)
    with reading(app) as session:
        later = world.actor(session, "secretary_a", on=date(2026, 3, 2))
        assert session.scalar(select(Case.id).where(visible(later), Case.id == accusation.id)) is None


def test_whoever_registered_and_led_it_loses_it_when_it_is_set_apart(app, world):
    """A claim that turns out to accuse the secretary who wrote it down, led it and was told of it."""
    with app.extensions["sessions"]() as session, db.transaction(session):
        area = world.areas["grid_a1"].id
        answers = {"text": WORDS, "area_id": area, "kind": "claim", "name": NAME, "visitors": 9}
        taken = open_matter(session, "petition", answers, actor=world.actor(session, "secretary_a"), at=world.at)
        office = world.actor(session, OFFICE)
        for step, data in (("keep", {"kind": "claim"}), ("accept", {"kind": "claim"}), ("isolate", {"accused": [world.accounts["secretary_a"].id]})):
            take(session, taken.case_id, step, data, actor=office, at=world.at)
    client = world.client(app, "secretary_a")
    for url in ("/desk", "/matters", f"/matters?q={taken.number}", "/matters?process=petition", "/board", "/notices", "/inbox"):
        said = client.get(url).get_data(as_text=True)
        assert f"/cases/{taken.case_id}" not in said and "收受物业" not in said, url
    assert client.get(f"/cases/{taken.case_id}").status_code == 404
    with reading(app) as session:
        assert session.get_one(Case, taken.case_id).lead_area_id == world.areas["street_a"].id
