"""Who holds which post, and who may inspect where: dated, with the three administrators kept apart from all else.

The law of separation (GB/T 22239-2019, three administrators): none of them holds a second post, none does case work.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.db import lock_rows
from casemgr.errors import AlreadyThere, Invalid, NotFound
from casemgr.models import Account, Appointment, Area, Mandate, Post
from casemgr.policy import Actor
from casemgr.services.accounts import other_account
from workflows.roles import ADMINS

LONGEST_MANDATE = timedelta(days=366)
ONE_ADMIN = "Administrators are kept apart: one of these posts, and no other post or mandate beside it."
BASIS_MISSING = "Give the written basis of the mandate."
DATES_REVERSED = "The last day lies before the first."
MANDATE_TOO_LONG = "A mandate lasts at most a year."
POST_CLOSED = "This post is closed on some of these days."
HELD_ALREADY = "This account holds the post on some of these days already."


def appoint(
    session: Session, account_id: int, post_id: int, *, from_on: date, to_on: date | None = None, actor: Actor, at: datetime
) -> Appointment:
    """Appoint an account to a post for these days, both included. Raises NotAllowed, NotFound, Invalid, AlreadyThere."""
    account = other_account(session, account_id, actor)
    post = get_post(session, post_id)
    refuse_reversed(from_on, to_on)
    if post.closed_on is not None and (to_on is None or to_on > post.closed_on):
        raise Invalid({"post": [POST_CLOSED]})
    held = appointments_within(session, account.id, from_on, to_on)
    if any(row.post_id == post.id for row in held):
        raise AlreadyThere("held_already", HELD_ALREADY)
    clash = held or mandates_within(session, account.id, from_on, to_on) if post.role in ADMINS else admin_among(held)
    if clash:
        raise Invalid({"post": [ONE_ADMIN]})
    row = Appointment(account_id=account.id, post=post, from_on=from_on, to_on=to_on)
    session.add(row)
    session.flush()
    changed(session, account, "account.appointed", actor=actor, at=at, post=post.id, role=post.role, days=[from_on, to_on])
    return row


def get_post(session: Session, post_id: int) -> Post:
    """The post as it is now, its row locked: nobody is appointed to it while it is closed. Raises NotFound."""
    query = select(Post).where(Post.id == post_id).execution_options(populate_existing=True)
    post = session.scalar(lock_rows(session, query))
    if post is None:
        raise NotFound()
    return post


def relieve(session: Session, appointment_id: int, *, last_on: date, actor: Actor, at: datetime) -> None:
    """End an appointment after a day; one that had not begun by then never holds. Raises NotAllowed, NotFound."""
    row = session.get(Appointment, appointment_id)
    if row is None:
        raise NotFound()
    account = other_account(session, row.account_id, actor)
    row.to_on = min(last_on, row.to_on) if row.to_on else last_on
    changed(
        session, account, "account.relieved", actor=actor, at=at, post=row.post_id, role=row.post.role, days=[None, row.to_on]
    )


def give_mandate(
    session: Session, account_id: int, area_id: int, *, from_on: date, to_on: date, basis: str, actor: Actor, at: datetime
) -> Mandate:
    """Let an account inspect the matters of an area for these days, on a written basis. Raises NotAllowed, NotFound, Invalid."""
    account = other_account(session, account_id, actor)
    if session.get(Area, area_id) is None:
        raise NotFound()
    refuse_reversed(from_on, to_on)
    if to_on - from_on > LONGEST_MANDATE:
        raise Invalid({"to_on": [MANDATE_TOO_LONG]})
    if not basis.strip():
        raise Invalid({"basis": [BASIS_MISSING]})
    if admin_among(appointments_within(session, account.id, from_on, to_on)):
        raise Invalid({"area": [ONE_ADMIN]})
    row = Mandate(account_id=account.id, area_id=area_id, from_on=from_on, to_on=to_on, basis=basis.strip())
    session.add(row)
    session.flush()
    changed(session, account, "account.mandated", actor=actor, at=at, area=area_id, days=[from_on, to_on])
    return row


def end_mandate(session: Session, mandate_id: int, *, last_on: date, actor: Actor, at: datetime) -> None:
    """End a mandate after a day. Raises NotAllowed, NotFound."""
    row = session.get(Mandate, mandate_id)
    if row is None:
        raise NotFound()
    account = other_account(session, row.account_id, actor)
    row.to_on = min(last_on, row.to_on)
    changed(session, account, "account.mandate_ended", actor=actor, at=at, area=row.area_id, days=[None, row.to_on])


def changed(
    session: Session, account: Account, kind: str, *, actor: Actor, at: datetime, days: list[date | None], **data: object
) -> None:
    """A right changed: on record, and all log-ins of the account end."""
    account.rights_version += 1
    dated = [day.isoformat() if day else None for day in days]
    audit.record(session, account, kind, actor=actor, at=at, data={**data, "from_on": dated[0], "to_on": dated[1]})


def refuse_reversed(from_on: date, to_on: date | None) -> None:
    """Raise Invalid when the days end before they begin."""
    if to_on is not None and to_on < from_on:
        raise Invalid({"to_on": [DATES_REVERSED]})


def appointments_within(session: Session, account_id: int, from_on: date, to_on: date | None) -> list[Appointment]:
    """The appointments of an account that hold on any of these days."""
    query = select(Appointment).where(
        Appointment.account_id == account_id,
        or_(Appointment.to_on.is_(None), (Appointment.to_on >= from_on) & (Appointment.to_on >= Appointment.from_on)),
    )
    return list(session.scalars(query.where(Appointment.from_on <= to_on) if to_on else query))


def mandates_within(session: Session, account_id: int, from_on: date, to_on: date | None) -> list[Mandate]:
    """The mandates of an account that hold on any of these days."""
    query = select(Mandate).where(
        Mandate.account_id == account_id, Mandate.to_on >= from_on, Mandate.to_on >= Mandate.from_on
    )
    return list(session.scalars(query.where(Mandate.from_on <= to_on) if to_on else query))


def admin_among(held: list[Appointment]) -> bool:
    """Whether one of them is an administrator's."""
    return any(row.post.role in ADMINS for row in held)
