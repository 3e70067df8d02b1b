"""Areas with their ancestor rows, departments, committees, and the making of teams and posts.

The changes of a system administrator, each an event of the settings' own chain. What happens to a team or a post once
it is there: services.teams, services.posts; accounts and appointments: services.accounts, services.appointments.
"""

from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import delete, insert, literal, select, update
from sqlalchemy.orm import Session, aliased

from casemgr import audit, policy
from casemgr.db import lock_rows
from casemgr.errors import AlreadyThere, Invalid, NotAllowed, NotFound, Refused
from casemgr.models import Area, AreaPath, Case, Committee, Department, Post, Team, TeamCategory
from casemgr.models.cases import places_of
from casemgr.policy import Actor
from casemgr.queries.areas import load_paths
from casemgr.queries.structure import matters_left_behind
from casemgr.services import tally
from casemgr.search import index_anew
from casemgr.services.books import settings_stream
from workflows.guards import local_date
from workflows.roles import LEVELS, POST_ROLES
from workflows.view import Reason

BELOW_PARENT = "An area lies below an area of a higher level."
BELOW_ITSELF = "An area cannot lie below itself."
NO_ROLE = "There is no such role."
CODE_TAKEN = "This code is taken."
NAME_MISSING = "Give the name."
ONE_COMMITTEE = "This place has its committee already."
NO_NUMBER = "Give a whole number from 0 on, or nothing."
NO_POSITION = "Give latitude and longitude in degrees, such as 30.1234, or neither."
AREA_COLUMNS = ("name", "urban", "households", "shops", "aliases", "latitude", "longitude")
BOUNDS = {"latitude": 90.0, "longitude": 180.0}  # degrees


def begin(session: Session, actor: Actor) -> None:
    """Raise NotAllowed unless the actor looks after the structure; from here on no other change of it comes between."""
    if not policy.may(actor, "structure"):
        raise NotAllowed()
    settings_stream(session)


def note(session: Session, what: str, how: str = "added", *, actor: Actor, at: datetime, **data: Any) -> None:
    """Record a change of structure: of what, and how."""
    audit.record(
        session, settings_stream(session), "settings.structure_changed", actor=actor, at=at,
        data={"what": what, "how": how, **data},
    )  # fmt: skip


def get_row(session: Session, model: Any, id: int) -> Any:
    """A row of the structure. Raises NotFound."""
    row = session.get(model, id)
    if row is None:
        raise NotFound()
    return row


# --- areas


def add_area(
    session: Session, code: str, name: str, level: str, parent: Area | None, *, actor: Actor, at: datetime, **more: Any
) -> Area:
    """Add an area below another. `more` are of AREA_COLUMNS. Raises NotAllowed, Invalid, AlreadyThere."""
    begin(session, actor)
    if level not in LEVELS or (parent and LEVELS.index(parent.level) <= LEVELS.index(level)):
        raise Invalid({"parent": [BELOW_PARENT]})
    refuse_bad({"name": name, **more})
    refuse_taken(session, Area, code)
    area = Area(
        code=code, name=name, level=level, parent_id=parent.id if parent else None, sort_key=pinyin(name),
        **{"urban": True, "aliases": "", **more},
    )  # fmt: skip
    session.add(area)
    session.flush()
    add_paths(session, area)
    note(session, "area", actor=actor, at=at, id=area.id, code=code)
    return area


def add_paths(session: Session, area: Area) -> None:
    """The ancestor rows of a new area: its parent's, one deeper, and its own."""
    above = session.execute(
        select(AreaPath.ancestor_id, AreaPath.depth).where(AreaPath.descendant_id == area.parent_id)
    ).all()
    rows = [{"ancestor_id": up, "descendant_id": area.id, "depth": depth + 1} for up, depth in above]
    session.execute(insert(AreaPath), [*rows, {"ancestor_id": area.id, "descendant_id": area.id, "depth": 0}])


def change_area(session: Session, area_id: int, *, actor: Actor, at: datetime, **changes: Any) -> list[str]:
    """Rename an area or put its other AREA_COLUMNS right; the names of what changed. Raises NotAllowed, NotFound, Invalid."""
    begin(session, actor)
    area = get_row(session, Area, area_id)
    refuse_bad(changes)
    changed = [name for name in AREA_COLUMNS if name in changes and getattr(area, name) != changes[name]]
    if not changed:
        return []
    for name in changed:
        setattr(area, name, changes[name])
    area.sort_key = pinyin(area.name)
    session.flush()
    note(session, "area", "changed", actor=actor, at=at, id=area.id, code=area.code, fields=changed)
    return changed


