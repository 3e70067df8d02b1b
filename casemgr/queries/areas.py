"""Areas: their paths from the top down. Reads only."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Area, AreaPath


def load_paths(
    session: Session, areas: Collection[int], *, only_open: bool = False
) -> dict[int, tuple[tuple[int, str], ...]]:
    """Area id -> its path from the top: (id, level). `only_open`: closed areas are left out."""
    query = (
        select(AreaPath.descendant_id, Area.id, Area.level)
        .join(Area, Area.id == AreaPath.ancestor_id)
        .where(AreaPath.descendant_id.in_(areas))
        .order_by(AreaPath.descendant_id, AreaPath.depth.desc())
    )
    if only_open:
        query = query.where(AreaPath.descendant_id.in_(select(Area.id).where(Area.closed_on.is_(None)).correlate(None)))
    paths: dict[int, list[tuple[int, str]]] = {}
    for below, area, level in session.execute(query):
        paths.setdefault(below, []).append((area, level))
    return {area: tuple(path) for area, path in paths.items()}
