"""The structure as its administrator sees it: areas with posts and households, committees, departments. No matter is
read, but for the count of those that a move would leave behind. Reads only, each a bounded number of queries.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from casemgr.models import (
    Account, Appointment, Area, AreaPath, Case, Committee, Department, Post, Request, Team,
)  # fmt: skip
from casemgr.queries.actors import holding_on
from workflows.grid_standard import GridLoad, Standard, load_of
from workflows.roles import LEVELS

MOST_AREAS = 600  # on one page; more are shown down to the community only


def matters_left_behind(session: Session, area_id: int, lost: Collection[int]) -> int:
    """How many open matters in an area are led, held or decided from one of these places."""
    if not lost:
        return 0
    below = select(AreaPath.descendant_id).where(AreaPath.ancestor_id == area_id)
    decided = select(Request.case_id).where(Request.decider_area_id.in_(lost))
    from_there = or_(Case.lead_area_id.in_(lost), Case.holder_area_id.in_(lost), Case.id.in_(decided))
    query = select(func.count()).select_from(Case).where(Case.closed_at.is_(None), Case.area_id.in_(below), from_there)
    return session.scalar(query) or 0


# --- areas


@dataclass(frozen=True, slots=True)
class Grids:
    """The grids in an area, itself included: how many, how many over the standard, and what those counted carry."""

    grids: int = 0
    micro: int = 0
    over: int = 0
    counted: int = 0
    households: int = 0
    shops: int = 0


@dataclass(frozen=True, slots=True)
class AreaLine:
    """One area: its posts in all and filled, its grids, and what one of them carries."""

    id: int
    depth: int
    code: str
    name: str
    level: str
    urban: bool
    posts: int
    filled: int
    grids: Grids
    load: GridLoad
    closed: bool = False

    @property
    def vacant(self) -> int:
        """Posts that nobody holds today."""
        return self.posts - self.filled


def load_tree(session: Session, top: int | None, on: date, standard: Standard) -> list[AreaLine]:
    """The areas from one down (or all), each parent before its children, micro-grids counted and not listed."""
    inside = select(AreaPath.descendant_id).where(AreaPath.ancestor_id == top)
    condition = Area.id.in_(inside) if top is not None else Area.id.is_not(None)
    levels = listed_levels(session, condition)
    areas = list(session.scalars(select(Area).where(condition, Area.level.in_(levels)).order_by(Area.code)))
    posts, grids = count_posts(session, condition, on), count_grids(session, condition, standard)
    depth = depths(areas)
    ordered = in_tree_order(areas)
    return [
        AreaLine(a.id, depth[a.id], a.code, a.name, a.level, a.urban, *posts.get(a.id, (0, 0)), counted, load, a.closed_on is not None)
        for a in ordered
        for counted in (grids.get(a.id, Grids()),)
        for load in (load_of_area(a, counted, standard),)
    ]


def listed_levels(session: Session, condition: ColumnElement[bool]) -> tuple[str, ...]:
    """Down to the grid, or to the community where there are too many."""
    count = session.scalar(select(func.count()).select_from(Area).where(condition, Area.level != "microgrid")) or 0
    return LEVELS[1:] if count <= MOST_AREAS else LEVELS[2:]


def depths(areas: Iterable[Area]) -> dict[int, int]:
    """How deep each area lies below the topmost of these."""
    parents = {area.id: area.parent_id for area in areas}
    found: dict[int, int] = {}
    for id in parents:
        depth, up = 0, parents[id]
        while up in parents:
            depth, up = depth + 1, parents[up]
        found[id] = depth
    return found


def in_tree_order(areas: list[Area]) -> list[Area]:
    """Each parent before its children, siblings in the order of their codes."""
    children: dict[int | None, list[Area]] = {}
    ids = {area.id for area in areas}
    for area in areas:
        children.setdefault(area.parent_id if area.parent_id in ids else None, []).append(area)
    found, waiting = [], list(reversed(children.get(None, [])))
    while waiting:
        area = waiting.pop()
        found.append(area)
        waiting.extend(reversed(children.get(area.id, [])))
    return found


def open_post(on: date) -> ColumnElement[bool]:
    """The condition on Post that it is not closed on a day."""
    return or_(Post.closed_on.is_(None), Post.closed_on >= on)


def count_posts(session: Session, condition: ColumnElement[bool], on: date) -> dict[int, tuple[int, int]]:
    """Area id -> (posts, posts that somebody holds) on a day."""
    held = select(Appointment.post_id).join(Account).where(holding_on(on), Account.active.is_(True))
    query = (
        select(Post.area_id, func.count(), func.sum(case((Post.id.in_(held), 1), else_=0)))
        .join(Area, Area.id == Post.area_id)
        .where(condition, open_post(on))
        .group_by(Post.area_id)
    )
    return {area: (posts, int(filled)) for area, posts, filled in session.execute(query) if area is not None}


def count_grids(session: Session, condition: ColumnElement[bool], standard: Standard) -> dict[int, Grids]:
    """Area id -> its grids, for all areas with any."""
    below = aliased(Area)
    grid = below.level == "grid"
    carried = func.coalesce(below.households, 0) + func.coalesce(below.shops, 0)
    query = (
        select(
            Area.id,
            func.sum(case((grid, 1), else_=0)),
            func.sum(case((below.level == "microgrid", 1), else_=0)),
            func.sum(case((grid & (carried > standard.most), 1), else_=0)),
            func.sum(case((grid & below.households.is_not(None), 1), else_=0)),
            func.sum(case((grid, func.coalesce(below.households, 0)), else_=0)),
            func.sum(case((grid & below.households.is_not(None), func.coalesce(below.shops, 0)), else_=0)),
        )
        .join(AreaPath, AreaPath.ancestor_id == Area.id)
        .join(below, below.id == AreaPath.descendant_id)
        .where(condition, Area.level != "microgrid", below.level.in_(("grid", "microgrid")))
        .group_by(Area.id)
    )
    return {row[0]: Grids(*map(int, row[1:])) for row in session.execute(query)}


def load_of_area(area: Area, grids: Grids, standard: Standard) -> GridLoad:
    """What one grid of an area carries on average: by its own number, else by those of its grids that are counted."""
    if area.households is not None:
        return load_of(area.households, grids.grids, area.shops, standard)
    return load_of(grids.households, grids.counted, grids.shops, standard)


@dataclass(frozen=True, slots=True)
class PostLine:
    """One post and the names of who holds it today."""

    id: int
    role: str
    name: str
    place: str
    closed_on: date | None
    holders: tuple[str, ...]


def load_posts(session: Session, area_id: int, on: date) -> list[PostLine]:
    """The posts at an area, at its teams and departments; those closed before the day left out."""
    query = (
        select(Post.id, Post.role, Post.name, func.coalesce(Team.name, Department.name, ""), Post.closed_on)
        .outerjoin(Team, Team.id == Post.team_id)
        .outerjoin(Department, Department.id == Post.department_id)
        .where(or_(Post.area_id == area_id, Team.area_id == area_id, Department.area_id == area_id), open_post(on))
        .order_by(Post.team_id.is_not(None), Post.department_id.is_not(None), Post.role, Post.id)
    )
    rows = session.execute(query).all()
    names = holders_of(session, [row.id for row in rows], on)
    return [PostLine(*row, names.get(row.id, ())) for row in rows]


def holders_of(session: Session, posts: Collection[int], on: date) -> dict[int, tuple[str, ...]]:
    """Post id -> names of those who hold it on a day."""
    query = (
        select(Appointment.post_id, Account.name)
        .join(Account, Account.id == Appointment.account_id)
        .where(Appointment.post_id.in_(posts), holding_on(on), Account.active.is_(True))
        .order_by(Appointment.id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for post, name in session.execute(query):
        found[post] = (*found.get(post, ()), name)
    return found


def find_committee(session: Session, area_id: int) -> Committee | None:
    """The committee at an area."""
    return session.scalar(select(Committee).where(Committee.area_id == area_id))


def departments_at(session: Session, area_id: int | None = None) -> list[tuple[Department, str]]:
    """(department, name of its area), of one area or of all."""
    query = select(Department, Area.name).join(Area, Area.id == Department.area_id).order_by(Area.code, Department.code)
    rows = session.execute(query.where(Department.area_id == area_id) if area_id is not None else query)
    return [(row[0], row[1]) for row in rows]


def path_of(session: Session, area_id: int) -> list[Area]:
    """An area and all above it, from the top."""
    query = (
        select(Area)
        .join(AreaPath, AreaPath.ancestor_id == Area.id)
        .where(AreaPath.descendant_id == area_id)
        .order_by(AreaPath.depth.desc())
    )
    return list(session.scalars(query))


def places_of(session: Session, levels: Collection[str], outside: int | None = None) -> list[tuple[int, str]]:
    """(id, name with the name above) of the areas of these levels, without those in `outside`, in the order of codes."""
    above = aliased(Area)
    query = select(Area.id, Area.name, above.name).outerjoin(above, above.id == Area.parent_id)
    if outside is not None:
        inside = select(AreaPath.descendant_id).where(AreaPath.ancestor_id == outside)
        query = query.where(Area.id.not_in(inside))
    rows = session.execute(query.where(Area.level.in_(tuple(levels))).order_by(Area.code))
    return [(id, f"{up} · {name}" if up else name) for id, name, up in rows]


def micro_grids(session: Session, area_id: int) -> list[Area]:
    """The micro-grids of a grid."""
    return list(session.scalars(select(Area).where(Area.parent_id == area_id).order_by(Area.code)))


def posts_of_departments(session: Session, on: date) -> dict[int, list[PostLine]]:
    """Department id -> its posts and who holds them."""
    query = select(Post.id, Post.role, Post.name, Post.department_id, Post.closed_on).where(
        Post.department_id.is_not(None), open_post(on)
    )
    rows = session.execute(query.order_by(Post.id)).all()
    names = holders_of(session, [row.id for row in rows], on)
    found: dict[int, list[PostLine]] = {}
    for id, role, name, department, closed_on in rows:
        found.setdefault(department or 0, []).append(PostLine(id, role, name, "", closed_on, names.get(id, ())))
    return found
