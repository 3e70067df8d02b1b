"""A row of a hotline's list as an order: its kind and urgency in the house's words, both legs with their due dates."""

from collections.abc import Iterator

from casemgr.intake.places import Places
from casemgr.intake.problems import Problem
from casemgr.intake.rows import Row
from casemgr.services.orders import Leg, OutsideOrder
from workflows.guards import local_date

KINDS = (("咨询", "consultation"), ("求助", "help"), ("建议", "suggestion"), ("表扬", "suggestion"), ("感谢", "suggestion"))
URGENT = ("紧急", "加急", "特急", "重点")
CALM = ("不紧急", "非紧急", "一般")


def order_of(row: Row, channel: str, places: Places, text: str, title: str, place: str) -> OutsideOrder:
    """The row as an order at the area its words name; `text`, `title` and `place` as they fit the fields."""
    reporter = {"name": row.person, "phone": "" if row.masked else row.phone, "id_number": row.id_no, "address": row.home}
    return OutsideOrder(
        row.number, places.find(row.place, row.title, row.text).area_id, channel, kind_of(row), title, text, place, is_urgent(row),
        row.received_at, {name: value for name, value in reporter.items() if value}, row.secret, tuple(legs_of(row)),
    )  # fmt: skip


def kind_of(row: Row) -> str:
    """The kind in the words of its column; a complaint where it says something else or nothing."""
    said = row.facts.get("kind", "")
    return next((kind for word, kind in KINDS if word in said), "complaint")


def is_urgent(row: Row) -> bool:
    """Whether its column says so."""
    said = row.facts.get("urgency", "")
    return not any(word in said for word in CALM) and any(word in said for word in URGENT)


def legs_of(row: Row) -> Iterator[Leg]:
    """The city's leg and the district's, as far as they have a due date. A due date without a day's end runs to its end."""
    for name, (dispatched_at, due_at) in row.legs.items():
        if due_at:
            yield Leg(name, "", dispatched_at, local_date(due_at))


def order_problems(row: Row) -> tuple[Problem, ...]:
    """Why a row is no order: it has no number outside, or it is over already."""
    found = [Problem("order_unnumbered", "number")] if not row.number else []
    return (*found, *([Problem("order_over", "closed_at")] if row.closed_at else []))
