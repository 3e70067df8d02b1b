"""The rows of hotline orders as the hotline wants its results back: everything its template has a column for, callers masked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased, defer

from casemgr.keys import mask_name
from casemgr.models import Area, Case, Department, Order, Party
from casemgr.policy import Actor
from casemgr.queries.board_lines import place_words
from casemgr.queries.export_lines import PIECE, parties_of

Above, HELPER = aliased(Area), aliased(Case)


@dataclass(slots=True)
class OrderLine:
    """One order. `caller` is masked, empty where the actor may not know it; `unit` is whoever has it, `helpers` who helped."""

    case: Case
    order: Order
    place: str
    unit: str
    helpers: list[str]
    caller: str = ""


def leads() -> ColumnElement[bool]:
    """The condition that a case is an order, and not one of a helping unit."""
    return Case.id.in_(select(Order.case_id).where(Order.helping.is_(False)))


def load_orders(session: Session, actor: Actor, ids: Sequence[int]) -> Iterator[OrderLine]:
    """The orders among these cases, in this order; three queries for a piece of them. Nothing stays in the session."""
    query = (
        select(Case, Order, Area, Above, Department.name)
        .join(Order, Order.case_id == Case.id)
        .join(Area, Area.id == Case.area_id)
        .outerjoin(Above, Above.id == Area.parent_id)
        .outerjoin(Department, Department.id == Case.department_id)
        .options(defer(Case.assessment), defer(Case.acknowledged))
        .where(Order.helping.is_(False))
    )
    for start in range(0, len(ids), PIECE):
        piece = list(ids[start : start + PIECE])
        found = {
            case.id: OrderLine(case, order, place_words(area, above), unit or area.name, [])
            for case, order, area, above, unit in session.execute(query.where(Case.id.in_(piece)))
        }
        for case_id, kind, name, _ in session.execute(parties_of(actor, piece).where(Party.side == "reporter")):
            if case_id in found:
                found[case_id].caller = mask_name(name) if kind == "person" else name
        for parent_id, name in session.execute(helpers_of(piece)):
            found[parent_id].helpers.append(name)
        yield from (found[id] for id in piece if id in found)
        session.expunge_all()


def helpers_of(ids: Sequence[int]) -> Any:
    """A select of (order, department) of those who helped with these orders."""
    return (
        select(HELPER.parent_id, Department.name)
        .join(Order, Order.case_id == HELPER.id).join(Department, Department.id == HELPER.department_id)
        .where(HELPER.parent_id.in_(ids), HELPER.process == "order", Order.helping.is_(True))
        .order_by(HELPER.id)
    )  # fmt: skip
