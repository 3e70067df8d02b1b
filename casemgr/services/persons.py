"""A person's rights over what is kept about him: every look is on record, requests are taken, answered and kept sealed.

Correcting and erasing themselves happen in the matters (their steps) and by services.erasing; here stands what was asked and answered.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import audit, policy
from casemgr.db import lock_rows
from casemgr.errors import Invalid, NotAllowed, NotFound
from casemgr.keys import Keyring
from casemgr.models import Person, PersonRequest
from casemgr.policy import Actor
from casemgr.queries import persons as found
from casemgr.services.answers import MISSING, NO_CHOICE
from casemgr.services.books import settings_stream
from casemgr.services.unmasking import note_reading

KINDS = ("copy", "correct", "delete")
OPEN, GRANTED, REFUSED = "open", "granted", "refused"
LONGEST = 2_000  # characters


def get_person(session: Session, person_id: int, actor: Actor) -> Person:
    """The person as far as the actor may know of him. Raises NotFound, NotAllowed."""
    if not policy.may(actor, "person_data"):
        raise NotAllowed()
    person = found.find_person(session, person_id, actor)
    if person is None:
        raise NotFound()
    return person


def read_data(session: Session, person_id: int, *, handed_out: str = "", actor: Actor, at: datetime) -> dict[str, Any]:
    """All that is kept about a person; the look is on record, and whether it was handed out as a file. Raises as get_person."""
    data = found.data_of(session, get_person(session, person_id, actor), actor, at)
    note_reading(session, 0, "person", actor=actor, at=at, about=f"person {person_id}")
    record(session, "person_listed", {"person": person_id, "medium": handed_out or "page"}, actor, at)
    return data


def take_request(session: Session, person_id: int, kind: str, note: str, *, actor: Actor, at: datetime) -> PersonRequest:
    """Put on record what a person asks: a copy, a correction, an erasure. Raises Invalid, and as get_person."""
    person = get_person(session, person_id, actor)
    if kind not in KINDS:
        raise Invalid({"kind": [NO_CHOICE]})
    if kind != "copy" and not note.strip():
        raise Invalid({"note": [MISSING]})
    keys: Keyring = session.info["keys"]
    row = PersonRequest(
        person_id=person.id, kind=kind, state=OPEN, note=keys.seal(note.strip()[:LONGEST], "person_requests.note") if note.strip() else None,
        taken_by=actor.account_id, taken_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, "person_asked", {"person": person.id, "request": row.id, "kind": kind}, actor, at)
    return row


def answer_request(session: Session, id: int, state: str, answer: str, *, actor: Actor, at: datetime) -> PersonRequest:
    """Answer a request: granted or refused, in either case with what was done or why not. Raises Invalid, NotFound."""
    row = session.scalar(lock_rows(session, select(PersonRequest).where(PersonRequest.id == id)))
    if row is None or row.state != OPEN:
        raise NotFound()
    get_person(session, row.person_id, actor)
    if state not in (GRANTED, REFUSED):
        raise Invalid({"state": [NO_CHOICE]})
    if not answer.strip():
        raise Invalid({"answer": [MISSING]})
    keys: Keyring = session.info["keys"]
    row.state, row.answer = state, keys.seal(answer.strip()[:LONGEST], "person_requests.answer")
    row.answered_by, row.answered_at = actor.account_id, at
    session.flush()
    record(session, "person_answered", {"person": row.person_id, "request": row.id, "outcome": state}, actor, at)
    return row


def record(session: Session, kind: str, data: dict[str, Any], actor: Actor, at: datetime) -> None:
    """An entry of the settings' chain, in codes."""
    audit.record(session, settings_stream(session), f"settings.{kind}", actor=actor, at=at, data=data)
