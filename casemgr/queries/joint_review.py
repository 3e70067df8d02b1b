"""Pairs that look like one matter and wait for a person to say so: both in sight, open and not confidential; bounded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session

from casemgr.models import Area, Case, ImportRow, IncomingItem, Suggestion
from casemgr.policy import Actor, visible
from casemgr.queries.prepared import Prepared

WINDOW = 200  # pairs among which groups are made
PAGE = 10  # groups
WAITS = Suggestion.answer == ""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two matters beside each other."""

    id: int
    process: str
    number: str
    title: str
    text: str
    state: str
    place: str
    said_place: str
    channel: str
    tier: str
    sent_at: datetime
    closed_at: None = None


@dataclass(frozen=True, slots=True)
class Review:
    """An older matter, and what looks like it: (the other, how alike in per cent, why), the most alike first. A reason is a key
    of workflows.joint.likeness.SENTENCES and its words."""

    head: Side
    others: Sequence[tuple[Side, int, Sequence[Any]]]


def in_sight(actor: Actor, id: Any) -> ColumnElement[bool]:
    """The condition that a matter is open, not confidential, and the actor sees it."""
    return select(Case.id).where(Case.id == id, Case.closed_at.is_(None), Case.confidential.is_(False), visible(actor)).exists()


def waiting(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """The conditions on a pair that it waits for this actor."""
    return WAITS, in_sight(actor, Suggestion.case_id), in_sight(actor, Suggestion.like_id)


def load_reviews(session: Session, actor: Actor) -> list[Review]:
    """The groups to be looked at, the most alike first; two queries."""
    order = (Suggestion.alike.desc(), Suggestion.case_id.desc())
    pairs = session.execute(
        select(Suggestion.case_id, Suggestion.like_id, Suggestion.alike, Suggestion.why)
        .where(*waiting(actor)).order_by(*order).limit(WINDOW)
    ).all()  # fmt: skip
    heads: dict[int, list[tuple[int, int, Sequence[Any]]]] = {}
    for newer, older, alike, why in pairs:
        heads.setdefault(older, []).append((newer, alike, why))
    shown = dict(list(heads.items())[:PAGE])
    sides = load_sides(session, {*shown, *(id for found in shown.values() for id, _, _ in found)})
    return [Review(sides[head], [(sides[id], alike, why) for id, alike, why in found]) for head, found in shown.items()]


def load_sides(session: Session, ids: set[int]) -> dict[int, Side]:
    """These matters as they are compared."""
    query = (
        select(
            Case.id, Case.process, Case.number, Case.title, Case.text, Case.state, Area.name,
            func.coalesce(IncomingItem.place, ""), Case.channel, Case.tier, func.coalesce(IncomingItem.sent_at, Case.registered_at),
        )  # fmt: skip
        .join(Area, Area.id == Case.area_id)
        .join(IncomingItem, IncomingItem.case_id == Case.id, isouter=True)
        .where(Case.id.in_(ids))
    )
    return {row[0]: Side(*list(row)) for row in session.execute(query)}


def known_like(session: Session, actor: Actor, case_id: int) -> list[tuple[Side, int]]:
    """The matters that were there before one and look like it: each with how alike it is in per cent, the most alike first."""
    mine = select(Suggestion.like_id, Suggestion.alike).where(Suggestion.case_id == case_id, *waiting(actor))
    found = session.execute(mine.order_by(Suggestion.alike.desc())).all()
    sides = load_sides(session, {id for id, _ in found}) if found else {}
    return [(sides[id], alike) for id, alike in found]


def count_waiting(session: Session, actor: Actor) -> int:
    """How many pairs wait, counted up to a bound."""
    some = select(Suggestion.case_id).where(*waiting(actor)).limit(WINDOW).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


@lru_cache(128)
def alike(actor: Actor) -> Prepared:
    """How many matters in an actor's sight wait to be compared with the case :case."""
    mine = or_(Suggestion.case_id == bindparam("case"), Suggestion.like_id == bindparam("case"))
    return Prepared(select(func.count()).select_from(Suggestion).where(mine, *waiting(actor)))


def alike_to(session: Session, actor: Actor, case_id: int) -> int:
    """How many matters in sight wait to be compared with this one."""
    return alike(actor).run(session, {"case": case_id}).scalar() or 0


def count_found(session: Session, batch_id: int) -> int:
    """How many matters of an import look like a known one, as far as they were looked at."""
    query = select(func.count(Suggestion.case_id.distinct())).join(ImportRow, ImportRow.case_id == Suggestion.case_id)
    return session.scalar(query.where(ImportRow.batch_id == batch_id)) or 0
