"""Cases of every process in one table, their facts, and one detail table per process."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base

OPEN = text("closed_at IS NULL")


class Case(Base):
    """One matter. Only services.cases writes it.

    tier, tier_confirmed   the colour; hollow until a person confirms it
    level, lead_area_id    the lead is the secretary of the area at this level; never below the tier's
    department_id          the department in charge, where one is
    holder_*               whoever the next act waits for: a duty (role at area or department), and the person beside it
    facts                  the latest value of every fact: a cache of case_facts
    assessment             the reasons of the tier as [factor, code, params], and the rule version that gave them
    acknowledged           triggers a lowering has acknowledged: they do not raise again
    next_due_at            the earliest due time among its running deadlines: a cache for desks and lists
    trail_seq, trail_hash  the head of the case's event chain
    """

    __tablename__ = "cases"
    id: Mapped[int] = mapped_column(primary_key=True)
    process: Mapped[str]
    number: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    channel: Mapped[str] = mapped_column(default="")
    category: Mapped[str] = mapped_column(default="")
    tier: Mapped[str] = mapped_column(default="")
    tier_confirmed: Mapped[bool] = mapped_column(default=False)
    level: Mapped[str] = mapped_column(default="")
    lead_area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"))
    holder_role: Mapped[str] = mapped_column(default="")
    holder_area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"))
    holder_department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    patron_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    registered_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    registered_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    last_act_at: Mapped[datetime]
    last_actor_id: Mapped[int | None]
    confidential: Mapped[bool] = mapped_column(default=False)
    history: Mapped[bool] = mapped_column(default=False)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    assessment: Mapped[dict[str, Any]] = mapped_column(default=dict)
    acknowledged: Mapped[list[Any]] = mapped_column(default=list)
    rules_version: Mapped[int] = mapped_column(default=0)
    next_due_at: Mapped[datetime | None]
    next_due_key: Mapped[str] = mapped_column(default="")
    trail_seq: Mapped[int] = mapped_column(default=0)
    trail_hash: Mapped[str] = mapped_column(default="")
    trail_at: Mapped[datetime]
    __table_args__ = (
        Index("ix_cases_open_area", "area_id", "process", "tier", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("ix_cases_open_handler", "handler_id", "next_due_at", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("ix_cases_open_holder", "holder_id", "next_due_at", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("ix_cases_open_duty", "holder_area_id", "holder_role", "next_due_at", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("ix_cases_open_office", "holder_department_id", "next_due_at", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("ix_cases_department", "department_id", "registered_at", "id"),
        Index("ix_cases_open_team", "team_id", "next_due_at", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("ix_cases_area_registered", "area_id", "process", "registered_at", "id"),
        Index("ix_cases_registered", "process", "registered_at", "id"),
        Index("ix_cases_closed", "area_id", "closed_at"),
        Index("ix_cases_lead", "lead_area_id", postgresql_where=OPEN, sqlite_where=OPEN),
    )


class Fact(Base):
    """One recorded fact of a case: insert-only; the latest event wins. `seq` is the event that recorded it."""

    __tablename__ = "case_facts"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]  # {"v": …}: so that null, text and numbers keep their type on both databases
    at: Mapped[datetime]


class Barred(Base):
    """Whom a confidential matter is kept from by every door: an account, a department, or all posts at an area.

    A complaint never reaches the person or unit complained of (Petition Work Regulation arts 30, 32)."""

    __tablename__ = "barred"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"))
    since_at: Mapped[datetime]


class Dispute(Base):
    """What only a dispute has. Sessions, agreements and follow-ups are entries of the trail."""

    __tablename__ = "disputes"
    __process__ = "dispute"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    place: Mapped[str] = mapped_column(default="")
    occurred_on: Mapped[date | None]
    found_by: Mapped[str] = mapped_column(default="")
    statistics_type: Mapped[str] = mapped_column(default="")
    scale_code: Mapped[str] = mapped_column(default="")
    confirmation: Mapped[str] = mapped_column(default="")
    agreement_form: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(default="")
    on_the_spot: Mapped[bool] = mapped_column(default=False)


class IncomingItem(Base):
    """What only an incoming item has. `key` = channel + outside number, else a digest of row and date: nothing comes twice.

    `reading` is what the words of the text suggested, with the words; a person confirms.
    """

    __tablename__ = "incoming_items"
    __process__ = "incoming"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    external_number: Mapped[str] = mapped_column(default="")
    sent_at: Mapped[datetime | None]
    place: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="")
    team_key: Mapped[str] = mapped_column(default="")
    reading: Mapped[dict[str, Any]] = mapped_column(default=dict)
    answer: Mapped[str] = mapped_column(default="")
    became_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)


class Request(Base):
    """A request on a case: extension, lowering, transfer, recusal, suspension or late correction.

    `payload` is what the step it asks for will get; the decider is a duty fixed when it was asked.
    """

    __tablename__ = "requests"
    __process__ = "request"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    kind: Mapped[str]
    step: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decider_role: Mapped[str]
    decider_area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))


class NumberSeries(Base):
    """The last number given in a series: gapless, because its row is the last lock before the commit."""

    __tablename__ = "number_series"
    process: Mapped[str] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Attachment(Base):
    """A file on a case. The file is written and synced before the row; `stored` is its name in the data directory."""

    __tablename__ = "attachments"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    seq: Mapped[int]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    stored: Mapped[str] = mapped_column(unique=True)
    uploaded_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    uploaded_at: Mapped[datetime]
