"""Open matters that may be the same as what is being written: bounded, in scope, found by the rare pairs of characters they
have in common, then compared as workflows.joint does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr.models import Area, AreaPath, Case
from casemgr.policy import Actor, visible
from casemgr.queries.likeness import profile_of, rarity_now
from casemgr.search import grams, sharing
from workflows import WORKFLOWS
from workflows.joint.likeness import Reason, reasons, score, share
from workflows.joint.profiles import LONGEST, pair
from workflows.joint.rarity import TELLING, Rarity, Weighed, weighed
from workflows.model import steps_of

FEW = 8  # characters: a shorter text is like everything
SOUGHT = 12  # rare pairs of characters by which candidates are found
SPREAD = 0.02  # share of all matters that these may bring up together
COMPARED = 40  # of these, the ones that share most, are compared in full
SHOWN = 3
HEAD = 300  # characters of the text in which rare pairs are looked for
IN_TITLE = 2.0  # a rare pair of the title counts this often
SIMILAR = -0.8  # worth showing beside each other: three in ten are the same
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
    why: tuple[Reason, ...] = ()


def similar_open(session: Session, actor: Actor, title: str, text: str, near: int | None = None) -> list[Similar]:
    """At most SHOWN open matters that the actor sees and that are alike, the most alike first; three queries.

    `near` is the area chosen: only what lies in the same community is looked at then.
    """
    if len(f"{title}{text}".strip()) < FEW:
        return []
    rarity = rarity_now(session)
    wanted = rare_grams(title, text[:HEAD], rarity)
    if not wanted:
        return []
    mine = weighed(profile_of(title, text), rarity)
    found = [made(row, mine, rarity) for row in session.execute(lines_of(candidates(session, actor, wanted, near)))]
    marked = sorted(((mark, one) for mark, one in found if mark >= SIMILAR), key=lambda pair: (-pair[0], -pair[1].id))
    return [one for _, one in marked[:SHOWN]]


def rare_grams(title: str, text: str, rarity: Rarity) -> dict[str, float]:
    """The rarest pairs of characters with their weight, as search keeps them and the other way round: names get scrambled."""
    weights: dict[str, float] = {}
    for part, times in ((title, IN_TITLE), (text, 1.0)):
        for gram in grams(part):
            if len(gram) == 2 and (beyond := rarity.weight(pair(*gram)) - TELLING) > 0:
                weights[gram] = max(weights.get(gram, 0.0), times * beyond)
    best: list[str] = []
    spread = 0.0
    for gram in sorted(weights, key=lambda gram: -weights[gram])[:SOUGHT]:
        spread += rarity.share(pair(*gram))
        if best and spread > SPREAD:
            break
        best.append(gram)
    return {gram: weights[one] for one in best for gram in (one, one[::-1])}


def candidates(session: Session, actor: Actor, wanted: dict[str, float], near: int | None) -> Any:
    """A select of the ids of the open matters that the actor sees and that have most in common; what is confidential is never
    suggested."""
    common = sharing(session, wanted)
    query = (
        select(Case.id)
        .join(common, common.c.case_id == Case.id)
        .where(Case.closed_at.is_(None), Case.process.in_(PROCESSES), Case.confidential.is_(False), visible(actor))
    )
    if near is not None:
        query = query.where(Case.area_id.in_(same_community(near)))
    return query.order_by(common.c.weight.desc(), Case.id.desc()).limit(COMPARED)


def same_community(area_id: int) -> Any:
    """A select of the areas of the community that an area lies in, or of the area itself where it lies in none."""
    top = select(AreaPath.ancestor_id).join(Area, Area.id == AreaPath.ancestor_id).where(
        AreaPath.descendant_id == area_id, (Area.level == "community") | (Area.id == area_id)
    )
    return select(AreaPath.descendant_id).where(AreaPath.ancestor_id.in_(top))


def lines_of(ids: Any) -> Any:
    """What is shown and compared of the matters that a select of ids names."""
    columns = (Case.id, Case.process, Case.number, Case.title, Case.state, Area.name, Case.registered_at)
    text = func.substr(Case.text, 1, LONGEST)
    return select(*columns, text).join(Area, Area.id == Case.area_id).where(Case.id.in_(ids))


def made(row: Any, mine: Weighed, rarity: Rarity) -> tuple[float, Similar]:
    """A candidate with its score and why."""
    id, process, number, title, state, place, registered_at, text = row
    other = weighed(profile_of(title, text), rarity)
    mark = score(mine, other)
    why = reasons(mine, other) if mark >= SIMILAR else ()
    return mark, Similar(id, process, number or "", title, state, place, registered_at, None, share(mark), why)
