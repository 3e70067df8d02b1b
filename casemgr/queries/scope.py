"""The areas an actor works in, as a tree for pickers and filters, and page by page for programs: never beyond his scope."""

from collections.abc import Collection

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased

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


Above, Way = aliased(Area), aliased(AreaPath)
PAGE = Prepared(
    select(
        Area.id, Area.name, Area.level, Area.parent_id, Area.code,
        select(func.count())
        .join_from(Way, Above, Above.id == Way.ancestor_id)
        .where(Way.descendant_id == Area.id, Way.depth > 0, Above.id.in_(BELOW), Above.level.in_(SHOWN))
        .scalar_subquery(),
    )
    .where(Area.id.in_(BELOW), Area.level.in_(SHOWN), Area.code > bindparam("after"))
    .order_by(Area.code)
    .limit(bindparam("most"))
)  # fmt: skip


def areas_in_scope(session: Session, actor: Actor, after: str = "") -> tuple[list[tuple[int, AreaRow]], str]:
    """(depth, area) in the order of the tree, of the places where the actor sees all: MOST behind the code `after`, and the code
    behind which there are more; "" at the end."""
    mine = tuple(area for area, _ in areas_of(actor))
    return standing(session, ("areas", mine, after), lambda: page(session, mine, after)) if mine else ([], "")


def page(session: Session, mine: Collection[int], after: str) -> tuple[list[tuple[int, AreaRow]], str]:
    """The same of these areas and all below them."""
    rows = PAGE.run(session, {"mine": mine, "after": after, "most": MOST + 1}).all()
    found = [(depth, AreaRow(id, name, level, parent, code=code)) for id, name, level, parent, code, depth in rows[:MOST]]
    return found, found[-1][1].code if len(rows) > MOST else ""


def tree(session: Session, mine: Collection[int], levels: Collection[str]) -> list[tuple[int, AreaRow]]:
    """(depth, area) of these areas and all below them, on these levels."""
    areas = [AreaRow(row[0], row[1], row[2], row[3], code=row[4]) for row in TREE.run(session, {"mine": mine, "levels": levels})]
    depth: dict[int, int] = {}
    for area in areas:
        depth[area.id] = depth[area.parent_id] + 1 if area.parent_id in depth else 0
    return [(depth[area.id], area) for area in areas]
