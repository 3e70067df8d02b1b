"""What a visitor of the residents' door may see: his own words, the stage, the office that holds it, when it is due.

Never a person of the house, never another party, never anything of a matter that the visit does not belong to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from casemgr.models import (
    Area, Attachment, Base, Case, Committee, DeadlineRow, Department, DoorCode, DoorWord, Event, EventValue, IncomingItem, JointMember,
    Party,
)  # fmt: skip
from casemgr.queries import case_page
from casemgr.queries.areas import load_paths
from workflows import WORKFLOWS
from workflows.clocks import OPEN
from workflows.roles import committee_level

MOST_HOPS = 8
COMMITTEE = ("mediator", "head", "patron")
AGREED = "dispute.agreed"
BECOMING = [  # the tables of processes whose matters become another one
    mapper.class_.__table__ for mapper in Base.registry.mappers if "became_id" in mapper.class_.__table__.c
]


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Something the visitor said: when, by which step, his words ("" where they were erased), and how many photos."""

    at: datetime
    step: str
    words: str
    photos: int = 0
    rating: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True)
class Agreed:
    """The agreement a party made, as it was recorded."""

    issues: str
    terms: str
    perform_how: str
    perform_on: date | None


@dataclass(frozen=True, slots=True)
class Followed:
    """A matter as its visitor sees it. `office` is (kind, name of the place or office); `due_at` that of the next deadline."""

    number: str
    process: str
    state: str
    phase: str
    closed: bool
    confidential: bool
    came_at: datetime
    office: tuple[str, str]
    due_at: datetime | None = None
    paused: bool = False
    answer: str = ""
    words: tuple[OwnWords, ...] = ()
    consent: str = ""
    agreement: Agreed | None = None
    side: str = ""
    ways: frozenset[str] = field(default=frozenset())


def way_of(session: Session, case_id: int) -> tuple[int, ...]:
    """The matters from this one to where it is handled now: what it became, and what that was joined to."""
    way = [case_id]
    while len(way) < MOST_HOPS:
        root = select(JointMember.root_id).where(JointMember.case_id == way[-1]).scalar_subquery()
        became = [select(table.c.became_id).where(table.c.case_id == way[-1]).scalar_subquery() for table in BECOMING]
        further = session.scalar(select(func.coalesce(root, *became)))
        if further is None or further in way:
            break
        way.append(further)
    return tuple(way)


def follow(session: Session, visit: Any, way: Sequence[int]) -> Followed:
    """The matter of a visit (services.door_codes.Visit) along its way: a bounded number of queries."""
    first, last = session.get_one(Case, way[0]), session.get_one(Case, way[-1])
    flow = WORKFLOWS[last.process]
    state = flow.state(last.state)
    party = session.get(Party, visit.party_id) if visit.party_id else None
    due = None if last.closed_at or last.confidential else next_due(session, last)
    return Followed(
        number=first.number or "", process=last.process, state=last.state, phase=state.phase, closed=state.closed,
        confidential=last.confidential, came_at=first.registered_at, office=office_of(session, first if last.confidential else last),
        due_at=due.due_at if due else None, paused=bool(due and due.status == "paused"),
        answer=answer_of(session, last), words=own_words(session, visit, way, first),
        consent=party.consent if party else "", side=party.side if party else "",
        agreement=agreement_of(session, last) if party and party.side != "reporter" and party.case_id == last.id else None,
    )  # fmt: skip


def answer_of(session: Session, case: Case) -> str:
    """What the sender of an item was told; "" where nothing was."""
    if case.process != "incoming" or not case.closed_at:
        return ""
    return session.scalar(select(IncomingItem.answer).where(IncomingItem.case_id == case.id)) or ""


def next_due(session: Session, case: Case) -> DeadlineRow | None:
    """The deadline that falls due first; neither the clock of notes nor what is a right of the parties."""
    flow = WORKFLOWS[case.process]
    counted = [d.key for d in flow.deadlines if not d.right and d.key != flow.progress]
    query = select(DeadlineRow).where(DeadlineRow.case_id == case.id, DeadlineRow.key.in_(counted), DeadlineRow.status.in_(OPEN))
    return session.scalars(query.order_by(DeadlineRow.due_at.is_(None), DeadlineRow.due_at).limit(1)).one_or_none()


