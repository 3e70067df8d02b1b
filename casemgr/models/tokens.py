"""Tokens with which a program asks on behalf of a person at one of their posts."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class ApiToken(Base):
    """One personal token. `token_hash` is SHA-256 of the random token, which is shown once and kept nowhere.

    expires_on                   its last day, included
    minute_at, minute_count      the minute last counted, and how many requests of it were given out (services.tokens)
    """

    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    may_write: Mapped[bool]
    created_at: Mapped[datetime]
    expires_on: Mapped[date]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    minute_at: Mapped[datetime | None]
    minute_count: Mapped[int] = mapped_column(default=0)
