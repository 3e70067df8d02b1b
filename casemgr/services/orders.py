"""Hotline orders beside the door: what is the same as a known matter, help from other departments, and orders out of files.

A file brings an order once for all: the second leg of the same outside number joins the order that is there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.errors import CasemgrError, NotAllowed, NotFound, Refused
from casemgr.models import Case, Order
from casemgr.policy import SCHEDULER, Actor, visible
from casemgr.services.cases import Answers, Ask, Seed, Taken, Taking, open_case, open_cases, take_step, take_steps
from casemgr.services.drafts import Draft, load_drafts, lock_cases
from casemgr.services.reporters import Reported, add_reporters
from workflows.order import BEFORE_ANSWER, ORDER
from workflows.view import Reason

NO_SUCH = "No matter that you can see has this number."
TITLE_LENGTH = 200
TABLE = Order.__table__


@dataclass(frozen=True, slots=True)
class Leg:
    """One way by which an order came down: `name` is city or district; when it was sent, and when it is due."""

    name: str
    number: str = ""
    dispatched_at: datetime | None = None
    due_on: date | None = None

    def answers(self) -> dict[str, Any]:
        """What the step that records the leg is told."""
        told = {"number": self.number, "dispatched_at": self.dispatched_at, "due_on": self.due_on}
        return {f"{self.name}_{name}": value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class OutsideOrder:
    """An order as a list from outside tells it. `number` is its outside number, `legs` those that have a due date."""

    number: str
    area_id: int
    channel: str
    kind: str
    title: str
    text: str
    place: str = ""
    urgent: bool = False
    sent_at: datetime | None = None
    reporter: Mapping[str, str] = field(default_factory=dict)
    hidden: bool = False
    legs: tuple[Leg, ...] = ()


def take_in(
    session: Session, orders: Sequence[OutsideOrder], *, actor: Actor, at: datetime, history: bool = False
) -> list[tuple[Taken, bool]]:
    """Register what is new, and add legs to what is known; for each what it is now, and whether it is new.
    Every one has an outside number."""
    known = known_orders(session, {order.number for order in orders})
    fresh = [order for n, order in enumerate(orders) if order.number not in known and first(orders, n)]
    opened = open_cases(session, "order", [seed_of(order, history) for order in fresh], actor=actor, at=at)
    add_reporters(session, [reported(taken, order) for taken, order in zip(opened, fresh, strict=True)], at=at)
    new = {order.number: taken for order, taken in zip(fresh, opened, strict=True)}
    found = known | new
    add_legs(session, [(found[order.number].case_id, leg) for order in orders for leg in order.legs], actor=actor, at=at)
    return [(found[order.number], order.number in new and first(orders, n)) for n, order in enumerate(orders)]


def first(orders: Sequence[OutsideOrder], place: int) -> bool:
    """Whether none before it has the same outside number."""
    return all(other.number != orders[place].number for other in orders[:place])


def known_orders(session: Session, numbers: Collection[str]) -> dict[str, Taken]:
    """The orders that have one of these outside numbers, the latest of each; none for the empty one."""
    query = (
        select(Order.external_number, Case.id, Case.trail_seq, Case.state, Case.number)
        .join(Case, Case.id == Order.case_id)
        .where(Order.external_number.in_({number for number in numbers if number}))
        .order_by(Case.id)
    )
    return {outside: Taken(id, seq, state, number or "") for outside, id, seq, state, number in session.execute(query)}


def seed_of(order: OutsideOrder, history: bool) -> Seed:
    """The order as the house opens it."""
    data = {
        "text": order.text or order.title, "title": order.title[:TITLE_LENGTH], "kind": order.kind, "area_id": order.area_id,
        "place": order.place[:TITLE_LENGTH], "channel": order.channel, "urgency": "urgent" if order.urgent else "normal",
        "external_number": order.number, "sent_at": order.sent_at,
    }  # fmt: skip
    return Seed(order.area_id, data=data, history=history)


def reported(taken: Taken, order: OutsideOrder) -> Reported:
    """Who called."""
    return taken.case_id, order.reporter, order.hidden


def add_legs(session: Session, legs: Sequence[tuple[int, Leg]], *, actor: Actor, at: datetime) -> None:
    """Record legs that are not on record yet, where the order still waits for its answer. Raises what the door raises."""
    drafts = load_drafts(session, {id for id, leg in legs if leg.due_on})
    asks, seen = [], set()
    for id, leg in legs:
        if leg.due_on and (id, leg.name) not in seen and is_new(drafts[id], leg):
            asks.append(Ask(id, f"{leg.name}_leg", leg.answers()))
            seen.add((id, leg.name))
    for outcome in take_steps(session, asks, actor=actor, at=at, drafts=drafts) if asks else ():
        if isinstance(outcome, CasemgrError):
            raise outcome


def is_new(draft: Draft, leg: Leg) -> bool:
    """Whether the order waits for its answer and knows no such leg."""
    return draft.row["state"] in BEFORE_ANSWER and draft.detail[f"{leg.name}_due_on"] is None


# --- the same matter


def tell_progress(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The same matter is in process: no new order (BJ 11; JN 25). Raises NotFound, Refused."""
    return end_as_known(session, id, "same_matter", data, actor, at, seen, petition=False)


