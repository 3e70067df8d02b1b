"""All that is kept about one person, as far as whoever asks may know it: contacts, part in matters, words said at the door, codes.

For the right to a copy (Personal Information Protection Law art. 45). Reads only; that it was read: services.persons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.keys import Keyring, mask_phone
from casemgr.models import (
    Absence, Account, ApiToken, Appointment, Case, DoorCode, DoorWord, EventValue, LoginSession, Mandate, Notice, Party, Person,
    PersonRequest, Post, SavedView,
)  # fmt: skip
from casemgr.policy import Actor

MOST_FOUND = 30
MOST_MATTERS = 500
CONTACTS = ("phone", "id_number", "address")


@dataclass(frozen=True, slots=True)
class Found:
    """A person on the list of those found."""

    id: int
    name: str
    phone: str
    matters: int


def known_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on Party and its Case that the actor sees the matter and may know who the party is."""
    return policy.visible(actor) & policy.knows_party(actor)


def find_persons(session: Session, words: str, actor: Actor) -> list[Found]:
    """Persons of that whole name, telephone or identity number who have a part in a matter the actor sees."""
    keys: Keyring = session.info["keys"]
    typed = words.strip()
    if not typed:
        return []
    same = or_(
        Person.name == typed, Person.phone_index.in_(keys.finds(typed, "phone")), Person.id_index.in_(keys.finds(typed, "id"))
    )
    query = (
        select(Person.id, Person.name, Person.phone, func.count(func.distinct(Case.id)))
        .join(Party, Party.person_id == Person.id).join(Case, Case.id == Party.case_id)
        .where(same, known_to(actor)).group_by(Person.id, Person.name, Person.phone).order_by(Person.id).limit(MOST_FOUND)
    )  # fmt: skip
    return [
        Found(id, name, mask_phone(keys.open(phone, "persons.phone")) if phone else "", count)
        for id, name, phone, count in session.execute(query)
    ]


def find_person(session: Session, person_id: int, actor: Actor) -> Person | None:
    """The person, if the actor sees a matter of his and may know who he is in it."""
    here = select(Party.person_id).join(Case, Case.id == Party.case_id).where(Party.person_id == person_id, known_to(actor))
    return session.get(Person, person_id) if session.scalar(here.limit(1)) is not None else None


def data_of(session: Session, person: Person, actor: Actor, at: datetime) -> dict[str, Any]:
    """All that is kept, as plain values for JSON. Matters the actor does not see are counted, not told."""
    keys: Keyring = session.info["keys"]
    sealed = {name: getattr(person, name) for name in CONTACTS}
    seen = list(matters_of(session, person.id, actor))
    all_of_them = session.scalar(select(func.count(func.distinct(Party.case_id))).where(Party.person_id == person.id)) or 0
    return {
        "made_at": at.isoformat(),
        "person": {"id": person.id, "kind": person.kind, "name": person.name, "since": person.created_at.isoformat()}
        | {name: keys.open(value, f"persons.{name}") if value else "" for name, value in sealed.items()},
        "matters": seen,
        "matters_elsewhere": all_of_them - len({matter["case_id"] for matter in seen}),
        "said_at_the_door": words_of(session, person.id, [matter["case_id"] for matter in seen]),
        "codes": codes_of(session, person.id),
        "requests": [request_shown(row, keys) for row in requests_of(session, person.id)],
    }


def matters_of(session: Session, person_id: int, actor: Actor) -> Any:
    """His part in every matter the actor sees."""
    query = (
        select(Party, Case).join(Case, Case.id == Party.case_id)
        .where(Party.person_id == person_id, known_to(actor)).order_by(Case.id.desc()).limit(MOST_MATTERS)
    )  # fmt: skip
    for party, case in session.execute(query):
        yield {
            "case_id": case.id, "number": case.number, "process": case.process, "state": case.state, "title": case.title,
            "registered_at": case.registered_at.isoformat(), "closed_at": case.closed_at.isoformat() if case.closed_at else None,
            "side": party.side, "representative": party.representative, "claim": party.claim, "consent": party.consent,
            "consent_evidence": party.consent_evidence, "contact_hidden": party.contact_hidden, "added_at": party.added_at.isoformat(),
        }  # fmt: skip


