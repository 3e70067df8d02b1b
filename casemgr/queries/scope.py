"""The areas an actor works in, as a tree for pickers and filters: down to a depth, never beyond his scope."""

from collections.abc import Collection

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from casemgr.models import Area, AreaPath
from casemgr.policy import Actor, areas_of
from casemgr.queries.pickers import AreaRow
from casemgr.queries.prepared import Prepared
from casemgr.queries.standing import standing

MOST = 400
SHOWN = ("district", "street", "community", "grid")
BELOW = select(AreaPath.descendant_id).where(AreaPath.ancestor_id.in_(bindparam("mine", expanding=True)))
TREE = Prepared(
    select(Area.id, Area.name, Area.level, Area.parent_id, Area.code)
    .where(Area.id.in_(BELOW), Area.level.in_(bindparam("levels", expanding=True)))
    .order_by(Area.code)
    .limit(MOST)
)


def areas_in_scope(session: Session, actor: Actor, *, levels: tuple[str, ...] = SHOWN) -> list[tuple[int, AreaRow]]:
    """(depth, area) in the order of the tree, of the places where the actor sees all; bounded."""
    mine = tuple(area for area, _ in areas_of(actor))
    return standing(session, ("areas", mine, levels), lambda: tree(session, mine, levels)) if mine else []


def tree(session: Session, mine: Collection[int], levels: Collection[str]) -> list[tuple[int, AreaRow]]:
    """(depth, area) of these areas and all below them, on these levels."""
    areas = [AreaRow(row[0], row[1], row[2], row[3], code=row[4]) for row in TREE.run(session, {"mine": mine, "levels": levels})]
    depth: dict[int, int] = {}
    for area in areas:
        depth[area.id] = depth[area.parent_id] + 1 if area.parent_id in depth else 0
    return [(depth[area.id], area) for area in areas]
