"""What the page of one case shows beside its row: parties, timeline, files, requests, names. A bounded number of queries.

Whether the reader may see the case was asked before (web/access.py); nothing here widens it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, literal, select, union_all
from sqlalchemy.orm import Session

from casemgr.models import (
    Account, Appointment, Area, Attachment, Case, DeadlineFact, Department, Event, EventValue, Holding, Party, Person,
    Post, Request, Room, RungFired, Team,
)  # fmt: skip
from casemgr.policy import Actor, visible
from casemgr.queries.actors import holding_on

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


def parties_of(session: Session, case_id: int) -> list[PartyRow]:
    """The parties of a case in the order they were added."""
    query = (
        select(
            Party.id, Party.side, Person.name, Person.kind, Party.representative, Party.claim, Party.consent,
            Party.consent_at, Party.consent_evidence, Party.contact_hidden, Person.phone, Person.id_number, Person.address,
        )  # fmt: skip
        .join(Person, Person.id == Party.person_id)
        .where(Party.case_id == case_id)
        .order_by(Party.id)
    )
    return [PartyRow(**row) for row in session.execute(query).mappings()]


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


def files_of(session: Session, case_id: int) -> list[Attachment]:
    """The files of a case, newest first."""
    query = select(Attachment).where(Attachment.case_id == case_id).order_by(Attachment.id.desc())
    return list(session.scalars(query))


def find_file(session: Session, case_id: int, file_id: int) -> Attachment | None:
    """One file of this case."""
    return session.scalar(select(Attachment).where(Attachment.id == file_id, Attachment.case_id == case_id))


def requests_of(session: Session, case_id: int) -> list[tuple[int, str, str, datetime, str, int]]:
    """The requests on a case, open and decided: (id, kind, state, asked at, role of the decider, his area)."""
    query = (
        select(Case.id, Request.kind, Case.state, Case.registered_at, Request.decider_role, Request.decider_area_id)
        .join(Request, Request.case_id == Case.id)
        .where(Case.parent_id == case_id)
        .order_by(Case.id)
    )
    return list(session.execute(query))


def find_related(session: Session, actor: Actor, case_id: int | None) -> tuple[int, str, str, str] | None:
    """The case this one belongs to, if the actor may see it: (id, process, number, title)."""
    if case_id is None:
        return None
    query = select(Case.id, Case.process, Case.number, Case.title).where(Case.id == case_id, visible(actor))
    row = session.execute(query).first()
    return (row.id, row.process, row.number or "", row.title) if row else None


def belonging_to(session: Session, actor: Actor, case_id: int, *, limit: int = PAGE) -> list[Case]:
    """The matters that belong to this one and that the actor may see, requests apart, the newest first."""
    query = select(Case).where(Case.parent_id == case_id, Case.process != "request", visible(actor))
    return list(session.scalars(query.order_by(Case.id.desc()).limit(limit)))


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


def held_since(session: Session, case_id: int) -> datetime | None:
    """Since when the present holder has it."""
    query = select(Holding.from_at).where(Holding.case_id == case_id).order_by(Holding.seq.desc()).limit(1)
    return session.scalar(query)


def deadline_facts_of(session: Session, case_id: int) -> list[DeadlineFact]:
    """Everything that ever happened to the deadlines of a case; a start is the last fact of its event."""
    query = select(DeadlineFact).where(DeadlineFact.case_id == case_id)
    rows = session.scalars(query.order_by(DeadlineFact.key, DeadlineFact.seq))
    return sorted(rows, key=lambda fact: (fact.key, fact.seq, fact.kind == "start"))


def rungs_of(session: Session, case_id: int) -> list[RungFired]:
    """The rungs that fired on a case, in order of time."""
    query = select(RungFired).where(RungFired.case_id == case_id)
    return list(session.scalars(query.order_by(RungFired.fired_at, RungFired.key, RungFired.rung)))


def post_holders(session: Session, role: str, area_id: int, on: date) -> list[str]:
    """The names of whoever holds a post on a day; empty when it stands vacant."""
    query = (
        select(Account.name)
        .join(Appointment, Appointment.account_id == Account.id)
        .join(Post, Post.id == Appointment.post_id)
        .where(Post.role == role, Post.area_id == area_id, Account.active.is_(True), holding_on(on))
        .order_by(Account.id)
    )
    return list(session.scalars(query))


def load_names(
    session: Session, *, accounts: Collection[int] = (), areas: Collection[int] = (), teams: Collection[int] = (),
    departments: Collection[int] = (), posts: Collection[int] = (), rooms: Collection[int] = (), parties: Mapping[int, str] | None = None,
) -> Names:  # fmt: skip
    """What these ids are called: two queries."""
    tables = {
        "accounts": (Account, accounts), "areas": (Area, areas), "teams": (Team, teams), "rooms": (Room, rooms),
        "departments": (Department, departments),
    }  # fmt: skip
    found = names_in(session, tables)
    return Names(**found, parties=parties or {}, posts=post_names(session, posts))


def names_in(session: Session, wanted: Mapping[str, tuple[Any, Collection[int]]]) -> dict[str, dict[int, str]]:
    """Id -> name for each kind of row, in one query over all of them."""
    found: dict[str, dict[int, str]] = {kind: {} for kind in wanted}
    parts = [
        select(literal(kind).label("kind"), table.id, table.name).where(table.id.in_(set(ids)))
        for kind, (table, ids) in wanted.items()
        if ids
    ]
    for kind, id, name in session.execute(union_all(*parts)) if parts else ():
        found[kind][id] = name
    return found


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