def tell_petition(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """A petition about it is in process: not handled twice (BJ 11). Raises NotFound, Refused."""
    return end_as_known(session, id, "in_petition", data, actor, at, seen, petition=True)


def end_as_known(
    session: Session, id: int, step: str, data: Answers, actor: Actor, at: datetime, seen: int | None, *, petition: bool
) -> Taken:
    """End the order and remember the matter it is the same as."""
    known = find_known(session, str(data.get("known") or ""), actor)
    if known is not None and (known.id == id or (known.process == "petition") != petition):
        raise Refused(Reason("known_is_petition" if not petition else "known_no_petition"))
    lock_cases(session, [id, known.id if known else None])
    if known and session.get_one(Case, known.id, populate_existing=True).closed_at:
        raise Refused(Reason("known_is_closed"))
    taken = take_step(session, id, step, actor=actor, at=at, data=data, seen_version=seen, along=True)
    if known is None:
        raise NotFound(message=NO_SUCH)
    session.execute(update(TABLE).where(TABLE.c.case_id == id).values(known_id=known.id))
    return taken


def find_known(session: Session, number: str, actor: Actor) -> Case | None:
    """The matter of that number, or of that outside number, that the actor sees; an open one first."""
    outside = select(Order.case_id).where(Order.external_number == number.strip(), Order.external_number != "")
    mine = (Case.number == number.strip()) | Case.id.in_(outside)
    query = select(Case).where(mine, Case.process != "incoming", visible(actor)).order_by(Case.closed_at.is_not(None), Case.id).limit(1)
    return session.scalars(query).first()


# --- help


def ask_help(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The order, and one of its own for the helping department, dispatched at once: it reports to whoever leads (BJ 14)."""
    draft = load_drafts(session, [id]).get(id)
    if draft is None:
        raise NotFound()
    if not policy.may_take(actor, ORDER.step("ask_help"), draft.view()):
        raise NotAllowed()
    taken = take_step(session, id, "ask_help", actor=actor, at=at, data=data, seen_version=seen, along=True)
    row = draft.row
    told = {
        "text": data["wanted"], "title": row["title"], "kind": draft.detail["kind"], "area_id": row["area_id"], "place": draft.detail["place"],
        "channel": row["channel"], "external_number": "", "confidential": row["confidential"],
    }  # fmt: skip
    seed = Seed(
        row["area_id"], data={name: value for name, value in told.items() if value not in (None, "")}, extra={"helping": True},
        parent_id=id, duties=policy.roles_of(actor, draft.view()), confidential=row["confidential"],
    )  # fmt: skip
    made = open_case(session, "order", seed, actor=actor, at=at)
    take_step(session, made.case_id, "dispatch_unit", actor=SCHEDULER, at=at, data={"department_id": data["helper_id"]})
    return taken


ALONG: dict[str, Taking] = {"same_matter": tell_progress, "in_petition": tell_petition, "ask_help": ask_help}
