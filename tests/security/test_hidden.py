"""The route-and-role matrix seen from the side of what is hidden: whoever may not know of a matter asks every route for it and
for what belongs to it, swaps its ids into addresses, queries, forms and JSON of his own matters, searches, counts, exports and
reads his notices; no answer carries its sign, no answer tells it from a matter that is not there, and nothing is written to it.

New routes and new fields join by themselves. `--long` walks every person and every field.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from casemgr import db
from casemgr.documents.calendar_feed import write_calendar
from casemgr.jobs import exports
from casemgr.jobs.site import Site
from casemgr.models import Account, Case, Event, Export, Notice
from casemgr.queries.my_deadlines import load_my_deadlines
from casemgr.services.exports import ask_export
from tests.api.programs import Program, make_token
from tests.security.hidden import ASKED, KINDS, Hidden, leaks, plant
from tests.web.test_routes import PEOPLE, Things, arguments, things  # noqa: F401  a fixture
from tests.world import World, token_of
from workflows import WORKFLOWS

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
FAST = {"worker_a1": ("accusation",), "street_operator_b": ("confidential",), "liaison_works": ("other_street",)}  # who -> what is tried on each route


def walked(*fast: str) -> list[Any]:
    """A few people in one go; with --long everybody else, each alone."""
    return [fast, *(pytest.param((who,), marks=pytest.mark.long, id=who) for who in PEOPLE if who not in fast)]


NOTHING = 987_654_321
LISTS = (
    f"/matters?q={ASKED}&status=all", "/matters?status=all", "/matters?status=all&process=petition", "/matters?tier=red&status=all", "/matters?joint=1",
    f"/matters/together?q={ASKED}", "/matters?status=closed&order=registered", "/board", "/board/rates", "/desk", "/register", "/joint", "/sorting", "/whistles", "/notices", "/desk/hand-over",
    "/matters/exports", f"/teams?q={ASKED}", f"/accounts?q={ASKED}", "/trail", "/ties", "/rooms",
)  # fmt: skip
SUGGESTED = (("/cases/new/hints", {"text": f"{ASKED}两家争执不下"}), ("/cases/new/people", {"name": ASKED}))
NAMING = (  # fields of forms that name rows
    "case", "case_id", "parent", "known", "into", "with", "on", "like", "pair", "item", "request", "first", "next", "party", "parties", "person", "account", "accounts",
    "to", "handler", "holder", "team", "area", "area_id", "department", "departments", "room", "file", "file_kept", "photo_kept", "photos_kept", "notice", "paper", "view",
)  # fmt: skip
BENT = re.compile(r"[\w-]{20,}\.[\w-]{4,}\.[\w-]{20,}|\b[0-9a-f]{16}\b")  # tokens, and the id of a request


@pytest.fixture
def hidden(app: Flask, world: World, things: Things) -> Hidden:  # noqa: F811
    with app.extensions["sessions"]() as session, db.transaction(session):
        return plant(session, world)


@pytest.fixture
def unseen(app: Flask, world: World, hidden: Hidden) -> Any:
    def of(who: str) -> dict[int, str]:
        with app.extensions["readings"]() as session:
            return hidden.unseen(session, world.actor(session, who))

    return of


def plain(answer: Any) -> tuple[int, str]:
    """An answer without what differs by itself."""
    with answer:
        return answer.status_code, BENT.sub("", answer.get_data(as_text=True))


def routes(app: Flask, method: str) -> list[Any]:
    return [rule for rule in app.url_map.iter_rules() if method in rule.methods and not rule.endpoint.startswith(("static", "api.", "door."))]


def addresses(app: Flask, world: World, own: Things, method: str, belongs: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Every route that names a row, once with the ids of a hidden matter, once with ids of nothing: (address, its twin)."""
    with app.test_request_context():
        build = app.url_map.bind("localhost").build
        for rule in routes(app, method):
            for args in arguments(rule, own, world):
                swapped = {name: belongs[name] for name in args if name in belongs}
                for names in ({*swapped}, {*swapped} - {"case_id"}):
                    if names:
                        twin = dict.fromkeys(names, NOTHING)
                        yield build(rule.endpoint, args | {n: swapped[n] for n in names}), build(rule.endpoint, args | twin)
                if "step" in args:
                    break  # one step is enough: what is out of sight has none


def traces(app: Flask, ids: list[int]) -> Any:
    """What could be changed about hidden matters."""
    with app.extensions["readings"]() as session:
        rows = session.execute(select(Case.id, Case.version, Case.state, Case.parent_id, Case.trail_hash).where(Case.id.in_(ids)).order_by(Case.id)).all()
        events = session.execute(select(Event.stream_id, Event.seq).where(Event.stream == "case", Event.stream_id.in_(ids)).order_by(Event.stream_id, Event.seq)).all()
        return rows, events


