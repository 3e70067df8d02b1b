"""Incoming items that nobody has sorted yet, red first, then by what came first; with what their words suggest, and with
what is likely the same beside them. The last act at the desk, to be undone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from casemgr.errors import NotFound
from casemgr.models import Area, Case, Event, IncomingItem
from casemgr.policy import Actor, visible
from casemgr.queries.likeness import profile_of, rarity_now
from workflows.incoming import INCOMING
from workflows.joint.grouping import grouped
from workflows.roles import TIERS

PAGE = 20
WINDOW = 150  # items among which those that are likely the same are looked for
MOST = 100  # items of one act
SORTED = tuple(step.event for step in INCOMING.steps if step.target in {state.name for state in INCOMING.states if state.closed})
by_tier = case({tier: rank for rank, tier in enumerate(reversed(TIERS))}, value=Case.tier, else_=len(TIERS))
KIND = IncomingItem.reading["kind"].as_string()


@dataclass(frozen=True, slots=True)
class Item:
    """An incoming item as the sorting desk shows it. `reading` is of workflows.triage, as JSON."""

    id: int
    version: int
    state: str
    number: str
    title: str
    text: str
    channel: str
    tier: str
    place: str
    said_place: str
    external_number: str
    registered_at: datetime
    sent_at: datetime | None
    next_due_at: datetime | None
    reading: Mapping[str, Any]


def items_query(actor: Actor) -> Select[Case, IncomingItem, str]:
    """Items the actor may see."""
    return (
        select(Case, IncomingItem, Area.name)
        .join(IncomingItem, IncomingItem.case_id == Case.id)
        .join(Area, Area.id == Case.area_id)
        .where(visible(actor))
    )


def unsorted() -> Any:
    """The condition that an item is still to be sorted."""
    return and_(Case.process == "incoming", Case.closed_at.is_(None))


@dataclass(frozen=True, slots=True)
class Group:
    """An item, and others that are likely about the same matter."""

    head: Item
    others: tuple[Item, ...] = ()


def load_unsorted(
    session: Session, actor: Actor, *, kind: str = "", tier: str = "", after: str = ""
) -> tuple[list[Group], str | None]:
    """A page of unsorted items with what is likely the same, and the key to go on from; one query. Raises ValueError for
    a broken key.

    The likely same are looked for among the first WINDOW from the key on.
    """
    query = items_query(actor).where(unsorted()).order_by(by_tier, Case.registered_at, Case.id).limit(WINDOW + 1)
    if kind:
        query = query.where(kind == KIND)
    if tier:
        query = query.where(Case.tier == tier)
    if after:
        query = query.where(beyond(after))
    rows = session.execute(query).all()
    groups = likely_same(session, [item_of(*row) for row in rows[:WINDOW]])
    more = len(groups) > PAGE or len(rows) > WINDOW
    return groups[:PAGE], key_of(groups[:PAGE][-1].head) if more else None


def likely_same(session: Session, items: Sequence[Item]) -> list[Group]:
    """The items in groups, in their order. Two that name different places are not the same."""

    def apart(one: int, other: int) -> bool:
        here, there = items[one].said_place, items[other].said_place
        return bool(here and there) and here not in there and there not in here

    profiles = [profile_of(item.title, item.text, place=item.said_place) for item in items]
    places = grouped(profiles, rarity_now(session), apart=apart)
    return [Group(items[first], tuple(items[place] for place in others)) for first, *others in places]


def last_sorted(session: Session, actor: Actor, since: datetime) -> list[Item]:
    """The items that the actor sorted in one act, the latest since an instant that was not undone; the ones joined to
    others first. One query."""
    acts = (
        items_query(actor)
        .join(Event, and_(Event.stream == "case", Event.stream_id == Case.id, Event.at == Case.closed_at))
        .where(Event.actor_id == actor.account_id, Event.at >= since, Event.kind.in_(SORTED), Case.process == "incoming")
        .add_columns(Event.at)
        .order_by(Event.at.desc(), Case.state.asc(), Case.id)
        .limit(MOST)
    )
    rows = session.execute(acts).all()
    return [item_of(*row[:3]) for row in rows if row[3] == rows[0][3]]


def key_of(item: Item) -> str:
    """Where a page ended: rank of the tier, instant, id."""
    rank = list(reversed(TIERS)).index(item.tier) if item.tier in TIERS else len(TIERS)
    return f"{rank}~{item.registered_at.isoformat()}~{item.id}"


def beyond(key: str) -> Any:
    """What comes after a key."""
    rank, stamp, id = key.split("~")
    at = datetime.fromisoformat(stamp)
    later = or_(Case.registered_at > at, and_(Case.registered_at == at, Case.id > int(id)))
    return or_(by_tier > int(rank), and_(by_tier == int(rank), later))


def item_of(case: Case, item: IncomingItem, place: str) -> Item:
    """A row as an item."""
    return Item(
        case.id, case.version, case.state, case.number or "", case.title, case.text, case.channel, case.tier, place,
        item.place, item.external_number, case.registered_at, item.sent_at, case.next_due_at, item.reading,
    )  # fmt: skip


def load_item(session: Session, actor: Actor, case_id: int) -> Item:
    """One item, sorted or not. Raises NotFound."""
    row = session.execute(items_query(actor).where(Case.id == case_id, Case.process == "incoming")).first()
    if row is None:
        raise NotFound()
    return item_of(*row)


def count_unsorted(session: Session, actor: Actor) -> dict[str, int]:
    """How many unsorted items there are by suggested tier; one query."""
    query = select(Case.tier, func.count()).where(visible(actor), unsorted()).group_by(Case.tier)
    return dict(session.execute(query).all())
