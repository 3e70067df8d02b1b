"""The people of the demo: accounts, the posts they hold, team members and roster, all with invented names."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.demo import plan
from casemgr.demo.dice import dice
from casemgr.demo.street import Street
from casemgr.models import Account, DutyDay, Post, TeamMember
from casemgr.policy import SETUP, Actor
from casemgr.queries.actors import load_actor
from casemgr.services import accounts, appointments, structure
from casemgr.services.books import settings_stream
from casemgr.services.passwords import PasswordRules, temporary
from workflows.guards import local_date
from workflows.roles import ADMINS

CAPACITY = 16
MEDIATORS_A_COMMUNITY = 3
VACANT_GRIDS = ((1, 3), (3, 6))  # (community, grid) whose secretary's post stands vacant
ROSTER_DAYS = range(-7, 32)
BASIS = "云澜区平安办函〔{year}〕6号"


@dataclass(frozen=True, slots=True)
class Login:
    """A login that is told at the start, and whose it is."""

    login: str
    role: str
    name: str
    account_id: int


@dataclass
class People:
    """Who works in the demo. `posts` are the accounts by (role, area), `liaisons` by department, `members` the mediators of
    each team."""

    posts: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    liaisons: dict[int, list[int]] = field(default_factory=dict)
    members: dict[str, list[int]] = field(default_factory=dict)
    logins: list[Login] = field(default_factory=list)
    actors: dict[int, Actor] = field(default_factory=dict)

    def holder(self, role: str, area_id: int) -> Actor | None:
        """Whoever holds a post; None: it stands vacant."""
        found = self.posts.get((role, area_id))
        return self.actors[found[0]] if found else None


@dataclass(frozen=True)
class OneHash:
    """Stands in for the hasher: all accounts of a kind share one password, hashed once."""

    ready: str

    def hash(self, password: str) -> str:
        """The hash made before."""
        return self.ready


class Hiring:
    """Makes accounts one after another. `told` is the hash of the password that is printed, `kept` of one nobody knows."""

    def __init__(self, session: Session, street: Street, rules: PasswordRules, password: str, now: datetime) -> None:
        """Two hashes are made here, whatever the number of accounts."""
        self.session, self.street, self.now = session, street, now
        self.told = replace(rules, hasher=OneHash(rules.hasher.hash(password)))  # type: ignore[arg-type]
        self.kept = replace(rules, hasher=OneHash(rules.hasher.hash(temporary(rules))))  # type: ignore[arg-type]
        self.chance = dice(plan.SEED)
        self.people = People()
        self.used: set[str] = set()
        self.named = [dict(one) for one in plan.street_data()["logins"]]
        self.count = 0

    def name(self) -> str:
        """A name nobody else here has."""
        while True:
            made = invented_name(self.chance)
            if made not in self.used:
                self.used.add(made)
                return made

    def hire(self, login: str, role: str, at: str) -> Account:
        """An account, under its told login if that role at that place is told and not yet given."""
        told = next((one for one in self.named if one["role"] == role and one["at"] == at), None)
        if told:
            self.named.remove(told)
            login = told["login"]
        row, _ = accounts.create_account(
            self.session, login, self.name(), actor=SETUP, at=self.street.at, password="-",  # noqa: S106  hashed before
            rules=self.told if told else self.kept, email=f"{login}@example.org" if told else "",
        )  # fmt: skip
        row.must_change, row.password_changed_at = False, self.now
        if told:
            self.people.logins.append(Login(login, role, row.name, row.id))
        return row

    def post(self, role: str, office: str, **where: int) -> Post:
        """A post, named as people call it."""
        return structure.add_post(self.session, role, actor=SETUP, at=self.street.at, name=office, **where)

    def fill(self, role: str, at: str, office: str, logins: Iterable[str], **where: int) -> list[int]:
        """A post with everybody who holds it; the accounts."""
        post = self.post(role, office, **where)
        found = []
        for login in logins:
            account = self.hire(login, role, at)
            appointments.appoint(
                self.session, account.id, post.id, from_on=local_date(self.street.at), actor=SETUP, at=self.street.at
            )
            found.append(account.id)
        if "area_id" in where:
            self.people.posts[role, where["area_id"]] = found
        return found


def invented_name(chance: random.Random) -> str:
    """A Chinese name put together from lists."""
    words = plan.street_data()["names"]
    return chance.choice(words["surnames"]) + "".join(chance.sample(words["given"], chance.choice((1, 2, 2, 2))))


def add_people(session: Session, street: Street, rules: PasswordRules, password: str, now: datetime) -> People:
    """Everybody, with posts held since the street was founded; flushed, not committed."""
    hiring = Hiring(session, street, rules, password, now)
    for number, area in enumerate(street.streets):
        add_street_office(hiring, number, plan.street_data()["streets"][number], area.id, area.name)
    for number, community in enumerate(street.communities):
        add_community_office(hiring, number, community)
    add_district_office(hiring)
    add_departments(hiring)
    add_inspector(hiring)
    add_members(hiring)
    add_roster(hiring)
    session.flush()
    people = hiring.people
    ids = {id for held in (*people.posts.values(), *people.liaisons.values()) for id in held} | {one.account_id for one in people.logins}
    loaded = {id: load_actor(session, id, local_date(now)) for id in sorted(ids)}
    people.actors = {id: actor for id, actor in loaded.items() if actor}
    order = [one["login"] for one in plan.street_data()["logins"]]
    people.logins.sort(key=lambda one: order.index(one.login))
    return people


def add_street_office(hiring: Hiring, number: int, data: Mapping[str, Any], area_id: int, name: str) -> None:
    """Secretary, head, mediators, operators and the petition officer of a street."""
    at, prefix = ("street", "st") if number == 0 else ("neighbour", f"st{number + 1}")
    where = {"area_id": area_id}
    hiring.fill("secretary", at, f"{name}党工委书记", [f"{prefix}.secretary"], **where)
    hiring.fill("head", at, f"{name}调委会主任", [f"{prefix}.head"], **where)
    mediators = [f"{prefix}.mediator{n:02}" for n in range(1, data["mediators"] + 1)]
    hiring.fill("mediator", at, f"{name}调委会调解员", mediators, **where)
    operators = [f"{prefix}.operator{n}" for n in range(1, data["operators"] + 1)]
    hiring.fill("operator", at, f"{name}指挥中心", operators, **where)
    hiring.fill("petition_officer", at, f"{name}信访干部", [f"{prefix}.petition"], **where)


def add_community_office(hiring: Hiring, number: int, community: Any) -> None:
    """Secretary, head and mediators of a community; worker and secretary of each of its grids."""
    area, key = community.area, community.key
    where = {"area_id": area.id}
    hiring.fill("secretary", key, f"{area.name}书记", [f"{key}.secretary"], **where)
    hiring.fill("head", key, f"{area.name}调委会主任", [f"{key}.head"], **where)
    mediators = [f"{key}.mediator{n}" for n in range(1, MEDIATORS_A_COMMUNITY + 1)]
    hiring.fill("mediator", key, f"{area.name}调解员", mediators, **where)
    for n, grid in enumerate(community.grids, start=1):
        at = "grid" if (number, n) == (0, 1) else ""
        hiring.fill("grid_worker", at, f"{grid.name}员", [f"{key}.worker{n:02}"], area_id=grid.id)
        vacant = (number, n) in VACANT_GRIDS
        logins = [] if vacant else [f"{key}.gridsec{n:02}"]
        hiring.fill("secretary", at, f"{grid.name}书记", logins, area_id=grid.id)


def add_district_office(hiring: Hiring) -> None:
    """The supervisor, the petition officer and the three administrators of the district."""
    area = hiring.street.district
    titles = {"supervisor": "督导员", "petition_officer": "信访干部", "system_admin": "系统管理员", "security_admin": "安全保密管理员", "audit_admin": "安全审计员"}
    for role in ("supervisor", "petition_officer", *sorted(ADMINS)):
        hiring.fill(role, "district", f"{area.name}{titles[role]}", [role.replace("_", ".")], area_id=area.id)


def add_departments(hiring: Hiring) -> None:
    """A liaison for each department; the last one's post stands vacant."""
    for n, row in enumerate(hiring.street.departments, start=1):
        last = n == len(hiring.street.departments)
        logins = [] if last else [f"liaison{n:02}"]
        hiring.people.liaisons[row.id] = hiring.fill("liaison", "department", f"{row.name}联络员", logins, department_id=row.id)


