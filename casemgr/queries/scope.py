"""The areas an actor works in, as a tree for pickers and filters: down to a depth, never beyond his scope."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Area
from casemgr.policy import AREA_ROLES, Actor, within

MOST = 400


def areas_in_scope(session: Session, actor: Actor, *, levels: tuple[str, ...] = ()) -> list[tuple[int, Area]]:
    """(depth, area) in the order of the tree, of the places where the actor sees all; one query, bounded."""
    mine = (*actor.areas(*AREA_ROLES), *actor.mandates)
    if not mine:
        return []
    query = select(Area).where(Area.id.in_(within(mine)), Area.level.in_(levels or SHOWN)).order_by(Area.code).limit(MOST)
    areas = list(session.scalars(query))
    depth: dict[int, int] = {}
    for area in areas:
        depth[area.id] = depth[area.parent_id] + 1 if area.parent_id in depth else 0
    return [(depth[area.id], area) for area in areas]


SHOWN = ("district", "street", "community", "grid")
