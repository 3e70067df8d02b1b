"""Rooms and what they are used for: for the planning of a session, the calendar of rooms, and their administrator. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from casemgr.models import Account, Appointment, Area, AreaPath, Case, Post, Room, Sitting
from casemgr.policy import AREA_ROLES, Actor, visible
from casemgr.queries.actors import holding_on
from workflows.guards import ZONE
from workflows.view import CaseView


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A room with the name of its area."""

    id: int
    name: str
    place: str
    area_id: int
    area: str
    opens: int
    closes: int
    rest_days: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A session in a room. `case_id`, `number` and `title` are empty when the reader may not see the case."""

    sitting_id: int
    room_id: int
    starts_at: datetime
    ends_at: datetime
    held: bool
    case_id: int | None
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class SittingRow:
    """A session of a case as it was planned, with what its room is called; `guests` and `parties` are ids."""

    id: int
    state: str
    starts_at: datetime
    ends_at: datetime
    room_id: int | None
    room: str
    room_place: str
    place: str
    mode: str
    parties: list[Any]
    guests: list[Any]

    @property
    def where(self) -> str:
        """Where it takes place."""
        return " ".join(filter(None, (self.room, self.room_place))) or self.place


def rooms_for(session: Session, view: CaseView) -> list[Room]:
    """The rooms in use that a case may be heard in: those of its place and above, the nearest first, then the others of its
    street."""
    path = [area for area, _ in view.area_path]
    street = view.area_at("street") or (path[0] if path else 0)
    here = select(AreaPath.descendant_id).where(AreaPath.ancestor_id == street)
    near = case({area: len(path) - n for n, area in enumerate(path)}, value=Room.area_id, else_=len(path) + 1)
    query = select(Room).where(Room.active.is_(True), or_(Room.area_id.in_(here), Room.area_id.in_(path)))
    return list(session.scalars(query.order_by(near, Room.area_id, Room.name, Room.id)))


def may_invite(session: Session, view: CaseView, on: date) -> list[tuple[int, str, str]]:
    """(account id, name, role) of the colleagues at the place of a case and above it: they see it anyway. Of a confidential one
    nobody is told."""
    if view.confidential:
        return []
    areas = [area for area, _ in view.area_path]
    query = (
        select(Account.id, Account.name, func.min(Post.role))
        .join(Appointment, Appointment.account_id == Account.id)
        .join(Post, Post.id == Appointment.post_id)
        .where(Post.area_id.in_(areas), Post.role.in_(AREA_ROLES), Account.active.is_(True), holding_on(on))
        .group_by(Account.id, Account.name)
        .order_by(Account.name, Account.id)
    )
    return [(id, name, role) for id, name, role in session.execute(query)]


def load_rooms(session: Session, areas: Collection[int] | None = None, *, only_active: bool = True) -> list[RoomLine]:
    """The rooms of these areas, or all, in the order of the areas."""
    query = select(
        Room.id, Room.name, Room.place, Room.area_id, Area.name, Room.opens, Room.closes, Room.rest_days, Room.active
    ).join(Area, Area.id == Room.area_id)
    if areas is not None:
        query = query.where(Room.area_id.in_(areas))
    if only_active:
        query = query.where(Room.active.is_(True))
    return [RoomLine(*row) for row in session.execute(query.order_by(Area.code, Room.name, Room.id))]


def taken_on(session: Session, actor: Actor, rooms: Collection[int], first: date, last: date) -> list[Taken]:
    """The sessions in these rooms from a day to a day, both included; of a case out of sight only the time."""
    begins, ends = start_of(first), start_of(last + timedelta(days=1))
    seen = select(Case.id, Case.number, Case.title).where(visible(actor)).subquery()
    query = (
        select(Sitting.id, Sitting.room_id, Sitting.starts_at, Sitting.ends_at, Sitting.state, seen.c.id, seen.c.number, seen.c.title)
        .outerjoin(seen, seen.c.id == Sitting.case_id)
        .where(Sitting.room_id.in_(rooms), Sitting.state != "cancelled", Sitting.starts_at >= begins, Sitting.starts_at < ends)
        .order_by(Sitting.starts_at, Sitting.id)
    )
    return [
        Taken(id, room, starts, ends, state == "held", case_id, number or "", title or "")
        for id, room, starts, ends, state, case_id, number, title in session.execute(query)
    ]


def start_of(on: date) -> datetime:
    """The instant at which a local day begins."""
    return datetime.combine(on, time.min, ZONE).astimezone(UTC)


def planned_in(session: Session, room_id: int, after: datetime) -> int:
    """How many sessions are planned in a room after an instant."""
    mine = (Sitting.room_id == room_id, Sitting.state == "planned", Sitting.starts_at > after)
    return len(session.scalars(select(Sitting.id).where(*mine)).all())


def sitting_of(session: Session, case_id: int) -> SittingRow | None:
    """The session planned for a case."""
    query = (
        select(
            Sitting.id, Sitting.state, Sitting.starts_at, Sitting.ends_at, Sitting.room_id, Room.name, Room.place, Sitting.place,
            Sitting.mode, Sitting.parties, Sitting.guests,
        )
        .outerjoin(Room, Room.id == Sitting.room_id)
        .where(Sitting.case_id == case_id, Sitting.state == "planned")
        .order_by(Sitting.id.desc())
    )  # fmt: skip
    row = session.execute(query).first()
    if row is None:
        return None
    id, state, starts_at, ends_at, room_id, room, found_at, place, mode, parties, guests = row
    return SittingRow(id, state, starts_at, ends_at, room_id, room or "", found_at or "", place, mode, parties, guests)


def free_times(taken: Collection[tuple[int, int]], opens: int, closes: int) -> list[tuple[int, int]]:
    """What is left of a room's day, in minutes, when these stretches of it are taken."""
    free, at = [], opens
    for begins, ends in sorted(taken):
        if begins > at:
            free.append((at, begins))
        at = max(at, ends)
    return [*free, (at, closes)] if at < closes else free
