"""Mediation teams: their categories, members with capacity, duty roster; and who must step aside from whom."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class Team(Base):
    """A specialised team of a street. `key` is its name in the rules; `general` takes what no other team does."""

    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    key: Mapped[str]
    name: Mapped[str]
    general: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (UniqueConstraint("area_id", "key"),)


class TeamCategory(Base):
    """A dispute category (or the head of one: "01" covers 0101…0199) that a team takes."""

    __tablename__ = "team_categories"
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)


class TeamMember(Base):
    """A mediator on a team from a day to a day; `capacity` is how many open matters he can carry."""

    __tablename__ = "team_members"
    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    capacity: Mapped[int] = mapped_column(default=12)
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class DutyDay(Base):
    """The duty roster: who of a team is on duty on a day."""

    __tablename__ = "duty_days"
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id"), primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)


class Recusal(Base):
    """A mediator who has stepped aside from one matter (回避), and stays aside."""

    __tablename__ = "recusals"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    at: Mapped[datetime]


class Relation(Base):
    """A mediator's declared tie to a person or organisation, which bars him from that person's matters."""

    __tablename__ = "relations"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    kind: Mapped[str]
    __table_args__ = (Index("ix_relations_person", "person_id"),)
