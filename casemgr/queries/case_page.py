"""What the page of one case shows beside its row: parties, timeline, files, requests, names. A bounded number of queries.

Whether the reader may see the case was asked before (web/access.py); nothing here widens it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Date, Integer, and_, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session

from casemgr.db import is_sqlite
from casemgr.models import (
    Account, Appointment, Area, Attachment, Case, DeadlineFact, Department, Event, EventValue, Holding, Party, Person,
    Post, Request, Room, RungFired, Team,
)  # fmt: skip
from casemgr.policy import Actor, visible
from casemgr.queries.actors import holding_on
from casemgr.queries.prepared import Prepared, among, listed

PAGE = 50  # events on one page of the timeline
YEARS_BEFORE = ("legacy.history",)  # told on a page of their own, by the dates they speak of


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party with its person. Contacts are still sealed."""

    id: int
    side: str
    name: str
    kind: str
    representative: bool
    claim: str
    consent: str
    consent_at: datetime | None
    consent_evidence: str
    contact_hidden: bool
    phone: bytes | None
    id_number: bytes | None
    address: bytes | None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One entry of the trail with the words that were answered; an erased word is None."""

    seq: int
    kind: str
    at: datetime
    actor: str
    actor_id: int | None
    post_id: int | None
    data: Mapping[str, Any]
    words: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called: accounts, areas, teams, departments, parties by id; posts as "role at area"."""

    accounts: Mapping[int, str] = field(default_factory=dict)
    areas: Mapping[int, str] = field(default_factory=dict)
    teams: Mapping[int, str] = field(default_factory=dict)
    departments: Mapping[int, str] = field(default_factory=dict)
    parties: Mapping[int, str] = field(default_factory=dict)
    rooms: Mapping[int, str] = field(default_factory=dict)
    posts: Mapping[int, tuple[str, str]] = field(default_factory=dict)  # id -> (role, where) or (own name, "")


MINE: Any = bindparam("case", type_=Integer)
PARTIES = Prepared(
    select(
        Party.id, Party.side, Person.name, Person.kind, Party.representative, Party.claim, Party.consent,
        Party.consent_at, Party.consent_evidence, Party.contact_hidden, Person.phone, Person.id_number, Person.address,
    )  # fmt: skip
    .join(Person, Person.id == Party.person_id)
    .where(Party.case_id == MINE)
    .order_by(Party.id)
)


def parties_of(session: Session, case_id: int) -> list[PartyRow]:
    """The parties of a case in the order they were added."""
    return [PartyRow(*row) for row in PARTIES.run(session, {"case": case_id})]


def events_of(
    session: Session, case_id: int, *, before: int | None = None, after: int = 0, limit: int = PAGE,
    kinds: Collection[str] = (), without: Collection[str] = (),
) -> list[EventRow]:  # fmt: skip
    """At most `limit` entries of the case's trail below the number `before`, newest first: two queries. `kinds`: only these;
    `without`: none of these."""
    mine = and_(Event.stream == "case", Event.stream_id == case_id, Event.seq > after)
    if kinds:
        mine = and_(mine, Event.kind.in_(kinds))
    if without:
        mine = and_(mine, Event.kind.not_in(without))
    if before is not None:
        mine = and_(mine, Event.seq < before)
    columns = (Event.seq, Event.kind, Event.at, Event.actor, Event.actor_id, Event.post_id, Event.data)
    rows = session.execute(select(*columns).where(mine).order_by(Event.seq.desc()).limit(limit)).mappings().all()
    words = words_of(session, case_id, [row["seq"] for row in rows])
    return [EventRow(**row, words=words.get(row["seq"], {})) for row in rows]


