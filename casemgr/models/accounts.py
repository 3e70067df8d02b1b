"""Accounts, the posts they are appointed to, mandates of case inspectors, and their log-in sessions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from casemgr.db import Base


class Account(Base):
    """A person who logs in. `rights_version` rises with every change of rights and ends older sessions.

    `factor_asked_at` is when a second factor was first asked of it: from there its grace runs.
    `trail_seq` and `trail_hash` are the head of the account's own event chain.
    """

    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(default="zh_Hans")
    password_hash: Mapped[str]
    old_hashes: Mapped[list[Any]] = mapped_column(default=list)
    must_change: Mapped[bool] = mapped_column(default=True)
    password_changed_at: Mapped[datetime]
    failed_count: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    rights_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    board_seen_at: Mapped[datetime | None]
    factor_asked_at: Mapped[datetime | None]
    trail_seq: Mapped[int] = mapped_column(default=0)
    trail_hash: Mapped[str] = mapped_column(default="")


class Post(Base):
    """A role at an area, or at a team or a department. A post may stand vacant: that is an alarm, not a hole.

    One that was closed has nobody after its last day `closed_on` and takes nobody any more.
    """

    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    closed_on: Mapped[date | None]
    __table_args__ = (
        Index("ix_posts_area_role", "area_id", "role"),
        Index("ix_posts_team", "team_id"),
        CheckConstraint("area_id IS NOT NULL OR team_id IS NOT NULL OR department_id IS NOT NULL", name="somewhere"),
    )


class Appointment(Base):
    """Who holds which post, from a day to a day (both included; open end None). One person may hold several."""

    __tablename__ = "appointments"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    post: Mapped[Post] = relationship(lazy="joined", innerjoin=True)


class Mandate(Base):
    """What a case inspector may look into, and when: the matters of one area, on a written basis, for dated days."""

    __tablename__ = "mandates"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"))
    from_on: Mapped[date]
    to_on: Mapped[date]
    basis: Mapped[str]


class LoginSession(Base):
    """One log-in. `token_hash` is SHA-256 of the random token in the cookie; the token itself is kept nowhere.

    `address` and `device` are where it was begun, for its owner to know it by; `way` is "password" or "outside".
    """

    __tablename__ = "login_sessions"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    rights_version: Mapped[int]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(default="")
    device: Mapped[str] = mapped_column(default="")
    way: Mapped[str] = mapped_column(default="password")


class SecondFactor(Base):
    """The device that makes an account's codes (RFC 6238). `secret` is sealed.

    `last_step` is the time step of the code used last: no code is taken twice.
    """

    __tablename__ = "second_factors"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    secret: Mapped[bytes]
    confirmed_at: Mapped[datetime]
    last_step: Mapped[int] = mapped_column(default=0)


class NextFactor(Base):
    """A device that is being set up: in force once a code of it was typed, until then the one before stays."""

    __tablename__ = "next_factors"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    secret: Mapped[bytes]
    begun_at: Mapped[datetime]


class RecoveryCode(Base):
    """A code for the day the device is lost, kept as a keyed digest and taken once."""

    __tablename__ = "recovery_codes"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


class OutsideLogin(Base):
    """Whom an outside log-in service (OpenID Connect) means by a subject."""

    __tablename__ = "outside_logins"
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    linked_at: Mapped[datetime]


class LoginAddress(Base):
    """Wrong log-ins from a network address, counted over all processes; `turn_at` is when the last one was let in."""

    __tablename__ = "login_addresses"
    address: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    turn_at: Mapped[datetime]


class KnownPlace(Base):
    """An account that logged in from an address: it is never made to wait for the mistakes of others there."""

    __tablename__ = "known_places"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
