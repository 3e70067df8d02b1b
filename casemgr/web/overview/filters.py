"""The filter bar of the list in words: its fields, the filters in force with the way out of each, the views to open."""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import g, request
from flask_babel import get_locale
from markupsafe import Markup, escape

from casemgr.queries import list_choices
from casemgr.queries.asked import Asked, asked_by
from casemgr.queries.filters import DATES, LISTED
from casemgr.queries.list_choices import Choices
from casemgr.web.links import address_of
from casemgr.web.locales import gettext
from casemgr.web.marks import put
from workflows import WORKFLOWS
from workflows.asks import CHANNELS
from workflows.categories import DISPUTE_CATEGORIES
from workflows.roles import TIERS

INDENT = "\u3000"
OPTION = Markup('<option value="{}">{}</option>')
SAFE = "!$'()*,/:;?@"  # characters that stand for themselves in an argument, as url_for has them
KEPT = 128  # options of places remembered as drawn, and views
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
    told = urlencode({k: v for k, v in args.items() if v}, safe=SAFE)
    return f"{address_of('lists.show')}?{told}" if told else address_of("lists.show")


def fields(asked: Asked) -> list[dict[str, Any]]:
    """The fields of the filter bar, drawn, the first FRONT of them for every day."""
    f, language = asked.filter, str(get_locale())
    fixed, here = offered(language), picked(list_choices.choices_here(g.session, g.actor), language)
    return [
        typed("q", gettext("Search"), "search", asked.words, wide=True),
        chosen("tier", gettext("Tier"), f.tier, fixed),
        chosen("area", gettext("Place"), str(f.area or ""), here),
        chosen("due", gettext("Due"), f.due, fixed),
        chosen("status", gettext("Open or closed"), f.status, fixed),
        chosen("process", gettext("Kind"), f.process, fixed),
        chosen("state", gettext("State"), f.state, fixed),
        chosen("category", gettext("Kind of dispute"), f.category, fixed),
        chosen("team", gettext("Team"), str(f.team or ""), here),
        chosen("handler", gettext("Mediator"), str(f.handler or ""), here),
        chosen("channel", gettext("Channel"), f.channel, fixed),
        chosen("age", gettext("Open for how long"), f.age, fixed),
        chosen("grade", gettext("Tier confirmed"), f.grade, fixed),
        chosen("joint", gettext("Several people report it"), f.joint, fixed),
        typed("registered_from", gettext("Registered from"), "date", as_day(f.registered_from)),
        typed("registered_to", gettext("Registered until"), "date", as_day(f.registered_to)),
        typed("closed_from", gettext("Closed from"), "date", as_day(f.closed_from)),
        typed("closed_to", gettext("Closed until"), "date", as_day(f.closed_to)),
        chosen("order", gettext("Order"), asked.order, fixed),
    ]  # fmt: skip


@cache
def offered(locale: str) -> dict[str, str]:
    """The options of fields that offer the same to everybody, in the words of the language that is spoken now: `locale`."""
    states = {s.name: gettext(s.label) for name in LISTED for s in WORKFLOWS[name].states}
    told: dict[str, Iterable[tuple[str, str]]] = {
        "tier": ((t, gettext(TIER_WORDS[t])) for t in reversed(TIERS)),
        "process": ((n, gettext(WORKFLOWS[n].label)) for n in LISTED),
        "state": states.items(),
        "category": categories(),
        "channel": ((c, gettext(w)) for c, w in CHANNEL_WORDS.items()),
        "order": ((k, gettext(w)) for k, w in ORDER_WORDS.items()),
        **{name: said(name) for name in ("due", "status", "age", "grade", "joint")},
    }
    return {name: options(choices, always=name in ("status", "order")) for name, choices in told.items()}


@lru_cache(KEPT)
def picked(here: Choices, locale: str) -> dict[str, str]:
    """The options of what the actor's places offer. `here` is the same object while structure and posts stand."""
    return {
        "area": options((str(area.id), INDENT * depth + area.name) for depth, area in here.areas),
        "team": options((str(id), name) for id, name in here.teams),
        "handler": options((str(id), name) for id, name in here.mediators),
    }


def options(choices: Iterable[tuple[str, str]], always: bool = False) -> str:
    """Choices as the options of a select, none chosen; it begins with the empty one unless it always has a value."""
    shown = choices if always else (("", gettext("All")), *choices)
    return "".join(OPTION.format(value, label) for value, label in shown)


def chosen(name: str, label: str, value: str, offers: Mapping[str, str]) -> dict[str, Any]:
    """A select of the filter bar, one of its options chosen."""
    option = f'<option value="{escape(value)}"'
    told = offers[name].replace(f"{option}>", f"{option} selected>", 1)
    return field(name, label, f'<select class="form-select" id="filter-{name}" name="{name}">{told}</select>')


def typed(name: str, label: str, kind: str, value: str, wide: bool = False) -> dict[str, Any]:
    """A field of the filter bar to write in."""
    told = f'<input class="form-control" id="filter-{name}" type="{kind}" name="{name}" value="{escape(value)}">'
    return field(name, label, told, ' class="wide"' if wide else "")


def field(name: str, label: str, told: str, css: str = "") -> dict[str, Any]:
    """One field of the filter bar under its label, as macros/table.html draws it."""
    return {"name": name, "html": put(f'<div{css}><label class="form-label" for="filter-{name}">{escape(label)}</label>', told, "</div>")}


def categories() -> list[tuple[str, str]]:
    """The classes of disputes with their kinds under them."""
    return [(code, (INDENT if len(code) > 2 else "") + gettext(label)) for code, label in DISPUTE_CATEGORIES.items()]


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
        return gettext(labels[value]) if value in labels else value
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
    return [one | {"url": address_of("lists.show", **one["args"]), "here": meant(tuple(one["args"].items())) == here} for one in found]


@lru_cache(KEPT)
def meant(args: tuple[tuple[str, str], ...]) -> dict[str, str] | None:
    """The arguments that these stand for; None of a view that can no longer be read."""
    try:
        return asked_by(dict(args)).args()
    except ValueError:
        return None
