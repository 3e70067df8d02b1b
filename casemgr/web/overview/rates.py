"""The rates of grid events and hotline orders of an area: pairs beside percentages, and what could flatter them beside both."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, g, render_template, request, url_for

from casemgr.db import as_id
from casemgr.queries import rates as counts
from casemgr.queries.board import find_area
from casemgr.queries.filters import CaseFilter
from casemgr.queries.rates import Period
from casemgr.queries.tally import Counted, load_counted
from casemgr.services.books import load_books
from casemgr.web.access import guarded, today
from casemgr.web.locales import gettext
from workflows import rates
from workflows.rates import OrderCounts, Rate, Switches

bp = Blueprint("rates", __name__)
SPANS = {"month": "This month", "quarter": "This quarter", "year": "This year"}
HANDLED = {"grid": "At the grid", "community": "At the community", "unit": "At a department"}
DODGES = {
    "quick": "Closed within an hour", "turned": "Became another matter", "void": "Entered by mistake",
    "shelved": "On the shelf", "left_out": "Left out by the centre", "duplicate": "In process already", "not_accepted": "Not accepted",
    "unrated": "Not rated", "problem": "Problem orders",
}  # fmt: skip
STATES = {"shelved": "shelved", "duplicate": "duplicate", "not_accepted": "not_accepted"}  # dodges that a list shows


@bp.get("/board/rates")
@guarded("board")
def show() -> str:
    """The rates of an area (?area=, by default the actor's own) over a span (?span=)."""
    area, _ = find_area(g.session, g.actor, request.args.get("area", type=as_id))
    span = request.args.get("span", "")
    told = rates_of(area.id, period_of(span), load_counted(g.session, g.actor, area.id, (), g.at))
    return render_template("board/rates.html", area=area, span=span if span in SPANS else "year", spans=SPANS, **told)


def period_of(span: str) -> Period:
    """The span up to today: of this year unless said otherwise."""
    day: date = today()
    month = {"month": day.month, "quarter": day.month - (day.month - 1) % 3}.get(span, 1)
    return Period(day.replace(month=month, day=1), day)


def shares_of(counted: Counted) -> list[tuple[str, str, str]]:
    """The four rates of this year for the board of an area: what each is, its percentage, its pair."""
    period = period_of("")
    below = rates.closed_below(counts.count_events(counted, period).closed)
    three = three_of(counts.count_orders(counted, period), rates.switches(load_books(g.session).rules.raw))
    lines = [(gettext("Events closed at grid or community"), below), *((name, share) for name, share, _ in three)]
    return [(name, percent_words(share.percent), pair_words(share)) for name, share in lines]


def three_of(orders: OrderCounts, by: Switches) -> list[tuple[str, Rate, str]]:
    """The three rates of orders, each with what it is of."""
    return [
        (gettext("Contacted in time"), rates.response(orders), gettext("of the orders dispatched")),
        (gettext("Solved at the call-back"), rates.solved(orders, by), gettext("of those called back")),
        (gettext("Satisfied at the call-back"), rates.satisfied(orders, by), gettext("of those who said anything")),
    ]


def rates_of(area: int, period: Period, counted: Counted) -> dict[str, Any]:
    """What the page says of events and orders."""
    by = rates.switches(load_books(g.session).rules.raw)
    events = counts.count_events(counted, period)
    orders = counts.count_orders(counted, period)
    dodges = counts.order_dodges(counted, period)
    return {
        "period": period, "below": rates.closed_below(events.closed),
        "handled": [(gettext(words), events.closed.get(place, 0)) for place, words in HANDLED.items()],
        "event_dodges": lines_of(events.dodges, area, "event", period), "order_dodges": lines_of(dodges, area, "order", period),
        "three": three_of(orders, by),
        "composite": rates.composite(orders, by), "pair": pair_words, "percent": percent_words, "switches": by,
    }  # fmt: skip


def lines_of(found: Any, area: int, process: str, period: Period) -> list[tuple[str, int, str | None]]:
    """Each dodge with its number and the list that shows it."""
    return [(gettext(DODGES[name]), number, list_of(name, area, process, period)) for name, number in found.items()]


def list_of(name: str, area: int, process: str, period: Period) -> str | None:
    """The list of the matters in a state, where the dodge is one."""
    if name not in STATES:
        return None
    narrowed = CaseFilter(
        area=area, process=process, state=STATES[name], registered_from=period.first, registered_to=period.last, status="all"
    )
    return url_for("lists.show", **narrowed.args())  # type: ignore[arg-type]


def pair_words(found: Rate) -> str:
    """Part and whole."""
    part = int(found.part) if found.part == found.part.to_integral() else found.part.normalize()
    return gettext("%(part)s of %(whole)s", part=part, whole=found.whole)


def percent_words(share: Decimal | None) -> str:
    """The percentage; a dash for nothing."""
    return "—" if share is None else f"{share}%"
