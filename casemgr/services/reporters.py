"""Whoever sent a message, as the reporter of the matter: one bulk write for many messages."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.models import Party, Person
from casemgr.search import index_anew
from casemgr.services.rows import find_or_add_person

Reported = tuple[int, Mapping[str, str], bool]  # case id, name · phone · id_number · address as far as told, hidden


def add_reporters(session: Session, reported: Iterable[Reported], *, at: datetime) -> None:
    """Note the senders of these matters; one without a name and a phone is not noted."""
    told = [r for r in reported if r[1].get("name") or r[1].get("phone")]
    persons = [find_or_add_person(session, {"name": "", **who}, at).id if is_findable(who) else 0 for _, who, _ in told]
    new = iter(add_persons(session, [who["name"] for _, who, _ in told if not is_findable(who)], at))
    rows = [
        party_row(case_id, person or next(new), hidden, at)
        for (case_id, _, hidden), person in zip(told, persons, strict=True)
    ]
    if rows:
        session.execute(insert(Party), rows)
        index_anew(session, {row["case_id"] for row in rows})


def is_findable(who: Mapping[str, str]) -> bool:
    """Whether the sender can be the same as one already known, or has contacts to be sealed."""
    return any(who.get(name) for name in ("phone", "id_number", "address"))


def add_persons(session: Session, names: Sequence[str], at: datetime) -> list[int]:
    """New persons of whom only the name is known; their ids in order. Two of one name stay two."""
    if not names:
        return []
    ids = db.new_ids(session, Person.__table__, len(names))
    rows = [{"id": id, "kind": "person", "name": name, "created_at": at} for id, name in zip(ids, names, strict=True)]
    session.execute(insert(Person), rows)
    return ids


def carry_reporters(session: Session, made: Mapping[int, int], *, at: datetime) -> None:
    """The reporters of matters (old id -> new id) are reporters of what became of them too."""
    query = select(Party.case_id, Party.person_id, Party.contact_hidden)
    found = session.execute(query.where(Party.case_id.in_(made), Party.side == "reporter").order_by(Party.id))
    rows = [party_row(made[case_id], person_id, hidden, at) for case_id, person_id, hidden in found]
    if rows:
        session.execute(insert(Party), rows)
        index_anew(session, {row["case_id"] for row in rows})


def party_row(case_id: int, person_id: int, hidden: bool, at: datetime) -> dict[str, Any]:
    """A reporter's row."""
    return {
        "case_id": case_id, "person_id": person_id, "side": "reporter", "representative": False, "claim": "",
        "consent": "", "consent_evidence": "", "contact_hidden": hidden, "added_at": at,
    }  # fmt: skip
