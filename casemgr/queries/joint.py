"""What is joined to what, who stands behind it, and since when they are so many. Scope: every matter named is in sight."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, bindparam, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from casemgr.models import Account, Area, Case, CaseLink, Event, Fact, IncomingItem, JointFact, JointMember, Party, Person
from casemgr.policy import Actor, knows_party, visible
from casemgr.queries.prepared import Prepared
from workflows import WORKFLOWS
from workflows.crowd import Marks, people, reached
from workflows.guards import local_date

REPORTING = ("applicant", "reporter")  # the sides that stand behind a matter
COUNTED = tuple(
    step.event for flow in WORKFLOWS.values() for step in flow.steps if step.name in ("take_in", "let_go", "many_people")
)  # events whose number of people was counted here
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Member:
    """A matter joined to another, as the page of that one names it. `since_at` it is joined, `sent_at` it was written."""

    id: int
    process: str
    number: str
    title: str
    state: str
    place: str
    sent_at: datetime
    closed_at: datetime | None
    since_at: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Joint:
    """What is joined to a matter: those in sight, how many others, persons, and the day on which there were so many."""

    members: Sequence[Member]
    hidden: int
    people: int
    days: Mapping[int, date]


def root_of(session: Session, case_id: int) -> int:
    """Where a matter is handled: the one it is joined to in the end, or itself."""
    return session.scalar(select(JointMember.root_id).where(JointMember.case_id == case_id)) or case_id


def roots_of(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Where each of these matters is handled."""
    found = dict(session.execute(select(JointMember.case_id, JointMember.root_id).where(JointMember.case_id.in_(ids))).all())
    return {id: found.get(id, id) for id in ids}


def members_of(session: Session, root_id: int) -> list[int]:
    """All that is joined to a matter, directly or through another."""
    return list(session.scalars(select(JointMember.case_id).where(JointMember.root_id == root_id).order_by(JointMember.case_id)))


def below(session: Session, case_id: int) -> set[int]:
    """What came along with a joined matter: joined to it, or to one of these."""
    root = root_of(session, case_id)
    rows = session.execute(select(JointMember.case_id, JointMember.into_id).where(JointMember.root_id == root)).all()
    found, more = set[int](), {case_id}
    while more:
        more = {id for id, into in rows if into in more} - found
        found |= more
    return found


def senders_of(session: Session, ids: Collection[int]) -> dict[int, list[Marks]]:
    """Who stands behind each of these matters: what tells them from others, as codes."""
    query = (
        select(Party.case_id, Person.id, Person.phone_index, Person.id_index)
        .join(Person, Person.id == Party.person_id)
        .where(Party.case_id.in_(ids), Party.side.in_(REPORTING))
        .order_by(Party.id)
    )
    found: dict[int, list[Marks]] = {id: [] for id in ids}
    for case_id, person, phone, id_number in session.execute(query):
        marks = {f"person {person}", f"phone {phone}" if phone else "", f"id {id_number}" if id_number else ""}
        found[case_id].append(frozenset(marks - {""}))
    return found


def count_people(session: Session, root_id: int, besides: Iterable[int] | None = None) -> int:
    """How many people are involved in a joint matter: the persons behind it and its members, each once, or more where its own
    record, or that of a member whose tier a person confirmed, says more."""
    members = members_of(session, root_id) if besides is None else list(besides)
    counted = people(senders_of(session, [root_id, *members]).values())
    said = select(Case.facts).where(Case.id.in_(members), Case.tier_confirmed.is_(True))
    return max(counted, said_of(session, root_id), *(facts.get("people") or 0 for facts in session.scalars(said)), 0)


def said_of(session: Session, case_id: int) -> int:
    """The number of people that was written down on a matter itself, not counted from what is joined; 0 for none."""
    counted = exists().where(
        Event.stream == "case", Event.stream_id == Fact.case_id, Event.seq == Fact.seq, Event.kind.in_(COUNTED)
    )
    query = select(Fact.value).where(Fact.case_id == case_id, Fact.name == "people", ~counted)
    found = session.scalar(query.order_by(Fact.seq.desc()).limit(1))
    return int(found["v"] or 0) if found else 0


def any_tie() -> Prepared:
    """One row where something is joined to the case :case, it is joined itself, or it is linked."""
    case: Any = bindparam("case", type_=Integer)
    ties = (JointMember.root_id == case, JointMember.case_id == case, or_(CaseLink.a_id == case, CaseLink.b_id == case))
    return Prepared(union_all(*(select(literal(1)).where(tie) for tie in ties)))