def refuse_bad(columns: dict[str, Any]) -> None:
    """Raise Invalid for a missing name or a number that counts nothing."""
    faults = {}
    if "name" in columns and not columns["name"].strip():
        faults["name"] = [NAME_MISSING]
    for name in ("households", "shops"):
        if columns.get(name) is not None and columns[name] < 0:
            faults[name] = [NO_NUMBER]
    position = {name: columns.get(name) for name in BOUNDS}
    if any(value is not None for value in position.values()):
        faults |= {name: [NO_POSITION] for name, value in position.items() if value is None or abs(value) > BOUNDS[name]}
    if faults:
        raise Invalid(faults)


def refuse_taken(session: Session, model: type[Area] | type[Department], code: str) -> None:
    """Raise AlreadyThere when the code is taken."""
    if session.scalar(select(model.id).where(model.code == code)):
        raise AlreadyThere("code_taken", CODE_TAKEN)


def move_area(session: Session, area_id: int, parent_id: int, *, code: str = "", actor: Actor, at: datetime) -> Area:
    """Put an area with all below it under another one; with `code` all codes below change their beginning too.

    Matters keep their area. Those open that are led, held or decided from a place that would no longer lie above them
    refuse the move: nobody would answer for them. Raises NotAllowed, NotFound, Invalid, AlreadyThere, Refused.
    """
    begin(session, actor)
    area, parent = get_row(session, Area, area_id), get_row(session, Area, parent_id)
    below = list(session.scalars(select(AreaPath.descendant_id).where(AreaPath.ancestor_id == area.id)))
    hold_all(session, below)
    if parent.id in below:
        raise Invalid({"parent": [BELOW_ITSELF]})
    if LEVELS.index(parent.level) <= LEVELS.index(area.level):
        raise Invalid({"parent": [BELOW_PARENT]})
    lost = areas_above(session, area.id) - areas_above(session, parent.id) - {area.id}
    if count := matters_left_behind(session, area.id, lost):
        raise Refused(Reason("area_left_behind", {"count": count}))
    before, above = area.parent_id, areas_above(session, area.id) - {area.id}
    if code and code != area.code:
        recode(session, area, code, below)
    move_paths(session, area.id, parent.id)
    now_above = areas_above(session, parent.id)
    tally.regroup(session, area.id, above - now_above, now_above - above, local_date(at))
    area.parent_id = parent.id
    session.flush()
    place_cases(session, below)
    note(session, "area", "moved", actor=actor, at=at, id=area.id, code=area.code, from_id=before, to_id=parent.id)
    return area


def hold_all(session: Session, areas: list[int]) -> None:
    """No step is taken on a matter in these areas, and none is opened there, until the transaction ends."""
    open_here = select(Case.id).where(Case.area_id.in_(areas), Case.closed_at.is_(None)).order_by(Case.id)
    for rows in (open_here, select(Area.id).where(Area.id.in_(areas)).order_by(Area.id)):
        session.execute(lock_rows(session, rows))


def areas_above(session: Session, area_id: int) -> set[int]:
    """The ids of an area and of all above it."""
    return set(session.scalars(select(AreaPath.ancestor_id).where(AreaPath.descendant_id == area_id)))


def recode(session: Session, area: Area, code: str, below: list[int]) -> None:
    """Give an area another code, and everything below it the same new beginning. Raises AlreadyThere."""
    rows = list(session.scalars(select(Area).where(Area.id.in_(below)).order_by(Area.code)))
    codes = {row: code + row.code.removeprefix(area.code) for row in rows if row.code.startswith(area.code)}
    taken = select(Area.id).where(Area.code.in_(codes.values()), Area.id.not_in(below)).limit(1)
    if session.scalar(taken):
        raise AlreadyThere("code_taken", CODE_TAKEN)
    for row, new in codes.items():
        row.code = new
    session.flush()


def move_paths(session: Session, area_id: int, parent_id: int) -> None:
    """The ancestor rows of a moved area and of all below it: those from outside go, the new parent's come."""
    inside = select(AreaPath.descendant_id).where(AreaPath.ancestor_id == area_id)
    old = (AreaPath.descendant_id.in_(inside), AreaPath.ancestor_id.not_in(inside))
    session.execute(delete(AreaPath).where(*old).execution_options(synchronize_session=False))
    up, down = aliased(AreaPath), aliased(AreaPath)
    rows = select(up.ancestor_id, down.descendant_id, up.depth + down.depth + literal(1)).join_from(
        up, down, (up.descendant_id == parent_id) & (down.ancestor_id == area_id)
    )
    session.execute(insert(AreaPath).from_select(["ancestor_id", "descendant_id", "depth"], rows))


