"""What steps of petitions do beyond their columns and deadlines: an accusation is set apart from those it names."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casemgr.services import grading
from casemgr.services.books import Books
from casemgr.services.drafts import Draft
from casemgr.services.effects.kinds import Effect
from casemgr.services.effects.matter import lower_tier


def set_apart(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """An accusation is confidential and kept from those it names; a department accused loses it, and the street's secretary
    leads it, or nobody where the street is accused (Petition Work Regulation art. 30)."""
    if draft.detail["kind"] != "accusation":
        return
    draft.row["confidential"] = True
    draft.barred |= accused_in(answers)
    if ("department", draft.row["department_id"]) in draft.barred:
        draft.row["department_id"] = None
    grading.settle_level(draft, "street")


def lower_petition(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Lowered like any matter; but an accusation never comes down to a lead near those it may be about."""
    lower_tier(draft, answers, at, seq, books)
    if draft.detail["kind"] == "accusation":
        grading.settle_level(draft, "street")


def accused_in(answers: Mapping[str, Any]) -> frozenset[tuple[str, int]]:
    """Whom the answers accuse: accounts, a department, a place."""
    named = {("account", id) for id in answers.get("accused", ())}
    places = (("department", answers.get("accused_department_id")), ("area", answers.get("accused_area_id")))
    return frozenset(named | {(kind, id) for kind, id in places if id is not None})


EFFECTS: dict[str, Effect] = {"set_apart": set_apart, "lower_petition": lower_petition}
