"""What steps of any process do beyond their columns and deadlines: tier, level, area, handler."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casemgr.services import grading
from casemgr.services.books import Books
from casemgr.services.drafts import Draft
from casemgr.services.effects.kinds import Effect
from workflows.roles import LEVELS, TIER_LEVEL, higher, level_up
from workflows.warning import Trigger

ABOVE = {"community": "secretary", "street": "secretary", "district": "supervisor"}  # who decides when nobody below did


def accept(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Acceptance is the moment legal lengths count from, and confirms the colour."""
    draft.row["accepted_at"] = at
    grading.confirm(draft, at, seq, books)


def no_tier(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Settled on the spot: no colour."""
    draft.row["tier"], draft.row["tier_confirmed"] = "", False


def raise_overdue(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Late settling."""
    grading.raise_overdue(draft, at, seq, books)


def raise_tier(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Raised by a person's judgement."""
    grading.raise_by_hand(draft, answers["tier"], at, seq, books)


def lower_tier(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Lowered by request: the triggers named are acknowledged as they stand now and do not raise again by themselves."""
    named = set(answers.get("acknowledged", ()))
    standing = [text for text in draft.row["assessment"].get("triggers", ()) if Trigger.parse(text).code in named]
    draft.row["acknowledged"] = sorted({*draft.row["acknowledged"], *standing})
    grading.lower(draft, answers["tier"], at, seq, books)


def level_raised(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """The lead one level up takes over; the colour stays."""
    grading.settle_level(draft, level_up(draft.row["level"]))


def to_the_street(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Moved up (上报街道): the street's committee and secretary take over, whatever level led before."""
    grading.settle_level(draft, "street")


def level_lowered(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Back to the level that the colour asks for."""
    grading.settle_level(draft, TIER_LEVEL[draft.row["tier"] or "yellow"])


def relocate(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Handed over to another area: its path, its lead, and a handler yet to be found."""
    draft.path = draft.known.paths[answers["area_id"]]
    confirmed = draft.row["tier"] if draft.row["tier_confirmed"] else ""
    grading.settle_level(draft, higher("grid", TIER_LEVEL.get(confirmed, ""), LEVELS))
    draft.row["handler_id"] = draft.row["team_id"] = None


def sorted_elsewhere(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """An item sorted into another place: its path and its lead go with it."""
    if "area_id" in answers:
        draft.path = draft.known.paths[answers["area_id"]]
        grading.settle_level(draft, "grid")


def revive(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """A matter of earlier records that a party brings back is alive: its rungs fire and its people are told."""
    draft.row["history"] = False


def release(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """The mediator gives the matter back."""
    draft.row["handler_id"] = draft.row["team_id"] = None


def decided_above(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """A request nobody decides goes to the next secretary up, above the street to the district's supervisor."""
    order = [area for area, _ in draft.path]
    now = draft.detail["decider_area_id"]
    if draft.detail["decider_role"] not in ("head", "secretary") or now not in order:
        return
    above = list(reversed(draft.path[: order.index(now) + (draft.detail["decider_role"] == "head")]))
    if post := next(((ABOVE[level], area) for area, level in above if level in ABOVE), None):
        draft.detail["decider_role"], draft.detail["decider_area_id"] = post


EFFECTS: dict[str, Effect] = {
    act.__name__: act
    for act in (
        accept, no_tier, raise_overdue, raise_tier, lower_tier, level_raised, to_the_street, level_lowered, relocate, release,
        revive, decided_above, sorted_elsewhere,
    )
}
