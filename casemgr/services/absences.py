"""Absences recorded and ended: while one lasts the deputy has the duties of the absent person's posts, and no longer.

Who may stand in, and who may record it, is workflows.deputies; what a deputy may do is casemgr.policy.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.errors import AlreadyThere, Invalid, NotAllowed, NotFound, Sentence
from casemgr.models import Absence, Account
from casemgr.policy import Actor
from casemgr.queries.absences import Person, find_person
from casemgr.services.accounts import get_account
from casemgr.services.appointments import refuse_reversed
from workflows.deputies import fits_all, may_record

LONGEST = timedelta(days=366)
TOO_LONG = "An absence is recorded for a year at most."
PAST = "This day has passed."
AWAY_ALREADY = "An absence is recorded on some of these days already: end it first."
NOT_FITTING = "Choose somebody whose post fits: the same office in the street, or the head or secretary of the place."
DEPUTY_AWAY = "The deputy is away too on some of these days."
STANDS_IN = "Stands in for %(name)s on some of these days: record another deputy there first."


def record_absence(
    session: Session, account_id: int, *, deputy_id: int, from_on: date, to_on: date, today: date, actor: Actor, at: datetime
) -> Absence:
    """Record that somebody is away from a day to a day, both included, and who stands in. `today` is the local date.

    Recorded by oneself, or by head or secretary of the place. Raises NotFound, NotAllowed, Invalid, AlreadyThere.
    """
    for id in sorted({account_id, deputy_id}):
        get_account(session, id)
    absent = person_recorded(session, account_id, actor, today)
    refuse_days(from_on, to_on, today)
    if within(session, Absence.account_id == account_id, from_on, to_on):
        raise AlreadyThere("away_already", AWAY_ALREADY)
    refuse_deputy(session, absent, deputy_id, from_on, to_on, today)
    if standing := within(session, Absence.deputy_id == account_id, from_on, to_on):
        name = session.scalar(select(Account.name).where(Account.id == standing[0].account_id))
        raise Invalid({"from_on": [Sentence(STANDS_IN, name=name or "")]})
    row = Absence(
        account_id=account_id, deputy_id=deputy_id, from_on=from_on, to_on=to_on, recorded_by=actor.account_id, recorded_at=at
    )
    session.add(row)
    session.flush()
    note(session, row, "account.absence_recorded", actor, at)
    return row


def end_absence(session: Session, absence_id: int, *, last_on: date, today: date, actor: Actor, at: datetime) -> Absence:
    """Let an absence end with a day; with one before its first it never was. Raises NotFound, NotAllowed."""
    row = session.get(Absence, absence_id)
    if row is None:
        raise NotFound()
    get_account(session, row.account_id)
    person_recorded(session, row.account_id, actor, today)
    row.to_on = min(row.to_on, max(last_on, row.from_on - timedelta(days=1)))
    session.flush()
    note(session, row, "account.absence_ended", actor, at)
    return row


def person_recorded(session: Session, account_id: int, actor: Actor, today: date) -> Person:
    """The person whose absence the actor may record. Raises NotFound for somebody without a post, NotAllowed."""
    absent = find_person(session, account_id, today)
    if absent is None:
        raise NotFound()
    own = find_person(session, actor.account_id or 0, today)
    if account_id != actor.account_id and not (own and may_record(own.posts, absent.posts)):
        raise NotAllowed()
    return absent


def refuse_days(from_on: date, to_on: date, today: date) -> None:
    """Raise Invalid for days reversed, over, or too many."""
    refuse_reversed(from_on, to_on)
    if to_on < today:
        raise Invalid({"to_on": [PAST]})
    if to_on - from_on > LONGEST:
        raise Invalid({"to_on": [TOO_LONG]})


def refuse_deputy(session: Session, absent: Person, deputy_id: int, from_on: date, to_on: date, today: date) -> None:
    """Raise Invalid unless the deputy's post fits on both ends of the days, and he is there on all of them."""
    days = {max(from_on, today), to_on}
    held = [find_person(session, deputy_id, day) for day in sorted(days)]
    if deputy_id == absent.account_id or not all(one and fits_all(absent.posts, one.posts) for one in held):
        raise Invalid({"deputy_id": [NOT_FITTING]})
    if within(session, Absence.account_id == deputy_id, from_on, to_on):
        raise Invalid({"deputy_id": [DEPUTY_AWAY]})


def within(session: Session, whose: object, from_on: date, to_on: date) -> list[Absence]:
    """The absences of that condition that last on any of these days."""
    lasting = (Absence.from_on <= to_on) & (Absence.to_on >= from_on) & (Absence.to_on >= Absence.from_on)
    return list(session.scalars(select(Absence).where(whose, lasting)))  # type: ignore[arg-type]


def note(session: Session, row: Absence, kind: str, actor: Actor, at: datetime) -> None:
    """On record with the account that is away."""
    account = get_account(session, row.account_id)
    data = {"account": row.deputy_id, "from_on": row.from_on.isoformat(), "to_on": row.to_on.isoformat()}
    audit.record(session, account, kind, actor=actor, at=at, data=data)
