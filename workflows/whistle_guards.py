"""Guards of whistles and calls: whether a unit may still give a call back, who may be called instead."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows.view import CaseView, Reason
from workflows.whistle_asks import KIND_ORDER


def not_fixed(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A unit that the list or a decision fixed may not return it (Weifang hotline rules art. 22)."""
    return Reason("unit_is_fixed") if view.detail.get("fixed") else None


def ruled_once(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The street arbitrates once, after the centre has ruled."""
    return None if view.detail.get("fixed") == "ruling" else Reason("not_for_arbitration")


def names_another(name: str) -> Any:
    """A guard: the unit named in an answer is not the one called."""

    def check(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
        return Reason("same_unit") if data.get(name) == view.department_id else None

    check.__doc__ = f"Another unit than the one called (answer {name})."
    return check


def only_helping(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A whistle keeps a lead unit: only a helping one is released without another in its place."""
    return None if view.detail.get("part") == "helping" else Reason("lead_unit_stays")


def below_hardest(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """There is a kind above (Nantong Chongchuan: ordinary, key, hard)."""
    return None if view.detail.get("kind") != KIND_ORDER[-1] else Reason("hardest_already")


def not_appraised(name: str) -> Any:
    """A guard: this side has not appraised yet."""

    def check(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
        return Reason("appraised_already") if view.detail.get(name) else None

    check.__doc__ = f"Each side appraises once (column {name})."
    return check
