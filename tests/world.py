"""The invented street of the tests: two streets, each with two communities of two grids, and everybody who works there.

`world` gives the rows by name; `world.client(app, "head_a")` is a browser that has logged in. Nobody here is real.
Names: streets a, b; communities a, b (street a), c, d (street b); grids a1, a2, b1 … d2.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.db import Base
from casemgr.models import Account, Area, Department, Mandate, Post, Room, TallyMark, Team, TeamMember
from casemgr.policy import SETUP, Actor
from casemgr.queries.actors import load_actor
from casemgr.services import accounts, appointments, passwords, rooms, structure
from casemgr.services.cases import Seed, Taken, open_case
from workflows.guards import local_date

PASSWORD = "Quiet-Street-7"
TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')
STREETS = {"a": ("青石街道", "500199001"), "b": ("白沙街道", "500199002")}
COMMUNITIES = {"a": "a", "b": "a", "c": "b", "d": "b"}  # community -> street
NAMES = {"a": "槐荫社区", "b": "梧桐社区", "c": "沙井社区", "d": "渡口社区"}


@dataclass
class World:
    """The rows of the street by name, and who may log in with PASSWORD."""

    at: datetime
    areas: dict[str, Area] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    mandates: dict[str, Mandate] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The local date on which it was made."""
        return local_date(self.at)

    def actor(self, session: Session, who: str, on: date | None = None) -> Actor:
        """An account as an actor, by its login."""
        actor = load_actor(session, self.accounts[who].id, on or self.today)
        assert actor is not None, who
        return actor

    def open_dispute(
        self, session: Session, who: str, grid: str, text: str, *, at: datetime | None = None,
        facts: dict[str, Any] | None = None, **data: Any,
    ) -> Taken:  # fmt: skip
        """Open a dispute at a grid through the door, not committed."""
        area = self.areas[grid].id
        answers = {"text": text, "area_id": area, "channel": "grid", **data}
        return open_case(
            session, "dispute", Seed(area, data=answers, facts=facts or {}),
            actor=self.actor(session, who), at=at or self.at,
        )  # fmt: skip

    def client(self, app: Flask, who: str) -> FlaskClient:
        """A browser logged in as that login, through the page."""
        client = app.test_client()
        answer = log_in(client, who)
        assert answer.status_code == 302, answer.text
        return client


def token_of(page: str) -> str:
    """The token of the first form of a page."""
    found = TOKEN.search(page)
    assert found, "no form with a token on this page"
    return found[1]


def log_in(client: FlaskClient, who: str, password: str = PASSWORD) -> Any:
    """Send the log-in form; the answer."""
    token = token_of(client.get("/login").text)
    return client.post("/login", data={"login": who, "secret": password, "csrf_token": token})


def build(session: Session, rules: passwords.PasswordRules, at: datetime) -> World:
    """Make the street in an empty database; to be committed by the caller."""
    world = World(at)
    add_places(session, world)
    add_teams(session, world)
    add_people(session, world, rules)
    return world


def add_places(session: Session, world: World) -> None:
    """District, streets, communities, grids; the committees and departments."""
    by: Any = {"actor": SETUP, "at": world.at}
    areas = world.areas
    areas["district"] = structure.add_area(session, "500199", "试验区", "district", None, **by)
    for key, (name, code) in STREETS.items():
        street = areas[f"street_{key}"] = structure.add_area(session, code, name, "street", areas["district"], **by)
        structure.add_committee(session, street, f"{name}人民调解委员会", name[:2], **by)
    for number, (key, street_key) in enumerate(COMMUNITIES.items(), start=1):
        street = areas[f"street_{street_key}"]
        community = structure.add_area(session, f"{street.code}{number:03}", NAMES[key], "community", street, **by)
        areas[f"community_{key}"] = community
        structure.add_committee(session, community, f"{NAMES[key]}人民调解委员会", NAMES[key][:2], **by)
        for n in (1, 2):
            grid = structure.add_area(session, f"{community.code}{n:03}", f"{NAMES[key][:2]}{n}网格", "grid", community, **by)
            areas[f"grid_{key}{n}"] = grid
    for key in ("community_a", "street_a", "community_c"):
        world.rooms[key] = rooms.add_room(session, areas[key].id, f"{areas[key].name}调解室", place="一楼", **by)
    for key, name, at in (("housing", "房管所", "street_a"), ("works", "城管所", "street_a"), ("bureau", "试验区住建局", "district")):
        world.departments[key] = structure.add_department(session, key.upper(), name, areas[at], **by)


def add_teams(session: Session, world: World) -> None:
    """In each street a team for neighbours' disputes, and the general one."""
    by: Any = {"actor": SETUP, "at": world.at}
    for key in STREETS:
        street = world.areas[f"street_{key}"]
        world.teams[f"neighbour_{key}"] = structure.add_team(session, street, "neighbour", "邻里纠纷调解队", ("02", "0302"), **by)
        world.teams[f"general_{key}"] = structure.add_team(session, street, "general", "综合调解队", **by)


