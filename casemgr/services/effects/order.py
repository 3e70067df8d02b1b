"""What steps of a hotline order, and of a grid event, do beyond columns and deadlines: who leads it, how often it went to and fro."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casemgr.services import grading
from casemgr.services.books import Books
from casemgr.services.drafts import Draft, Told
from casemgr.services.duties import duties_named
from casemgr.services.effects.kinds import Effect
from workflows.roles import LEAD_LEVELS

SUPERVISORS = ("upper_lead", "operator", "supervisor")


def to_the_community(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """The secretary of the community leads it; no department has it."""
    draft.row["department_id"] = None
    grading.settle_level(draft, "community")


def order_to_unit(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """A department has it, under the eyes of the street."""
    grading.settle_level(draft, "street")
    passed_on(draft, seq, books)


def order_to_place(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """The secretary of a community or grid has it, and it lies there from now on."""
    draft.path = draft.known.paths[answers["area_id"]]
    draft.row["department_id"] = None
    level = draft.path[-1][1]
    grading.settle_level(draft, level if level in LEAD_LEVELS else LEAD_LEVELS[-1])
    passed_on(draft, seq, books)


def order_returned(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Nobody has it any more; the centre looks for somebody else."""
    draft.row["department_id"] = None
    draft.detail["fixed"] = False
    grading.settle_level(draft, "street")


def order_redone(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Sent back after a call-back, once more."""
    draft.detail["redos"] += 1
    if draft.detail["redos"] >= books.rules.number("limits", "problem_redos"):
        supervise(draft, seq)


def fed_back(draft: Draft, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Whoever handled an event does not verify it, whatever other post he has."""
    who = {"handled_by": draft.actor_of(seq)}
    draft.row["facts"] = draft.row["facts"] | who
    draft.facts += [{"case_id": draft.row["id"], "seq": seq, "name": name, "value": {"v": id}, "at": at} for name, id in who.items()]


def passed_on(draft: Draft, seq: int, books: Books) -> None:
    """Count who has had it; passed among too many without a lead it is a problem order (WF 26; JN 28)."""
    draft.detail["units"] += 1
    if draft.detail["units"] >= books.rules.number("limits", "problem_units") and not draft.detail["fixed"]:
        supervise(draft, seq)


def supervise(draft: Draft, seq: int) -> None:
    """A problem order (问题工单): those above are told at once, once."""
    if not draft.detail["problem"]:
        draft.detail["problem"] = True
        draft.told += [Told(duty, "order.problem", seq, {}, True) for duty in duties_named(draft, SUPERVISORS)]


EFFECTS: dict[str, Effect] = {
    act.__name__: act for act in (to_the_community, order_to_unit, order_to_place, order_returned, order_redone, fed_back)
}
