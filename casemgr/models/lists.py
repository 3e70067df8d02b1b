"""What a person keeps of the list of matters: named views of it, and workbooks asked for."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base

UNFINISHED = text("state = 'waiting'")


class SavedView(Base):
    """A list under a name of one's own. `args` are the arguments of its address; `first` opens in place of the whole list."""

    __tablename__ = "saved_views"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str]
    args: Mapped[dict[str, Any]] = mapped_column(default=dict)
    first: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("account_id", "name"),)


class Export(Base):
    """A workbook of a list: waiting, done, failed (given up) or removed. Claimed by lease by whoever makes it.

    `args` are the arguments of the list; `done` of `total` rows are written; `stored` is the file's name in its folder.
    """

    __tablename__ = "exports"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    args: Mapped[dict[str, Any]] = mapped_column(default=dict)
    locale: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str] = mapped_column(default="")
    claimed_until: Mapped[datetime | None]
    stored: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        Index("ix_exports_account", "account_id", "id"),
        Index("ix_exports_waiting", "id", postgresql_where=UNFINISHED, sqlite_where=UNFINISHED),
    )
