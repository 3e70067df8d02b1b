"""Logging in and out: wrong passwords counted, accounts locked for a while, log-ins begun and ended. Rights: services.accounts.

A log-in is tried in two calls: `compare` reads and hashes, slowly; `enter` writes, and has the last word on locks. Where
a second factor is set the first step gives a Half, and `enter_code` the rest.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.models import Account, LoginSession, OutsideLogin
from casemgr.policy import Actor
from casemgr.queries.logins import Login, digest
from casemgr.services import factors, passwords, throttle
from casemgr.services.accounts import get_account
from casemgr.services.factors import FactorRules
from casemgr.services.passwords import PasswordRules

NOBODY = Actor("nobody")  # who stands in the trail for a refused log-in
SEEN_EVERY = timedelta(minutes=1)
HALF_HOLDS = timedelta(minutes=5)
PASSWORD, OUTSIDE = "password", "outside"  # noqa: S105  ways to log in


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of comparing: the account of that login, if any, whether the password is right, a fresher hash if due."""

    account_id: int | None
    right: bool
    new_hash: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a log-in is begun: the network address, the device in a few words, and the way in."""

    address: str = ""
    device: str = ""
    way: str = PASSWORD


NOWHERE = Place()
NO_FACTOR = FactorRules()


@dataclass(frozen=True, slots=True)
class Half:
    """The first step of a log-in was right; the second factor is still to come. It opens nothing."""

    account_id: int
    rights_version: int
    begun_at: datetime
    way: str = PASSWORD


def compare(session: Session, login: str, password: str, rules: PasswordRules) -> Compared:
    """Compare a login and a password with what is kept. An unknown login takes as long as a known one."""
    row = session.execute(
        select(Account.id, Account.password_hash).where(Account.login == login.strip(), Account.active.is_(True))
    ).first()
    right = passwords.is_right(rules, row.password_hash if row else None, password)
    stale = row is not None and right and rules.hasher.check_needs_rehash(row.password_hash)
    return Compared(row.id if row else None, right, rules.hasher.hash(password) if stale else "")


def enter(
    session: Session, compared: Compared, *, at: datetime, rules: PasswordRules, factor: FactorRules = NO_FACTOR,
    place: Place = NOWHERE,
) -> str | Half | None:  # fmt: skip
    """Begin a log-in: its token, or the half of it that still wants a code; None when refused. To be committed in all
    cases: refusals are counted."""
    if compared.account_id is None:
        return None
    account = get_account(session, compared.account_id)
    if is_locked(session, account, at):
        return None
    if not compared.right or not account.active:
        count_failure(session, account, at=at, rules=rules)
        return None
    account.password_hash = compared.new_hash or account.password_hash
    if factors.is_set(session, account.id):
        return Half(account.id, account.rights_version, at, place.way)
    return admit(session, account, at=at, factor=factor, place=place)


def is_locked(session: Session, account: Account, at: datetime) -> bool:
    """Whether an account is locked; the try is on record."""
    if account.locked_until is None or account.locked_until <= at:
        return False
    audit.record(session, account, "account.refused", actor=NOBODY, at=at, data={"locked": True})
    return True


def admit(
    session: Session, account: Account, *, at: datetime, factor: FactorRules = NO_FACTOR, place: Place = NOWHERE, by: str = ""
) -> str:
    """Everything was right: the token of the new log-in. `by` is the second factor that was shown: "code", "recovery"."""
    account.failed_count, account.locked_until = 0, None
    data = {"way": place.way, **({"factor": by} if by else {})}
    audit.record(session, account, "account.logged_in", actor=Actor("account", account.id), at=at, data=data)
    throttle.note_known(session, account.id, place.address, at)
    factors.ask_for(session, account, factor, at)
    return begin(session, account, at, place)


def is_open(half: Half, account: Account, at: datetime) -> bool:
    """Whether a first step still waits for its code: a few minutes, and while nothing changed about the account."""
    return account.active and half.rights_version == account.rights_version and half.begun_at > at - HALF_HOLDS


def enter_code(
    session: Session, half: Half, code: str, *, at: datetime, rules: PasswordRules, factor: FactorRules = NO_FACTOR,
    place: Place = NOWHERE,
) -> str | None:  # fmt: skip
    """The token when the code is right; None when it is not, or too late. To be committed: wrong ones are counted."""
    account = get_account(session, half.account_id)
    if not is_open(half, account, at) or is_locked(session, account, at):
        return None
    by = factors.check(session, account, code, at=at)
    if not by:
        count_failure(session, account, at=at, rules=rules)
        return None
    return admit(session, account, at=at, factor=factor, place=Place(place.address, place.device, half.way), by=by)


def enter_outside(
    session: Session, account_id: int, *, at: datetime, factor: FactorRules = NO_FACTOR, place: Place, checked: bool
) -> str | Half | None:
    """Begin a log-in that an outside service vouches for; `checked` where it asks for a second factor itself.

    A locked account stays locked; one that is off, stays out.
    """
    account = get_account(session, account_id)
    if not account.active or is_locked(session, account, at):
        return None
    if not checked and factors.is_set(session, account.id):
        return Half(account.id, account.rights_version, at, place.way)
    return admit(session, account, at=at, factor=NO_FACTOR if checked else factor, place=place)


def find_outside(session: Session, issuer: str, subject: str) -> int | None:
    """The account that a subject of an outside service is linked to."""
    query = select(OutsideLogin.account_id).where(OutsideLogin.issuer == issuer, OutsideLogin.subject == subject)
    return session.scalar(query)


def find_by_login(session: Session, login: str) -> int | None:
    """The account of a login."""
    return session.scalar(select(Account.id).where(Account.login == login))


def prove(session: Session, account_id: int, code: str, *, at: datetime, rules: PasswordRules) -> Account | None:
    """The account, when its owner shows a code once more; None for a wrong one, which is counted and may lock."""
    account = get_account(session, account_id)
    if is_locked(session, account, at):
        return None
    if factors.check(session, account, code, at=at):
        return account
    count_failure(session, account, at=at, rules=rules)
    return None


def count_failure(session: Session, account: Account, *, at: datetime, rules: PasswordRules) -> None:
    """Count a wrong password or code; the last one allowed locks the account for a while and begins the count anew."""
    account.failed_count += 1
    audit.record(session, account, "account.refused", actor=NOBODY, at=at, data={"failures": account.failed_count})
    if account.failed_count >= rules.failures:
        account.failed_count, account.locked_until = 0, at + rules.locked_for
        audit.record(session, account, "account.locked", actor=NOBODY, at=at)


def begin(session: Session, account: Account, at: datetime, place: Place = NOWHERE) -> str:
    """Begin a log-in: its token, to be put into the cookie. Log-ins of this account that ended are cleared away."""
    token = secrets.token_urlsafe(32)
    ended = LoginSession.ended_at.is_not(None) | (LoginSession.rights_version != account.rights_version)
    session.execute(delete(LoginSession).where(LoginSession.account_id == account.id, ended))
    session.add(
        LoginSession(
            token_hash=digest(token), account_id=account.id, rights_version=account.rights_version,
            created_at=at, seen_at=at, address=place.address, device=place.device, way=place.way,
        )
    )  # fmt: skip
    session.flush()
    return token


def leave(session: Session, login: Login, *, at: datetime) -> None:
    """End a log-in at its owner's wish."""
    account = get_account(session, login.account_id)
    end(session, account, LoginSession.token_hash == login.token_hash, at)
    audit.record(session, account, "account.logged_out", actor=Actor("account", account.id), at=at)


