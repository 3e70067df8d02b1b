"""The residents' door: codes that open one matter, visits begun with them, forms sent, and whose words stand in a matter.

No code is kept, only its keyed digest; what is said through the door is an entry of the trail like any other.
"""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class DoorCode(Base):
    """A code for one matter, good until `until_at`: "report" came with a report at the door, "follow" was given by staff, "once"
    is for one use by a party. Whoever reported is `person_id` where a name was told; `party_id` is whom it was given to."""

    __tablename__ = "door_codes"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    party_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    given_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    given_at: Mapped[datetime]
    until_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DoorVisit(Base):
    """A visit begun with a code: the keyed digest of its token, which stands in a cookie of the door alone."""

    __tablename__ = "door_visits"
    digest: Mapped[str] = mapped_column(primary_key=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("door_codes.id"))
    until_at: Mapped[datetime] = mapped_column(index=True)


class DoorForm(Base):
    """A form of the door that went through: it does so once."""

    __tablename__ = "door_forms"
    digest: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class DoorWord(Base):
    """An entry of a matter that came through the door, and the code behind it: everybody reads only his own."""

    __tablename__ = "door_words"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("door_codes.id"), index=True)
