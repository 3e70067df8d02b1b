"""Incoming items: handed in by a system outside under its own numbers, each once, and looked up by them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from flask import g
from pydantic import BaseModel, StringConstraints
from pydantic import Field as Told
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from casemgr.api.cases import refuse_area, seen_id
from casemgr.api.operations import Moment, RowId, Strict, operation
from casemgr.api.step_bodies import choice_of
from casemgr.errors import NotFound
from casemgr.intake.cells import squeeze
from casemgr.models import Case, IncomingItem
from casemgr.policy import visible
from casemgr.services.incoming import Message, known_keys, register
from casemgr.web.sayings import say
from workflows import WORKFLOWS
from workflows.asks import WHOLE

FLOW = WORKFLOWS["incoming"]
ASKS = {spec.name: spec for spec in FLOW.opens.asks}
MOST = 100
TRIES = 3
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Number = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._/\-]{0,79}$")]
Channel = choice_of(ASKS["channel"])


class ReporterSent(Strict):
    """Whoever reported, as far as told. Kept sealed; `hidden`: not to be shown to the other side."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9+][0-9 \-]{4,19}$")] = ""
    id_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{17}[0-9X]$")] = ""
    address: Annotated[str, StringConstraints(max_length=200)] = ""
    hidden: bool = False


class ItemSent(Strict):
    """One item. Channel and outside number name it once for all: sent again, it changes nothing."""

    external_number: Number
    channel: Channel  # type: ignore[valid-type]
    text: Annotated[str, StringConstraints(min_length=1, max_length=WHOLE)]
    title: Words = ""
    sent_at: Moment | None = Told(None, description="The item's own time.")
    place: Annotated[str, StringConstraints(max_length=200)] = Told("", description="Where it happened, in words.")
    area_id: RowId | None = Told(None, description="Left out: the area of the token's post.")
    reporter: ReporterSent | None = None


class ItemsSent(Strict):
    """Up to a hundred items; all of them are taken in, or none."""

    items: Annotated[list[ItemSent], Told(min_length=1, max_length=MOST)]


class ItemState(BaseModel):
    """How an item stands. `became` is the matter made of it, or the known one it was joined to, as far as it may be seen."""

    external_number: str
    channel: str
    id: int | None
    number: str
    state: str
    state_words: str
    kind: str
    became: int | None
    new: bool


class ItemsTaken(BaseModel):
    """The items in the order they were sent; `new`: taken in just now. One known before that the post cannot see has no id."""

    items: list[ItemState]


@operation("POST", "/incoming", act="register", shows=ItemsTaken, body=ItemsSent, problems=(409, 422))
def hand_in(body: ItemsSent) -> ItemsTaken:
    """Hand in items from outside, each under the number it has there. Sent again, an item is only told."""
    refuse_area("incoming", *(item.area_id for item in body.items if item.area_id))
    keys = [key_of(item.channel, item.external_number) for item in body.items]
    fresh = take_in(dict(zip(keys, body.items, strict=True)))
    states = load_states(keys)
    return ItemsTaken(
        items=[
            state_of(item.channel, item.external_number, states.get(key), new=key in fresh)
            for key, item in zip(keys, body.items, strict=True)
        ]
    )


def take_in(items: Mapping[str, ItemSent]) -> set[str]:
    """Register those that nobody has registered yet; their keys. Another sender at the same moment is waited for."""
    for left in reversed(range(TRIES)):
        known = known_keys(g.session, items)
        fresh = {key: item for key, item in items.items() if key not in known}
        try:
            with g.session.begin_nested():
                register(g.session, [message_of(key, item) for key, item in fresh.items()], actor=g.actor, at=g.at)
            return set(fresh)
        except IntegrityError:
            if not left:
                raise
    return set()


def key_of(channel: str, number: str) -> str:
    """What names an item once for all; the same as in imported lists."""
    return f"{channel}:{squeeze(number)}"


def message_of(key: str, item: ItemSent) -> Message:
    """An item as it is registered."""
    own = next((post.area_id for post in g.actor.posts if post.area_id), 0)
    reporter = item.reporter.model_dump(exclude_unset=True) if item.reporter else {}
    hidden = reporter.pop("hidden", False)
    return Message(
        key=key, area_id=item.area_id or own, channel=item.channel, title=item.title, text=item.text,
        external_number=item.external_number, sent_at=item.sent_at, place=item.place, hidden=hidden,
        reporter={name: value for name, value in reporter.items() if value},
    )  # fmt: skip


def load_states(keys: Sequence[str]) -> dict[str, tuple[Case, IncomingItem]]:
    """The items of these keys that the actor may see."""
    query = (
        select(Case, IncomingItem)
        .join(IncomingItem, IncomingItem.case_id == Case.id)
        .where(IncomingItem.key.in_(keys), visible(g.actor))
    )
    return {item.key: (case, item) for case, item in g.session.execute(query)}


def state_of(channel: str, number: str, found: tuple[Case, IncomingItem] | None, *, new: bool) -> ItemState:
    """How an item stands, or that it is known and out of sight."""
    named: dict[str, Any] = {"external_number": number, "channel": channel, "new": new}
    if found is None:
        return ItemState(**named, id=None, number="", state="", state_words="", kind="", became=None)
    case, item = found
    return ItemState(
        **named, id=case.id, number=case.number or "", state=case.state, state_words=say(FLOW.state(case.state).label),
        kind=item.kind, became=seen_id(item.became_id),
    )  # fmt: skip


@operation("GET", "/incoming/<source>/<path:external_number>", act="work", shows=ItemState)
def show_item(source: str, external_number: str) -> ItemState:
    """How an item from outside stands, by its channel and the number it has there."""
    printable = (source + external_number).isprintable()
    found = load_states([key_of(source, external_number)]) if printable else {}
    if not found:
        raise NotFound()
    return state_of(source, external_number, next(iter(found.values())), new=False)
