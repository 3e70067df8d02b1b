"""The charts of the board as options of ECharts: plain data in the reader's words, and what each piece opens. No script here."""

from collections.abc import Callable, Sequence
from typing import Any


from casemgr.queries.board_charts import Group, Week
from casemgr.queries.filters import CaseFilter
from casemgr.web.locales import gettext
from workflows.categories import DISPUTE_CATEGORIES
from workflows.roles import TIERS

ListUrl = Callable[[CaseFilter], str]
TIER_WORDS = {"red": "Red", "orange": "Orange", "yellow": "Yellow"}
SERIES_WORDS = {"registered": "Registered", "closed": "Closed"}
MOST_CLASSES = 12


def options(classes: Sequence[Group], weeks: Sequence[Week], list_url: ListUrl) -> dict[str, Any]:
    """What the page's script draws: chart id -> series with a value and an address for each piece."""
    return {"classes": of_classes(classes[:MOST_CLASSES], list_url), "weeks": of_weeks(weeks, list_url)}


def of_classes(classes: Sequence[Group], list_url: ListUrl) -> dict[str, Any]:
    """Lying bars: a class each, parted by tier."""
    series = [
        {
            "name": gettext(TIER_WORDS[tier]), "kind": tier,
            "data": [{"value": group.counts.get(tier, 0), "url": list_url(group.filter_of(tier))} for group in classes],
        }
        for tier in reversed(TIERS)
    ]  # fmt: skip
    return {"label": gettext("Open by kind of dispute"), "lying": True, "names": [class_words(g) for g in classes], "series": series}


def of_weeks(weeks: Sequence[Week], list_url: ListUrl) -> dict[str, Any]:
    """Standing bars for what came and went, a line for what was open at the end of the week."""
    series: list[dict[str, Any]] = [
        {
            "name": gettext(label), "kind": what,
            "data": [{"value": getattr(week, what), "url": list_url(week.filter_of(what))} for week in weeks],
        }
        for what, label in SERIES_WORDS.items()
    ]  # fmt: skip
    series.append({"name": gettext("Open at its end"), "kind": "open", "data": [{"value": week.open} for week in weeks]})
    names = [f"{week.first.month}/{week.first.day}" for week in weeks]
    return {"label": gettext("By week"), "lying": False, "names": names, "series": series}


def class_words(group: Group) -> str:
    """A class of disputes in words."""
    return gettext(DISPUTE_CATEGORIES.get(group.key, group.key))
