"""Guards of the legacy case alone: patron, plan, shelving, policies. Each gives None, or the Reason why not."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from workflows import legacy_plan as plan
from workflows.answer_guards import local_date
from workflows.view import CaseView, Reason

SHELVING_DAYS = 180  # where the rules in force give no number


def no_patron_yet(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Nobody is the patron."""
    return Reason("patron_is_named") if view.patron_id else None


def has_patron(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A leader answers for it before anything is planned (Petition Work Regulation art. 18)."""
    return None if view.patron_id else Reason("patron_missing")


def another_patron(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The new patron is another person."""
    return Reason("same_patron") if data.get("patron_id") == view.patron_id else None


def has_milestones(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A plan names at least one milestone that is still to be reached (default)."""
    return None if plan.of_state(view, plan.OPEN) else Reason("no_milestones")


def due_ahead(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """What is planned lies ahead."""
    due_on = data.get("due_on")
    return Reason("in_the_past") if due_on and due_on < local_date(at) else None


def open_milestone(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The milestone named is in the plan and still to be reached."""
    named, standing = data.get("milestone"), plan.of_state(view, plan.OPEN)
    if not standing:
        return Reason("no_milestones")
    return None if named is None or named in standing else Reason("milestone_not_open", {"number": named})


def another_date(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The date changes."""
    due_on = data.get("due_on")
    same = any(one["number"] == data.get("milestone") and due_on and one["due_on"] == due_on.isoformat() for one in plan.milestones(view))
    return Reason("date_unchanged") if same else None


def not_the_last(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A plan is not emptied by taking its milestones out (default)."""
    kept = [one for one in plan.milestones(view) if one["state"] not in plan.GONE]
    return Reason("last_milestone") if len(kept) < 2 else None


def all_checked(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Every milestone was reached and looked at (default)."""
    left = len(plan.of_state(view, plan.OPEN)) + len(plan.of_state(view, plan.REPORTED))
    return Reason("milestones_left", {"count": left}) if left else None


def short_shelving(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Shelved is not forgotten: it is looked at again within the months of the rules."""
    most, today = view.limits.get("legacy_shelving_days", SHELVING_DAYS), local_date(at)
    review = data.get("review_on")
    if review is None:
        return None
    if review <= today:
        return Reason("in_the_past")
    return Reason("shelved_too_long", {"limit": most}) if review > today + timedelta(days=most) else None


def stays_orange(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """What is left over from earlier years is orange at least (house rule 2)."""
    return Reason("legacy_stays_orange") if data.get("tier") == "yellow" or view.tier == "orange" else None


def policy_stands(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The policy named is on the page."""
    struck, count = view.facts.get("policies_struck", ()), view.facts.get("policies", 0)
    named = data.get("policy")
    if len(struck) >= count:
        return Reason("no_policy")
    return None if named is None or (named <= count and named not in struck) else Reason("policy_unknown", {"number": named})
