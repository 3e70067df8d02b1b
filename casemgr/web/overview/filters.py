"""The filter bar of the list in words: its fields, the filters in force with the way out of each, the views to open."""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from flask import g, request, url_for
from flask_babel import get_locale
from markupsafe import Markup

from casemgr.queries import list_choices
from casemgr.queries.asked import Asked, asked_by
from casemgr.queries.filters import DATES, LISTED
from casemgr.queries.scope import areas_in_scope
from casemgr.web.locales import gettext
from workflows import WORKFLOWS
from workflows.asks import CHANNELS
from workflows.categories import DISPUTE_CATEGORIES
from workflows.roles import TIERS

INDENT = "\u3000"
CHOSEN = Markup(" selected")
KEPT = 256  # selects remembered as drawn
FRONT = 5  # fields that stand in the bar; the rest folds away
ORDER_WORDS = {
    "due": "What falls due first", "tier": "Red first", "quiet": "Longest without an act", "new": "Newest first",
    "old": "Oldest first",
}  # fmt: skip
TIER_WORDS = {"red": "Red", "orange": "Orange", "yellow": "Yellow"}
CHANNEL_WORDS = {choice.value: choice.label for choice in CHANNELS}
GRADE_WORDS = {"confirmed": "Tier confirmed", "suggested": "Tier not confirmed"}
DUE_WORDS = {"overdue": "Overdue", "today": "Due today", "week": "Due within 7 days"}
AGE_WORDS = {"0-7": "Up to 7 days", "8-15": "8–15 days", "16-30": "16–30 days", "31-": "Over 30 days"}
RAISED_WORDS = {"risk": "Raised by risk", "overdue": "Raised as overdue"}
STATUS_WORDS = {"open": "Open", "closed": "Closed", "all": "Open and closed"}
SEVERAL = {"yes": "Several people report it"}
LATE_WORDS = {deadline.key: deadline.label for name in reversed(LISTED) for deadline in WORKFLOWS[name].deadlines}
NOBODY, NO_PATRON = {"nobody": "Nobody in charge"}, {"none": "No patron yet"}
WORDS = {
    "grade": GRADE_WORDS, "due": DUE_WORDS, "age": AGE_WORDS, "raised": RAISED_WORDS, "charge": NOBODY, "patron": NO_PATRON, "joint": SEVERAL,
    "status": STATUS_WORDS,
}  # fmt: skip
DATE_WORDS = {
    "since": "Since %(day)s", "registered_from": "Registered from %(day)s", "registered_to": "Registered until %(day)s",
    "closed_from": "Closed from %(day)s", "closed_to": "Closed until %(day)s",
}  # fmt: skip
BUILT_IN = (  # all of these words stand above
    ("Red", {"tier": "red", "grade": "confirmed"}),
    ("Overdue", {"due": "overdue"}),
    ("Due within 7 days", {"due": "week"}),
    ("Nobody in charge", {"charge": "nobody"}),
)


def address(**changes: str | None) -> str:
    """This list with some arguments changed; the place in the list is left."""
    args: dict[str, Any] = {k: v for k, v in request.args.items() if k not in ("after", "before")}
    args |= changes
    return url_for("lists.show", **{k: v for k, v in args.items() if v})


def fields(asked: Asked) -> list[dict[str, Any]]:
    """The fields of the filter bar, the first FRONT of them for every day."""
    f, fixed = asked.filter, offered(str(get_locale()))
    areas = [(str(area.id), INDENT * depth + area.name) for depth, area in areas_in_scope(g.session, g.actor)]
    return [
        field("q", gettext("Search"), "search", asked.words, wide=True),
        field("tier", gettext("Tier"), "select", f.tier, fixed["tier"]),
        field("area", gettext("Place"), "select", str(f.area or ""), areas),
        field("due", gettext("Due"), "select", f.due, fixed["due"]),
        field("status", gettext("Open or closed"), "select", f.status, fixed["status"]),
        field("process", gettext("Kind"), "select", f.process, fixed["process"]),
        field("state", gettext("State"), "select", f.state, fixed["state"]),
        field("category", gettext("Kind of dispute"), "select", f.category, fixed["category"]),
        field("team", gettext("Team"), "select", str(f.team or ""), ids(list_choices.teams_here(g.session, g.actor))),
        field("handler", gettext("Mediator"), "select", str(f.handler or ""), ids(list_choices.mediators_here(g.session, g.actor))),
        field("channel", gettext("Channel"), "select", f.channel, fixed["channel"]),
        field("age", gettext("Open for how long"), "select", f.age, fixed["age"]),
        field("grade", gettext("Tier confirmed"), "select", f.grade, fixed["grade"]),
        field("joint", gettext("Several people report it"), "select", f.joint, fixed["joint"]),
        field("registered_from", gettext("Registered from"), "date", as_day(f.registered_from)),
        field("registered_to", gettext("Registered until"), "date", as_day(f.registered_to)),
        field("closed_from", gettext("Closed from"), "date", as_day(f.closed_from)),
        field("closed_to", gettext("Closed until"), "date", as_day(f.closed_to)),
        field("order", gettext("Order"), "select", asked.order, fixed["order"]),
    ]  # fmt: skip


