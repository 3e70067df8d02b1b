"""Tokens of the API: the one a program shows with all that still must hold, and the list of an account. Reads only."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from casemgr.models import Account, ApiToken, Appointment, Area, Post
from casemgr.policy import Actor
from casemgr.queries.accounts import PLACE, placed
from casemgr.queries.actors import POST, held, holding_on
from casemgr.queries.logins import digest
from casemgr.queries.structure import open_post


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that holds: the actor has its one post, and no other post or mandate of the person."""

    token_id: int
    may_write: bool
    actor: Actor


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token in a list, never its value. `post` is (role, name of the post, place); `holds`: it opens the API today."""

    id: int
    name: str
    may_write: bool
    created_at: datetime
    expires_on: date
    last_used_at: datetime | None
    revoked_at: datetime | None
    post: tuple[str, str, str]
    holds: bool


def alive(on: date) -> ColumnElement[bool]:
    """The condition on ApiToken and Account that the token opens the API on a day: as long as the appointment to its post."""
    appointed = exists().where(
        Appointment.account_id == ApiToken.account_id, Appointment.post_id == ApiToken.post_id, holding_on(on)
    )
    return and_(ApiToken.revoked_at.is_(None), ApiToken.expires_on >= on, Account.active.is_(True), appointed)


def find_bearer(session: Session, token: str, on: date) -> Bearer | None:
    """Who shows this token, or None when it does not hold on that day: one query."""
    query = (
        select(ApiToken.id, ApiToken.may_write, ApiToken.account_id, Account.name, *POST)
        .join(Account, Account.id == ApiToken.account_id)
        .join(Post, Post.id == ApiToken.post_id)
        .outerjoin(Area, Area.id == Post.area_id)
        .where(ApiToken.token_hash == digest(token), alive(on), open_post(on))
    )
    row = session.execute(query).first()
    if row is None:
        return None
    return Bearer(row[0], row[1], Actor("account", row[2], row[3], (held(row[4:]),)))


def list_tokens(session: Session, account_id: int, on: date) -> list[TokenLine]:
    """The tokens of an account, the newest first."""
    query = (
        placed(select(ApiToken, Post.role, Post.name, PLACE, alive(on)).join(Post, Post.id == ApiToken.post_id))
        .join(Account, Account.id == ApiToken.account_id)
        .where(ApiToken.account_id == account_id)
        .order_by(ApiToken.id.desc())
    )
    return [
        TokenLine(
            row.id, row.name, row.may_write, row.created_at, row.expires_on, row.last_used_at, row.revoked_at,
            (role, post_name, place), holds,
        )
        for row, role, post_name, place, holds in session.execute(query)
    ]  # fmt: skip
