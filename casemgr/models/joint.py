"""Several people about one matter: what was joined and split, what is linked, what looks alike, what people said of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base

UNANSWERED = text("answer = ''")


class JointFact(Base):
    """A matter joined to a known one, or split off again: insert-only. `seq` is the event on it that says who and why."""

    __tablename__ = "joint_facts"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # "joined", "split"
    into_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]


class JointMember(Base):
    """Where a matter is joined now: a cache of joint_facts. `root_id` is the one at the end of the way, where all is handled."""

    __tablename__ = "joint_members"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    since_at: Mapped[datetime]


class CaseLink(Base):
    """Two matters that know of each other and run by their own procedures; `a_id` is the older one. Insert-only."""

    __tablename__ = "case_links"
    a_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    b_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]


class Suggestion(Base):
    """A matter that looks like an older one, and what a person said of the two: "" nothing yet, same, different, later.

    A pair stands once, whichever came first; what was answered is never asked again, and "later" not before `again_at`.
    """

    __tablename__ = "joint_suggestions"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    like_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    alike: Mapped[int]  # per cent
    why: Mapped[list[Any]] = mapped_column(default=list)  # [key of workflows.joint.likeness.SENTENCES, words]
    found_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    answered_at: Mapped[datetime | None]
    again_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_joint_suggestions_waiting", "alike", "case_id", postgresql_where=UNANSWERED, sqlite_where=UNANSWERED),
    )


class JointReading(Base):
    """How far the search for what looks alike has come: the id of the last matter looked at."""

    __tablename__ = "joint_readings"
    name: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int]