def office_of(session: Session, case: Case) -> tuple[str, str]:
    """The office that holds a matter, or had it last: ("committee" | "department" | "area" or the role of a desk, its name)."""
    if case.holder_department_id or (case.closed_at and case.department_id):
        department = session.get_one(Department, case.holder_department_id or case.department_id)
        return "department", department.name
    path = load_paths(session, [case.area_id])[case.area_id]
    if case.holder_role in COMMITTEE or (case.closed_at and case.process == "dispute"):
        at = next((area for area, level in path if level == committee_level(case.level)), case.area_id)
        if name := session.scalar(select(Committee.name).where(Committee.area_id == at)):
            return "committee", name
    street = next((area for area, level in path if level == "street"), path[0][0])
    role = "operator" if case.closed_at else case.holder_role
    return role, session.get_one(Area, case.holder_area_id or street).name


def own_words(session: Session, visit: Any, way: Sequence[int], first: Case) -> tuple[OwnWords, ...]:
    """What the visitor said in these matters, oldest first: his report where this is it, and all that came by his codes."""
    mine = or_(DoorWord.code_id == visit.code_id, same_person(visit))
    query = (
        select(Event.stream_id, Event.seq, Event.at, Event.data)
        .join(DoorWord, and_(DoorWord.case_id == Event.stream_id, DoorWord.seq == Event.seq))
        .where(Event.stream == "case", Event.stream_id.in_(way), mine)
        .order_by(Event.at, Event.stream_id, Event.seq)
    )
    rows = session.execute(query).all()
    texts, photos = words_said(session, rows), photos_sent(session, rows)
    said = [OwnWords(first.registered_at, "report", first.text)] if visit.kind == "report" else []
    for case_id, seq, at, data in rows:
        answers = data.get("answers", {})
        key = (case_id, seq)
        said.append(OwnWords(
            at, data["step"], texts.get(key, ""), photos.get(key, 0), answers.get("resident_rating", ""), answers.get("consent", ""),
        ))  # fmt: skip
    return tuple(said)


def same_person(visit: Any) -> Any:
    """Entries that came by another code of the same person."""
    other = select(DoorCode.id).where(DoorCode.id == DoorWord.code_id, DoorCode.person_id == visit.person_id)
    return exists(other) if visit.person_id is not None else DoorWord.code_id == visit.code_id


def words_said(session: Session, rows: Sequence[Any]) -> dict[tuple[int, int], str]:
    """The words of these entries by (case, seq)."""
    query = select(EventValue.stream_id, EventValue.seq, EventValue.value).where(
        EventValue.stream == "case", EventValue.name == "words", EventValue.stream_id.in_({row.stream_id for row in rows}),
        EventValue.seq.in_({row.seq for row in rows}),
    )  # fmt: skip
    return {(case, seq): value["v"] for case, seq, value in session.execute(query) if value}


def photos_sent(session: Session, rows: Sequence[Any]) -> dict[tuple[int, int], int]:
    """How many files these entries brought, by (case, seq)."""
    query = select(Attachment.case_id, Attachment.seq, func.count()).where(
        Attachment.case_id.in_({row.stream_id for row in rows}), Attachment.seq.in_({row.seq for row in rows})
    )
    return {(case, seq): count for case, seq, count in session.execute(query.group_by(Attachment.case_id, Attachment.seq))}


def agreement_of(session: Session, case: Case) -> Agreed | None:
    """The written agreement in force, as it was recorded; None where there is none."""
    entries = case_page.events_of(session, case.id, kinds=(AGREED,), limit=1)
    if case.process != "dispute" or case.state not in ("agreed", "performed", "breached", "closed") or not entries:
        return None
    words, on = entries[0].words, entries[0].data.get("answers", {}).get("perform_on")
    return Agreed(
        words.get("issues") or "", words.get("terms") or "", words.get("perform_how") or "", date.fromisoformat(on) if on else None
    )
