"""Every operation of the API, asked by a program of everybody: the outcome follows from the guard mark and casemgr.policy alone.

New operations join by themselves, as in tests/web/test_routes.py, whose things they are asked about.
"""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from casemgr import policy
from casemgr.api.files import ATTACH
from casemgr.errors import Invalid
from casemgr.models import Case
from casemgr.policy import Actor
from casemgr.services.drafts import load_drafts
from casemgr.web.access import PUBLIC
from tests.api.programs import Program, make_token
from tests.web.test_routes import QUERIES, WRITES, Call, Things, calls, may_ask, statements, step_of
from tests.web.test_routes import things as things  # a fixture
from tests.world import World, take_picture
from workflows import WORKFLOWS
from workflows.roles import ADMINS

PEOPLE = (
    "worker_a1", "worker_c1", "mediator_a", "head_a", "secretary_a", "street_operator_a", "street_operator_b", "liaison_a",
)  # fmt: skip
NOBODY = "nobody at all"
FINE = {"GET": (200,), "POST": (200, 201, 400, 409, 415, 422, 428)}  # the forms sent here are empty
BODIES = {"api.show_contact": {"reason": "要回电"}}
COUNTS = {"api_tokens"}  # counts the requests of a minute


def allowed(actor: Actor, call: Call, view: Any) -> bool | None:
    """What casemgr.policy says beyond sight of the case; None stands for "there is no such step"."""
    if call.endpoint in ("api.take_step", "api.ask_for_step"):
        asks = bool(step_of(view, call.args).request)
        if asks != (call.endpoint == "api.ask_for_step"):
            return None
        return may_ask(actor, view, call.args) if asks else policy.may_take(actor, step_of(view, call.args), view)
    if call.endpoint == "api.attach_file":
        return policy.may_take(actor, WORKFLOWS["dispute"].step(ATTACH.name), view)
    return policy.may(actor, "unmask", view) if call.endpoint == "api.show_contact" else True


def outcome(app: Flask, world: World, things: Things, who: str, call: Call) -> int:
    """The status that must come of it; 200 for whatever is theirs."""
    if call.guard == PUBLIC:
        return 200
    if who == NOBODY:
        return 401
    with app.extensions["readings"]() as session:
        actor = world.actor(session, who)
        if not policy.may(actor, call.guard or ""):
            return 403
        case_id = things.cases["incoming"] if "external_number" in call.args else call.args.get("case_id")
        if case_id is None:
            return 200
        if session.scalar(sa.select(Case.id).where(Case.id == case_id, policy.visible(actor))) is None:
            return 404
        view = load_drafts(session, [case_id], lock=False)[case_id].view()
        return {True: 200, False: 403, None: 404}[allowed(actor, call, view)]


def operations(app: Flask, things: Things, world: World) -> list[Call]:
    """Every operation, with its arguments filled in."""
    return calls(app, things, world, of="api.")


def picture(app: Flask, world: World) -> Any:
    """All rows but the counts of the tokens."""
    with app.extensions["readings"]() as session:
        return {name: rows for name, rows in take_picture(session, world).rows.items() if name not in COUNTS}


def send(program: Program, call: Call) -> Any:
    path = call.url.removeprefix("/api/v1")
    return program.get(path) if call.method == "GET" else program.post(path, BODIES.get(call.endpoint, {}))


@pytest.mark.parametrize(
    ("db_url", "who"),
    [*(("sqlite", who) for who in (*PEOPLE, NOBODY)), ("postgresql", "mediator_a")],
    indirect=["db_url"],
)
def test_a_program_gets_what_is_its_posts_and_nothing_else(app: Flask, world: World, things: Things, who: str) -> None:
    program = Program(app, "" if who == NOBODY else make_token(app, world, who)[1])
    before, faults = picture(app, world), []
    for call in operations(app, things, world):
        expected = outcome(app, world, things, who, call)
        if call.method != "GET" and expected == 200:
            continue
        with statements(app) as sent, send(program, call) as answer:
            answer.get_data()
        faults += [f"{call.method} {call.url} writes: {sql}" for sql in sent if sql.startswith(WRITES) and "api_tokens" not in sql]
        faults += [f"{call.url}: {len(sent)} queries"] if call.method == "GET" and len(sent) > QUERIES else []
        if answer.status_code not in (FINE["GET"] if expected == 200 else (expected,)):
            faults.append(f"{call.method} {call.url}: {answer.status_code}, not {expected}")
    assert picture(app, world) == before, "something was written"
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("who", ["head_a", "street_operator_a"])
def test_whatever_is_theirs_answers_an_empty_body(app: Flask, world: World, things: Things, who: str) -> None:
    program = Program(app, make_token(app, world, who)[1])
    sent = [c for c in operations(app, things, world) if c.method != "GET" and outcome(app, world, things, who, c) == 200]
    assert sent
    answers = {call.url: send(program, call).status_code for call in sent}
    assert not {url: status for url, status in answers.items() if status not in FINE["POST"]}


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_a_token_that_may_only_read_changes_nothing(app: Flask, world: World, things: Things) -> None:
    program = Program(app, make_token(app, world, "head_a", may_write=False)[1])
    before = picture(app, world)
    sent = [call for call in operations(app, things, world) if call.method != "GET"]
    assert {(send(program, c).status_code, send(program, c).json["code"]) for c in sent} == {(403, "read_only_token")}
    assert picture(app, world) == before


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_unknown_and_unseen_answer_alike(app: Flask, world: World, things: Things) -> None:
    program = Program(app, make_token(app, world, "worker_c1")[1])
    unseen, unknown = (program.get(f"/cases/{id}").json for id in (things.cases["dispute"], 999_999))
    assert unseen.pop("request_id") != unknown.pop("request_id")
    assert unseen == unknown


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_administrators_have_no_token(app: Flask, world: World) -> None:
    for who in ADMINS:
        with pytest.raises(Invalid) as caught:
            make_token(app, world, who)
        assert list(caught.value.fields) == ["post"]
