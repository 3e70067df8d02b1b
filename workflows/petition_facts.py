"""What the steps of the petition process make known: facts of the matter, worked out from its view and the answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows.view import CaseView


def visitors_counted(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """Whoever comes or signs is involved: the number of people is at least theirs."""
    came = data.get("visitors") or 0
    return {"people": came} if came > (view.facts.get("people") or 0) else {}


def new_facts_known(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """The petitioner gives facts or reasons that no earlier petition had: art. 36 locks the same ones only."""
    return {"new_facts": True}


def fixed_there(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """The organ was fixed by a decision: it may not ask to return the petition again."""
    return {"organ_fixed": True}


def free_again(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """Another organ may be chosen, and may object."""
    return {"organ_fixed": False}