@pytest.mark.parametrize("people", walked(*FAST), ids=str)
def test_what_is_hidden_answers_like_what_is_not_there(app, world, things, hidden, unseen, people):  # noqa: F811
    """Ids enumerated and swapped in the addresses of every GET and POST route."""
    wrong: list[str] = []
    for who in people:
        mine, client = unseen(who), world.client(app, who)
        token = token_of(client.get("/account").text)
        before, of_nothing = traces(app, list(mine)), {}
        for case_id in [hidden.cases[kind] for kind in FAST.get(who, KINDS) if hidden.cases[kind] in mine]:
            belongs = {"case_id": case_id, **hidden.belongs.get(case_id, {})}
            for method in ("GET", "POST"):
                for url, twin in dict(addresses(app, world, things, method, belongs)).items():
                    code, text = asked(client, method, url, token)
                    if (method, twin) not in of_nothing:
                        of_nothing[method, twin] = asked(client, method, twin, token)
                    same, nothing = of_nothing[method, twin]
                    if code == same and text.replace(url, "") != nothing.replace(twin, ""):  # what was flashed before, or more?
                        (code, text), (same, nothing) = asked(client, method, url, token), asked(client, method, twin, token)
                    if list(leaks(text, mine)) or code != same or (code != 200 and text.replace(url, "") != nothing.replace(twin, "")):
                        wrong.append(f"{who}: {method} {url}: {code}, of nothing {same}, tells of {list(leaks(text, mine))}")
        assert traces(app, list(mine)) == before, who
    assert not wrong, "\n".join(wrong[:20])


def asked(client: Any, method: str, url: str, token: str) -> tuple[int, str]:
    """The answer to a page or to a form with a few words in it."""
    return plain(client.open(url, method=method, data={"csrf_token": token, "reason": "看看"} if method == "POST" else None))


@pytest.mark.parametrize("people", walked("worker_a1", "street_operator_b"), ids=str)
def test_lists_counts_searches_and_suggestions_do_not_tell(app, world, hidden, unseen, people):
    wrong = [fault for who in people for fault in told_by_lists(app, world, unseen(who), who)]
    assert not wrong, "\n".join(wrong)


def told_by_lists(app: Flask, world: World, mine: dict[int, str], who: str) -> list[str]:
    """What the pages that show many, and the errors about one, tell of what is hidden."""
    client, wrong = world.client(app, who), []
    for url in LISTS:
        wrong += [f"{url}: tells of {id}" for id in leaks(client.get(url, follow_redirects=True).text, mine)]
    page = client.get("/cases/new")
    token = token_of(page.text) if page.status_code == 200 else token_of(client.get("/account").text)
    for url, data in SUGGESTED:
        wrong += [f"{url}: tells of {id}" for id in leaks(client.post(url, data={"csrf_token": token, **data}).text, mine)]
    with app.extensions["readings"]() as session:
        numbers = dict(session.execute(select(Case.id, Case.number).where(Case.id.in_(list(mine)))).all())
    for id, number in list(numbers.items())[:3]:
        answer = client.get(f"/matters?q={number}&status=all", follow_redirects=True)
        wrong += [f"search for {number}: tells of {told}" for told in leaks(answer.text, mine)]
        wrong += [f"search for {number}: leads to it"] if f"/cases/{id}" in answer.text else []
    for case_id in list(mine)[:3]:
        for url, data in (("/joint", {"said": "same", "pair": f"{case_id}-{case_id}"}), (f"/joint/{case_id}/speak", {}), (f"/cases/{case_id}/papers", {"paper": "cover:0", "medium": "word"})):
            answer = client.post(url, data={"csrf_token": token, **data}, follow_redirects=True)
            wrong += [f"{url}: tells of {id}" for id in leaks(answer.text, mine)] + ([f"{url}: {answer.status_code}"] if answer.status_code >= 500 else [])
    return wrong


@pytest.mark.parametrize("who", ["worker_a1", *(pytest.param(who, marks=pytest.mark.long) for who in ("head_b", "liaison_a", "secretary_a", "street_operator_b", "inspector_a"))])
def test_hidden_ids_in_the_fields_of_ones_own_forms_do_nothing(app, world, things, hidden, unseen, who):  # noqa: F811
    """Every field that names a row, in every form of a step of one's own matter and of opening another."""
    mine, client = unseen(who), world.client(app, who)
    token = token_of(client.get("/account").text)
    before, wrong = traces(app, list(mine)), []
    flow, own = WORKFLOWS["dispute"], things.cases["dispute"]
    urls = [f"/cases/{own}/steps/{step.name}" for step in flow.steps] + [f"/cases/{own}/papers", "/cases/new", "/joint", "/sorting/accept", "/matters/together", "/desk/hand-over", "/board/decide", f"/cases/{own}/tie"]
    kinds = [hidden.cases["accusation"]] if who == "worker_a1" else list(mine)
    for case_id in kinds:
        belongs = hidden.belongs.get(case_id, {})
        values = {name: str(belongs.get(f"{name.removesuffix('_kept')}_id", case_id)) for name in NAMING} | {"pair": f"{case_id}-{own}", "known": str(case_id)}
        for url in urls:
            answer = client.post(url, data={"csrf_token": token, "reason": "看看", "text": "看看有什么", "why": "看看", "said": "same", "result": "help", **values})
            assert answer.status_code < 500, url
            wrong += [f"POST {url}: tells of {id}" for id in leaks(answer.text, mine)]
    wrong += [f"one's own matter tells of {id}" for url in (f"/cases/{own}", f"/cases/{own}/record", "/desk") for id in leaks(client.get(url).text, mine)]
    assert not wrong, "\n".join(wrong)
    assert traces(app, list(mine)) == before


