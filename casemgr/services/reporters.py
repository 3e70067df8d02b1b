"""Whoever sent a message, as the reporter of the matter: one bulk write for many messages."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.models import Party, Person
from casemgr.services.rows import find_or_add_person

Reported = tuple[int, Mapping[str, str], bool]  # case id, name · phone · id_number · address as far as told, hidden


def add_reporters(session: Session, reported: Iterable[Reported], *, at: datetime) -> None:
    """Note the senders of these matters; one without a name and a phone is not noted."""
    told = [r for r in reported if r[1].get("name") or r[1].get("phone")]
    persons = [find_or_add_person(session, {"name": "", **who}, at).id if is_findable(who) else 0 for _, who, _ in told]
    new = iter(add_persons(session, [who["name"] for _, who, _ in told if not is_findable(who)], at))
    rows = [
        {"case_id": case_id, "person_id": person or next(new), "side": "reporter", "representative": False, "claim": "",
         "consent": "", "consent_evidence": "", "contact_hidden": hidden, "added_at": at}
        for (case_id, _, hidden), person in zip(told, persons, strict=True)
    ]  # fmt: skip
    if rows:
        session.execute(insert(Party.__table__), rows)


def is_findable(who: Mapping[str, str]) -> bool:
    """Whether the sender can be the same as one already known, or has contacts to be sealed."""
    return any(who.get(name) for name in ("phone", "id_number", "address"))


def add_persons(session: Session, names: Sequence[str], at: datetime) -> list[int]:
    """New persons of whom only the name is known; their ids in order. Two of one name stay two."""
    if not names:
        return []
    ids = db.new_ids(session, Person.__table__, len(names))
    rows = [{"id": id, "kind": "person", "name": name, "created_at": at} for id, name in zip(ids, names, strict=True)]
    session.execute(insert(Person.__table__), rows)
    return ids
