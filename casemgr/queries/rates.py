"""What the rates of grid events and hotline orders are made of, over one area and period, with the dodges beside them.

Each is one grouped query over an index, in the actor's scope. Closed events and called-back orders count on the day they
were closed, contacts on the day the order came in.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.models import Case, DeadlineRow, GridEvent, Order
from casemgr.policy import Actor, visible, within
from casemgr.queries.filters import midnight
from workflows.order import UNCOUNTED
from workflows.rates import OrderCounts

QUICK = timedelta(hours=1)
EVENT_DODGES = ("quick", "turned", "void")
ORDER_DODGES = ("shelved", "left_out", "duplicate", "not_accepted", "unrated", "problem")


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates, the last one included."""

    first: date
    last: date

    def holds(self, column: Any) -> ColumnElement[bool]:
        """The condition that an instant lies in it."""
        return and_(column >= midnight(self.first), column < midnight(self.last + timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Closed events by where they were handled; beside them those closed within an hour, made another matter, or void."""

    closed: Mapping[str, int]
    dodges: Mapping[str, int]


def count_events(session: Session, actor: Actor, area: int, period: Period) -> EventCounts:
    """The events of an area that ended in a period; one query."""
    quick = func.sum(case((and_(Case.state == "closed", db.seconds_between(session, Case.registered_at, Case.closed_at) <= QUICK.total_seconds()), 1), else_=0))
    query = (
        select(Case.state, GridEvent.closed_by, func.count(), quick)
        .join(GridEvent, GridEvent.case_id == Case.id)
        .where(Case.process == "event", Case.area_id.in_(within([area])), period.holds(Case.closed_at), visible(actor))
        .group_by(Case.state, GridEvent.closed_by)
    )
    closed: Counter[str] = Counter()
    dodges: Counter[str] = Counter(dict.fromkeys(EVENT_DODGES, 0))
    for state, by, number, fast in session.execute(query):
        if state == "closed":
            closed[by] += number
            dodges["quick"] += int(fast)
        else:
            dodges[state] += number
    return EventCounts(closed, dodges)


def own_orders(actor: Actor, area: int) -> ColumnElement[bool]:
    """Orders of an area, without those of helping units: they are part of another."""
    return and_(Case.process == "order", Case.area_id.in_(within([area])), Order.helping.is_(False), visible(actor))


def count_orders(session: Session, actor: Actor, area: int, period: Period) -> OrderCounts:
    """The orders of an area in a period; two queries. What is shelved or left out is in no rate."""
    met = and_(DeadlineRow.status == "met", or_(DeadlineRow.due_at.is_(None), DeadlineRow.ended_at <= DeadlineRow.due_at))
    counted = and_(own_orders(actor, area), Order.left_out.is_(False))
    contact = and_(DeadlineRow.case_id == Case.id, DeadlineRow.key == "contact")
    dispatched = (
        select(func.count(), func.coalesce(func.sum(case((met, 1), else_=0)), 0))
        .select_from(Case).join(Order, Order.case_id == Case.id).join(DeadlineRow, contact)
        .where(counted, Case.state.not_in(UNCOUNTED), period.holds(Case.registered_at))
    )  # fmt: skip
    number, in_time = session.execute(dispatched).one()
    answers = (
        select(Order.solved, Order.satisfaction, func.count())
        .select_from(Case).join(Order, Order.case_id == Case.id)
        .where(counted, Case.state == "closed", period.holds(Case.closed_at))
        .group_by(Order.solved, Order.satisfaction)
    )  # fmt: skip
    solved, satisfied = Counter[str](), Counter[str]()
    for outcome, satisfaction, count in session.execute(answers):
        solved[outcome or "unrated"] += count
        satisfied[satisfaction or "unrated"] += count
    return OrderCounts(number, int(in_time), solved, satisfied)


def order_dodges(session: Session, actor: Actor, area: int, period: Period) -> dict[str, int]:
    """What makes the rates of orders look better than they are, or is kept out of them; one query."""
    kinds = {
        "shelved": Case.state == "shelved", "left_out": Order.left_out.is_(True), "duplicate": Case.state == "duplicate",
        "not_accepted": Case.state == "not_accepted", "problem": Order.problem.is_(True),
        "unrated": and_(Case.state == "closed", Order.satisfaction == "unrated"),
    }  # fmt: skip
    counts = [func.coalesce(func.sum(case((kinds[name], 1), else_=0)), 0) for name in ORDER_DODGES]
    query = select(*counts).select_from(Case).join(Order, Order.case_id == Case.id)
    row = session.execute(query.where(own_orders(actor, area), period.holds(Case.registered_at))).one()
    return {name: int(number) for name, number in zip(ORDER_DODGES, row, strict=True)}
