"""Planned sessions as rows: written, moved and ended by the steps of the case, with the quarters of a room they take.

A room is never used twice: its quarters are rows with a unique key, and who comes second gets none of them
(docs/decisions/0013).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import Invalid
from casemgr.models import Room, RoomSlot, Sitting
from casemgr.policy import Actor
from casemgr.queries.rooms import may_invite, rooms_for
from casemgr.services.books import load_books
from casemgr.services.drafts import Draft, Told
from workflows.guards import GRAIN, ZONE
from workflows.view import Duty

QUARTER = timedelta(minutes=GRAIN)
PLANNED, HELD, CANCELLED = "planned", "held", "cancelled"
NO_SUCH_ROOM = "This room is not there for this matter, or it is out of use."
ROOM_CLOSED = "The room is not open at that time."
ROOM_TAKEN = "The room is taken at that time. Below is what is free."
NOT_STAFF_HERE = "Invite colleagues who work at this place."


def write_sitting(session: Session, draft: Draft, seq: int, answers: Mapping[str, Any], actor: Actor) -> None:
    """The planned session of a case, new or moved, with its room. Raises Invalid: no such room, closed or taken."""
    row = planned_of(session, draft.row["id"])
    moved = row is not None
    row = row or Sitting(case_id=draft.row["id"], state=PLANNED, parties=[], guests=[], mode="")
    begins = answers["starts_at"].astimezone(UTC)
    row.seq, row.starts_at, row.ends_at = seq, begins, begins + timedelta(minutes=int(answers["lasts"]))
    row.room_id, row.place = answers.get("room_id"), answers.get("place", "")
    if not moved:
        row.mode, row.parties, row.guests = answers.get("mode", ""), answers.get("parties", []), answers.get("guests", [])
        refuse_strangers(session, draft, row.guests)
    session.add(row)
    session.flush()
    keep_room(session, draft, row)
    tell_invited(draft, row, "dispute.session_moved" if moved else "dispute.session_booked", seq)


def planned_of(session: Session, case_id: int) -> Sitting | None:
    """The planned session of a case."""
    query = select(Sitting).where(Sitting.case_id == case_id, Sitting.state == PLANNED)
    return session.scalars(query.order_by(Sitting.id.desc())).first()


def refuse_strangers(session: Session, draft: Draft, guests: Iterable[int]) -> None:
    """Raise Invalid when somebody is invited who does not work at the place of the case."""
    on = load_books(session).calendar.local_date(draft.row["trail_at"])
    if not {id for id, _, _ in may_invite(session, draft.view(), on)}.issuperset(guests):
        raise Invalid({"guests": [NOT_STAFF_HERE]})


def keep_room(session: Session, draft: Draft, row: Sitting) -> None:
    """Take the quarters of the room for a session, after giving back those it had. Raises Invalid."""
    session.execute(delete(RoomSlot).where(RoomSlot.sitting_id == row.id))
    if row.room_id is None:
        return
    room = next((room for room in rooms_for(session, draft.view()) if room.id == row.room_id), None)
    if room is None:
        raise Invalid({"room_id": [NO_SUCH_ROOM]})
    if not is_open(room, row.starts_at, row.ends_at, load_books(session).calendar):
        raise Invalid({"room_id": [ROOM_CLOSED]})
    slots = [{"room_id": room.id, "at": at, "sitting_id": row.id} for at in quarters(row.starts_at, row.ends_at)]
    if db.insert_new(session, RoomSlot.__table__, slots) < len(slots):
        raise Invalid({"room_id": [ROOM_TAKEN]})


def is_open(room: Room, starts_at: datetime, ends_at: datetime, calendar: Any) -> bool:
    """Whether a room is open for the whole time."""
    begins, ends = starts_at.astimezone(ZONE), ends_at.astimezone(ZONE)
    minute = begins.hour * 60 + begins.minute
    whole = room.opens <= minute and minute + (ends - begins) // timedelta(minutes=1) <= room.closes
    return whole and (room.rest_days or not calendar.is_rest_day(begins.date()))


def quarters(starts_at: datetime, ends_at: datetime) -> list[datetime]:
    """The quarters of an hour from an instant to before another."""
    return [starts_at + n * QUARTER for n in range((ends_at - starts_at) // QUARTER)]


def end_sitting(session: Session, draft: Draft, seq: int, answers: Mapping[str, Any], actor: Actor) -> None:
    """The planned session was held, or is called off: then its room is free again."""
    row = planned_of(session, draft.row["id"])
    if row is None:
        return
    row.state = HELD if "started_at" in answers else CANCELLED
    if row.state == CANCELLED:
        session.execute(delete(RoomSlot).where(RoomSlot.sitting_id == row.id))
        tell_invited(draft, row, "dispute.session_cancelled", seq)
    session.flush()


def tell_invited(draft: Draft, row: Sitting, code: str, seq: int) -> None:
    """A notice to the colleagues invited and to the mediator. None for matters taken over as history."""
    if draft.row["history"]:
        return
    when = f"{row.starts_at.astimezone(ZONE):%m-%d %H:%M}"
    people = dict.fromkeys([*row.guests, draft.row["handler_id"]])
    draft.told += [Told(Duty("guest", account_id=id), code, seq, {"when": when}, False) for id in people if id]
