"""Accounts and passwords: made, reset, unlocked, switched off and on. Posts and mandates: services.appointments.

Every change is an event of the account's own chain; one that touches rights raises `rights_version`, so that all
log-ins of the account end with their next request. Nobody changes their own rights.
"""

import re
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from casemgr import audit, policy
from casemgr.db import lock_rows
from casemgr.errors import AlreadyThere, Invalid, NotAllowed, NotFound
from casemgr.models import Account, ApiToken, Feed, LoginSession, Outgoing, OutsideLogin, Robot
from casemgr.policy import Actor
from casemgr.services import passwords
from casemgr.services.passwords import PasswordRules, Prepared

LOGIN = re.compile(r"[A-Za-z0-9._-]{2,64}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
WRONG_OLD = "This is not your present password."
LOGIN_TAKEN = "This login is taken."
LOGIN_SHAPE = "A login has 2 to 64 letters, digits, dots, dashes or underscores."
NAME_MISSING = "Give the name."
EMAIL_SHAPE = "This is not an e-mail address."
SUBJECT_TAKEN = "This name of the outside log-in means another account."
NOT_ONESELF = "Nobody changes their own rights: another security administrator does."


def create_account(
    session: Session, login: str, name: str, *, actor: Actor, at: datetime, rules: PasswordRules,
    email: str = "", locale: str = "zh_Hans", password: str = "", prepared: Prepared | None = None,
) -> tuple[Account, str]:  # fmt: skip
    """Make an account without any right: it, and its temporary password, to be told once. Raises Invalid, AlreadyThere.

    `password` instead of a random one is for installing and demo; it is changed at the first log-in all the same.
    `prepared` was hashed before, so that many accounts are made without holding up others.
    """
    demand(actor)
    refuse_bad(login, name, email)
    if session.scalar(select(Account.id).where(Account.login == login)):
        raise AlreadyThere("login_taken", LOGIN_TAKEN)
    ready = prepared or passwords.prepare(rules, password)
    account = Account(
        login=login, name=name.strip(), email=email, locale=locale, password_hash=ready.hash,
        old_hashes=[], must_change=True, password_changed_at=at, created_at=at,
        failed_count=0, active=True, rights_version=1, trail_seq=0, trail_hash="",
    )  # fmt: skip
    session.add(account)
    session.flush()
    audit.record(session, account, "account.created", actor=actor, at=at)
    return account, ready.told


def demand(actor: Actor, account_id: int | None = None) -> None:
    """Raise NotAllowed unless the actor looks after accounts, and after other people's."""
    if not policy.may(actor, "accounts"):
        raise NotAllowed()
    if account_id is not None and actor.account_id == account_id:
        raise NotAllowed("not_oneself", NOT_ONESELF)


def refuse_bad(login: str, name: str, email: str) -> None:
    """Raise Invalid naming every field that cannot be used."""
    faults = {}
    if not LOGIN.fullmatch(login):
        faults["login"] = [LOGIN_SHAPE]
    if not name.strip():
        faults["name"] = [NAME_MISSING]
    if email and not EMAIL.fullmatch(email):
        faults["email"] = [EMAIL_SHAPE]
    if faults:
        raise Invalid(faults)


def get_account(session: Session, account_id: int) -> Account:
    """The account as it is now, its row locked to the end of the transaction. Raises NotFound."""
    query = select(Account).where(Account.id == account_id).execution_options(populate_existing=True)
    account = session.scalar(lock_rows(session, query))
    if account is None:
        raise NotFound()
    return account


def other_account(session: Session, account_id: int, actor: Actor) -> Account:
    """The same, for an actor who may change its rights. Raises NotAllowed, NotFound."""
    demand(actor, account_id)
    return get_account(session, account_id)


def set_password(
    session: Session, account: Account, password: str, *, actor: Actor, at: datetime, rules: PasswordRules
) -> None:
    """Take a new password of the owner's own choice. All log-ins of the account end. Raises Invalid."""
    hashes = [account.password_hash, *account.old_hashes]
    if faults := passwords.faults_of(rules, password, account.login, hashes):
        raise Invalid({"new": faults})
    replace_hash(account, rules.hasher.hash(password), at=at, keep=rules.history)
    account.must_change = False
    account.rights_version += 1
    audit.record(session, account, "account.password_changed", actor=actor, at=at)


def replace_hash(account: Account, hash: str, *, at: datetime, keep: int) -> None:
    """Put a new hash in force; the last `keep`, counting it, may not be taken again."""
    account.old_hashes = [account.password_hash, *account.old_hashes][: max(keep - 1, 0)]
    account.password_hash = hash
    account.password_changed_at = at


def reset_password(session: Session, account_id: int, *, actor: Actor, at: datetime, rules: PasswordRules) -> str:
    """Give a temporary password, to be told once and changed at the next log-in; ends all log-ins and any lock."""
    account = other_account(session, account_id, actor)
    told = passwords.temporary(rules)
    replace_hash(account, rules.hasher.hash(told), at=at, keep=rules.history)
    account.must_change = True
    account.failed_count, account.locked_until = 0, None
    account.rights_version += 1
    end_tokens(session, account_id, at=at)
    audit.record(session, account, "account.password_reset", actor=actor, at=at)
    return told


def unlock(session: Session, account_id: int, *, actor: Actor, at: datetime) -> None:
    """End a lock before its time."""
    account = other_account(session, account_id, actor)
    account.failed_count, account.locked_until = 0, None
    audit.record(session, account, "account.unlocked", actor=actor, at=at)


def set_active(session: Session, account_id: int, active: bool, *, actor: Actor, at: datetime) -> None:
    """Switch an account off or on. Its posts stay; matters in its hands stay there until somebody moves them."""
    account = other_account(session, account_id, actor)
    if account.active == active:
        return
    account.active = active
    account.rights_version += 1
    end_tokens(session, account_id, at=at)
    audit.record(session, account, "account.activated" if active else "account.deactivated", actor=actor, at=at)


def end_logins(session: Session, account_id: int, *, actor: Actor, at: datetime) -> int:
    """End every log-in of an account at once; how many there were."""
    account = other_account(session, account_id, actor)
    running = (LoginSession.account_id == account.id) & LoginSession.ended_at.is_(None)
    ended = session.scalars(update(LoginSession).where(running).values(ended_at=at).returning(LoginSession.token_hash))
    count = len(ended.all())
    account.rights_version += 1
    end_tokens(session, account_id, at=at)
    audit.record(session, account, "account.logins_ended", actor=actor, at=at, data={"count": count})
    return count


def end_tokens(session: Session, account_id: int, *, at: datetime) -> None:
    """Revoke what an account made for programs: tokens of the API, its calendar address, its own robots and what waits for
    them. With the account off, or in doubt who has its password."""
    running = (ApiToken.account_id == account_id) & ApiToken.revoked_at.is_(None)
    session.execute(update(ApiToken).where(running).values(revoked_at=at))
    session.execute(delete(Feed).where(Feed.account_id == account_id))
    kinds = session.scalars(delete(Robot).where(Robot.account_id == account_id).returning(Robot.kind)).all()
    waits = (Outgoing.account_id == account_id) & Outgoing.channel.in_(kinds) & (Outgoing.state == "waiting")
    session.execute(update(Outgoing).where(waits).values(state="dropped", error="disconnected"))


def link_outside(session: Session, account_id: int, issuer: str, subject: str, *, actor: Actor, at: datetime) -> None:
    """Let a subject of an outside log-in service mean this account, and no other; with "" nobody there does.

    Raises NotAllowed, NotFound (no account, or no service), AlreadyThere when the subject means another account. All log-ins of the account end.
    """
    account, wanted = other_account(session, account_id, actor), subject.strip()
    before = session.scalars(select(OutsideLogin).where(OutsideLogin.account_id == account.id)).all()
    if [(row.issuer, row.subject) for row in before] == ([(issuer, wanted)] if wanted else []):
        return
    if wanted and not issuer:
        raise NotFound()
    taken = select(OutsideLogin.account_id).where(OutsideLogin.issuer == issuer, OutsideLogin.subject == wanted)
    if wanted and session.scalar(taken) not in (None, account.id):
        raise AlreadyThere("subject_taken", SUBJECT_TAKEN)
    session.execute(delete(OutsideLogin).where(OutsideLogin.account_id == account.id))
    if wanted:
        session.add(OutsideLogin(issuer=issuer, subject=wanted, account_id=account.id, linked_at=at))
    account.rights_version += 1
    audit.record(session, account, "account.outside_linked" if wanted else "account.outside_unlinked", actor=actor, at=at)


def set_locale(session: Session, account_id: int, locale: str) -> None:
    """Keep the language of an account. No right, so no event."""
    session.execute(update(Account).where(Account.id == account_id).values(locale=locale))