def add_people(session: Session, world: World, rules: passwords.PasswordRules) -> None:
    """Every role in both streets, the administrators, an inspector with and one without a mandate, one without a post."""
    for key in COMMUNITIES:
        for n in (1, 2):
            person(session, world, rules, f"worker_{key}{n}", "grid_worker", area_id=world.areas[f"grid_{key}{n}"].id)
            person(session, world, rules, f"grid_secretary_{key}{n}", "secretary", area_id=world.areas[f"grid_{key}{n}"].id)
        community = world.areas[f"community_{key}"].id
        for role in ("head", "mediator", "secretary"):
            person(session, world, rules, f"{role}_{key}", role, area_id=community)
    for key in STREETS:
        street = world.areas[f"street_{key}"].id
        for role in ("head", "mediator", "secretary", "operator", "petition_officer"):
            person(session, world, rules, f"street_{role}_{key}", role, area_id=street)
        team_members(session, world, key)
    person(session, world, rules, "supervisor", "supervisor", area_id=world.areas["district"].id)
    person(session, world, rules, "district_petition_officer", "petition_officer", area_id=world.areas["district"].id)
    for login, department in (("liaison_a", "housing"), ("liaison_works", "works"), ("liaison_bureau", "bureau")):
        person(session, world, rules, login, "liaison", department_id=world.departments[department].id)
    for role in ("system_admin", "security_admin", "audit_admin"):
        person(session, world, rules, role, role, area_id=world.areas["district"].id)
    for login in ("inspector_a", "former_inspector", "no_post"):
        account(session, world, rules, login)
    mandate(session, world, "inspector_a", "street_a", -1, 30)
    mandate(session, world, "former_inspector", "street_a", -60, -30)


def team_members(session: Session, world: World, key: str) -> None:
    """The mediators of a street and of its communities are on its teams."""
    logins = [f"street_mediator_{key}", *(f"mediator_{c}" for c, street in COMMUNITIES.items() if street == key)]
    for team in (world.teams[f"neighbour_{key}"], world.teams[f"general_{key}"]):
        session.add_all(
            TeamMember(team_id=team.id, account_id=world.accounts[login].id, capacity=12, from_on=world.today, to_on=None)
            for login in logins
        )
    session.flush()


def account(session: Session, world: World, rules: passwords.PasswordRules, login: str) -> Account:
    """An account that has changed its first password."""
    row, _ = accounts.create_account(
        session, login, f"测试{len(world.accounts) + 1}", password=PASSWORD, email=f"{login}@example.org",
        actor=SETUP, at=world.at, rules=rules,
    )  # fmt: skip
    row.must_change = False
    world.accounts[login] = row
    return row


def person(session: Session, world: World, rules: passwords.PasswordRules, login: str, role: str, **where: int) -> None:
    """An account with the post of that role at that place."""
    row = account(session, world, rules, login)
    post = world.posts[login] = structure.add_post(session, role, actor=SETUP, at=world.at, **where)
    appointments.appoint(session, row.id, post.id, from_on=world.today, actor=SETUP, at=world.at)


def mandate(session: Session, world: World, login: str, area: str, first: int, last: int) -> None:
    """A mandate from so many to so many days from today."""
    world.mandates[login] = appointments.give_mandate(
        session, world.accounts[login].id, world.areas[area].id,
        from_on=world.today + timedelta(days=first), to_on=world.today + timedelta(days=last),
        basis="试验区函〔2026〕1号", actor=SETUP, at=world.at,
    )  # fmt: skip


KINDS: dict[str, Any] = {
    "areas": Area, "teams": Team, "rooms": Room, "departments": Department, "accounts": Account, "posts": Post, "mandates": Mandate,
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """The street as rows of all tables, taken when it was first built: putting them back is quicker than building."""

    rows: dict[str, list[dict[str, Any]]]
    ids: dict[str, dict[str, int]]


PICTURES: dict[datetime, Picture] = {}


def take_picture(session: Session, world: World) -> Picture:
    """All rows of the database, and the ids of the world's rows by name."""
    rows = {
        table.name: [dict(row) for row in session.execute(select(table)).mappings()]
        for table in Base.metadata.sorted_tables
        if table is not TallyMark.__table__  # its rows come with the schema
    }
    ids = {kind: {name: row.id for name, row in getattr(world, kind).items()} for kind in KINDS}
    return Picture({name: found for name, found in rows.items() if found}, ids)


def put_back(session: Session, picture: Picture, at: datetime) -> World:
    """Write the rows of a picture into an empty database of the newest schema."""
    tables = Base.metadata.tables
    for name, rows in picture.rows.items():
        session.execute(insert(tables[name]), rows)
        if not db.is_sqlite(session) and "id" in tables[name].c:
            move_sequence(session, name)
    world = World(at)
    for kind, model in KINDS.items():
        found = {row.id: row for row in session.scalars(select(model))}
        getattr(world, kind).update({name: found[id] for name, id in picture.ids[kind].items()})
    return world


def move_sequence(session: Session, table: str) -> None:
    """PostgreSQL: the next id comes after the ones that were written."""
    session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"))


@pytest.fixture
def world(app: Flask) -> World:
    """The street, committed to the database of `app`; its rows are detached."""
    at = app.extensions["clock"].now()
    with app.extensions["sessions"]() as session:
        with db.transaction(session):
            if at in PICTURES:
                made = put_back(session, PICTURES[at], at)
            else:
                made = build(session, app.extensions["passwords"], at)
                PICTURES[at] = take_picture(session, made)
        session.expunge_all()
    return made
