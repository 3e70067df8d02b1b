"""The trail: every event is chained to the one before it in its stream, and anyone can verify the chain.

Here: kinds, hashing, recording on single streams, verification. Not here: batches of case events (services.cases).
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from casemgr.models import Account, Anchor, Case, Event, EventValue, SettingsStream
from workflows import WORKFLOWS

START = ""
OTHER_EVENTS = {
    "case.raised": "The tier was raised by a risk",
    "case.regraded": "The tier follows a correction",
    "case.unmasked": "Full contact was looked at",
    "case.recalculated": "Due times were computed anew with another calendar",
    "case.paper_made": "A paper was made",
    "case.paper_signed": "A signed sheet came back",
    "case.code_given": "A code of the residents' door was given to a party",
    "case.set_apart": "Set apart with the accusation it belongs to",
    "case.imported": "Taken over from earlier records",
    "case.erased": "Personal data erased, its time of keeping being over",
    "case.sealed": "The sealed file was taken out",
    "account.created": "Account created",
    "account.logged_in": "Logged in",
    "account.logged_out": "Logged out",
    "account.refused": "Log-in refused",
    "account.locked": "Account locked",
    "account.unlocked": "Account unlocked",
    "account.password_changed": "Password changed",
    "account.password_reset": "Password reset",
    "account.deactivated": "Account deactivated",
    "account.activated": "Account activated",
    "account.appointed": "Appointed to a post",
    "account.relieved": "Relieved of a post",
    "account.mandated": "Given a mandate to inspect",
    "account.mandate_ended": "Mandate to inspect ended",
    "account.logins_ended": "All log-ins ended",
    "account.channels_changed": "Robots or calendar address changed",
    "account.absence_recorded": "Absence recorded",
    "account.absence_ended": "Absence ended",
    "account.login_ended": "Log-ins ended one by one",
    "account.factor_set": "Second factor set up",
    "account.factor_removed": "Second factor given up",
    "account.factor_reset": "Second factor reset",
    "account.codes_renewed": "New recovery codes",
    "account.recovery_used": "Recovery code used",
    "account.outside_linked": "Outside log-in linked",
    "account.outside_unlinked": "Outside log-in unlinked",
    "account.token_created": "API token made",
    "account.token_revoked": "API token revoked",
    "account.exported": "A list was written into a workbook",
    "account.export_fetched": "A workbook was fetched",
    "settings.structure_changed": "Structure changed",
    "settings.rules_loaded": "Rules loaded",
    "settings.calendar_loaded": "Calendar loaded",
    "settings.roster_changed": "Duty roster changed",
    "settings.imported": "File imported",
    "settings.channels_changed": "Robots of groups or webhooks changed",
    "settings.trail_exported": "Trail or readings taken out as a file",
    "settings.keys_rotated": "Sealed data moved to another key",
    "settings.key_retired": "Key retired",
    "settings.disposal_confirmed": "Erasure of old matters confirmed",
    "settings.disposal_released": "Erasure of old matters released",
    "settings.disposal_refused": "Erasure of old matters refused",
    "settings.hold_set": "Matter kept from erasure",
    "settings.hold_lifted": "Matter no longer kept from erasure",
    "settings.person_searched": "A person's data were looked for",
    "settings.person_listed": "A person's data were listed or handed out",
    "settings.person_asked": "A person's request about their data was recorded",
    "settings.person_answered": "A person's request about their data was answered",
}
EVENTS = OTHER_EVENTS | {
    step.event: step.label for flow in WORKFLOWS.values() for step in (flow.opens, *flow.steps)
}  # kind -> English msgid


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the last sequence number and its hash."""

    seq: int = 0
    hash: str = START


NAMES = ("stream", "stream_id", "seq", "kind", "at", "actor", "actor_id", "post_id", "data")
in_order = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode  # made once: the chain is long


