"""What steps of a legacy case do beyond columns and deadlines: whatever its place and colour, the street leads it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casemgr.services import grading
from casemgr.services.books import Books
from casemgr.services.drafts import Draft
from casemgr.services.effects import matter
from casemgr.services.effects.kinds import Effect


def at_the_street(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """The secretary of the street leads it from the first day."""
    grading.settle_level(draft, "street")


def accept_legacy(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Put on the list: the colour is confirmed; one taken over from an old list is alive from now on."""
    matter.revive(draft, answers, at, seq, books)
    draft.row["accepted_at"] = draft.row["accepted_at"] or at
    grading.confirm(draft, at, seq, books)


def lower_at_street(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Lowered by request, and still led by the street."""
    matter.lower_tier(draft, answers, at, seq, books)
    grading.settle_level(draft, "street")


EFFECTS: dict[str, Effect] = {act.__name__: act for act in (at_the_street, accept_legacy, lower_at_street)}
