"""A log-in as it stands: whose it is, and whether it still holds. Reads only; services.accounts begins and ends log-ins."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Account, LoginSession


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


def digest(token: str) -> str:
    """What is kept of the token in the cookie."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_login(session: Session, token: str, *, at: datetime, limits: Limits) -> Login | None:
    """The log-in behind a token, or None when it ended, stood idle, is too old, or the account's rights changed."""
    query = (
        select(
            LoginSession.token_hash, Account.id, Account.login, Account.name, Account.locale, Account.must_change,
            Account.password_changed_at, LoginSession.created_at, LoginSession.seen_at,
        )
        .join(Account, Account.id == LoginSession.account_id)
        .where(
            LoginSession.token_hash == digest(token),
            LoginSession.ended_at.is_(None),
            LoginSession.rights_version == Account.rights_version,
            LoginSession.seen_at > at - limits.idle,
            LoginSession.created_at > at - limits.whole,
            Account.active.is_(True),
        )
    )  # fmt: skip
    row = session.execute(query).first()
    return Login(*row) if row else None
