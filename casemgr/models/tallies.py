"""Matters counted as they change: what each area counts with all below it, and the changes not yet added to it.

A cache of `cases` (services.tally): `flask tally verify` compares, `flask tally rebuild` counts anew. No foreign keys, so that a
change to a matter locks no area.
"""

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.orm import Mapped, mapped_column

from casemgr.db import Base


class Tally(Base):
    """How many matters of an area and of all below it bear each mark of one facet (services.marks): {mark: number}."""

    __tablename__ = "tallies"
    area_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    facet: Mapped[str] = mapped_column(primary_key=True)
    counts: Mapped[dict[str, Any]]


class TallyChange(Base):
    """What one transaction changed in the counts of one area: {"facet:mark": number}. Inserted with the change, folded into
    the tallies by a job."""

    __tablename__ = "tally_changes"
    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int]
    counts: Mapped[dict[str, Any]]


class TallyMark(Base):
    """Three small rows: "fold" is locked by whoever folds, and 0 until everything was counted once; "posts" rises with every
    change of appointments, by triggers; "days" with every finished day that is counted."""

    __tablename__ = "tally_marks"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