@pytest.mark.parametrize("who", ["worker_a1", *(pytest.param(who, marks=pytest.mark.long) for who in ("head_b", "liaison_a", "street_operator_b"))])
def test_programs_cannot_reach_it_by_path_query_or_body(app, world, things, hidden, unseen, who):  # noqa: F811
    mine, program, wrong = unseen(who), Program(app, make_token(app, world, who)[1]), []
    before = traces(app, list(mine))
    paths = ("/cases", f"/cases?q={ASKED}", "/cases?status=all", "/cases?process=petition", "/board", "/areas", "/me")
    answers = [(path, program.get(path)) for path in paths]
    answers.append(("/alike", program.post("/alike", {"text": f"{ASKED}两家争执不下", "area_id": world.areas["grid_a1"].id})))
    for case_id in mine:
        belongs = hidden.belongs.get(case_id, {})
        for tail in ("", "/trail", "/deadlines", "/files", "/parties", "/steps", "/facts", "/ledger", "/joint", f"/files/{belongs.get('file_id', 1)}"):
            code = program.get(f"/cases/{case_id}{tail}").status_code
            wrong += [f"/cases/{case_id}{tail}: {code}"] if code != 404 else []
        own = things.cases["dispute"]
        answers += [
            (f"own file {case_id}", program.get(f"/cases/{own}/files/{belongs.get('file_id', NOTHING)}")),
            (f"unmask {case_id}", program.post(f"/cases/{own}/parties/{belongs.get('party_id', NOTHING)}/unmask", {"reason": "看看"})),
            (f"step {case_id}", program.post(f"/cases/{case_id}/steps/record_note", {"note": "x"}, If_Match="*")),
            (f"parent {case_id}", program.post("/cases", {"process": "dispute", "answers": {"text": "看看有什么看看", "area_id": world.areas["grid_a1"].id}, "on": case_id})),
        ]  # fmt: skip
    for about, answer in answers:
        assert answer.status_code < 500, about
        wrong += [f"{about}: {answer.status_code}, tells of {id}" for id in leaks(answer.get_data(as_text=True), mine)]
        wrong += [f"{about}: {answer.status_code}"] if about.startswith(("own file", "unmask", "step")) and answer.status_code not in (403, 404) else []
    assert not wrong, "\n".join(wrong)
    assert traces(app, list(mine)) == before


@pytest.mark.parametrize("who", ["worker_a1", *(pytest.param(who, marks=pytest.mark.long) for who in PEOPLE if who != "worker_a1")])
def test_exports_calendars_and_notices_hold_nothing_of_it(app, settings, world, hidden, unseen, who):
    mine = unseen(who)
    with app.extensions["sessions"]() as session, db.transaction(session):
        actor = world.actor(session, who)
        for query in ({}, {"status": "all"}, {"q": ASKED, "status": "all"}):
            ask_export(session, query, actor=actor, at=world.at, locale="zh_Hans")
        for notice in session.scalars(select(Notice).where(Notice.account_id == actor.account_id)):
            assert notice.case_id not in mine, notice.code
    extensions = app.extensions
    exports.run(Site(extensions["engine"], extensions["sessions"], extensions["readings"], settings, "here"), world.at)
    with app.extensions["readings"]() as session:
        made = session.scalars(select(Export).where(Export.account_id == world.accounts[who].id, Export.state == "done")).all()
        calendar = write_calendar(load_my_deadlines(session, world.actor(session, who)), name="x", titles=True, zone="Asia/Shanghai", base_url="http://x", say=str)
        assert session.get(Account, world.accounts[who].id)
    written = [content_of((settings.exports_dir / str(one.stored)).read_bytes()) for one in made if one.stored and one.stored != "list.xlsx"]
    assert not [id for text in (*written, calendar.decode()) for id in leaks(text, mine)]


def content_of(raw: bytes) -> str:
    """All text of a workbook."""
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


def test_every_kind_of_secrecy_is_planted_and_seen_by_somebody(app, world, hidden):
    """The signs would be found: whoever may see a matter finds its sign by the same search."""
    assert hidden.cases.keys() == {*KINDS}
    for who, kind in (("head_c", "other_street"), ("head_b", "confidential"), ("street_petition_officer_a", "accusation"), ("head_d", "known"), ("head_c", "parent")):
        sign = hidden.signs[hidden.cases[kind]]
        assert sign in world.client(app, who).get(f"/matters?q={ASKED}&status=all").text, (who, kind)
        assert sign in world.client(app, who).get(f"/cases/{hidden.cases[kind]}").text, (who, kind)