def place_cases(session: Session, areas: list[int]) -> None:
    """Where the cases at these areas lie now, at every level, for lists and for search."""
    paths = load_paths(session, areas)
    for area in areas:
        session.execute(update(Case).where(Case.area_id == area).values(places_of(paths[area])).execution_options(synchronize_session=False))
    index_anew(session, session.scalars(select(Case.id).where(Case.area_id.in_(areas))))


def pinyin(name: str) -> str:
    """The key that sorts a Chinese name."""
    return " ".join(readings().lazy_pinyin(name)).lower()


@cache
def readings() -> Any:
    """The library of readings, loaded by who needs it first: it is a quarter of what a web worker would hold."""
    return import_module("pypinyin")


# --- departments and committees


def add_department(
    session: Session, code: str, name: str, area: Area, *, actor: Actor, at: datetime
) -> Department:
    """Add a department. Raises NotAllowed, Invalid, AlreadyThere."""
    begin(session, actor)
    refuse_bad({"name": name})
    refuse_taken(session, Department, code)
    row = Department(code=code, name=name, area_id=area.id)
    session.add(row)
    session.flush()
    note(session, "department", actor=actor, at=at, id=row.id, code=code)
    return row


def change_department(session: Session, department_id: int, *, name: str, actor: Actor, at: datetime) -> None:
    """Rename a department. Raises NotAllowed, NotFound, Invalid."""
    begin(session, actor)
    row = get_row(session, Department, department_id)
    refuse_bad({"name": name})
    if row.name != name:
        row.name = name
        note(session, "department", "changed", actor=actor, at=at, id=row.id, code=row.code, fields=["name"])


def add_committee(
    session: Session, area: Area, name: str, short_name: str = "", *, actor: Actor, at: datetime
) -> Committee:
    """Add the people's mediation committee of a community or street. Raises NotAllowed, Invalid, AlreadyThere."""
    begin(session, actor)
    refuse_bad({"name": name})
    if session.scalar(select(Committee.id).where(Committee.area_id == area.id)):
        raise AlreadyThere("one_committee", ONE_COMMITTEE)
    row = Committee(area_id=area.id, name=name, short_name=short_name)
    session.add(row)
    session.flush()
    note(session, "committee", actor=actor, at=at, id=row.id, area=area.id)
    return row


def change_committee(
    session: Session, committee_id: int, *, name: str, short_name: str, actor: Actor, at: datetime
) -> None:
    """Rename a committee, or give it another name in numbers of papers. Raises NotAllowed, NotFound, Invalid."""
    begin(session, actor)
    row = get_row(session, Committee, committee_id)
    refuse_bad({"name": name})
    values = {"name": name, "short_name": short_name}
    changed = [column for column, value in values.items() if getattr(row, column) != value]
    if changed:
        row.name, row.short_name = name, short_name
        note(session, "committee", "changed", actor=actor, at=at, id=row.id, area=row.area_id, fields=changed)


# --- teams and posts


def add_team(
    session: Session, area: Area, key: str, name: str, categories: tuple[str, ...] = (), *, actor: Actor, at: datetime
) -> Team:
    """Add a mediation team with the categories it takes; without any it is the general team."""
    begin(session, actor)
    refuse_bad({"name": name})
    if session.scalar(select(Team.id).where(Team.area_id == area.id, Team.key == key)):
        raise AlreadyThere("code_taken", CODE_TAKEN)
    row = Team(area_id=area.id, key=key, name=name, general=not categories, active=True)
    session.add(row)
    session.flush()
    if categories:
        session.execute(insert(TeamCategory), [{"team_id": row.id, "category": c} for c in categories])
    note(session, "team", actor=actor, at=at, id=row.id, key=key)
    return row


def add_post(
    session: Session, role: str, *, actor: Actor, at: datetime, area_id: int | None = None,
    team_id: int | None = None, department_id: int | None = None, name: str = "",
) -> Post:  # fmt: skip
    """Add a post; a role at an area is one post, which several may hold. Raises NotAllowed, Invalid."""
    begin(session, actor)
    if role not in POST_ROLES:
        raise Invalid({"role": [NO_ROLE]})
    row = Post(role=role, area_id=area_id, team_id=team_id, department_id=department_id, name=name)
    session.add(row)
    session.flush()
    note(session, "post", actor=actor, at=at, id=row.id, role=role)
    return row
