"""Areas: their paths from the top down. Reads only."""

from collections.abc import Collection
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.db import is_sqlite
from casemgr.models import Area, AreaPath
from casemgr.queries.prepared import Prepared, among, listed


def load_paths(
    session: Session, areas: Collection[int], *, only_open: bool = False
) -> dict[int, tuple[tuple[int, str], ...]]:
    """Area id -> its path from the top: (id, level). `only_open`: closed areas are left out."""
    paths: dict[int, list[tuple[int, str]]] = {}
    if not areas:
        return {}
    session.flush()
    query = paths_of(is_sqlite(session), only_open)
    for below, area, level in query.run(session, {"ids": listed(session, areas)}):
        paths.setdefault(below, []).append((area, level))
    return {area: tuple(path) for area, path in paths.items()}


@cache
def paths_of(sqlite: bool, only_open: bool) -> Prepared:
    """The statement of load_paths."""
    query = (
        select(AreaPath.descendant_id, Area.id, Area.level)
        .join(Area, Area.id == AreaPath.ancestor_id)
        .where(among(AreaPath.descendant_id, sqlite=sqlite))
        .order_by(AreaPath.descendant_id, AreaPath.depth.desc())
    )
    if only_open:
        query = query.where(AreaPath.descendant_id.in_(select(Area.id).where(Area.closed_on.is_(None)).correlate(None)))
    return Prepared(query)
