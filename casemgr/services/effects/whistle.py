"""What steps of whistles and calls do beyond their columns: the level that leads, new clocks after an upgrade, the clocks
of a matter that no longer waits for them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casemgr.services import clockwork, grading
from casemgr.services.books import Books
from casemgr.services.drafts import Draft, Told, clock_fact
from casemgr.services.duties import duties_named
from casemgr.services.effects.kinds import Effect
from workflows.clocks import PAUSED, RUNNING
from workflows.model import Start
from workflows.whistle_asks import KIND_ORDER

LEVEL = {"ordinary": "community", "key": "street", "hard": "street"}  # Nantong: who leads each kind
NEW_CLOCKS = {"whistle": ("report", "answer"), "call": ("report_in", "finish")}


def whistle_blown(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """One that waits for an approval lies with the street until it is sent out; its secretary is told."""
    if not draft.detail["approval"]:
        return level_of_kind(draft, answers, at, seq, books)
    grading.settle_level(draft, "street")
    urgent = draft.row["tier"] == "red"
    draft.told += [Told(duty, "whistle.to_approve", seq, {}, urgent) for duty in duties_named(draft, ("lead",))]
    return None


def level_of_kind(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """The level that leads a whistle of this kind leads its calls."""
    grading.settle_level(draft, LEVEL[draft.detail["kind"]])


def upgrade_whistle(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """One kind up, with the clocks of that kind; at the hardest nothing is forgiven, all above are told."""
    before = KIND_ORDER.index(draft.detail["kind"])
    if before + 1 == len(KIND_ORDER):
        draft.told += [Told(duty, "whistle.upgraded", seq, {}, True) for duty in duties_named(draft, ("top_lead", "supervisor"))]
        return
    draft.detail["kind"] = KIND_ORDER[before + 1]
    level_of_kind(draft, answers, at, seq, books)
    start_anew(draft, at, seq, books)


def renew_call(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """The call follows its upgraded whistle."""
    level_of_kind(draft, answers, at, seq, books)
    start_anew(draft, at, seq, books)


def start_anew(draft: Draft, at: datetime, seq: int, books: Books) -> None:
    """New clocks of its kind for those that run; one that is paused goes on as it was."""
    for key in NEW_CLOCKS[draft.flow.name]:
        if key in clockwork.running(draft, RUNNING):
            clockwork.begin(draft, Start(key), {}, at, seq, books)


def ruled(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """When the last ruling was: what later objections look at. The lead is that of its kind again."""
    draft.detail["ruled_at"] = at
    level_of_kind(draft, answers, at, seq, books)


def units_answered(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """The clocks that stood still for them go on, unless the matter itself is suspended."""
    for key in () if draft.state.pauses else clockwork.running(draft, PAUSED):
        clock_fact(draft, key, "resume", at, seq)
        clockwork.mark(draft, key, RUNNING)


EFFECTS: dict[str, Effect] = {
    act.__name__: act
    for act in (whistle_blown, level_of_kind, upgrade_whistle, renew_call, ruled, units_answered)
}
