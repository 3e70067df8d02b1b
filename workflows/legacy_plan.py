"""The plan of a legacy case as facts: its milestones by number with date and condition, and the date that is due next.

What a milestone says in words stands in the table beside (models.Milestone); here is what rules look at.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from workflows.answer_guards import local_date
from workflows.view import CaseView

OPEN, REPORTED, CHECKED, DROPPED, REMOVED = "open", "reported", "checked", "dropped", "removed"
GONE = (DROPPED, REMOVED)  # out of the plan: after it was approved, or before
Milestones = list[dict[str, Any]]  # {"number", "due_on" (ISO date), "state"}


def milestones(view: CaseView) -> Milestones:
    """The milestones of the plan, in the order they were written."""
    return [dict(one) for one in view.facts.get("milestones", ())]


def of_state(view: CaseView, state: str) -> list[int]:
    """The numbers of the milestones in that condition."""
    return [one["number"] for one in milestones(view) if one["state"] == state]


def known(plan: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The facts of a plan: its milestones, and the earliest date of those still open ("" = none)."""
    dates = [one["due_on"] for one in plan if one["state"] == OPEN]
    return {"milestones": list(plan), "milestone_on": min(dates, default="")}


def changed(view: CaseView, number: int, **values: Any) -> dict[str, Any]:
    """The plan with other values for one milestone."""
    return known([one | values if one["number"] == number else one for one in milestones(view)])


def added(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """One more milestone; a number is never used twice."""
    plan = milestones(view)
    return known([*plan, {"number": len(plan) + 1, "due_on": data["due_on"].isoformat(), "state": OPEN}])


def dropped(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """A milestone taken out of the plan."""
    return changed(view, data["milestone"], state=DROPPED)


def removed(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """A milestone taken out before anybody approved it."""
    return changed(view, data["milestone"], state=REMOVED)


def moved(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """A milestone with another date."""
    return changed(view, data["milestone"], due_on=data["due_on"].isoformat())


def reached(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """A milestone reported as reached."""
    return changed(view, data["milestone"], state=REPORTED)


def confirmed(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """What was reported has been looked at, and is so."""
    return known([one | {"state": CHECKED} if one["state"] == REPORTED else one for one in milestones(view)])


def sent_back(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """What was reported is not so: the milestone is open again, by its date of before."""
    return known([one | {"state": OPEN} if one["state"] == REPORTED else one for one in milestones(view)])


def shelved(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """From which day the plan stands still."""
    return {"shelved_on": local_date(at).isoformat()}


def taken_up(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """Dates that had not passed when the plan was shelved come later by the days it stood still, at most to the review."""
    since = date.fromisoformat(view.facts["shelved_on"])
    review = view.clocks.get("review")
    until = min([local_date(at), *([local_date(review.due_at)] if review and review.due_at else [])])
    return known([later(one, since, until - since) for one in milestones(view)])


def later(one: dict[str, Any], since: date, days: timedelta) -> dict[str, Any]:
    """A milestone after so many days of standing still."""
    due_on = date.fromisoformat(one["due_on"])
    if one["state"] != OPEN or due_on < since:
        return one
    return one | {"due_on": (due_on + days).isoformat()}
