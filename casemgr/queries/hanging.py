"""What hangs on an area: what keeps it from being closed, and what keeps it from being removed. Counts only."""

from collections.abc import Iterator

from sqlalchemy import Column, ColumnElement, Table, func, or_, select
from sqlalchemy.orm import Session

from casemgr.db import Base
from casemgr.models import Area, AreaPath, Case, Post, Request, Team


def open_ends(session: Session, area_id: int) -> dict[str, int]:
    """What still goes on in an area, by kind: areas below, posts, teams, matters. Nothing where it may be closed."""
    below = select(AreaPath.descendant_id).where(AreaPath.ancestor_id == area_id)
    decided = select(Request.case_id).where(Request.decider_area_id == area_id)
    here = or_(Case.area_id.in_(below), Case.lead_area_id == area_id, Case.holder_area_id == area_id, Case.id.in_(decided))
    wanted: dict[str, tuple[ColumnElement[bool], ...]] = {
        "areas": (Area.parent_id == area_id, Area.closed_on.is_(None)),
        "posts": (Post.area_id == area_id, Post.closed_on.is_(None)),
        "teams": (Team.area_id == area_id, Team.active.is_(True)),
        "matters": (here, Case.closed_at.is_(None)),
    }
    tables = {"areas": Area, "posts": Post, "teams": Team, "matters": Case}
    found = {kind: session.scalar(select(func.count()).select_from(tables[kind]).where(*wanted[kind])) or 0 for kind in wanted}
    return {kind: count for kind, count in found.items() if count}


def is_named(session: Session, area_id: int) -> bool:
    """Whether anything but its own ancestor rows names an area: whatever table points at areas, now or later."""
    for table, column in pointing():
        own = table.c.ancestor_id != table.c.descendant_id if table is AreaPath.__table__ else None
        query = select(column).where(column == area_id)
        query = query.where(table.c.ancestor_id == area_id, own) if own is not None else query
        if session.execute(query.limit(1)).first():
            return True
    return False


def pointing() -> Iterator[tuple[Table, Column[int]]]:
    """Every column of every table that points at areas."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column is Area.__table__.c.id:
                yield table, key.parent
