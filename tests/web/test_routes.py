"""Every route the application has, asked by everybody: the outcome follows from the guard mark and casemgr.policy alone.

New routes join by themselves. A new kind of argument in an address needs a line in `arguments`; a page that asks for
more than sight of its case needs a line in BEYOND_SIGHT, in the words of casemgr.policy.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, render_template
from flask.testing import FlaskClient
from jinja2 import BaseLoader
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from casemgr import db, policy
from casemgr.models import Absence, Appointment, Attachment, Case, Export, Notice, ShiftNote, TeamMember
from casemgr.policy import ACTS, SETUP, Actor
from casemgr.queries.areas import load_paths
from casemgr.services.channels import connect_group, make_feed
from casemgr.services.cases import Seed, open_case, take_step
from casemgr.services.drafts import load_drafts
from casemgr.services.opening import opened_by_hand
from casemgr.services.fixed_units import fix
from casemgr.services.webhooks import add_webhook
from casemgr.services.tokens import create_token
from casemgr.web.access import OWN, PUBLIC, guard_of
from tests.samples import open_sample, opener_of
from tests.world import World, log_in, take_picture, token_of
from workflows import WORKFLOWS
from workflows.request import REQUEST_KINDS
from workflows.view import CaseView

ROOT = Path(__file__).parents[2]
PEOPLE = (
    "worker_a1", "worker_a2", "worker_c1", "grid_secretary_a1", "grid_secretary_c1",
    "mediator_a", "mediator_b", "mediator_c", "head_a", "head_b", "head_c", "secretary_a", "secretary_b", "secretary_c",
    "street_head_a", "street_head_b", "street_mediator_a", "street_mediator_b", "street_secretary_a", "street_secretary_b",
    "street_operator_a", "street_operator_b", "supervisor", "street_petition_officer_a", "district_petition_officer", "liaison_a", "liaison_works", "inspector_a", "former_inspector", "no_post",
    "system_admin", "security_admin", "audit_admin",
)  # fmt: skip
NOBODY = "nobody at all"
LIKE_ANOTHER = frozenset((  # of the same role as somebody else of the same standing towards the matters asked about: with --long
    "worker_a2", "grid_secretary_c1", "mediator_b", "head_c", "secretary_b", "street_head_b", "street_mediator_b", "street_secretary_b", "district_petition_officer",
))  # fmt: skip
OF_EVERY_ROLE = (
    "worker_a1", "worker_c1", "grid_secretary_a1", "mediator_a", "head_a", "secretary_a", "secretary_c", "street_secretary_a",
    "street_operator_a", "street_petition_officer_a", "supervisor", "liaison_a", "liaison_works", "inspector_a", "audit_admin",
)  # fmt: skip
ON_POSTGRESQL = ("worker_a1", "mediator_c", "secretary_a", "inspector_a", "no_post", "security_admin", NOBODY)  # is enough there
SPARE = "grid_secretary_d2"  # whose account is changed: none of PEOPLE
STEPS = ("accept", "record_fact", "record_contact", "suspend", "close")
ASKED_WITH_CHOICES = {  # templates that only a form with choices leads to, and the tests that fill it
    "board/decision.html": "test_board.py",
    "cases/beside/rooms.html": "test_sittings.py",
    "processes/call_rulings.html": "test_whistles.py",
    "desk/hand_over_approved.html": "test_desk.py",
    "desk/hand_over_done.html": "test_desk.py",
    "desk/hand_over_preview.html": "test_desk.py",
    "door/error.html": "test_residents_door.py",
    "door/matter.html": "test_residents_door.py",
    "door/receipt.html": "test_residents_door.py",
    "lists/done.html": "test_list_tools.py",
    "lists/together.html": "test_list_tools.py",
    "persons/file.html": "test_persons.py",
    "persons/parts.html": "test_persons.py",
    "persons/show.html": "test_persons.py",
}
FINE = {"GET": (200, 302, 422), "POST": (200, 302, 409, 422)}  # 422: not possible now, or an empty form
QUERIES = 45
WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass
class Things:
    """What addresses point at."""

    cases: dict[str, int] = field(default_factory=dict)  # process -> a case at grid a1
    party: int = 0
    person: int = 0
    file: int = 0
    notice: int = 0
    notice_of: int = 0
    export: int = 0
    export_of: int = 0
    account: int = 0
    feed: str = ""
    robot: int = 0
    webhook: int = 0
    fixed_unit: int = 0
    appointment: int = 0
    mandate: int = 0
    member: int = 0
    absence: int = 0
    note: int = 0
    api_token: int = 0


@dataclass(frozen=True, eq=False)
class Call:
    """One request to one route, with its arguments filled in."""

    method: str
    rule: Rule
    guard: str | None
    args: dict[str, Any]
    url: str

    @property
    def endpoint(self) -> str:
        return self.rule.endpoint

    @property
    def of_api(self) -> bool:
        """Asked by programs: tests/api/test_routes.py walks these with tokens."""
        return self.rule.endpoint.startswith("api.")


NOWHERE = frozenset(("disposal_id", "subject_id", "asked_id"))  # filled with what is not there: tests of their own walk them
# endpoint -> what casemgr.policy must say, beyond sight of the case; None stands for "there is no such page"
BEYOND_SIGHT: dict[str, Callable[[Actor, CaseView, dict[str, Any]], bool | None]] = {
    "steps.show": lambda actor, view, args: policy.may_take(actor, step_of(view, args), view),
    "steps.send": lambda actor, view, args: policy.may_take(actor, step_of(view, args), view),
    "steps.show_request": lambda actor, view, args: may_ask(actor, view, args),
    "steps.send_request": lambda actor, view, args: may_ask(actor, view, args),
    "agreements.write": lambda actor, view, args: policy.may_take(actor, WORKFLOWS["dispute"].step("agree_written"), view),
    "agreements.keep": lambda actor, view, args: policy.may_take(actor, WORKFLOWS["dispute"].step("agree_written"), view),
    "sealed.take": lambda actor, view, args: policy.may(actor, "papers", view),
    "kept.keep": lambda actor, view, args: policy.may_take(actor, step_of(view, args), view),
    "kept.afresh": lambda actor, view, args: policy.may_take(actor, step_of(view, args), view),
    "kept.keep_request": lambda actor, view, args: may_ask(actor, view, args),
    "kept.afresh_request": lambda actor, view, args: may_ask(actor, view, args),
    "history.send": lambda actor, view, args: policy.may_take(actor, WORKFLOWS["legacy"].step("record_history"), view),
    "papers.show": lambda actor, view, args: policy.may(actor, "papers", view),
    "papers.make": lambda actor, view, args: policy.may(actor, "papers", view),
    "papers.ask_signed": lambda actor, view, args: policy.may(actor, "papers", view),
    "papers.send_signed": lambda actor, view, args: policy.may(actor, "papers", view),
    "cases.ask_contact": lambda actor, view, args: policy.may(actor, "unmask", view),
    "cases.show_contact": lambda actor, view, args: policy.may(actor, "unmask", view),
    "door_staff.ask_code": lambda actor, view, args: policy.may(actor, "give_code", view),
    "door_staff.give_code": lambda actor, view, args: policy.may(actor, "give_code", view),
}
PROCESS = {"sorting": "incoming", "history": "legacy"}  # blueprint -> the process of the cases it shows; dispute where nothing is said


def step_of(view: CaseView, args: dict[str, Any]) -> Any:
    return WORKFLOWS[view.process].step(args["step"])


def may_ask(actor: Actor, view: CaseView, args: dict[str, Any]) -> bool | None:
    kind = step_of(view, args).request
    return not policy.roles_of(actor, view).isdisjoint(REQUEST_KINDS[kind].asked_by) if kind else None


@pytest.fixture
def things(app: Flask, world: World) -> Things:
    """A dispute with a party, a file and a notice, an incoming item, and what the spare account holds."""
    made = Things(account=world.accounts[SPARE].id)
    with app.extensions["sessions"]() as session, db.transaction(session):
        open_cases(session, world, made)
        made.appointment = session.scalars(
            sa.select(Appointment.id).where(Appointment.account_id == made.account)
        ).one()
        made.api_token = add_api_token(session, world)
        made.mandate = world.mandates["former_inspector"].id
        made.member = session.scalars(sa.select(sa.func.min(TeamMember.id))).one()
        notice = session.scalars(sa.select(Notice).where(Notice.account_id == world.accounts["head_a"].id)).first()
        assert notice
        made.notice, made.notice_of = notice.id, notice.account_id
        connect(session, world, made)
        made.export, made.export_of = add_export(session, world)
        made.absence, made.note = add_desk(session, world)
    return made


def open_cases(session: Session, world: World, made: Things) -> None:
    """The two cases at grid a1."""
    dispute = world.open_dispute(session, "worker_a1", "grid_a1", "楼上漏水到楼下，两家争执不下")
    made.cases["dispute"] = case_id = dispute.case_id
    take_step(
        session, case_id, "accept", actor=world.actor(session, "head_a"), at=world.at, data={"category": "0201"}
    )
    take_step(
        session, case_id, "add_party", actor=world.actor(session, "worker_a1"), at=world.at,
        data={"side": "applicant", "name": "周某", "phone": "13800005678"},
    )  # fmt: skip
    view = load_drafts(session, [case_id], lock=False)[case_id].view()
    made.party, made.person = view.parties[0].id, view.parties[0].person_id or 0
    made.file = add_file(session, case_id, world)
    area = world.areas["grid_a1"].id
    seed = Seed(area, data={"text": "小区路灯不亮", "area_id": area, "channel": "hotline"}, extra={"key": "hotline:test-1"})
    made.cases["legacy"] = open_sample(session, "legacy", world, world.actor(session, "street_operator_a")).case_id
    made.cases["incoming"] = open_case(session, "incoming", seed, actor=SETUP, at=world.at).case_id


def connect(session: Session, world: World, made: Things) -> None:
    """A calendar address, the robot of a group that nobody can reach, a webhook with what was told to it, a fixed unit."""
    by: Any = {"actor": SETUP, "at": world.at}
    street = world.areas["street_a"].id
    made.feed = make_feed(session, titles=False, actor=world.actor(session, "head_a"), at=world.at)
    base = "http://127.0.0.1:1/"
    made.robot = connect_group(
        session, street, "指挥中心群", "wecom", f"{base}12345678", "", ("urgent",), {"wecom": base}, **by
    ).id
    operator = world.actor(session, "street_operator_a")
    made.fixed_unit = fix(session, street, "fire", world.departments["housing"].id, actor=operator, at=world.at).id
    made.webhook = add_webhook(session, "大屏", f"{base}hook", street, (), (base.rstrip("/"),), **by)[0].id


def add_file(session: Session, case_id: int, world: World) -> int:
    folder: Path = session.info["files"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "note.txt").write_text("note", encoding="utf-8")
    row = Attachment(
        case_id=case_id, seq=1, name="note.txt", media_type="text/plain", size=4, sha256="0" * 64, stored="note.txt",
        uploaded_by=None, uploaded_at=world.at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def add_api_token(session: Session, world: World) -> int:
    """A token of the spare account."""
    actor, until = world.actor(session, SPARE), world.today
    made, _ = create_token(
        session, "spare", actor.posts[0].post_id, may_write=False, expires_on=until, actor=actor, at=world.at
    )
    return made.id


def add_export(session: Session, world: World) -> tuple[int, int]:
    """A workbook of grid worker a1, and whose it is."""
    folder = session.info["files"].parent / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "list.xlsx").write_bytes(b"PK")
    owner = world.accounts["worker_a1"].id
    row = Export(account_id=owner, asked_at=world.at, made_at=world.at, state="done", stored="list.xlsx")
    session.add(row)
    session.flush()
    return row.id, owner


def add_desk(session: Session, world: World) -> tuple[int, int]:
    """The spare account is away from now on; and a note of the sorting desk of street a."""
    away = Absence(
        account_id=world.accounts[SPARE].id, deputy_id=world.accounts["grid_secretary_d1"].id, from_on=world.today,
        to_on=world.today, recorded_by=None, recorded_at=world.at,
    )  # fmt: skip
    note = ShiftNote(
        area_id=world.areas["street_a"].id, text="夜班无异常", written_by=world.accounts["street_operator_a"].id, written_at=world.at
    )
    session.add_all([away, note])
    session.flush()
    return away.id, note.id


def arguments(rule: Rule, things: Things, world: World) -> Iterator[dict[str, Any]]:
    """What the arguments of a route are filled with: once, or once for every step."""
    known = {
        "case_id": things.cases[PROCESS.get(rule.endpoint.split(".")[0], "dispute")],
        "party_id": things.party,
        "file_id": things.file,
        "notice_id": things.notice,
        "export_id": things.export,
        "account_id": things.account,
        "appointment_id": things.appointment,
        "mandate_id": things.mandate,
        "area_id": world.areas["community_a"].id,
        "team_id": world.teams["neighbour_a"].id,
        "post_id": world.posts["head_a"].id,
        "department_id": world.departments["housing"].id,
        "member_id": things.member,
        "mode": "large_type",
        "absence_id": things.absence,
        "note_id": things.note,
        "person_id": things.person,
        "room_id": world.rooms["community_a"].id,
        "channel": "mail",
        "token": things.feed,
        "robot_id": things.robot,
        "webhook_id": things.webhook,
        "token_id": things.api_token,
        "source": "hotline",
        "external_number": "test-1",
        "act": "add",
        "fixed_id": things.fixed_unit,
        "disposal_id": 2_000_000_000,
        "subject_id": 2_000_000_000,
        "asked_id": 2_000_000_000,
    }
    wanted = rule.arguments - {"step", "process"}
    assert wanted <= known.keys(), f"{rule.rule}: say in `arguments` what stands for {sorted(wanted - known.keys())}"
    args = {name: known[name] for name in wanted}
    if "step" in rule.arguments:
        yield from ({**args, "step": step} for step in STEPS)
    elif "process" in rule.arguments:
        yield from ({**args, "process": process} for process in WORKFLOWS)
    else:
        yield args


def calls(app: Flask, things: Things, world: World, *, of: str = "") -> list[Call]:
    """Every route with every method, but for the static files; or those of one blueprint."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint == "static" or not rule.endpoint.startswith(of):
                continue
            for args in arguments(rule, things, world):
                url = app.url_map.bind("localhost").build(rule.endpoint, args)
                guard = guard_of(app, rule.endpoint)
                found += [Call(m, rule, guard, args, url) for m in sorted(rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"})]
    return found


def outcome(app: Flask, world: World, things: Things, who: str, call: Call) -> str:
    """What must come of it in a browser: "fine", "login", "401", "403" or "404"."""
    if call.guard == PUBLIC:
        return "fine"
    if call.of_api:
        return "401"
    if who == NOBODY:
        return "login"
    if call.guard == OWN:
        return "fine"
    with app.extensions["readings"]() as session:
        actor = world.actor(session, who)
        if not policy.may(actor, call.guard or ""):
            return "403"
        if "notice_id" in call.args and actor.account_id != things.notice_of:
            return "404"
        if "token_id" in call.args and call.guard == "work":
            return "404"  # somebody else's
        if "absence_id" in call.args:
            return "fine" if world.areas["street_b"].id in actor.areas("head", "secretary") else "403"
        if "note_id" in call.args:
            return "fine" if world.areas["street_a"].id in actor.areas(*ACTS["sort"]) else "404"
        if "export_id" in call.args and actor.account_id != things.export_of:
            return "404"
        if not NOWHERE.isdisjoint(call.args):
            return "404"
        if call.endpoint == "door_staff.poster":
            return "fine" if posters_reach(session, actor, call.args["area_id"]) else "404"
        if "process" in call.args:
            return of_opening(actor, call.args["process"])
        return of_case(session, actor, call) if "case_id" in call.args else "fine"


def posters_reach(session: Session, actor: Actor, area_id: int) -> bool:
    """Whether a community is above, at or below a place where the actor holds a post that prints posters."""
    mine = set(actor.areas(*ACTS["posters"]))
    paths = load_paths(session, {*mine, area_id})
    return any(area_id in {a for a, _ in paths[own]} or own in {a for a, _ in paths[area_id]} for own in mine)


def of_opening(actor: Actor, process: str) -> str:
    """What must come of asking for the page that opens a matter of a process."""
    if process not in {flow.name for flow in opened_by_hand()}:
        return "404"
    return "fine" if actor.has(*WORKFLOWS[process].opens.by) else "403"


def of_case(session: Session, actor: Actor, call: Call) -> str:
    """What must come of a request about a case."""
    case_id = call.args["case_id"]
    if session.scalar(sa.select(Case.id).where(Case.id == case_id, policy.visible(actor))) is None:
        return "404"
    beyond = BEYOND_SIGHT.get(call.endpoint)
    allowed = beyond(actor, load_drafts(session, [case_id], lock=False)[case_id].view(), call.args) if beyond else True
    return {True: "fine", False: "403", None: "404"}[allowed]


def judge(call: Call, answer: Any, expected: str) -> str | None:
    """What is wrong with an answer, or None."""
    status = answer.status_code
    right = {
        "fine": status in FINE[call.method],
        "login": status == 302 and answer.location.startswith("/login"),
        "401": status == 401,
        "403": status == 403,
        "404": status == 404,
    }[expected]
    return None if right else f"{call.method} {call.url}: {status}, not {expected}"


def arrive(app: Flask, world: World, who: str) -> tuple[FlaskClient, str]:
    """A browser and the token of its forms."""
    client = app.test_client()
    if who != NOBODY:
        assert log_in(client, who).status_code == 302
    return client, token_of(client.get("/login" if who == NOBODY else "/account").text)


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements sent to the database in the block."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement.lstrip())

    sa.event.listen(app.extensions["engine"], "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(app.extensions["engine"], "before_cursor_execute", note)


def test_every_route_carries_one_mark(app: Flask) -> None:
    wrong = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if guard_of(app, rule.endpoint) not in (PUBLIC, OWN, *ACTS)
    ]
    assert not wrong, f"nobody is let in here; mark it with guarded(act), own or public: {wrong}"


def test_the_people_hold_every_role_there_is(world: World, app: Flask) -> None:
    with app.extensions["readings"]() as session:
        held = {post.role for who in PEOPLE for post in world.actor(session, who).posts}
    assert held == set(world_roles(world))


def world_roles(world: World) -> set[str]:
    return {post.role for post in world.posts.values()}


@pytest.mark.parametrize(
    ("db_url", "who"),
    [
        *(pytest.param("sqlite", who, marks=pytest.mark.long if who in LIKE_ANOTHER else ()) for who in (*PEOPLE, NOBODY)),
        *(("postgresql", who) for who in ON_POSTGRESQL),
    ],
    indirect=["db_url"],
)
def test_everybody_gets_what_is_theirs_and_nothing_else(app: Flask, world: World, things: Things, who: str) -> None:
    client, token = arrive(app, world, who)
    wanted = [(call, outcome(app, world, things, who, call)) for call in calls(app, things, world)]
    with app.extensions["readings"]() as session:
        before = take_picture(session, world).rows
    faults = []
    for call, expected in wanted:
        if call.method == "GET" or expected != "fine":
            answer, more = ask(app, client, call, token)
            faults += [*more, judge(call, answer, expected)]
    with app.extensions["readings"]() as session:
        assert take_picture(session, world).rows == before, "something was written"
    assert not any(faults), "\n".join(filter(None, faults))


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("process", sorted(flow.name for flow in opened_by_hand()))
def test_every_process_is_open_to_whom_the_policy_says(app: Flask, world: World, process: str) -> None:
    """The page of a new matter, every step of its first state and a few others, for one person of every role."""
    with app.extensions["sessions"]() as session, db.transaction(session):
        actor = world.actor(session, opener_of(process)[0])
        case_id = open_sample(session, process, world, actor).case_id
    flow, faults = WORKFLOWS[process], []
    first = [step.name for step in flow.steps_from(flow.initial)]
    steps = dict.fromkeys((*first, *(step.name for step in flow.steps[::9])))
    for who in OF_EVERY_ROLE:
        client = world.client(app, who)
        for call in pages_of(app, case_id, steps):
            expected = outcome(app, world, Things(), who, call)
            faults.append(judge(call, client.get(call.url), expected))
    assert not any(faults), "\n".join(filter(None, faults))


def pages_of(app: Flask, case_id: int, steps: Iterable[str]) -> Iterator[Call]:
    """The pages of a case and of its steps."""
    args = [("cases.show", {"case_id": case_id}), *(("steps.show", {"case_id": case_id, "step": step}) for step in steps)]
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    for endpoint, given in args:
        url = app.url_map.bind("localhost").build(endpoint, given)
        yield Call("GET", rules[endpoint], guard_of(app, endpoint), given, url)


@pytest.mark.parametrize("who", ["head_a", "system_admin", "security_admin", NOBODY])
def test_no_form_is_taken_without_its_token(app: Flask, world: World, things: Things, who: str) -> None:
    client, _ = arrive(app, world, who)
    with app.extensions["readings"]() as session:
        before = take_picture(session, world).rows
    sent = [call for call in calls(app, things, world) if call.method != "GET" and not call.of_api]
    refused = {call: (302, 422) if call.endpoint.startswith("door.") else (400,) for call in sent}  # the door has tokens of its own
    wrong = [call.url for call in sent if client.open(call.url, method=call.method).status_code not in refused[call]]
    with app.extensions["readings"]() as session:
        assert take_picture(session, world).rows == before
    assert sent
    assert not wrong


def ask(app: Flask, client: FlaskClient, call: Call, token: str) -> tuple[Any, list[str]]:
    """The answer, and what is wrong with how it was made: a GET writes nothing and needs few queries."""
    data = None if call.method == "GET" else {"csrf_token": token}
    with statements(app) as sent, client.open(call.url, method=call.method, data=data) as answer:
        answer.get_data()
    faults = []
    if call.method == "GET":
        faults += [f"GET {call.url} writes: {sql[:80]}" for sql in sent if sql.startswith(WRITES)]
        if len(sent) > QUERIES:
            faults.append(f"GET {call.url}: {len(sent)} queries")
    return answer, faults


@pytest.mark.parametrize("who", ["worker_a1", "head_a", "street_operator_a", "secretary_a", "inspector_a", "system_admin", "security_admin", "audit_admin", NOBODY])
def test_whoever_may_send_a_form_gets_an_answer_to_it(app: Flask, world: World, things: Things, who: str) -> None:
    answers = dict(sent_by(app, world, things, who, [c for c in calls(app, things, world) if c.method != "GET"]))
    assert answers
    faults = [judge(call, answer, "fine") for call, answer in answers.items()]
    assert not any(faults), "\n".join(filter(None, faults))


def sent_by(app: Flask, world: World, things: Things, who: str, wanted: list[Call]) -> Iterator[tuple[Call, Any]]:
    """The calls that are theirs, with the answers; one that may end the log-in is followed by a new log-in."""
    client, token = arrive(app, world, who)
    for call in wanted:
        if outcome(app, world, things, who, call) == "fine":
            yield call, ask(app, client, call, token)[0]
            if call.method != "GET" and call.guard in (OWN, PUBLIC):
                client, token = arrive(app, world, who)


def test_unknown_and_unseen_look_the_same(app: Flask, world: World, things: Things) -> None:
    client, _ = arrive(app, world, "worker_c1")
    unseen = client.get(f"/cases/{things.cases['dispute']}")
    unknown = client.get("/cases/999999")
    assert unseen.status_code == unknown.status_code == 404
    assert bare(unseen) == bare(unknown)


def bare(answer: Any) -> str:
    """The content of a page without the number of the request."""
    content: str = answer.text.split("<main")[1].split("</main")[0]
    return content.replace(answer.headers["X-Request-ID"], "")


class Watching(BaseLoader):
    """The application's loader, keeping the names of the templates it was asked for."""

    def __init__(self, loader: Any) -> None:
        self.loader, self.names = loader, set()

    def get_source(self, environment: Any, template: str) -> Any:
        self.names.add(template)
        return self.loader.get_source(environment, template)


def see_every_process(app: Flask, world: World) -> None:
    """Look at a matter of every process, and at the calls of a whistle as a department does."""
    with app.extensions["sessions"]() as session, db.transaction(session):
        for flow in opened_by_hand():
            who = opener_of(flow.name)[0]
            case_id = open_sample(session, flow.name, world, world.actor(session, who)).case_id
            calls = session.scalars(sa.select(Case.id).where(Case.parent_id == case_id)).all()
            seen = [(who, case_id), *(("liaison_a", id) for id in calls)]
            session.commit()
            for looking, id in seen:
                assert world.client(app, looking).get(f"/cases/{id}").status_code == 200, flow.name


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_every_template_is_rendered(app: Flask, world: World, things: Things) -> None:
    app.jinja_env.loader = watching = Watching(app.jinja_env.loader)
    for who in (NOBODY, "no_post", "worker_a1", "head_a", "street_operator_a", "secretary_a", "system_admin", "security_admin", "audit_admin"):
        for call, answer in sent_by(app, world, things, who, calls(app, things, world)):
            assert answer.status_code < 500, call.url
    see_every_process(app, world)
    templates = {path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.html")}
    with app.test_request_context():
        for name in sorted(templates):
            if name.startswith("errors/"):
                assert render_template(name, title="x", text="x", reasons=["x"], changes=[], request_id="x")
    assert all((Path(__file__).parent / name).exists() for name in ASKED_WITH_CHOICES.values())
    assert templates - watching.names == ASKED_WITH_CHOICES.keys()
