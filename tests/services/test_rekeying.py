"""Keys turn over while pages run: old and new are readable and findable meanwhile, a killed run goes on, nothing is lost."""

import base64
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import casemgr
from casemgr import audit, db
from casemgr.clock import FixedClock
from casemgr.config import load_settings
from casemgr.keys import Keyring, fingerprint
from casemgr.models import Account, Event, RecoveryCode
from casemgr.services import factors, kept, rekeying
from casemgr.services.rows import find_or_add_person, find_person
from tests.conftest import KEY, values_for_tests
from tests.world import PASSWORD, World, log_in, token_of

OLD = base64.b64decode(KEY)
NEW, INDEX = b"n" * 32, b"i" * 32
BOTH = Keyring({"2": NEW, "1": OLD}, INDEX, (OLD,))
ONLY_NEW = Keyring({"2": NEW}, INDEX)
PEOPLE = 7


@pytest.fixture
def numbers(session: Session, world: World) -> list[dict[str, str]]:
    """Persons sealed under the old key, a form half typed, a second factor with its codes."""
    given = [
        {"name": f"周某{n}", "phone": f"1380013{n:04}", "id_number": f"11010119900101{n:04}", "address": f"{n}号楼"} for n in range(PEOPLE)
    ]  # fmt: skip
    with db.transaction(session):
        rekeying.note_keys(session, at=world.at)
        for one in given:
            find_or_add_person(session, one, world.at)
        case = world.open_dispute(session, "head_a", "grid_a1", "楼上漏水到家里").case_id
        kept.keep_text(session, world.accounts["head_a"].id, case, "accept", {"note": ["打字一半"]}, at=world.at)
        factors.begin_setup(session, world.accounts["audit_admin"].id, at=world.at)
    return given


def every(session: Session, most: int = 3) -> None:
    """Rotate all, three rows a time."""
    for place in rekeying.PLACES:
        after: Any = ()
        while after is not None:
            with db.transaction(session):
                _, after = rekeying.rotate_some(session, place, after or None, most)
    more = 1
    while more:
        with db.transaction(session):
            more = rekeying.reindex_some(session, at=session.info["now"], most=most)


def test_all_is_moved_and_found_at_every_moment(session: Session, world: World, numbers: list[dict[str, str]]) -> None:
    session.info |= {"keys": BOTH, "now": world.at}
    with db.transaction(session):
        rekeying.note_keys(session, at=world.at)
    assert all(find_person(session, BOTH, one) for one in numbers), "before: digests of the earlier key are found"
    with db.transaction(session):
        rekeying.reindex_some(session, at=world.at, most=3)  # killed here
    session.expire_all()
    assert all(find_person(session, BOTH, one) for one in numbers), "half way: both are"
    every(session)
    session.info["keys"] = ONLY_NEW
    session.expire_all()
    for one in numbers:
        person = find_person(session, ONLY_NEW, {"id_number": one["id_number"]})
        assert person and ONLY_NEW.open(person.phone or b"", "persons.phone") == one["phone"]
        assert person.phone_tail_index == ONLY_NEW.find(one["phone"][-4:], "phone_tail")
    assert rekeying.count_sealed(session, "1") == 0
    assert factors.find_setup(session, world.accounts["audit_admin"].id, world.at)


def test_a_key_is_retired_only_when_nothing_is_under_it(app: Flask, session: Session, world: World, numbers: list[dict[str, str]]) -> None:
    session.commit()
    run = app.test_cli_runner().invoke
    for place in (app.extensions["sessions"], app.extensions["readings"]):
        place.configure(info={**place.kw["info"], "keys": BOTH})
    assert "earlier" in run(args=["keys", "list"]).output
    refused = run(args=["keys", "retire", "1"])
    assert refused.exit_code == 1 and "still under this key" in refused.output
    assert "in force" in run(args=["keys", "retire", fingerprint(INDEX, "index")]).output
    assert "persons 4" in run(args=["keys", "rotate", "--batch", "2", "--most", "4"]).output
    rest = run(args=["keys", "rotate"]).output
    assert f"persons {PEOPLE - 4}" in rest and f"digests {PEOPLE}" in rest and "kept_texts 1" in rest, rest
    assert run(args=["keys", "rotate"]).output == "nothing to move\n"
    assert run(args=["keys", "retire", "1"]).exit_code == 0
    index = [line for line in run(args=["keys", "list"]).output.splitlines() if line.startswith("index") and "earlier" in line]
    assert index and index[0].split()[2] == fingerprint(OLD, "index")
    assert run(args=["keys", "retire", fingerprint(OLD, "index")]).exit_code == 0
    session.rollback()
    kinds = list(session.scalars(select(Event.kind).where(Event.kind.like("settings.key%")).order_by(Event.seq)))
    assert kinds == ["settings.keys_rotated"] * 2 + ["settings.key_retired"] * 2
    assert audit.verify(session)[1] == []


def test_recovery_codes_hold_until_they_are_renewed(session: Session, world: World, numbers: list[dict[str, str]]) -> None:
    account = session.get_one(Account, world.accounts["audit_admin"].id)
    codes = factors.put_codes(session, account.id)
    session.info["keys"] = BOTH
    assert factors.take_recovery(session, account, codes[0], world.at)
    session.info["keys"] = ONLY_NEW
    assert not factors.take_recovery(session, account, codes[1], world.at)
    assert len(session.scalars(select(RecoveryCode).where(RecoveryCode.used_at.is_(None))).all()) == 9


def test_what_an_earlier_signing_key_signed_is_still_read(db_url: str, world: World, clock: FixedClock, tmp_path: Path) -> None:
    values = {**values_for_tests(db_url, tmp_path / "data"), "secret_key": "tests-" * 8}
    client = world.client(made := casemgr.create_app(load_settings(**values, _env_file=None), clock=clock), "head_a")
    token = token_of(client.get("/account").text)
    new = {**values, "secret_key": "another " * 5, "secret_key_fallbacks": values["secret_key"]}
    for given, status in (({**new, "secret_key_fallbacks": ""}, 400), (new, 302)):
        later = casemgr.create_app(load_settings(**given, _env_file=None), clock=clock)
        fresh = later.test_client()
        fresh.set_cookie("casemgr", client.get_cookie("casemgr").value)  # type: ignore[union-attr]
        assert fresh.post("/logout", data={"csrf_token": token}).status_code == status
        later.extensions["engine"].dispose()
    made.extensions["engine"].dispose()


def test_the_database_is_not_told_the_keys(app: Flask, world: World) -> None:
    told = app.test_cli_runner().invoke(args=["keys", "list"]).output + app.test_cli_runner().invoke(args=["keys", "public"]).output
    assert KEY not in told and OLD.hex() not in told and PASSWORD not in told
    assert log_in(app.test_client(), "head_a").status_code == 302