def end(session: Session, account: Account, which: ColumnElement[bool], at: datetime) -> int:
    """End the log-ins of an account that fit; how many there were."""
    running = (LoginSession.account_id == account.id) & LoginSession.ended_at.is_(None) & which
    return len(session.scalars(update(LoginSession).where(running).values(ended_at=at).returning(LoginSession.token_hash)).all())


def end_one(session: Session, account: Account, handle: str, *, actor: Actor, at: datetime) -> None:
    """End the log-in of that handle (queries.logins), on another device."""
    record_end(session, account, end(session, account, LoginSession.token_hash.startswith(handle, autoescape=True), at), actor, at)


def end_others(session: Session, login: Login, *, actor: Actor, at: datetime) -> int:
    """End one's log-ins on all other devices; how many there were."""
    account = get_account(session, login.account_id)
    count = end(session, account, LoginSession.token_hash != login.token_hash, at)
    record_end(session, account, count, actor, at)
    return count


def record_end(session: Session, account: Account, count: int, actor: Actor, at: datetime) -> None:
    """Put the end of log-ins on record, if any ended."""
    if count:
        audit.record(session, account, "account.login_ended", actor=actor, at=at, data={"count": count})


def is_seen_due(login: Login, at: datetime) -> bool:
    """Whether it is time to note that somebody is still there: at most once a minute."""
    return at - login.seen_at >= SEEN_EVERY


def note_seen(session: Session, login: Login, *, at: datetime) -> None:
    """Note that somebody is still there."""
    session.execute(update(LoginSession).where(LoginSession.token_hash == login.token_hash).values(seen_at=at))
