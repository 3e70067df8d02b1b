"""Accounts, passwords, locks and rights: what is allowed, what is refused, and that a refusal changes nothing."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.errors import AlreadyThere, Invalid, NotAllowed
from casemgr.models import Account, Appointment, Case, Event, Mandate
from casemgr.policy import SETUP, Actor, visible
from casemgr.queries.logins import Limits, find_login
from casemgr.services import accounts, appointments, frequent_passwords, logins, passwords
from casemgr.services.passwords import PasswordRules
from tests.world import PASSWORD, World

LIMITS = Limits(timedelta(minutes=30), timedelta(hours=12))
ADMINS = ("system_admin", "security_admin", "audit_admin")


@pytest.fixture
def rules(app: Flask) -> PasswordRules:
    return app.extensions["passwords"]


@pytest.fixture
def session(app: Flask, world: World) -> Iterator[Session]:
    with app.extensions["sessions"]() as session:
        yield session
        session.rollback()
        assert audit.verify(session)[1] == []


def by(session: Session, world: World, who: str = "security_admin") -> dict[str, Any]:
    return {"actor": world.actor(session, who), "at": world.at}


def rows(session: Session, login: str) -> tuple[Any, ...]:
    """Everything that a change of rights could change."""
    session.expire_all()
    account = session.scalars(select(Account).where(Account.login == login)).one()
    held = session.execute(
        select(Appointment.post_id, Appointment.from_on, Appointment.to_on).where(Appointment.account_id == account.id)
    ).all()
    mandates = session.execute(select(Mandate.area_id, Mandate.to_on).where(Mandate.account_id == account.id)).all()
    return account.rights_version, account.active, account.password_hash, account.trail_seq, held, mandates


def kinds(session: Session, account_id: int) -> list[str]:
    query = select(Event.kind).where(Event.stream == "account", Event.stream_id == account_id).order_by(Event.seq)
    return list(session.scalars(query))


def try_login(session: Session, login: str, password: str, world: World, rules: PasswordRules, minutes: int = 0) -> str | None:
    compared = logins.compare(session, login, password, rules)
    with db.transaction(session):
        return logins.enter(session, compared, at=world.at + timedelta(minutes=minutes), rules=rules)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("Aa1-aaa", passwords.TOO_SHORT),
        ("abcdefgh1", passwords.TOO_PLAIN),
        ("ABCDEFGH", passwords.TOO_PLAIN),
        ("Aa1-" * 40, passwords.TOO_LONG),
        ("Head_A-2026", passwords.LIKE_LOGIN),
        ("Password1!", passwords.TOO_FREQUENT),
        ("P@ssw0rd2026", passwords.TOO_FREQUENT),
        ("Aa123456", passwords.TOO_FREQUENT),
        ("1qaz@WSX", passwords.TOO_FREQUENT),
        ("Woaini520!", passwords.TOO_FREQUENT),
        ("2026-Tiaojie", passwords.TOO_FREQUENT),
    ],
)
def test_weak_passwords_are_refused(rules: PasswordRules, password: str, sentence: str) -> None:
    assert passwords.faults_of(rules, password, "head_a", ()) == [sentence]


@pytest.mark.parametrize("password", ["Quiet-street", "quiet-street-7", "安静街道Ab1x", "AAAA1111----", "Dragon-81723-91827"])
def test_three_of_four_classes_are_enough(rules: PasswordRules, password: str) -> None:
    assert passwords.faults_of(rules, password, "head_a", ()) == []


def test_the_list_of_frequent_passwords_is_the_one_on_record() -> None:
    """OWASP asks for the first 3,000 that keep the rules; those with eight signs or more are compared whole, in any capitals."""
    found = frequent_passwords.LIST
    assert hashlib.sha256(found.read_bytes()).hexdigest() in (found.parent / "README.md").read_text()
    assert sum(len(password) >= 8 for password in frequent_passwords.frequent()) > 3_000


def test_temporary_passwords_keep_the_rules_and_differ(rules: PasswordRules) -> None:
    made = {passwords.temporary(rules) for _ in range(50)}
    assert len(made) == 50
    assert not any(passwords.faults_of(rules, password, "head_a", ()) for password in made)


def test_the_last_five_passwords_are_not_taken_again(session: Session, world: World, rules: PasswordRules) -> None:
    account = accounts.get_account(session, world.accounts["head_a"].id)
    change = {**by(session, world, "head_a"), "rules": rules}
    for n in range(4):
        accounts.set_password(session, account, f"Other-Street-{n}", **change)
    for old in (PASSWORD, "Other-Street-0", "Other-Street-3"):
        with pytest.raises(Invalid) as refused:
            accounts.set_password(session, account, old, **change)
        assert refused.value.fields == {"new": (passwords.USED_BEFORE,)}
    accounts.set_password(session, account, "Other-Street-4", **change)
    accounts.set_password(session, account, PASSWORD, **change)


def test_a_new_account_has_no_right_and_must_change_its_password(session: Session, world: World, rules: PasswordRules) -> None:
    account, told = accounts.create_account(session, "newcomer", "新来", **by(session, world), rules=rules)
    assert account.must_change
    session.commit()
    actor = world.actor(session, "security_admin")
    assert kinds(session, account.id) == ["account.created"]
    assert actor.account_id == session.scalar(select(Event.actor_id).where(Event.stream_id == account.id, Event.stream == "account"))
    assert try_login(session, "newcomer", told, world, rules)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"login": "x"}, "login"), ({"login": "a b"}, "login"), ({"name": " "}, "name"), ({"email": "nobody"}, "email")],
)
def test_bad_accounts_are_refused(session: Session, world: World, rules: PasswordRules, given: dict[str, str], field: str) -> None:
    values = {"login": "newcomer", "name": "新来", **given}
    with pytest.raises(Invalid) as refused:
        accounts.create_account(session, **values, **by(session, world), rules=rules)
    assert set(refused.value.fields) == {field}


def test_a_login_is_given_once(session: Session, world: World, rules: PasswordRules) -> None:
    with pytest.raises(AlreadyThere):
        accounts.create_account(session, "head_a", "又一个", **by(session, world), rules=rules)


def test_five_wrong_passwords_lock_for_a_while(session: Session, world: World, rules: PasswordRules) -> None:
    for _ in range(rules.failures - 1):
        assert try_login(session, "head_a", "wrong", world, rules) is None
    assert try_login(session, "head_a", PASSWORD, world, rules), "a right one in time clears the count"
    for _ in range(rules.failures):
        assert try_login(session, "head_a", "wrong", world, rules) is None
    assert try_login(session, "head_a", PASSWORD, world, rules, minutes=14) is None
    assert try_login(session, "head_a", PASSWORD, world, rules, minutes=15)
    assert kinds(session, world.accounts["head_a"].id).count("account.locked") == 1


def test_a_lock_is_ended_by_the_security_administrator(session: Session, world: World, rules: PasswordRules) -> None:
    for _ in range(rules.failures):
        try_login(session, "head_a", "wrong", world, rules)
    with db.transaction(session):
        accounts.unlock(session, world.accounts["head_a"].id, **by(session, world))
    assert try_login(session, "head_a", PASSWORD, world, rules)


def test_an_unknown_login_leaves_no_trace_and_costs_a_hash(session: Session, world: World, rules: PasswordRules) -> None:
    before = session.scalar(select(func.count()).select_from(Event))
    assert logins.compare(session, "nobody", PASSWORD, rules) == logins.Compared(None, False)
    assert try_login(session, "nobody", PASSWORD, world, rules) is None
    assert session.scalar(select(func.count()).select_from(Event)) == before


def test_a_switched_off_account_does_not_log_in(session: Session, world: World, rules: PasswordRules) -> None:
    with db.transaction(session):
        accounts.set_active(session, world.accounts["head_a"].id, False, **by(session, world))
    assert try_login(session, "head_a", PASSWORD, world, rules) is None
    with db.transaction(session):
        accounts.set_active(session, world.accounts["head_a"].id, True, **by(session, world))
    assert try_login(session, "head_a", PASSWORD, world, rules)


def test_a_reset_ends_log_ins_and_wants_a_change(session: Session, world: World, rules: PasswordRules) -> None:
    token = try_login(session, "head_a", PASSWORD, world, rules)
    assert token
    assert find_login(session, token, at=world.at, limits=LIMITS)
    with db.transaction(session):
        told = accounts.reset_password(session, world.accounts["head_a"].id, **by(session, world), rules=rules)
    assert find_login(session, token, at=world.at, limits=LIMITS) is None
    assert try_login(session, "head_a", PASSWORD, world, rules) is None
    token = try_login(session, "head_a", told, world, rules)
    assert token
    found = find_login(session, token, at=world.at, limits=LIMITS)
    assert found is not None
    assert found.must_change


def test_a_log_in_ends_idle_and_ends_old(session: Session, world: World, rules: PasswordRules) -> None:
    token = try_login(session, "head_a", PASSWORD, world, rules)
    assert token
    at = world.at
    assert find_login(session, token, at=at + timedelta(minutes=29), limits=LIMITS)
    assert find_login(session, token, at=at + timedelta(minutes=30), limits=LIMITS) is None
    for _ in range(24):  # somebody is there all day
        at += timedelta(minutes=29)
        found = find_login(session, token, at=at, limits=LIMITS)
        assert found
        logins.note_seen(session, found, at=at)
    assert find_login(session, token, at=world.at + timedelta(hours=12), limits=LIMITS) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda s, w, by: appointments.appoint(s, w.accounts["head_a"].id, w.posts["mediator_b"].id, from_on=w.today, **by),
        lambda s, w, by: appointments.relieve(s, first_appointment(s, w, "head_a"), last_on=w.today, **by),
        lambda s, w, by: appointments.give_mandate(
            s, w.accounts["head_a"].id, w.areas["street_b"].id, from_on=w.today, to_on=w.today, basis="函", **by
        ),
        lambda s, w, by: accounts.set_active(s, w.accounts["head_a"].id, False, **by),
        lambda s, w, by: accounts.end_logins(s, w.accounts["head_a"].id, **by),
    ],
)
def test_a_change_of_rights_ends_every_log_in_at_once(session: Session, world: World, rules: PasswordRules, change: Any) -> None:
    tokens = [try_login(session, "head_a", PASSWORD, world, rules) for _ in range(2)]
    assert all(token and find_login(session, token, at=world.at, limits=LIMITS) for token in tokens)
    seq = rows(session, "head_a")[3]
    with db.transaction(session):
        change(session, world, by(session, world))
    assert not any(token and find_login(session, token, at=world.at, limits=LIMITS) for token in tokens)
    assert rows(session, "head_a")[3] == seq + 1


def first_appointment(session: Session, world: World, who: str) -> int:
    found = session.scalar(select(Appointment.id).where(Appointment.account_id == world.accounts[who].id))
    assert found is not None
    return found


CHANGES = {
    "appoint": lambda s, w, who, by: appointments.appoint(s, w.accounts[who].id, w.posts["mediator_b"].id, from_on=w.today, **by),
    "relieve": lambda s, w, who, by: appointments.relieve(s, first_appointment(s, w, who), last_on=w.today, **by),
    "mandate": lambda s, w, who, by: appointments.give_mandate(
        s, w.accounts[who].id, w.areas["street_b"].id, from_on=w.today, to_on=w.today, basis="函", **by
    ),
    "switch": lambda s, w, who, by: accounts.set_active(s, w.accounts[who].id, False, **by),
    "unlock": lambda s, w, who, by: accounts.unlock(s, w.accounts[who].id, **by),
    "end": lambda s, w, who, by: accounts.end_logins(s, w.accounts[who].id, **by),
}


@pytest.mark.parametrize("change", CHANGES)
def test_only_the_security_administrator_changes_rights(session: Session, world: World, change: str) -> None:
    before = rows(session, "head_a")
    for who in world.accounts:
        if who != "security_admin":
            with pytest.raises(NotAllowed):
                CHANGES[change](session, world, "head_a", by(session, world, who))
    assert rows(session, "head_a") == before


@pytest.mark.parametrize("change", CHANGES)
def test_nobody_changes_their_own_rights(session: Session, world: World, change: str) -> None:
    before = rows(session, "security_admin")
    with pytest.raises(NotAllowed) as refused:
        CHANGES[change](session, world, "security_admin", by(session, world))
    assert refused.value.code == "not_oneself"
    assert rows(session, "security_admin") == before


@pytest.mark.parametrize("admin", ADMINS)
def test_an_administrator_holds_no_second_post(session: Session, world: World, admin: str) -> None:
    session.rollback()
    before = rows(session, admin)
    others = [post for login, post in world.posts.items() if login != admin]
    for post in others:
        with pytest.raises((Invalid, NotAllowed)):
            appointments.appoint(session, world.accounts[admin].id, post.id, from_on=world.today, actor=SETUP, at=world.at)
    with pytest.raises(Invalid):
        appointments.give_mandate(
            session, world.accounts[admin].id, world.areas["street_a"].id,
            from_on=world.today, to_on=world.today, basis="函", actor=SETUP, at=world.at,
        )  # fmt: skip
    assert rows(session, admin) == before


@pytest.mark.parametrize("admin", ADMINS)
@pytest.mark.parametrize("who", ["head_a", "inspector_a"])
def test_who_works_on_matters_becomes_no_administrator(session: Session, world: World, admin: str, who: str) -> None:
    before = rows(session, who)
    with pytest.raises(Invalid):
        appointments.appoint(session, world.accounts[who].id, world.posts[admin].id, from_on=world.today, actor=SETUP, at=world.at)
    assert rows(session, who) == before


def test_one_after_the_other_is_allowed(session: Session, world: World) -> None:
    given = by(session, world)
    last = world.today + timedelta(days=9)
    appointments.relieve(session, first_appointment(session, world, "head_a"), last_on=last, **given)
    post = world.posts["audit_admin"].id
    with pytest.raises(Invalid):
        appointments.appoint(session, world.accounts["head_a"].id, post, from_on=last, **given)
    appointments.appoint(session, world.accounts["head_a"].id, post, from_on=last + timedelta(days=1), **given)
    assert world.actor(session, "head_a", last).has("head")
    assert world.actor(session, "head_a", last + timedelta(days=1)).has("audit_admin")


def test_one_person_may_hold_several_posts_but_none_twice(session: Session, world: World) -> None:
    given = by(session, world)
    appointments.appoint(session, world.accounts["head_a"].id, world.posts["mediator_b"].id, from_on=world.today, **given)
    with pytest.raises(AlreadyThere):
        appointments.appoint(session, world.accounts["head_a"].id, world.posts["mediator_b"].id, from_on=world.today, **given)
    assert {post.role for post in world.actor(session, "head_a").posts} == {"head", "mediator"}


def test_bad_days_are_refused(session: Session, world: World) -> None:
    given, day = by(session, world), timedelta(days=1)
    head, area = world.accounts["head_a"].id, world.areas["street_a"].id
    with pytest.raises(Invalid):
        appointments.appoint(session, head, world.posts["mediator_b"].id, from_on=world.today, to_on=world.today - day, **given)
    for to_on, basis in ((world.today - day, "函"), (world.today + 400 * day, "函"), (world.today, " ")):
        with pytest.raises(Invalid):
            appointments.give_mandate(session, head, area, from_on=world.today, to_on=to_on, basis=basis, **given)


def test_a_relieved_post_no_longer_counts_and_a_mandate_ends(session: Session, world: World) -> None:
    given, yesterday = by(session, world), world.today - timedelta(days=1)
    appointments.relieve(session, first_appointment(session, world, "head_a"), last_on=yesterday, **given)
    assert world.actor(session, "head_a").posts == ()
    assert world.actor(session, "inspector_a").mandates
    appointments.end_mandate(session, world.mandates["inspector_a"].id, last_on=yesterday, **given)
    assert not world.actor(session, "inspector_a").mandates


def test_who_is_refused_has_no_rights(session: Session, world: World) -> None:
    nobody = Actor("nobody")
    assert nobody == logins.NOBODY
    assert session.scalars(select(Case.id).where(visible(nobody))).all() == []