def add_inspector(hiring: Hiring) -> None:
    """A case inspector without a post, with a dated mandate for the reference street."""
    account = hiring.hire("inspector", "inspector", "mandate")
    today = local_date(hiring.now)
    appointments.give_mandate(
        hiring.session, account.id, hiring.street.streets[0].id, from_on=today - timedelta(days=10),
        to_on=today + timedelta(days=50), basis=BASIS.format(year=today.year), actor=SETUP, at=hiring.street.at,
    )  # fmt: skip


def add_members(hiring: Hiring) -> None:
    """Each team of the reference street: three mediators of the street and two of its communities."""
    street, people = hiring.street, hiring.people
    by: Any = {"actor": SETUP, "at": street.at}
    own = people.posts["mediator", street.streets[0].id]
    local = [id for c in street.reference for id in people.posts["mediator", c.area.id]]
    rows = []
    for n, (key, team) in enumerate(street.teams.items()):
        chosen = [own[(2 * n + k) % len(own)] for k in range(3)] + [local[(2 * n + k) % len(local)] for k in range(2)]
        people.members[key] = chosen
        post = hiring.post("mediator", f"{team.name}调解员", team_id=team.id)
        for id in chosen:
            appointments.appoint(hiring.session, id, post.id, from_on=local_date(street.at), **by)
        rows += [
            {"team_id": team.id, "account_id": id, "capacity": CAPACITY, "from_on": local_date(street.at), "to_on": None}
            for id in chosen
        ]
    hiring.session.execute(insert(TeamMember), rows)


def add_roster(hiring: Hiring) -> None:
    """Who of each team is on duty, for the last week and the coming month."""
    today = local_date(hiring.now)
    rows = [
        {"team_id": team.id, "on_date": today + timedelta(days=day), "account_id": members[day % len(members)]}
        for key, team in hiring.street.teams.items()
        for members in (hiring.people.members[key],)
        for day in ROSTER_DAYS
    ]
    hiring.session.execute(insert(DutyDay), rows)
    data = {"what": "roster", "days": len(ROSTER_DAYS)}
    stream = settings_stream(hiring.session)
    audit.record(hiring.session, stream, "settings.roster_changed", actor=SETUP, at=hiring.street.at, data=data)


def find_logins(session: Session) -> list[Login]:
    """The told logins of a database that the demo was built in, in the order of street.toml."""
    told = plan.street_data()["logins"]
    query = select(Account.login, Account.name, Account.id).where(Account.login.in_([one["login"] for one in told]))
    found = {login: (name, id) for login, name, id in session.execute(query)}
    return [Login(one["login"], one["role"], *found[one["login"]]) for one in told if one["login"] in found]
