"""The places, committees, departments and teams of the demo, made from street.toml by the services of structure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from casemgr.demo import plan
from casemgr.models import Area, Department, Team
from casemgr.policy import SETUP
from casemgr.services import rooms, structure
from workflows import rulebook

KIND = {True: "居民委员会", False: "村民委员会"}


@dataclass
class Community:
    """A community with its grids and the places and roads that texts name. `head` of its street in `street_id`."""

    key: str
    area: Area
    street: Area
    roads: Sequence[str]
    grids: list[Area] = field(default_factory=list)
    places: dict[int, str] = field(default_factory=dict)  # grid id -> the estate or hamlet in it
    microgrids: dict[int, list[Area]] = field(default_factory=dict)


@dataclass
class Street:
    """Everything that was made, by name. The reference street is the first of `streets`."""

    at: datetime
    district: Area
    streets: list[Area] = field(default_factory=list)
    communities: list[Community] = field(default_factory=list)
    departments: list[Department] = field(default_factory=list)
    teams: dict[str, Team] = field(default_factory=dict)  # of the reference street, by key

    @property
    def reference(self) -> list[Community]:
        """The five communities of the reference street."""
        return [c for c in self.communities if c.street.id == self.streets[0].id]

    def community(self, key: str) -> Community:
        """A community by its key in street.toml."""
        return next(c for c in self.communities if c.key == key)


def add_street(session: Session, at: datetime) -> Street:
    """All places and bodies, in an empty database; flushed, not committed."""
    data = plan.street_data()
    by: dict[str, Any] = {"actor": SETUP, "at": at}
    district = structure.add_area(session, data["district"]["code"], data["district"]["name"], "district", None, **by)
    street = Street(at, district)
    counts = [plan.households(), list(data["households"]["neighbour"])]
    for one, households in zip(data["streets"], counts, strict=True):
        area = structure.add_area(
            session, one["code"], one["name"], "street", district, households=sum(households), **by
        )
        street.streets.append(area)
        structure.add_committee(session, area, f"{area.name}人民调解委员会", area.name[:2], **by)
        rooms.add_room(session, area.id, "街道第一调解室", place="综治中心一楼 102", rest_days=True, **by)
        rooms.add_room(session, area.id, "街道第二调解室", place="综治中心一楼 104", **by)
        for community in one["communities"]:
            mine = [households.pop(0) for _ in community["places"]]
            number = len(street.communities) + 1
            street.communities.append(add_community(session, area, number, community, mine, by))
    for one in data["departments"]:
        street.departments.append(structure.add_department(session, one["code"], one["name"], street.streets[0], **by))
    add_teams(session, street, by)
    return street


def add_community(
    session: Session, street: Area, number: int, data: Mapping[str, Any], households: Sequence[int], by: Mapping[str, Any]
) -> Community:
    """A community with its committee, grids and micro-grids."""
    urban = data.get("urban", True)
    area = structure.add_area(
        session, data["code"], data["name"], "community", street, urban=urban, households=sum(households),
        aliases="\n".join(data["roads"]), **plan.position(number), **by,
    )  # fmt: skip
    short = area.name.removesuffix("社区")
    structure.add_committee(session, area, f"{area.name}人民调解委员会", short, **by)
    rooms.add_room(session, area.id, f"{area.name}调解室", place="党群服务中心二楼", **by)
    made = Community(data["key"], area, street, data["roads"])
    shares = plan.microgrids_of(len(data["places"]), data["microgrids"])
    for n, (place, count) in enumerate(zip(data["places"], households, strict=True), start=1):
        grid = structure.add_area(
            session, f"{area.code}{n:03}", f"{short}第{n}网格", "grid", area, urban=urban, households=count,
            aliases=place, **plan.position(number, n), **by,
        )  # fmt: skip
        made.grids.append(grid)
        made.places[grid.id] = place
        made.microgrids[grid.id] = add_microgrids(session, grid, place, (number, n), shares[n - 1], by)
    return made


def add_microgrids(
    session: Session, grid: Area, place: str, lies: tuple[int, int], count: int, by: Mapping[str, Any]
) -> list[Area]:
    """The micro-grids of a grid: a few buildings or farmsteads each, its households shared among them."""
    shares = plan.microgrids_of(count, grid.households or 0)
    return [
        structure.add_area(
            session, f"{grid.code}{n:02}", part_of(place, n, grid.urban), "microgrid", grid, urban=grid.urban,
            households=share, **plan.position(*lies, n), **by,
        )
        for n, share in enumerate(shares, start=1)
    ]  # fmt: skip


def part_of(place: str, n: int, urban: bool) -> str:
    """锦江苑3—4栋, 大湾2组"""
    return f"{place}{2 * n - 1}—{2 * n}栋" if urban else f"{place}{n}院"


def add_teams(session: Session, street: Street, by: Mapping[str, Any]) -> None:
    """The eight teams and the general one, with the categories of the rules; the neighbour has a general one."""
    names = plan.street_data()["teams"]
    for key, team in rulebook.packaged().raw["teams"].items():
        row = structure.add_team(session, street.streets[0], key, names[key], tuple(team["categories"]), **by)
        street.teams[key] = row
    structure.add_team(session, street.streets[1], "general", names["general"], **by)