@cache
def offered(locale: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """What fields offer that is the same for everybody, in the words of the language that is spoken now: `locale`."""
    states = {s.name: gettext(s.label) for name in LISTED for s in WORKFLOWS[name].states}
    return {
        "tier": tuple((t, gettext(TIER_WORDS[t])) for t in reversed(TIERS)),
        "process": tuple((n, gettext(WORKFLOWS[n].label)) for n in LISTED),
        "state": tuple(states.items()),
        "category": tuple(categories()),
        "channel": tuple((c, gettext(w)) for c, w in CHANNEL_WORDS.items()),
        "order": tuple((k, gettext(w)) for k, w in ORDER_WORDS.items()),
        **{name: tuple(said(name)) for name in ("due", "status", "age", "grade", "joint")},
    }


def field(
    name: str, label: str, kind: str, value: str, choices: Iterable[tuple[str, str]] = (), wide: bool = False
) -> dict[str, Any]:
    """One field of the filter bar; a select begins with the empty choice unless it always has a value."""
    always = name in ("status", "order")
    shown = tuple(choices) if always else (("", gettext("All")), *choices)
    return {"name": name, "label": label, "kind": kind, "value": value, "options": options(shown, value), "wide": wide}


@lru_cache(KEPT)
def options(choices: tuple[tuple[str, str], ...], value: str) -> Markup:
    """Choices as the options of a select, one of them chosen: drawn once for all pages that offer the same."""
    line = Markup('<option value="{}"{}>{}</option>')
    return Markup("").join(line.format(one, CHOSEN if one == value else "", label) for one, label in choices)


def categories() -> list[tuple[str, str]]:
    """The classes of disputes with their kinds under them."""
    return [(code, (INDENT if len(code) > 2 else "") + gettext(label)) for code, label in DISPUTE_CATEGORIES.items()]


def ids(rows: Iterable[tuple[int, str]]) -> list[tuple[str, str]]:
    """Rows of id and name as choices."""
    return [(str(id), name) for id, name in rows]


def as_day(day: Any) -> str:
    """A date as its field holds it."""
    return day.isoformat() if day else ""


def said(name: str) -> list[tuple[str, str]]:
    """The values of an argument with their words."""
    return [(value, gettext(label)) for value, label in WORDS[name].items()]


def in_force(asked: Asked) -> list[tuple[str, str]]:
    """The filters in force as (words, the address without it)."""
    found = [(f"“{asked.words}”", address(q=None))] if asked.words else []
    for name, value in asked.filter.args().items():
        if name == "status" and not request.args.get("status"):
            continue
        found.append((value_words(name, value), address(**{name: None})))
    return found


def value_words(name: str, value: str) -> str:
    """One filter in words."""
    if name == "tier":
        return gettext(TIER_WORDS[value])
    if name == "late":
        return gettext("Overdue: %(deadline)s", deadline=gettext(LATE_WORDS[value]))
    if name in WORDS:
        return gettext(WORDS[name][value])
    if name in list_choices.NAMED:
        return list_choices.name_of(g.session, name, int(value)) or value
    if name in DATES:
        return gettext(DATE_WORDS[name], day=value)
    labels = {
        "process": {n: flow.label for n, flow in WORKFLOWS.items()}, "category": DISPUTE_CATEGORIES, "channel": CHANNEL_WORDS,
        "state": {s.name: s.label for flow in WORKFLOWS.values() for s in flow.states},
    }.get(name)  # fmt: skip
    if labels is not None:
        return gettext(labels.get(value, value))
    words = {"own": gettext("Only this place itself"), "counted": gettext("Only matters of their own"), "red_since": gettext("Newly red")}
    return words.get(name, value)


def kept(asked: Asked, shown: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """Arguments that the filter bar has no field for, carried along."""
    names = {one["name"] for one in shown}
    return [(name, value) for name, value in asked.filter.args().items() if name not in names]


def views(own: Iterable[Any], asked: Asked) -> list[dict[str, Any]]:
    """The views to open: all that is open, the built-in ones, and one's own; which of them this list is."""
    here = asked.args()
    found: list[dict[str, Any]] = [{"label": gettext("All open"), "args": {"status": "open"}, "id": None, "first": False}]
    found += [{"label": gettext(label), "args": dict(args), "id": None, "first": False} for label, args in BUILT_IN]
    found += [{"label": view.name, "args": dict(view.args), "id": view.id, "first": view.first} for view in own]
    return [one | {"url": url_for("lists.show", **one["args"]), "here": same(one["args"], here)} for one in found]


def same(args: Mapping[str, str], here: Mapping[str, str]) -> bool:
    """Whether the arguments of a view ask for what the page shows; one that can no longer be read does not."""
    try:
        return asked_by(args).args() == here
    except ValueError:
        return False
