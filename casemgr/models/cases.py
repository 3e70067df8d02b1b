"""Cases of every process in one table, their facts, and one detail table per process."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base

OPEN = text("closed_at IS NULL")
CONFIDENTIAL = text("confidential")
ASKED = text("closed_at IS NULL AND process = 'request'")
UNTIMED = datetime(9999, 1, 1, tzinfo=UTC)  # stands for no due time where cases are sorted: after every one
PLACES = {"grid": "grid_id", "community": "community_id", "street": "street_id", "district": "district_id", "city": "city_id"}


def places_of(path: Iterable[tuple[int, str]]) -> dict[str, int | None]:
    """The columns that say where a case lies at every level, of the (area, level) above and of its place."""
    found = {level: area for area, level in path}
    return {column: found.get(level) for level, column in PLACES.items()}


def open_index(name: str, *columns: str) -> Index:
    """An index over open cases alone: a small part of all."""
    return Index(name, *columns, postgresql_where=OPEN, sqlite_where=OPEN)


def known_index(name: str, column: str, *columns: str) -> Index:
    """An index over the cases that have something in a column that mostly stands empty."""
    there = text(f"{column} IS NOT NULL")
    return Index(name, column, *columns, postgresql_where=there, sqlite_where=there)


def red_index(column: str) -> Index:
    """An index over open red cases alone, which are few, with all that a board asks of each: it is read instead of the rows."""
    there = text("closed_at IS NULL AND tier = 'red'")
    asked = ("due_order", "id", "graded_at", "tier_confirmed", "confidential", "process")
    return Index(f"ix_cases_red_{column.removesuffix('_id')}", column, *asked, postgresql_where=there, sqlite_where=there)


class Case(Base):
    """One matter. Only services.cases writes it.

    grid_id … city_id      the area of each level that it lies in: a cache of area_paths, so that a list of a place is one
                           stretch of one index; None where its own area lies above that level
    tier, tier_confirmed   the colour; hollow until a person confirms it
    level, lead_area_id    the lead is the secretary of the area at this level; never below the tier's
    department_id          the department in charge, where one is
    holder_*               whoever the next act waits for: a duty (role at area or department), and the person beside it
    facts                  the latest value of every fact: a cache of case_facts
    assessment             the reasons of the tier as [factor, code, params], and the rule version that gave them
    acknowledged           triggers a lowering has acknowledged: they do not raise again
    next_due_at            the earliest due time among its running deadlines: a cache for desks and lists
    due_order              the same for sorting: UNTIMED where there is none
    trail_seq, trail_hash  the head of the case's event chain
    raised_…_at, graded_at  when it was last raised for a cause; the last act after which it may be red: caches of events
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
    grid_id: Mapped[int | None]
    community_id: Mapped[int | None]
    street_id: Mapped[int | None]
    district_id: Mapped[int | None]
    city_id: Mapped[int | None]
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
    due_order: Mapped[datetime] = mapped_column(default=UNTIMED, server_default="9999-01-01 00:00:00.000000")
    trail_seq: Mapped[int] = mapped_column(default=0)
    trail_hash: Mapped[str] = mapped_column(default="")
    trail_at: Mapped[datetime]
    raised_risk_at: Mapped[datetime | None]
    raised_overdue_at: Mapped[datetime | None]
    graded_at: Mapped[datetime | None]
    __table_args__ = (
        open_index("ix_cases_open_due", "due_order", "id"),
        open_index("ix_cases_open_street", "street_id", "due_order", "id"),
        open_index("ix_cases_open_community", "community_id", "due_order", "id"),
        open_index("ix_cases_open_grid", "grid_id", "due_order", "id"),
        open_index("ix_cases_open_handler", "handler_id", "due_order", "id"),
        open_index("ix_cases_open_duty", "holder_area_id", "holder_role", "due_order", "id"),
        open_index("ix_cases_open_registrar", "registered_by", "due_order", "id"),
        open_index("ix_cases_lead", "lead_area_id", "due_order", "id"),
        open_index("ix_cases_open_office", "holder_department_id", "due_order", "id"),
        open_index("ix_cases_open_team", "team_id", "due_order", "id"),
        known_index("ix_cases_holder", "holder_id", "due_order", "id"),
        known_index("ix_cases_patron", "patron_id", "due_order", "id"),
        known_index("ix_cases_department", "department_id", "registered_at", "id"),
        Index("ix_cases_registered", "registered_at", "id"),
        Index("ix_cases_street", "street_id", "registered_at", "id"),
        Index("ix_cases_community", "community_id", "registered_at", "id"),
        Index("ix_cases_grid", "grid_id", "registered_at", "id"),
        Index("ix_cases_handler", "handler_id", "registered_at", "id"),
        Index("ix_cases_registrar", "registered_by", "registered_at", "id"),
        Index("ix_cases_closed", "area_id", "closed_at"),
        *map(red_index, ("community_id", "street_id", "district_id", "city_id", "lead_area_id")),
        Index("ix_cases_asked", "holder_area_id", "holder_role", "due_order", "id", postgresql_where=ASKED, sqlite_where=ASKED),
        Index("ix_cases_confidential", "process", "area_id", postgresql_where=CONFIDENTIAL, sqlite_where=CONFIDENTIAL),
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
    __table_args__ = (Index("ix_requests_decider", "decider_area_id", "decider_role", "case_id"),)


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
