"""Areas with their ancestor rows, departments, committees, teams and posts: the changes of a system administrator.

Accounts and appointments are services.accounts. Every change is an event of the settings' own chain.
"""

from datetime import datetime
from typing import Any

from pypinyin import lazy_pinyin
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.errors import AlreadyThere, Invalid
from casemgr.models import Area, AreaPath, Committee, Department, Post, Team, TeamCategory
from casemgr.policy import Actor
from casemgr.services.books import settings_stream
from workflows.roles import LEVELS, POST_ROLES

BELOW_PARENT = "An area lies below an area of a higher level."
NO_ROLE = "There is no such role."
CODE_TAKEN = "This code is taken."


def note(session: Session, what: str, *, actor: Actor, at: datetime, **data: Any) -> None:
    """Record a change of structure."""
    audit.record(
        session, settings_stream(session), "settings.structure_changed", actor=actor, at=at, data={"what": what, **data}
    )


def add_area(
    session: Session, code: str, name: str, level: str, parent: Area | None, *, actor: Actor, at: datetime, **more: Any
) -> Area:
    """Add an area below another. `more` are urban, households, aliases. Raises Invalid, AlreadyThere."""
    if level not in LEVELS or (parent and LEVELS.index(parent.level) <= LEVELS.index(level)):
        raise Invalid({"parent": [BELOW_PARENT]})
    if session.scalar(select(Area.id).where(Area.code == code)):
        raise AlreadyThere(message=CODE_TAKEN)
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


def pinyin(name: str) -> str:
    """The key that sorts a Chinese name."""
    return " ".join(lazy_pinyin(name)).lower()


def add_department(
    session: Session, code: str, name: str, area: Area, *, actor: Actor, at: datetime
) -> Department:
    """Add a department."""
    row = Department(code=code, name=name, area_id=area.id)
    session.add(row)
    session.flush()
    note(session, "department", actor=actor, at=at, id=row.id, code=code)
    return row


def add_committee(
    session: Session, area: Area, name: str, short_name: str = "", *, actor: Actor, at: datetime
) -> Committee:
    """Add the people's mediation committee of a community or street."""
    row = Committee(area_id=area.id, name=name, short_name=short_name)
    session.add(row)
    session.flush()
    note(session, "committee", actor=actor, at=at, id=row.id)
    return row


def add_team(
    session: Session, area: Area, key: str, name: str, categories: tuple[str, ...] = (), *, actor: Actor, at: datetime
) -> Team:
    """Add a mediation team with the categories it takes; without any it is the general team."""
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
    """Add a post; a role at an area is one post, which several may hold. Raises Invalid."""
    if role not in POST_ROLES:
        raise Invalid({"role": [NO_ROLE]})
    row = Post(role=role, area_id=area_id, team_id=team_id, department_id=department_id, name=name)
    session.add(row)
    session.flush()
    note(session, "post", actor=actor, at=at, id=row.id, role=role)
    return row
