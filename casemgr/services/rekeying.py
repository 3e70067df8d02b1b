"""Keys that turn over: everything sealed is moved to the first key, every digest to the present index key, batch by batch.

A batch is one transaction; a run that was killed goes on where it was. Old and new are readable meanwhile (docs/keys.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.errors import CasemgrError
from casemgr.keys import Keyring, fingerprint, head_of
from casemgr.models import (
    DoorCode, Event, KeptText, KnownKey, NextFactor, Person, PersonRequest, RecoveryCode, Robot, SecondFactor, Webhook,
)  # fmt: skip
from casemgr.policy import SETUP
from casemgr.services.books import settings_stream

IN_FORCE = "This key is in force, or there is no such key. Put another one first in the settings and start anew."
STILL_IN_USE = "Something is still under this key: %(count)s. Run flask keys rotate; codes of the door end by themselves."
BATCH = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A table and its sealed columns, each with the name it is sealed for."""

    model: Any
    columns: Mapping[str, str]

    @property
    def table(self) -> Any:
        """Its table."""
        return self.model.__table__


PLACES = (
    Place(Person, {"phone": "persons.phone", "id_number": "persons.id_number", "address": "persons.address"}),
    Place(KeptText, {"body": "kept_texts.body"}),
    Place(SecondFactor, {"secret": "second_factors.secret"}),
    Place(NextFactor, {"secret": "second_factors.secret"}),
    Place(Robot, {"token": "robots.token", "secret": "robots.secret"}),
    Place(Webhook, {"secret": "webhooks.secret"}),
    Place(PersonRequest, {"note": "person_requests.note", "answer": "person_requests.answer"}),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A key as it stands: what it is for, by which name, since when, and how much is still under it."""

    kind: str
    name: str
    fingerprint: str
    current: bool
    since_at: datetime | None
    left: int
    retired_at: datetime | None


def note_keys(session: Session, *, at: datetime) -> None:
    """Remember the keys in the settings, each from the day it is first seen."""
    keys: Keyring = session.info["keys"]
    rows = [{"kind": "data", "name": name, "fingerprint": fingerprint(key, "data")} for name, key in keys.data.items()]
    rows += [{"kind": "index", "name": "", "fingerprint": fingerprint(key, "index")} for key in (keys.index, *keys.earlier)]
    more = {"since_at": at, "walked_to": 0, "walked_at": None, "retired_at": None}
    db.insert_new(session, KnownKey.__table__, [row | more for row in rows])


# --- moving


def rotate_some(session: Session, place: Place, after: Sequence[Any] | None, most: int = BATCH) -> tuple[int, Sequence[Any] | None]:
    """Move the next rows of a place: how many were changed, and the key of the last one looked at (None: the end)."""
    keys: Keyring = session.info["keys"]
    table = place.table
    order = list(table.primary_key.columns)
    query = select(*order, *(table.c[name] for name in place.columns)).order_by(*order).limit(most)
    query = query.where(or_(*(under_another(table.c[name], keys) for name in place.columns)))
    query = query if after is None else query.where(tuple_(*order) > tuple_(*after))
    rows = session.execute(db.lock_rows(session, query)).mappings().all()
    for row in rows:
        here = and_(*(column == row[column.name] for column in order))
        moved = {
            name: keys.seal(keys.open(row[name], bound), bound)
            for name, bound in place.columns.items()
            if row[name] and not row[name].startswith(head_of(keys.current))
        }  # fmt: skip
        session.execute(update(table).where(here).values(moved))
    return len(rows), tuple(rows[-1][column.name] for column in order) if len(rows) == most else None


def under_another(column: Any, keys: Keyring) -> Any:
    """The condition that a column is sealed, and not with the key that seals now."""
    head = head_of(keys.current)
    return and_(column.is_not(None), func.substr(column, 1, len(head)) != head)


def reindex_some(session: Session, *, at: datetime, most: int = BATCH) -> int:
    """Make the digests of the next persons anew with the present index key: how many; 0 when all are done.

    How far it has come is kept with the key in the same transaction.
    """
    keys: Keyring = session.info["keys"]
    mark = session.scalars(db.lock_rows(session, select(KnownKey).where(KnownKey.fingerprint == fingerprint(keys.index, "index")))).one()
    query = select(Person).where(Person.id > mark.walked_to).order_by(Person.id).limit(most)
    persons = session.scalars(db.lock_rows(session, query)).all()
    for person in persons:
        if person.phone:
            phone = keys.open(person.phone, "persons.phone")
            person.phone_index, person.phone_tail_index = keys.find(phone, "phone"), keys.find(phone[-4:], "phone_tail")
        if person.id_number:
            person.id_index = keys.find(keys.open(person.id_number, "persons.id_number"), "id")
    if persons:
        mark.walked_to = persons[-1].id
    elif mark.walked_at is None:
        mark.walked_at = at
    session.flush()
    return len(persons)


def is_walked(session: Session) -> bool:
    """Whether every person there was has a digest under the present index key."""
    mark = session.get(KnownKey, fingerprint(session.info["keys"].index, "index"))
    return mark is not None and mark.walked_at is not None


def begins_alone(session: Session) -> bool:
    """Whether there is no earlier index key and never was: nothing to walk."""
    keys: Keyring = session.info["keys"]
    others = select(func.count()).where(KnownKey.kind == "index", KnownKey.fingerprint != fingerprint(keys.index, "index"))
    return not keys.earlier and not session.scalar(others)


def record_rotation(session: Session, counts: Mapping[str, int], *, at: datetime) -> None:
    """An entry of the settings' chain: which keys are in force now and how many rows were moved."""
    keys: Keyring = session.info["keys"]
    audit.record(
        session, settings_stream(session), "settings.keys_rotated", actor=SETUP, at=at,
        data={"key": keys.current, "index": fingerprint(keys.index, "index"), "moved": dict(counts)},
    )  # fmt: skip


# --- how they stand, and the end of one


def list_keys(session: Session, *, at: datetime) -> Iterator[Standing]:
    """Every key that was ever noted, the ones in force first of their kind."""
    keys: Keyring = session.info["keys"]
    known = {row.fingerprint: row for row in session.scalars(select(KnownKey).order_by(KnownKey.kind, KnownKey.since_at))}
    now = {fingerprint(keys.data[keys.current], "data"), fingerprint(keys.index, "index")}
    for row in sorted(known.values(), key=lambda row: (row.kind, row.fingerprint not in now)):
        left = count_sealed(session, row.name) if row.kind == "data" else count_digests(session, row, at)
        yield Standing(row.kind, row.name, row.fingerprint, row.fingerprint in now, row.since_at, left, row.retired_at)


def count_sealed(session: Session, name: str) -> int:
    """How many rows have something sealed under the key of that name."""
    head = head_of(name)
    total = 0
    for place in PLACES:
        under = [func.substr(place.table.c[column], 1, len(head)) == head for column in place.columns]
        total += session.scalar(select(func.count()).select_from(place.table).where(or_(*under))) or 0
    return total


def count_digests(session: Session, row: KnownKey, at: datetime) -> int:
    """How many digests may stand under an index key: persons not walked, codes of the door and of second factors given before.

    Of codes only the digest is kept: those of the door end by themselves, recovery codes when they are renewed.
    """
    keys: Keyring = session.info["keys"]
    mark = session.get(KnownKey, fingerprint(keys.index, "index"))
    if row.fingerprint == fingerprint(keys.index, "index") or mark is None:
        numbers = or_(Person.phone_index.is_not(None), Person.id_index.is_not(None))
        done = Person.id <= (mark.walked_to if mark and not begins_alone(session) else db.LARGEST_ID)
        return session.scalar(select(func.count()).select_from(Person).where(numbers, done)) or 0
    numbers = and_(or_(Person.phone_index.is_not(None), Person.id_index.is_not(None)), Person.id > mark.walked_to)
    persons = session.scalar(select(func.count()).select_from(Person).where(numbers)) or 0
    codes = session.scalar(select(func.count()).select_from(DoorCode).where(DoorCode.until_at > at, DoorCode.given_at < mark.since_at))
    return persons + (codes or 0) + count_recovery(session, mark.since_at)


def count_recovery(session: Session, since: datetime) -> int:
    """Unused recovery codes of accounts that set up their second factor before an instant and have not renewed them since."""
    renewed = select(Event.stream_id).where(
        Event.stream == "account", Event.kind.in_(("account.codes_renewed", "account.factor_set")), Event.at >= since
    )
    query = (
        select(func.count()).select_from(RecoveryCode)
        .join(SecondFactor, SecondFactor.account_id == RecoveryCode.account_id)
        .where(RecoveryCode.used_at.is_(None), SecondFactor.confirmed_at < since, RecoveryCode.account_id.not_in(renewed))
    )  # fmt: skip
    return session.scalar(query) or 0


def retire(session: Session, wanted: str, *, force: bool = False, at: datetime) -> Standing:
    """Mark a key as retired, by its fingerprint or its name; its setting may go then. Raises CasemgrError while it is needed.

    `force` gives up recovery codes and codes of the door that are still under an index key, never anything sealed.
    """
    found = next((key for key in list_keys(session, at=at) if wanted in (key.fingerprint, key.name) and wanted), None)
    if found is None or found.current:
        raise CasemgrError("key_in_force", IN_FORCE)
    walked = found.kind == "data" or is_walked(session)
    if not walked or (found.left and not (force and found.kind == "index")):
        raise CasemgrError("key_in_use", STILL_IN_USE, count=found.left)
    session.execute(update(KnownKey).where(KnownKey.fingerprint == found.fingerprint).values(retired_at=at))
    data = {"kind": found.kind, "fingerprint": found.fingerprint, "given_up": found.left}
    audit.record(session, settings_stream(session), "settings.key_retired", actor=SETUP, at=at, data=data)
    return found