def words_of(session: Session, person_id: int, case_ids: Sequence[int]) -> list[dict[str, Any]]:
    """What he wrote through the residents' door, entry by entry."""
    query = (
        select(EventValue.stream_id, EventValue.seq, EventValue.name, EventValue.value)
        .join(DoorWord, (DoorWord.case_id == EventValue.stream_id) & (DoorWord.seq == EventValue.seq))
        .join(DoorCode, DoorCode.id == DoorWord.code_id)
        .where(EventValue.stream == "case", DoorCode.person_id == person_id, DoorWord.case_id.in_(case_ids), EventValue.value.is_not(None))
        .order_by(EventValue.stream_id, EventValue.seq, EventValue.name)
    )
    return [{"case_id": id, "entry": seq, "name": name, "words": value["v"]} for id, seq, name, value in session.execute(query)]


def codes_of(session: Session, person_id: int) -> list[dict[str, Any]]:
    """The codes of the door that were given to him; the codes themselves are kept nowhere."""
    query = select(DoorCode).where(DoorCode.person_id == person_id).order_by(DoorCode.id)
    return [
        {"case_id": code.case_id, "kind": code.kind, "given_at": code.given_at.isoformat(), "until_at": code.until_at.isoformat()}
        for code in session.scalars(query)
    ]


def requests_of(session: Session, person_id: int) -> Sequence[PersonRequest]:
    """What he asked about his data."""
    return session.scalars(select(PersonRequest).where(PersonRequest.person_id == person_id).order_by(PersonRequest.id)).all()


def request_shown(row: PersonRequest, keys: Keyring) -> dict[str, Any]:
    """One of these requests, opened."""
    return {
        "id": row.id, "kind": row.kind, "state": row.state, "taken_at": row.taken_at.isoformat(),
        "note": keys.open(row.note, "person_requests.note") if row.note else "",
        "answer": keys.open(row.answer, "person_requests.answer") if row.answer else "",
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
    }  # fmt: skip


def data_of_account(session: Session, account: Account, at: datetime) -> dict[str, Any]:
    """All that is kept about somebody as an account: for himself. What he did in matters is the office's record."""
    own = ("id", "login", "name", "email", "locale", "active", "created_at", "password_changed_at")
    kept: dict[str, tuple[Any, tuple[str, ...]]] = {
        "posts": (Appointment, ("post_id", "from_on", "to_on")), "mandates": (Mandate, ("area_id", "from_on", "to_on", "basis")),
        "log_ins": (LoginSession, ("created_at", "seen_at", "ended_at", "address", "device", "way")),
        "tokens": (ApiToken, ("name", "created_at", "expires_on", "last_used_at", "revoked_at")),
        "absences": (Absence, ("from_on", "to_on")), "saved_views": (SavedView, ("name", "args", "created_at")),
    }  # fmt: skip
    found: dict[str, Any] = {"made_at": at.isoformat(), "account": {name: said(getattr(account, name)) for name in own}}
    for key, (model, columns) in kept.items():
        rows = session.scalars(select(model).where(model.account_id == account.id)).all()
        found[key] = [{name: said(getattr(row, name)) for name in columns} for row in rows]
    roles = select(Post.id, Post.role).where(Post.id.in_([row["post_id"] for row in found["posts"]]))
    by_id = {row[0]: row[1] for row in session.execute(roles)}
    found["posts"] = [row | {"role": by_id[row["post_id"]]} for row in found["posts"]]
    found["notices"] = session.scalar(select(func.count()).where(Notice.account_id == account.id)) or 0
    return found


def said(value: Any) -> Any:
    """A value as JSON has it."""
    return value.isoformat() if hasattr(value, "isoformat") else value
