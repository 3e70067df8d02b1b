"""Rooms of mediation set up and changed by the administrator of the structure. What happens in them: services.sittings."""

from datetime import datetime

from sqlalchemy.orm import Session

from casemgr.errors import Invalid
from casemgr.models import Area, Room
from casemgr.policy import Actor
from casemgr.services.structure import begin, get_row, note, refuse_bad
from workflows.guards import GRAIN

DAY = 24 * 60
HOURS = "A room opens before it closes, each on a full quarter of an hour."
COLUMNS = ("name", "place", "opens", "closes", "rest_days", "active")


def add_room(
    session: Session, area_id: int, name: str, *, place: str = "", opens: int = 9 * 60, closes: int = 18 * 60,
    rest_days: bool = False, actor: Actor, at: datetime,
) -> Room:  # fmt: skip
    """A room of an area; hours in minutes of the local day. Raises NotAllowed, NotFound, Invalid."""
    begin(session, actor)
    area = get_row(session, Area, area_id)
    refuse_bad({"name": name})
    refuse_hours(opens, closes)
    room = Room(area_id=area.id, name=name, place=place, opens=opens, closes=closes, rest_days=rest_days, active=True)
    session.add(room)
    session.flush()
    note(session, "room", actor=actor, at=at, id=room.id, area=area.id, opens=opens, closes=closes, rest_days=rest_days)
    return room


def change_room(
    session: Session, room_id: int, *, name: str, place: str, opens: int, closes: int, rest_days: bool, active: bool,
    actor: Actor, at: datetime,
) -> list[str]:  # fmt: skip
    """Change a room; what changed. Sessions already planned in it stay. Raises NotAllowed, NotFound, Invalid."""
    begin(session, actor)
    room = get_row(session, Room, room_id)
    refuse_bad({"name": name})
    refuse_hours(opens, closes)
    given = {"name": name, "place": place, "opens": opens, "closes": closes, "rest_days": rest_days, "active": active}
    changed = [column for column in COLUMNS if getattr(room, column) != given[column]]
    if changed:
        for column in changed:
            setattr(room, column, given[column])
        session.flush()
        note(session, "room", "changed", actor=actor, at=at, id=room.id, fields=changed)
    return changed


def refuse_hours(opens: int, closes: int) -> None:
    """Raise Invalid for hours that no room has."""
    if not 0 <= opens < closes <= DAY or opens % GRAIN or closes % GRAIN:
        raise Invalid({"closes": [HOURS]})
