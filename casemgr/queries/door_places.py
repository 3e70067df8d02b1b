"""The places somebody at the door can choose from: communities with their grids, names that anybody may read."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Area

LEVELS = ("community", "grid")


@dataclass(frozen=True, slots=True)
class Place:
    """A community or grid: `group` is the community it stands under, `also` its estates and roads, `at` its middle in degrees."""

    id: int
    code: str
    name: str
    level: str
    group: str
    also: tuple[str, ...] = ()
    at: str = ""


def places(session: Session) -> list[Place]:
    """All communities and grids that are not closed, each community before its grids."""
    query = select(Area).where(Area.level.in_(LEVELS), Area.closed_on.is_(None)).order_by(Area.code)
    return list(grouped(list(session.scalars(query))))


def grouped(areas: list[Area]) -> Iterator[Place]:
    """The areas under their communities."""
    names = {area.id: area.name for area in areas if area.level == "community"}
    for area in areas:
        community = names.get(area.id if area.level == "community" else area.parent_id or 0)
        if community:
            at = "" if area.latitude is None or area.longitude is None else f"{area.latitude} {area.longitude}"
            yield Place(area.id, area.code, area.name, area.level, community, tuple(area.aliases.splitlines()), at)
