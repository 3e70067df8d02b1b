"""The list of matters: filters, search, sorting, keyset pages. Every number of a board opens exactly one such list."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import and_, select

from casemgr.errors import Invalid
from casemgr.models import Area
from casemgr.queries.filters import LISTED, CaseFilter
from casemgr.queries.lines import ORDERS, load_page
from casemgr.queries.scope import areas_in_scope
from casemgr.search import matches
from casemgr.web.access import guarded
from casemgr.web.lines import line_words
from workflows import WORKFLOWS
from workflows.categories import DISPUTE_CATEGORIES
from workflows.roles import TIERS

bp = Blueprint("lists", __name__)
BROKEN = "This address is not complete. Start again from the whole list."
ORDER_WORDS = {"due": "What falls due first", "new": "Newest first", "old": "Oldest first"}
TIER_WORDS = {"red": "Red", "orange": "Orange", "yellow": "Yellow"}
WORDS = {
    "grade": {"confirmed": "Tier confirmed", "suggested": "Tier not confirmed"},
    "due": {"overdue": "Overdue", "today": "Due today"},
    "age": {"0-7": "Up to 7 days", "8-15": "8–15 days", "16-30": "16–30 days", "31-": "Over 30 days"},
    "raised": {"risk": "Raised by risk", "overdue": "Raised as overdue"},
    "charge": {"nobody": "Nobody in charge"},
    "patron": {"none": "No patron yet"},
    "status": {"open": "Open", "closed": "Closed", "all": "Open and closed"},
}


@bp.get("/matters")
@guarded("work")
def show() -> str:
    """One page of the matters the actor may see, narrowed by the arguments of the address."""
    words, order = request.args.get("q", "").strip()[:100], request.args.get("order", "due")
    try:
        narrowed = CaseFilter.from_args(with_search(words))
        condition = narrowed.where(g.at)
        if words:
            condition = and_(condition, matches(g.session, words))
        keys = {name: request.args.get(name, "") for name in ("after", "before")}
        page = load_page(g.session, g.actor, condition, order=order if order in ORDERS else "due", **keys)
    except ValueError as error:
        raise Invalid(message=BROKEN) from error
    return render_template(
        "lists/show.html", page=page, words=words, search_words=words, fields=fields(narrowed, words, order),
        on=in_force(narrowed, words), keep=kept(narrowed), address=address, **line_words(),
    )  # fmt: skip


def with_search(words: str) -> dict[str, str]:
    """The arguments of the filter; a search looks through closed matters too unless told otherwise."""
    args = request.args.to_dict()
    if words and not args.get("status"):
        args["status"] = "all"
    return args


def address(**changes: str | None) -> str:
    """This list with some arguments changed; the place in the list is left."""
    args: dict[str, Any] = {k: v for k, v in request.args.items() if k not in ("after", "before")}
    args |= changes
    return url_for("lists.show", **{k: v for k, v in args.items() if v})


def fields(narrowed: CaseFilter, words: str, order: str) -> list[dict[str, Any]]:
    """The fields of the filter bar."""
    areas = [(str(area.id), "　" * depth + area.name) for depth, area in areas_in_scope(g.session, g.actor)]
    processes = [(name, gettext(WORKFLOWS[name].label)) for name in LISTED]
    states = [(s.name, gettext(s.label)) for name in LISTED for s in WORKFLOWS[name].states]
    return [
        field("q", gettext("Search"), "search", words, wide=True),
        field("tier", gettext("Tier"), "select", narrowed.tier, [(t, gettext(TIER_WORDS[t])) for t in reversed(TIERS)]),
        field("area", gettext("Place"), "select", str(narrowed.area or ""), areas),
        field("status", gettext("Open or closed"), "select", narrowed.status, said("status")),
        field("due", gettext("Due"), "select", narrowed.due, said("due")),
        field("process", gettext("Kind"), "select", narrowed.process, processes),
        field("state", gettext("State"), "select", narrowed.state, list(dict(states).items())),
        field("order", gettext("Order"), "select", order, [(k, gettext(w)) for k, w in ORDER_WORDS.items()]),
    ]


def field(
    name: str, label: str, kind: str, value: str, choices: Iterable[tuple[str, str]] = (), wide: bool = False
) -> dict[str, Any]:
    """One field of the filter bar; a select begins with the empty choice unless it always has a value."""
    always = name in ("status", "order")
    options = list(choices) if always else [("", gettext("All")), *choices]
    return {"name": name, "label": label, "kind": kind, "value": value, "choices": options, "wide": wide}


def said(name: str) -> list[tuple[str, str]]:
    """The values of an argument with their words."""
    return [(value, gettext(label)) for value, label in WORDS[name].items()]


def in_force(narrowed: CaseFilter, words: str) -> list[tuple[str, str]]:
    """The filters in force as (words, the address without it)."""
    found = [(f"“{words}”", address(q=None))] if words else []
    for name, value in narrowed.args().items():
        if name == "status" and not request.args.get("status"):
            continue
        found.append((value_words(name, value), address(**{name: None})))
    return found


def value_words(name: str, value: str) -> str:
    """One filter in words."""
    if name == "tier":
        return gettext(TIER_WORDS[value])
    if name in WORDS:
        return gettext(WORDS[name][value])
    if name in ("area", "lead"):
        return g.session.scalar(select(Area.name).where(Area.id == int(value))) or value
    if name == "process":
        return gettext(WORKFLOWS[value].label)
    if name == "category":
        return gettext(DISPUTE_CATEGORIES.get(value, value))
    if name == "state":
        labels = {s.name: s.label for flow in WORKFLOWS.values() for s in flow.states}
        return gettext(labels.get(value, value))
    return {
        "own": gettext("Only this place itself"), "since": gettext("since %(day)s", day=value),
        "red_since": gettext("Newly red"), "team": gettext("One team"), "handler": gettext("One mediator"),
    }.get(name, value)  # fmt: skip


def kept(narrowed: CaseFilter) -> list[tuple[str, str]]:
    """Arguments that the filter bar has no field for, carried along."""
    shown = ("q", "tier", "area", "status", "due", "process", "state", "order")
    return [(name, value) for name, value in narrowed.args().items() if name not in shown]


