"""Logging in and out: wrong passwords counted, accounts locked for a while, log-ins begun and ended. Rights: services.accounts.

A log-in is tried in two calls: `compare` reads and hashes, slowly; `enter` writes, and has the last word on locks.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.models import Account, LoginSession
from casemgr.policy import Actor
from casemgr.queries.logins import Login, digest
from casemgr.services import passwords
from casemgr.services.accounts import get_account
from casemgr.services.passwords import PasswordRules

NOBODY = Actor("nobody")  # who stands in the trail for a refused log-in
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of comparing: the account of that login, if any, whether the password is right, a fresher hash if due."""

    account_id: int | None
    right: bool
    new_hash: str = ""


def compare(session: Session, login: str, password: str, rules: PasswordRules) -> Compared:
    """Compare a login and a password with what is kept. An unknown login takes as long as a known one."""
    row = session.execute(
        select(Account.id, Account.password_hash).where(Account.login == login.strip(), Account.active.is_(True))
    ).first()
    right = passwords.is_right(rules, row.password_hash if row else None, password)
    stale = row is not None and right and rules.hasher.check_needs_rehash(row.password_hash)
    return Compared(row.id if row else None, right, rules.hasher.hash(password) if stale else "")


def enter(session: Session, compared: Compared, *, at: datetime, rules: PasswordRules) -> str | None:
    """Begin a log-in and give its token; None when refused. To be committed in both cases: refusals are counted."""
    if compared.account_id is None:
        return None
    account = get_account(session, compared.account_id)
    if account.locked_until and account.locked_until > at:
        audit.record(session, account, "account.refused", actor=NOBODY, at=at, data={"locked": True})
        return None
    if not compared.right or not account.active:
        count_failure(session, account, at=at, rules=rules)
        return None
    account.failed_count, account.locked_until = 0, None
    account.password_hash = compared.new_hash or account.password_hash
    audit.record(session, account, "account.logged_in", actor=Actor("account", account.id), at=at)
    return begin(session, account, at)


def count_failure(session: Session, account: Account, *, at: datetime, rules: PasswordRules) -> None:
    """Count a wrong password; the last one allowed locks the account for a while and begins the count anew."""
    account.failed_count += 1
    audit.record(session, account, "account.refused", actor=NOBODY, at=at, data={"failures": account.failed_count})
    if account.failed_count >= rules.failures:
        account.failed_count, account.locked_until = 0, at + rules.locked_for
        audit.record(session, account, "account.locked", actor=NOBODY, at=at)


def begin(session: Session, account: Account, at: datetime) -> str:
    """Begin a log-in: its token, to be put into the cookie. Log-ins of this account that ended are cleared away."""
    token = secrets.token_urlsafe(32)
    ended = LoginSession.ended_at.is_not(None) | (LoginSession.rights_version != account.rights_version)
    session.execute(delete(LoginSession).where(LoginSession.account_id == account.id, ended))
    session.add(
        LoginSession(
            token_hash=digest(token), account_id=account.id, rights_version=account.rights_version,
            created_at=at, seen_at=at,
        )
    )  # fmt: skip
    session.flush()
    return token


def leave(session: Session, login: Login, *, at: datetime) -> None:
    """End a log-in at its owner's wish."""
    account = get_account(session, login.account_id)
    session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == login.token_hash, LoginSession.ended_at.is_(None))
        .values(ended_at=at)
    )
    audit.record(session, account, "account.logged_out", actor=Actor("account", account.id), at=at)


def is_seen_due(login: Login, at: datetime) -> bool:
    """Whether it is time to note that somebody is still there: at most once a minute."""
    return at - login.seen_at >= SEEN_EVERY


def note_seen(session: Session, login: Login, *, at: datetime) -> None:
    """Note that somebody is still there."""
    session.execute(update(LoginSession).where(LoginSession.token_hash == login.token_hash).values(seen_at=at))
