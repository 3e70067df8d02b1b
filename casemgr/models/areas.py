"""Areas of any depth with their ancestor rows, departments, and the two levels of mediation committees."""

from datetime import date

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class Area(Base):
    """District > street > community > grid > microgrid. `code` is the statistical division code of 12 digits
    (district 6, street 9), +3 for the grid, +2 for the microgrid; `households` counts those living there, `shops` the
    businesses beside them, None where nobody counted; `latitude` and `longitude` (degrees, WGS 84) are its middle.
    After its last day `closed_on` nothing new begins there."""

    __tablename__ = "areas"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    level: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"), index=True)
    urban: Mapped[bool] = mapped_column(default=True)
    households: Mapped[int | None]
    shops: Mapped[int | None]
    aliases: Mapped[str] = mapped_column(default="")  # estates, roads and villages, one a line: for finding a place in text
    sort_key: Mapped[str] = mapped_column(default="")  # pinyin
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    closed_on: Mapped[date | None]


class AreaPath(Base):
    """The closure: one row for every (ancestor, descendant), each area its own at depth 0."""

    __tablename__ = "area_paths"
    ancestor_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    descendant_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    depth: Mapped[int]
    __table_args__ = (Index("ix_area_paths_up", "descendant_id", "depth"),)


class Department(Base):
    """An organ that answers whistles and referrals. `area_id` is the area whose government it belongs to."""

    __tablename__ = "departments"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), index=True)


class Committee(Base):
    """A people's mediation committee at a community or a street (People's Mediation Law arts 8, 34).

    Its head and mediators are the posts of those roles at its area. `short_name` opens its paper numbers.
    """

    __tablename__ = "committees"
    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("areas.id"), unique=True)
    name: Mapped[str]
    short_name: Mapped[str] = mapped_column(default="")
