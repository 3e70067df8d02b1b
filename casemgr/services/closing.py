"""Areas closed, opened again, and removed where nothing ever hung on them. Making and moving them: services.structure."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import Refused
from casemgr.models import Area, AreaPath
from casemgr.policy import Actor
from casemgr.queries.hanging import is_named, open_ends
from casemgr.services.structure import begin, get_row, note
from workflows.guards import local_date
from workflows.view import Reason


def close_area(session: Session, area_id: int, *, actor: Actor, at: datetime) -> None:
    """Begin nothing new in an area; what was there stays readable. Raises NotAllowed, NotFound, Refused with all reasons."""
    begin(session, actor)
    area = get_row(session, Area, area_id)
    session.execute(db.lock_rows(session, select(Area.id).where(Area.id == area.id)))  # nothing is opened here meanwhile
    if ends := open_ends(session, area.id):
        raise Refused([Reason(f"area_has_{kind}", {"count": count}) for kind, count in ends.items()])
    if area.closed_on is None:
        area.closed_on = local_date(at)
        session.flush()
        note(session, "area", "closed", actor=actor, at=at, id=area.id, code=area.code)


def reopen_area(session: Session, area_id: int, *, actor: Actor, at: datetime) -> None:
    """Let a closed area be used again. Raises NotAllowed, NotFound, Refused below an area that is closed."""
    begin(session, actor)
    area = get_row(session, Area, area_id)
    above = session.get(Area, area.parent_id) if area.parent_id else None
    if above is not None and above.closed_on is not None:
        raise Refused(Reason("area_above_closed"))
    if area.closed_on is not None:
        area.closed_on = None
        session.flush()
        note(session, "area", "reopened", actor=actor, at=at, id=area.id, code=area.code)


def remove_area(session: Session, area_id: int, *, actor: Actor, at: datetime) -> None:
    """Take away an area made in error: one that nothing names. Raises NotAllowed, NotFound, Refused."""
    begin(session, actor)
    area = get_row(session, Area, area_id)
    if is_named(session, area.id):
        raise Refused(Reason("area_was_used"))
    session.execute(delete(AreaPath).where(AreaPath.descendant_id == area.id))
    session.delete(area)
    session.flush()
    note(session, "area", "removed", actor=actor, at=at, code=area.code)
