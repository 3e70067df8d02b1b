"""The fast walk of all chains finds what the plain one finds, and what it does not: kept values that are gone."""

import json
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, select, text, update
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.models import Account, Anchor, EventValue
from casemgr.policy import SETUP
from casemgr.queries import chains
from casemgr.queries.chains import Walked
from tests.world import World

NASTY: dict[str, Any] = {
    "small": 1.5, "zero": 0, "large": 2**63 - 1, "line": "\u2028\x7f\x00\x1b\"\\/".replace("\x00", ""),
    "emoji": "🏮𠮷", "keys": {"b": 1, "é": 2, "a": {"z": None, "y": [True, 1.5]}, "𠮷": 3, "\uffff": 4},
}  # fmt: skip


def walk(engine: Engine) -> Walked:
    """All parts, one after the other."""
    with engine.connect() as connection, db.snapshot(connection):
        todo = chains.parts(connection)
    found = Walked()
    for part in todo:
        found.add(chains.walk(engine, part))
    return found


@pytest.fixture
def kept(world: World, session: Session) -> Account:
    """An account whose chain ends with an entry full of values that are hard to write the same way twice."""
    account = session.get_one(Account, world.accounts["head_a"].id)
    with db.transaction(session):
        audit.record(session, account, "account.locked", actor=SETUP, at=world.at, data=NASTY, values=NASTY)
    return account


def test_both_ways_of_walking_agree(engine: Engine, session: Session, kept: Account) -> None:
    count, faults = audit.verify(session)
    found = walk(engine)
    assert faults == [] and audit.verify_values(session) == []
    assert found.faults == [] and (found.events, found.values) == (
        count,
        len(session.scalars(select(EventValue)).all()),
    )


@pytest.mark.parametrize(
    "value", [1e16, -0.0, 1e-7, 2**70, float("nan"), {"a": [1e22, None]}, *NASTY.values()], ids=ascii
)
def test_short_and_plain_way_of_writing_a_value_agree(value: Any) -> None:
    digest = audit.salted(value, "salt")
    assert chains.is_digest(json.dumps({"v": value}), "salt", digest)
    assert not chains.is_digest(json.dumps({"v": [value]}), "salt", digest)


def test_values_altered_lost_or_slipped_in_are_found(engine: Engine, session: Session, kept: Account) -> None:
    with db.transaction(session):
        mine = (EventValue.stream_id == kept.id) & (EventValue.seq == kept.trail_seq)
        session.execute(update(EventValue).where(mine, EventValue.name == "small").values(value={"v": 1.25}))
        session.execute(delete(EventValue).where(mine, EventValue.name == "zero"))
        session.add(
            EventValue(
                stream="account",
                stream_id=kept.id,
                seq=kept.trail_seq,
                name="new",
                value={"v": 1},
                salt="",
                erased_at=None,
            )
        )
        session.execute(update(EventValue).where(mine, EventValue.name == "emoji").values(value=None, salt=""))
    said = {fault.what for fault in walk(engine).faults}
    assert said == {"the value of small was altered", "the value of zero is missing", "the value of new was altered"}


def test_an_altered_event_and_a_cut_chain_are_found(
    engine: Engine, session: Session, kept: Account, at: datetime
) -> None:
    unguard(session)
    with db.transaction(session):
        session.execute(
            text("UPDATE events SET actor_id = 4711 WHERE stream = 'account' AND stream_id = :id AND seq = 1"),
            {"id": kept.id},
        )
        session.execute(text("DELETE FROM events WHERE stream = 'settings' AND seq = 3"))
        session.add(Anchor(on_date=at.date(), heads=0, digest="d", prev="something else", made_at=at))
    plain = {(fault.stream, fault.stream_id, fault.seq, fault.what) for fault in audit.verify(session)[1]}
    session.rollback()
    fast = {(fault.stream, fault.stream_id, fault.seq, fault.what) for fault in walk(engine).faults}
    assert len(plain) == 2 and plain <= fast
    with engine.connect() as connection, db.snapshot(connection):
        assert chains.check_anchors(connection) == (1, [at.date().isoformat()])


def unguard(session: Session) -> None:
    """Take away what keeps the database from altering events, as its owner could."""
    with db.transaction(session):
        if db.is_sqlite(session):
            session.execute(text("DROP TRIGGER events_no_update"))
            session.execute(text("DROP TRIGGER events_no_delete"))
        else:
            session.execute(text("ALTER TABLE events DISABLE TRIGGER events_recorded"))


@pytest.fixture
def at(world: World) -> datetime:
    return world.at


@pytest.mark.parametrize("processes", ["1", "2"])
def test_the_command_says_what_it_walked(app: Flask, kept: Account, session: Session, processes: str) -> None:
    told = app.test_cli_runner().invoke(args=["audit", "verify", "--processes", processes])
    assert told.exit_code == 0 and told.output.endswith("anchors, no fault\n"), told.output
    with db.transaction(session):
        session.execute(update(Account).where(Account.id == kept.id).values(trail_hash="0"))
    told = app.test_cli_runner().invoke(args=["audit", "verify", "--processes", processes])
    assert told.exit_code == 1 and f"account {kept.id} event {kept.trail_seq}" in told.output
