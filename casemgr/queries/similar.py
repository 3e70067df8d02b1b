"""Open matters that may be the same as what is being written: bounded, in scope, by pairs of characters in common."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Area, AreaPath, Case
from casemgr.policy import Actor, visible
from casemgr.search import grams, sharing
from workflows.likeness import SIMILAR, Profile, likeness, profile

FEW = 8  # characters: a shorter text is like everything
SOUGHT = 24  # pairs of characters that are looked up, evenly taken from the text
LOOKED_AT = 300  # candidates that are compared, the newest
SHOWN = 3
HEAD = 600  # characters of each candidate that are compared
PROCESSES = ("dispute", "incoming")


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
    """At most SHOWN open matters that the actor sees and that are alike, the most alike first; one query.

    `near` is the area chosen: only what lies in the same community is compared then.
    """
    whole = f"{title} {text}".strip()
    wanted = spread(grams(whole))
    if len(whole) < FEW or not wanted:
        return []
    mine = profile(title, text)
    found = [made(row, mine) for row in session.execute(candidates(session, actor, wanted, near))]
    alike = [one for one in found if one.alike >= SIMILAR]
    return sorted(alike, key=lambda one: -one.alike)[:SHOWN]


def candidates(session: Session, actor: Actor, wanted: Collection[str], near: int | None):  # type: ignore[no-untyped-def]
    """The newest open matters in sight that share any of these pairs of characters."""
    query = (
        select(Case.id, Case.process, Case.number, Case.title, Case.state, Area.name, Case.registered_at, Case.text)
        .join(Area, Area.id == Case.area_id)
        .where(Case.closed_at.is_(None), Case.process.in_(PROCESSES), visible(actor), Case.id.in_(sharing(session, wanted)))
    )
    if near is not None:
        query = query.where(Case.area_id.in_(same_community(near)))
    return query.order_by(Case.registered_at.desc(), Case.id.desc()).limit(LOOKED_AT)


def same_community(area_id: int):  # type: ignore[no-untyped-def]
    """A select of the areas of the community that an area lies in, or of the area itself where it lies in none."""
    top = select(AreaPath.ancestor_id).join(Area, Area.id == AreaPath.ancestor_id).where(
        AreaPath.descendant_id == area_id, (Area.level == "community") | (Area.id == area_id)
    )
    return select(AreaPath.descendant_id).where(AreaPath.ancestor_id.in_(top))


def spread(found: list[str]) -> list[str]:
    """At most SOUGHT of the pairs, evenly from the whole text, each once."""
    once = list(dict.fromkeys(pair for pair in found if len(pair) > 1))
    return once if len(once) <= SOUGHT else [once[n * len(once) // SOUGHT] for n in range(SOUGHT)]


def made(row, mine: Profile) -> Similar:  # type: ignore[no-untyped-def]
    """A candidate with its likeness."""
    id, process, number, title, state, place, registered_at, text = row
    alike = likeness(mine, profile(title, text[:HEAD]))
    return Similar(id, process, number or "", title, state, place, registered_at, None, alike)
