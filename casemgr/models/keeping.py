"""What keeping data costs: keys that turn over, matters proposed for erasure, holds that stop it, requests of persons."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base

IN_FORCE = text("lifted_at IS NULL")


class KnownKey(Base):
    """A key this installation has used, by its fingerprint: "data" (seals), "index" (digests) or "session" (signs).

    `name` is the id of a sealing key. `walked_to` is the last person whose digests were made anew under an index key.
    """

    __tablename__ = "known_keys"
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    since_at: Mapped[datetime]
    walked_to: Mapped[int] = mapped_column(default=0)
    walked_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


class Disposal(Base):
    """Closed matters of one process whose time has come: "proposed" by a job, "confirmed" by one administrator with a reason,
    "released" by another, then "done"; or "refused"."""

    __tablename__ = "disposals"
    id: Mapped[int] = mapped_column(primary_key=True)
    process: Mapped[str]
    before_on: Mapped[date]  # closed before this day
    state: Mapped[str] = mapped_column(index=True)
    matters: Mapped[int]
    proposed_at: Mapped[datetime]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    confirmed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class DisposalItem(Base):
    """One matter of a disposal: erased at `erased_at`, or passed over because of a hold."""

    __tablename__ = "disposal_items"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    disposal_id: Mapped[int] = mapped_column(ForeignKey("disposals.id"))
    erased_at: Mapped[datetime | None]
    passed_over: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (Index("ix_disposal_items_disposal", "disposal_id", "case_id"),)


class LegalHold(Base):
    """A matter that must be kept whatever its age: a lawsuit, a review, an inspection. In force until it is lifted."""

    __tablename__ = "legal_holds"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    reason: Mapped[str]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    set_at: Mapped[datetime]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    lifted_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_legal_holds_in_force", "case_id", unique=True, postgresql_where=IN_FORCE, sqlite_where=IN_FORCE),
    )


class PersonRequest(Base):
    """What a person asked about the data kept on them: "copy", "correct" or "delete", and what came of it.

    `note` (sealed) is what was asked in words; `answer` what was answered, with the reason of a refusal (PIPL arts 45-47, 50).
    """

    __tablename__ = "person_requests"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    kind: Mapped[str]
    state: Mapped[str]  # "open", "granted", "refused"
    note: Mapped[bytes | None]
    answer: Mapped[bytes | None]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    taken_at: Mapped[datetime]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    answered_at: Mapped[datetime | None]
