"""How many requests of a kind somebody was given in a minute."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class RequestShare(Base):
    """The minute last counted, and how many requests of it were given out. `who` is an account or the digest of an address."""

    __tablename__ = "request_shares"
    what: Mapped[str] = mapped_column(primary_key=True)
    who: Mapped[str] = mapped_column(primary_key=True)
    minute_at: Mapped[datetime]
    given: Mapped[int]
