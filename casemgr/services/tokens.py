"""Tokens of the API: made by a person for one of their own posts, revoked, and counted minute by minute.

What a token may do is the post's business (casemgr.policy); that it still holds is asked with every request (queries.tokens).
"""

import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from casemgr import audit, policy
from casemgr.errors import Invalid, NotFound, Sentence
from casemgr.models import Account, ApiToken
from casemgr.policy import Actor, Held
from casemgr.queries.logins import digest
from casemgr.queries.tokens import alive
from casemgr.services.accounts import get_account
from casemgr.services.answers import TOO_LONG
from workflows.guards import local_date
from workflows.roles import ADMINS

PREFIX = "casemgr_"  # so that a token left in a text is recognised as one
LONGEST = timedelta(days=365)
MOST = 20  # tokens of one account that hold at a time
NAME_LENGTH = 60
NAME_MISSING = "Say what the token is for."
NOT_YOUR_POST = "Choose one of your own posts."
DAY_WRONG = "Choose a day from today on, at most a year ahead."
TOO_MANY = "You have many tokens already: revoke one that is no longer needed."


def create_token(
    session: Session, name: str, post_id: int | None, *, may_write: bool, expires_on: date | None,
    actor: Actor, at: datetime,
) -> tuple[ApiToken, str]:  # fmt: skip
    """Make a token for one of the actor's own posts: its row, and the token itself, told once. Raises Invalid."""
    account = get_account(session, actor.account_id or 0)
    refuse_bad(session, account, name, post_id, expires_on, actor, local_date(at))
    told = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        account_id=account.id, post_id=post_id, name=name.strip(), token_hash=digest(told), may_write=may_write,
        created_at=at, expires_on=expires_on, minute_count=0,
    )  # fmt: skip
    session.add(row)
    session.flush()
    data = {"token": row.id, "post": post_id, "write": may_write, "until": row.expires_on.isoformat()}
    audit.record(session, account, "account.token_created", actor=actor, at=at, data=data)
    return row, told


def own_posts(actor: Actor) -> tuple[Held, ...]:
    """The posts a token may be for: the actor's own, not those of the absent; no administrator's."""
    return tuple(post for post in actor.posts if post.for_id is None and post.role not in ADMINS)


def refuse_bad(
    session: Session, account: Account, name: str, post_id: int | None, expires_on: date | None, actor: Actor, on: date
) -> None:
    """Raise Invalid naming every field that cannot be used."""
    faults: dict[str, list[str]] = {}
    if not name.strip():
        faults["name"] = [NAME_MISSING]
    elif len(name.strip()) > NAME_LENGTH:
        faults["name"] = [Sentence(TOO_LONG, maximum=NAME_LENGTH)]
    if post_id not in {post.post_id for post in own_posts(actor)}:
        faults["post"] = [NOT_YOUR_POST]
    if expires_on is None or not on <= expires_on <= on + LONGEST:
        faults["expires_on"] = [DAY_WRONG]
    held = select(func.count()).select_from(ApiToken).join(Account, Account.id == ApiToken.account_id)
    if (session.scalar(held.where(ApiToken.account_id == account.id, alive(on))) or 0) >= MOST:
        faults["name"] = [TOO_MANY]
    if faults:
        raise Invalid(faults)


def revoke_token(session: Session, token_id: int, *, actor: Actor, at: datetime) -> int:
    """End a token of one's own, or as the administrator of accounts anybody's; the account it was of. Raises NotFound."""
    row = session.get(ApiToken, token_id)
    if row is None or (row.account_id != actor.account_id and not policy.may(actor, "accounts")):
        raise NotFound()
    account = get_account(session, row.account_id)
    if row.revoked_at is None:
        row.revoked_at = at
        audit.record(session, account, "account.token_revoked", actor=actor, at=at, data={"token": row.id})
    return account.id


def take_share(session: Session, token_id: int, minute: datetime, share: int, most: int, *, at: datetime) -> int | None:
    """Take a share of the requests a token has in a minute: how many of the minute are given out then, None if too few
    are left. One statement, so that any number of processes count together."""
    same = ApiToken.minute_at == minute
    room = or_(ApiToken.minute_at.is_(None), ApiToken.minute_at != minute, ApiToken.minute_count + share <= most)
    statement = (
        update(ApiToken)
        .where(ApiToken.id == token_id, room)
        .values(minute_at=minute, minute_count=case((same, ApiToken.minute_count + share), else_=share), last_used_at=at)
        .returning(ApiToken.minute_count)
    )
    return session.scalar(statement.execution_options(synchronize_session=False))