def words_of(session: Session, case_id: int, seqs: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The answers in words of these entries, by number and name; None where they were erased."""
    if not seqs:
        return {}
    query = select(EventValue.seq, EventValue.name, EventValue.value).where(
        EventValue.stream == "case", EventValue.stream_id == case_id, EventValue.seq.between(min(seqs), max(seqs))
    )
    found: dict[int, dict[str, Any]] = {}
    for seq, name, value in session.execute(query):
        found.setdefault(seq, {})[name] = None if value is None else value["v"]
    return found


def told_by(session: Session, case_id: int) -> str | None:
    """Who told the matter, where the first entry says so; "" where the name was erased."""
    first = words_of(session, case_id, [1]).get(1, {})
    return (first["told_by"] or "") if "told_by" in first else None


FILES = Prepared(select(Attachment.__table__).where(Attachment.case_id == MINE).order_by(Attachment.id.desc()))


def files_of(session: Session, case_id: int) -> list[Any]:
    """The files of a case, newest first: rows with the columns of Attachment."""
    return list(FILES.run(session, {"case": case_id}))


def find_file(session: Session, case_id: int, file_id: int) -> Attachment | None:
    """One file of this case."""
    return session.scalar(select(Attachment).where(Attachment.id == file_id, Attachment.case_id == case_id))


REQUESTS = Prepared(
    select(Case.id, Request.kind, Case.state, Case.registered_at, Request.decider_role, Request.decider_area_id)
    .join(Request, Request.case_id == Case.id)
    .where(Case.parent_id == MINE)
    .order_by(Case.id)
)


def requests_of(session: Session, case_id: int) -> list[Any]:
    """The requests on a case, open and decided: (id, kind, state, asked at, role of the decider, his area)."""
    return list(REQUESTS.run(session, {"case": case_id}))


def find_related(session: Session, actor: Actor, case_id: int | None) -> tuple[int, str, str, str] | None:
    """The case this one belongs to, if the actor may see it: (id, process, number, title)."""
    if case_id is None:
        return None
    query = select(Case.id, Case.process, Case.number, Case.title).where(Case.id == case_id, visible(actor))
    row = session.execute(query).first()
    return (row.id, row.process, row.number or "", row.title) if row else None


@lru_cache(128)
def below(actor: Actor) -> Prepared:
    """The matters that belong to the case :case and that an actor may see, requests apart, the newest first."""
    columns = (Case.id, Case.process, Case.number, Case.title, Case.state, Case.closed_at)
    mine = (Case.parent_id == MINE, Case.process != "request", visible(actor))
    return Prepared(select(*columns).where(*mine).order_by(Case.id.desc()).limit(bindparam("limit", type_=Integer)))


def belonging_to(session: Session, actor: Actor, case_id: int, *, limit: int = PAGE) -> list[Any]:
    """The matters that belong to this one and that the actor may see, requests apart, the newest first."""
    session.flush()
    return list(below(actor).run(session, {"case": case_id, "limit": limit}))


def office_holders(session: Session, department_id: int, on: date) -> list[str]:
    """The names of a department's liaisons on a day; empty when it has none."""
    query = (
        select(Account.name)
        .join(Appointment, Appointment.account_id == Account.id)
        .join(Post, Post.id == Appointment.post_id)
        .where(Post.department_id == department_id, Account.active.is_(True), holding_on(on))
        .order_by(Account.id)
    )
    return list(session.scalars(query))


def holdings_of(session: Session, case_id: int) -> list[Holding]:
    """Who held the case from when on, in order."""
    return list(session.scalars(select(Holding).where(Holding.case_id == case_id).order_by(Holding.seq)))


def ids_held(held: Collection[Holding]) -> dict[str, Any]:
    """The ids that a case's holdings name, as load_names takes them."""
    return {
        "accounts": {h.account_id for h in held if h.account_id}, "areas": {h.area_id for h in held if h.area_id},
        "departments": {h.department_id for h in held if h.department_id},
    }  # fmt: skip


SINCE = Prepared(select(Holding.from_at).where(Holding.case_id == MINE).order_by(Holding.seq.desc()).limit(1))


def held_since(session: Session, case_id: int) -> datetime | None:
    """Since when the present holder has it."""
    return SINCE.run(session, {"case": case_id}).scalar()


def deadline_facts_of(session: Session, case_id: int) -> list[DeadlineFact]:
    """Everything that ever happened to the deadlines of a case; a start is the last fact of its event."""
    query = select(DeadlineFact).where(DeadlineFact.case_id == case_id)
    rows = session.scalars(query.order_by(DeadlineFact.key, DeadlineFact.seq))
    return sorted(rows, key=lambda fact: (fact.key, fact.seq, fact.kind == "start"))


def rungs_of(session: Session, case_id: int) -> list[RungFired]:
    """The rungs that fired on a case, in order of time."""
    query = select(RungFired).where(RungFired.case_id == case_id)
    return list(session.scalars(query.order_by(RungFired.fired_at, RungFired.key, RungFired.rung)))


HOLDERS = Prepared(
    select(Account.name)
    .join(Appointment, Appointment.account_id == Account.id)
    .join(Post, Post.id == Appointment.post_id)
    .where(Post.role == bindparam("role"), Post.area_id == bindparam("area"))
    .where(Account.active.is_(True), holding_on(bindparam("on", type_=Date())))
    .order_by(Account.id)
)


def post_holders(session: Session, role: str, area_id: int, on: date) -> list[str]:
    """The names of whoever holds a post on a day; empty when it stands vacant."""
    return list(HOLDERS.run(session, {"role": role, "area": area_id, "on": on}).scalars())


def load_names(
    session: Session, *, accounts: Collection[int] = (), areas: Collection[int] = (), teams: Collection[int] = (),
    departments: Collection[int] = (), posts: Collection[int] = (), rooms: Collection[int] = (), parties: Mapping[int, str] | None = None,
) -> Names:  # fmt: skip
    """What these ids are called: one query."""
    wanted = {"accounts": accounts, "areas": areas, "teams": teams, "rooms": rooms, "departments": departments, "posts": posts}
    found: dict[str, dict[int, Any]] = {kind: {} for kind in wanted}
    if any(wanted.values()):
        values = {kind: listed(session, set(ids)) for kind, ids in wanted.items()}
        for kind, id, name, role in called(is_sqlite(session)).run(session, values):
            found[kind][id] = (role, name) if kind == "posts" else name
    return Names(parties=parties or {}, **found)


@cache
def called(sqlite: bool) -> Prepared:
    """Kind, id and name of the :accounts, :areas, :teams, :rooms, :departments and :posts; of a post its place, and its role."""

    def of(kind: str, id: Any, name: Any, role: Any) -> Any:
        return select(literal(kind), id, name, role).where(among(id, sqlite=sqlite, name=kind))

    tables: dict[str, Any] = {"accounts": Account, "areas": Area, "teams": Team, "rooms": Room, "departments": Department}
    plain = [of(kind, table.id, table.name, literal("")) for kind, table in tables.items()]
    place = func.coalesce(Area.name, Team.name, Department.name, "")
    posts = of("posts", Post.id, place, Post.role).outerjoin_from(Post, Area, Area.id == Post.area_id)
    return Prepared(union_all(*plain, posts.outerjoin(Team, Team.id == Post.team_id).outerjoin(Department, Department.id == Post.department_id)))


def post_names(session: Session, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Post id -> its role and where it is."""
    if not ids:
        return {}
    query = (
        select(Post.id, Post.role, Area.name, Team.name, Department.name)
        .outerjoin(Area, Area.id == Post.area_id)
        .outerjoin(Team, Team.id == Post.team_id)
        .outerjoin(Department, Department.id == Post.department_id)
        .where(Post.id.in_(set(ids)))
    )
    return {id: (role, area or team or department or "") for id, role, area, team, department in session.execute(query)}
