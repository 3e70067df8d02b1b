"""What was sent once: the key a sender gave with a change, so that the same sending again changes nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class SentOnce(Base):
    """The answer to one keyed request of one account; `digest` is SHA-256 of what was sent under that key."""

    __tablename__ = "sent_once"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(index=True)
