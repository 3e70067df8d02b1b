"""A log-in as it stands: whose it is, and whether it still holds. Reads only; services.accounts begins and ends log-ins."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from casemgr.db import Instant
from casemgr.models import Account, LoginSession, SecondFactor
from casemgr.queries.prepared import Prepared

HANDLE = 16  # so much of the digest names a log-in on a page: enough to tell one's own apart, of no use as a cookie


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a log-in holds: without a click, and in any case."""

    idle: timedelta
    whole: timedelta


@dataclass(frozen=True, slots=True)
class Login:
    """One log-in that holds, and what pages need of its account."""

    token_hash: str
    account_id: int
    login: str
    name: str
    locale: str
    must_change: bool
    password_changed_at: datetime
    created_at: datetime
    seen_at: datetime
    way: str = "password"
    factor_since: datetime | None = None
    factor_asked_at: datetime | None = None

    @property
    def handle(self) -> str:
        """The name of this log-in on pages."""
        return self.token_hash[:HANDLE]


@dataclass(frozen=True, slots=True)
class LoginLine:
    """One log-in that holds, as its owner or the security administrator knows it."""

    handle: str
    address: str
    device: str
    way: str
    created_at: datetime
    seen_at: datetime


def digest(token: str) -> str:
    """What is kept of the token in the cookie."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_login(session: Session, token: str, *, at: datetime, limits: Limits) -> Login | None:
    """The log-in behind a token, or None when it ended, stood idle, is too old, or the account's rights changed."""
    params = {"token": digest(token), "seen_after": at - limits.idle, "created_after": at - limits.whole}
    row = LOGIN.run(session, params).first()
    return Login(*row) if row else None


def holding(seen_after: Any, created_after: Any) -> tuple[ColumnElement[bool], ...]:
    """The conditions on LoginSession, joined with Account, that it holds."""
    return (
        LoginSession.ended_at.is_(None), LoginSession.rights_version == Account.rights_version,
        LoginSession.seen_at > seen_after, LoginSession.created_at > created_after,
    )  # fmt: skip


LOGIN = Prepared(  # the statement of find_login
    select(
        LoginSession.token_hash, Account.id, Account.login, Account.name, Account.locale, Account.must_change,
        Account.password_changed_at, LoginSession.created_at, LoginSession.seen_at, LoginSession.way,
        SecondFactor.confirmed_at, Account.factor_asked_at,
    )
    .join(Account, Account.id == LoginSession.account_id)
    .outerjoin(SecondFactor, SecondFactor.account_id == Account.id)
    .where(LoginSession.token_hash == bindparam("token"), Account.active.is_(True))
    .where(*holding(bindparam("seen_after", type_=Instant()), bindparam("created_after", type_=Instant())))
)  # fmt: skip


def list_logins(session: Session, account_id: int, *, at: datetime, limits: Limits) -> list[LoginLine]:
    """The log-ins of an account that hold just now, the one seen last first."""
    query = (
        select(
            LoginSession.token_hash, LoginSession.address, LoginSession.device, LoginSession.way, LoginSession.created_at,
            LoginSession.seen_at,
        )
        .join(Account, Account.id == LoginSession.account_id)
        .where(Account.id == account_id, *holding(at - limits.idle, at - limits.whole))
        .order_by(LoginSession.seen_at.desc(), LoginSession.token_hash)
    )  # fmt: skip
    return [LoginLine(row[0][:HANDLE], *row[1:]) for row in session.execute(query)]