TIED = any_tie()


def is_tied(session: Session, case_id: int) -> bool:
    """Whether a matter is joined to another, or one to it, or linked with any."""
    return TIED.run(session, {"case": case_id}).first() is not None


def joint_of(session: Session, actor: Actor, root_id: int, marks: Callable[[], Sequence[int]]) -> Joint | None:
    """What is joined to a matter as its page shows it; None for nothing. Five queries."""
    ids = members_of(session, root_id)
    if not ids:
        return None
    query = lines().where(Case.id.in_(ids), visible(actor)).add_columns(JointMember.since_at, func.coalesce(Account.name, ""))
    query = query.join(JointMember, JointMember.case_id == Case.id).join(
        JointFact, (JointFact.case_id == Case.id) & (JointFact.kind == "joined") & (JointFact.at == JointMember.since_at), isouter=True
    ).join(Account, Account.id == JointFact.account_id, isouter=True)
    rows = [Member(*row) for row in session.execute(query.order_by(Case.id).limit(SHOWN))]
    seen = session.scalar(select(func.count()).select_from(Case).where(Case.id.in_(ids), visible(actor))) or 0
    senders, days = senders_of(session, [root_id, *ids]), days_of(session, [root_id, *ids])
    told = [(days[id], marks_of) for id, marks_of in senders.items()]
    return Joint(rows, len(ids) - seen, people(senders.values()), reached(told, marks()))


def days_of(session: Session, ids: Collection[int]) -> dict[int, date]:
    """On which day each of these was written: by its own date, else as registered."""
    query = select(Case.id, IncomingItem.sent_at, Case.registered_at).join(IncomingItem, IncomingItem.case_id == Case.id, isouter=True)
    return {id: local_date(sent or registered) for id, sent, registered in session.execute(query.where(Case.id.in_(ids)))}


def lines() -> Any:
    """The columns of a Member."""
    return (
        select(
            Case.id, Case.process, Case.number, Case.title, Case.state, Area.name,
            func.coalesce(IncomingItem.sent_at, Case.registered_at), Case.closed_at,
        )  # fmt: skip
        .join(Area, Area.id == Case.area_id)
        .join(IncomingItem, IncomingItem.case_id == Case.id, isouter=True)
    )


@dataclass(frozen=True, slots=True)
class Forward:
    """Where a joined matter goes on. `to` None: at a place out of the reader's sight."""

    to: Member | None
    since_at: datetime


def forward_of(session: Session, actor: Actor, case_id: int) -> Forward | None:
    """Where a matter goes on; None where it is joined to nothing."""
    joined = session.get(JointMember, case_id)
    if joined is None:
        return None
    row = session.execute(lines().where(Case.id == joined.root_id, visible(actor))).first()
    return Forward(Member(*row) if row else None, joined.since_at)


def linked_to(session: Session, actor: Actor, case_id: int) -> list[Member]:
    """The matters in sight that this one is linked with."""
    links = select(CaseLink.a_id, CaseLink.b_id).where(or_(CaseLink.a_id == case_id, CaseLink.b_id == case_id))
    ids = {id for pair in session.execute(links) for id in pair} - {case_id}
    query = lines().where(Case.id.in_(ids), visible(actor)).order_by(Case.id)
    return [Member(*row) for row in session.execute(query)] if ids else []


def member_counts(session: Session, ids: Collection[int]) -> dict[int, int]:
    """How many matters are joined to each of these, where any are."""
    query = select(JointMember.root_id, func.count()).where(JointMember.root_id.in_(ids)).group_by(JointMember.root_id)
    return dict(session.execute(query).all())


def speakers(session: Session, actor: Actor, root_id: int) -> list[tuple[int, str]]:
    """Those behind what is joined to a matter whom the actor may know and who are no party to it yet: party and name."""
    parties = select(Party.person_id).where(Party.case_id == root_id, Party.representative.is_(True))
    query = (
        select(func.min(Party.id), Person.name)
        .join(Person, Person.id == Party.person_id)
        .join(Case, Case.id == Party.case_id)
        .join(JointMember, JointMember.case_id == Case.id)
        .where(JointMember.root_id == root_id, Party.side.in_(REPORTING), Person.name != "", visible(actor), knows_party(actor))
        .where(Party.person_id.not_in(parties))
        .group_by(Person.id, Person.name)
        .order_by(func.min(Party.id))
        .limit(SHOWN)
    )
    return [(party, name) for party, name in session.execute(query)]