def canonical(event: Mapping[str, Any]) -> bytes:
    """The bytes of an event that are hashed: keys in order, no spaces, UTF-8."""
    plain = {name: event[name] for name in NAMES}
    plain["at"] = event["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return in_order(plain).encode()


def link(prev: str, event: Mapping[str, Any]) -> str:
    """The hash that chains an event to the one before."""
    return hashlib.sha256(prev.encode() + canonical(event)).hexdigest()


def chained(head: Head, event: dict[str, Any]) -> tuple[Head, dict[str, Any]]:
    """The event as a row with its place in the chain, and the new head."""
    if event["kind"] not in EVENTS:
        raise ValueError(f"unknown kind of event {event['kind']!r}")
    row = event | {"seq": head.seq + 1, "prev": head.hash}
    row["hash"] = link(head.hash, row)
    return Head(row["seq"], row["hash"]), row


def salted(value: Any, salt: str) -> str:
    """The digest of a personal value that the chain holds in its place."""
    return hashlib.sha256(f"{salt}{in_order(value)}".encode()).hexdigest()[:32]


def values_of(key: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The digests for the event's data, and the rows of the erasable table, for answers in words."""
    digests, rows = {}, []
    for name, value in values.items():
        salt = os.urandom(16).hex()
        digests[name] = salted(value, salt)
        rows.append({**key, "name": name, "value": {"v": value}, "salt": salt, "erased_at": None})
    return digests, rows


def record(
    session: Session, row: Account | SettingsStream, kind: str, *, actor: Any, at: datetime,
    data: Mapping[str, Any] | None = None, values: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Add an event to an account's or the settings' own stream. `data` holds codes and ids only, `values` words."""
    stream = "account" if isinstance(row, Account) else "settings"
    key = {"stream": stream, "stream_id": row.id, "seq": row.trail_seq + 1}
    digests, kept = values_of(key, values or {})
    event = {
        "stream": stream, "stream_id": row.id, "kind": kind, "at": at, "actor": actor.kind,
        "actor_id": actor.account_id, "post_id": None, "data": {**(data or {}), **({"digests": digests} if digests else {})},
    }  # fmt: skip
    head, made = chained(Head(row.trail_seq, row.trail_hash), event)
    session.execute(insert(Event), [made])
    if kept:
        session.execute(insert(EventValue), kept)
    row.trail_seq, row.trail_hash = head.seq, head.hash
    session.flush()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a chain, and where."""

    stream: str
    stream_id: int
    seq: int
    what: str


def verify(session: Session) -> tuple[int, list[Fault]]:
    """Walk every chain and compare it with its head: the number of events read, and all faults found."""
    heads = {("case", id): Head(seq, hash) for id, seq, hash in session.execute(select(Case.id, Case.trail_seq, Case.trail_hash))}
    heads |= {
        ("account", id): Head(seq, hash)
        for id, seq, hash in session.execute(select(Account.id, Account.trail_seq, Account.trail_hash))
    }
    heads |= {
        ("settings", id): Head(seq, hash)
        for id, seq, hash in session.execute(select(SettingsStream.id, SettingsStream.trail_seq, SettingsStream.trail_hash))
    }
    columns = Event.__table__.c
    rows = session.execute(
        select(*columns).order_by(columns.stream, columns.stream_id, columns.seq).execution_options(yield_per=2000)
    ).mappings()
    return check_chains((dict(row) for row in rows), heads)


def verify_since(session: Session, since: datetime) -> tuple[int, list[Fault]]:
    """Walk the chains that grew since an instant, from the event before on, to their heads; like `verify`."""
    event = Event.__table__.c
    grown = (
        select(event.stream, event.stream_id, func.min(event.seq).label("first"))
        .where(event.at >= since)
        .group_by(event.stream, event.stream_id)
        .subquery()
    )
    here = (event.stream == grown.c.stream) & (event.stream_id == grown.c.stream_id)
    before = select(event.stream, event.stream_id, event.seq, event.hash).join(grown, here & (event.seq == grown.c.first - 1))
    ends = {(stream, id): Head(seq, hash) for stream, id, seq, hash in session.execute(before)}
    heads: dict[tuple[str, int], Head] = {}
    for stream, table in (("account", Account), ("case", Case), ("settings", SettingsStream)):
        mine = select(grown.c.stream_id).where(grown.c.stream == stream)
        query = select(table.id, table.trail_seq, table.trail_hash).where(table.id.in_(mine))
        heads |= {(stream, id): Head(seq, hash) for id, seq, hash in session.execute(query)}
    rows = select(*event).join(grown, here & (event.seq >= grown.c.first)).order_by(event.stream, event.stream_id, event.seq)
    found = session.execute(rows.execution_options(yield_per=2000)).mappings()
    return check_chains((dict(row) for row in found), heads, ends)


def check_chains(
    rows: Iterable[Mapping[str, Any]],
    heads: dict[tuple[str, int], Head],
    starts: Mapping[tuple[str, int], Head] | None = None,
) -> tuple[int, list[Fault]]:
    """Compare events, in order, with each other and with the heads kept in the rows; `starts` is where they go on from."""
    faults: list[Fault] = []
    ends: dict[tuple[str, int], Head] = dict(starts or {})
    count = 0
    for row in rows:
        count += 1
        key = (row["stream"], row["stream_id"])
        before = ends.get(key, Head())
        ends[key] = Head(row["seq"], row["hash"])
        if row["seq"] != before.seq + 1:
            faults.append(Fault(*key, row["seq"], "an event before it is missing"))
        elif row["prev"] != before.hash or row["hash"] != link(row["prev"], row):
            faults.append(Fault(*key, row["seq"], "it was altered"))
    for key, head in heads.items():
        if ends.get(key, Head()) != head:
            faults.append(Fault(*key, head.seq, "the end of the chain is not the head kept in its row"))
    faults += [Fault(*key, 0, "a chain without its row") for key in ends.keys() - heads.keys()]
    return count, faults


def verify_values(session: Session) -> list[Fault]:
    """Compare every kept value with the digest in its event."""
    faults = []
    columns = (Event.stream, Event.stream_id, Event.seq, Event.data, EventValue.name, EventValue.value, EventValue.salt)
    joined = select(*columns).join(
        EventValue,
        (EventValue.stream == Event.stream) & (EventValue.stream_id == Event.stream_id) & (EventValue.seq == Event.seq),
    )
    for stream, id, seq, data, name, value, salt in session.execute(joined.execution_options(yield_per=2000)):
        if value is not None and data.get("digests", {}).get(name) != salted(value["v"], salt):
            faults.append(Fault(stream, id, seq, f"the value of {name} was altered"))
    return faults


def anchor_digest(session: Session, prev: str) -> tuple[int, str]:
    """How many heads there are, and one digest over all of them and the anchor before."""
    digest, count = hashlib.sha256(prev.encode()), 0
    for stream, table in (("account", Account), ("case", Case), ("settings", SettingsStream)):
        heads = session.execute(select(table.id, table.trail_seq, table.trail_hash).order_by(table.id))
        for id, seq, hash in heads:
            digest.update(f"{stream}:{id}:{seq}:{hash}\n".encode())
            count += 1
    return count, digest.hexdigest()


def last_anchor(session: Session) -> Anchor | None:
    """The anchor made last."""
    return session.scalars(select(Anchor).order_by(Anchor.on_date.desc()).limit(1)).first()
