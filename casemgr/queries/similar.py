"""Open matters that may be the same as what is being written: bounded, in scope, by pairs of characters in common."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Area, AreaPath, Case
from casemgr.policy import Actor, visible
from casemgr.search import grams, kept_grams
from workflows import WORKFLOWS
from workflows.likeness import SIMILAR, Profile, likeness, profile
from workflows.model import steps_of

FEW = 8  # characters: a shorter text is like everything
SOUGHT = 1000  # open matters, the newest, whose pairs of characters are looked at
COMPARED = 30  # of these, the ones that share most, are compared in full
SHOWN = 3
HEAD = 600  # characters of each that are compared
PROCESSES = ("incoming", *(name for name, flow in WORKFLOWS.items() if "take_in" in steps_of(flow)))


@dataclass(frozen=True, slots=True)
class Similar:
    """An open matter, and how alike it is (0 to 1)."""

    id: int
    process: str
    number: str
    title: str
    state: str
    place: str
    registered_at: datetime
    closed_at: None
    alike: float


def similar_open(session: Session, actor: Actor, title: str, text: str, near: int | None = None) -> list[Similar]:
    """At most SHOWN open matters that the actor sees and that are alike, the most alike first; two queries.

    `near` is the area chosen: only what lies in the same community is looked at then.
    """
    wanted = frozenset(grams(f"{title} {text}"[:HEAD]))
    if len(f"{title}{text}".strip()) < FEW or not wanted:
        return []
    kept = kept_grams(session, open_in_sight(actor, near))
    best = sorted(kept, key=lambda id: (-len(kept[id] & wanted), -id))[:COMPARED]
    mine = profile(title, text)
    found = [made(row, mine) for row in session.execute(lines_of(best))] if best else []
    return sorted((one for one in found if one.alike >= SIMILAR), key=lambda one: -one.alike)[:SHOWN]


def open_in_sight(actor: Actor, near: int | None) -> Any:
    """A select of the ids of the newest open matters that the actor sees; what is confidential is never suggested."""
    query = select(Case.id).where(Case.closed_at.is_(None), Case.process.in_(PROCESSES), Case.confidential.is_(False), visible(actor))
    if near is not None:
        query = query.where(Case.area_id.in_(same_community(near)))
    return query.order_by(Case.id.desc()).limit(SOUGHT)


def same_community(area_id: int) -> Any:
    """A select of the areas of the community that an area lies in, or of the area itself where it lies in none."""
    top = select(AreaPath.ancestor_id).join(Area, Area.id == AreaPath.ancestor_id).where(
        AreaPath.descendant_id == area_id, (Area.level == "community") | (Area.id == area_id)
    )
    return select(AreaPath.descendant_id).where(AreaPath.ancestor_id.in_(top))


def lines_of(ids: list[int]) -> Any:
    """What is shown and compared of these matters."""
    columns = (Case.id, Case.process, Case.number, Case.title, Case.state, Area.name, Case.registered_at, Case.text)
    return select(*columns).join(Area, Area.id == Case.area_id).where(Case.id.in_(ids))


def made(row: Any, mine: Profile) -> Similar:
    """A candidate with its likeness."""
    id, process, number, title, state, place, registered_at, text = row
    alike = likeness(mine, profile(title, text[:HEAD]))
    return Similar(id, process, number or "", title, state, place, registered_at, None, alike)
