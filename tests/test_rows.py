"""Rows written many at once: the same on both databases as one by one, and the bytes of the trail stay what they were."""

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.models import Anchor, Event, Outgoing, SecondFactor

AT = datetime(2026, 3, 2, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=8)))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3),
    max_leaves=8,
)


def event(seq: int, data: dict, at: datetime = AT) -> dict:
    return {
        "stream": "settings", "stream_id": 1, "seq": seq, "kind": "settings.imported", "at": at, "actor": "setup", "actor_id": None,
        "post_id": None, "data": data, "prev": "", "hash": "",
    }  # fmt: skip


def as_before(row: dict) -> bytes:
    """The bytes of the chain as they have been made from the beginning."""
    plain = {name: row[name] for name in ("stream", "stream_id", "seq", "kind", "at", "actor", "actor_id", "post_id", "data")}
    plain["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES, max_size=4), st.datetimes(timezones=st.just(UTC)))
def test_the_bytes_of_the_chain_are_those_of_old(data: dict, at: datetime) -> None:
    row = event(1, data, at)
    assert audit.canonical(row) == as_before(row)


@pytest.mark.parametrize("value", [1e16, 1e-7, -0.0, 2**70, {1: "a"}, "\x7f\u2028\U0001f600", 1.5e300, {"b": 1, "a": [1.0, 12e-9]}])
def test_numbers_and_letters_that_are_written_in_more_than_one_way(value: object) -> None:
    row = event(1, {"value": value})
    assert audit.canonical(row) == as_before(row)


def test_what_is_written_is_read(session: Session) -> None:
    data = {"words": "扰民“\\\n\t”", "number": 1.5, "none": None, "list": [1, {"a": True}]}
    with db.transaction(session):
        db.insert_rows(session, Event.__table__, [event(n, data | {"n": n}) for n in (1, 2)])
    rows = session.execute(select(Event.seq, Event.at, Event.data, Event.actor_id).order_by(Event.seq)).all()
    assert [tuple(row) for row in rows] == [(n, AT, data | {"n": n}, None) for n in (1, 2)]
    assert all(row.at.tzinfo is UTC for row in rows)


def test_a_key_that_is_there_is_refused_left_or_replaced(session: Session) -> None:
    table = Anchor.__table__
    first = {"on_date": date(2026, 3, 2), "heads": 1, "digest": "a", "prev": "", "made_at": AT}
    other = first | {"on_date": date(2026, 3, 3), "heads": 3}
    with db.transaction(session):
        assert db.insert_new(session, table, [first]) == 1
        assert db.insert_new(session, table, [first | {"heads": 2}, other]) == 1
    with pytest.raises(IntegrityError), db.transaction(session):
        db.insert_rows(session, table, [first])
    assert session.execute(select(table.c.heads).order_by(table.c.on_date)).scalars().all() == [1, 3]


def test_columns_left_out_get_their_defaults_and_bytes_stay_bytes(session: Session, world) -> None:
    account = world.accounts["head_a"].id
    with db.transaction(session):
        db.insert_rows(session, Outgoing.__table__, [{"channel": "mail", "account_id": account, "key": f"k{n}", "not_before": AT} for n in (1, 2)])
        row = {"account_id": account, "confirmed_at": AT, "last_step": 1}
        for secret in (b"\x00\xff'", b""):
            db.upsert(session, SecondFactor.__table__, [row | {"secret": secret}])
            assert session.scalar(select(SecondFactor.secret)) == secret
    assert [(o.state, o.body, o.claimed_until) for o in session.scalars(select(Outgoing))] == [("waiting", {}, None)] * 2


def test_naive_instants_are_refused(session: Session) -> None:
    with pytest.raises(Exception, match="naive|datetime"):
        db.insert_rows(session, Event.__table__, [event(1, {}, datetime(2026, 3, 2))])
