"""Guards of the petition process. Each gives None, or the Reason why not, with its source (Petition Work Regulation 2022)."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from workflows.guards import ZONE, local_date
from workflows.lengths import LengthError, parse_length
from workflows.model import Guard
from workflows.view import CaseView, Reason

# Defaults of section [limits] of rules/processes/petition.toml; the rule set in force comes in with the view.
LIMITS: Mapping[str, int] = {
    "petition_representatives": 5,  # art. 20
    "petition_small_group": 0,  # a group of at most so many has fewer representatives; 0: nowhere
    "petition_small_group_representatives": 3,  # Zhejiang petition regulation
    "petition_collective": 5,  # default: so many people are a collective visit
    "petition_extension_days": 30,  # art. 34
    "petition_suspension_days": 30,  # default
    "petition_repeat_months": 12,  # default
    "petition_hearing_days": 30,  # default
}


def limit(view: CaseView, name: str) -> int:
    """A limit of the rule set in force, else its default."""
    return view.limits.get(name, LIMITS[name])


def kind_of(view: CaseView, data: Mapping[str, Any]) -> str:
    """The category answered now, else the one on record."""
    return data.get("kind") or view.detail.get("kind") or ""


def kind_is(*kinds: str) -> Guard:
    """A guard: the petition is of one of these categories."""

    def check(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
        return None if kind_of(view, data) in kinds else Reason("petition_other_kind")

    check.__doc__ = "The step fits the category (arts 29, 30, 31)."
    return check


def accused_stay_barred(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """What is kept from somebody stays an accusation: nobody makes it a claim again by another choice (art. 30)."""
    changed = data.get("kind") not in (None, "accusation")
    return Reason("petition_stays_accusation") if changed and view.detail.get("kind") == "accusation" else None


def isolated_first(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """An accusation is set apart, with those it names, before anybody else gets it (art. 30)."""
    apart = view.confidential or data.get("kind") != "accusation"
    return None if apart else Reason("petition_isolate_first")


def organ_not_barred(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """An accusation never reaches the department it accuses (art. 30)."""
    return Reason("petition_organ_accused") if ("department", data.get("department_id")) in view.barred else None


def sent_by_office(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Only what was sent can go back (art. 23)."""
    return None if view.department_id else Reason("petition_nobody_to_return_to")


def may_object(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Within five working days of receipt, and not where a decision has fixed the organ (art. 23)."""
    if view.facts.get("organ_fixed"):
        return Reason("petition_organ_fixed")
    clock = view.clocks.get("object")
    late = clock is None or clock.status != "running" or (clock.due_at is not None and at >= clock.due_at)
    return Reason("petition_objection_too_late") if late else None


def ordinary_only(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Simple handling is for a first petition of few people (default)."""
    many = (view.detail.get("visitors") or 0) >= limit(view, "petition_collective")
    return Reason("petition_not_simple") if many or view.detail.get("repeat_of_id") else None


def marked_simple(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """It was chosen for simple handling, and the three working days are not over (default)."""
    clock = view.clocks.get("simple_accept")
    ready = clock and clock.status == "running" and (clock.due_at is None or at < clock.due_at)
    return None if ready else Reason("petition_not_marked_simple")


def first_extension(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """It is extended once, by at most thirty days (art. 34)."""
    most, clock = limit(view, "petition_extension_days"), view.clocks.get("handle")
    if clock and clock.extensions:
        return Reason("already_extended_petition")
    try:
        length = parse_length(str(data["length"]))
    except LengthError:
        return Reason("extension_in_days", {"limit": most})
    return None if length.unit == "days" and length.amount <= most else Reason("extension_in_days", {"limit": most})


def before_due(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """What is over is not extended (art. 34)."""
    clock = view.clocks.get("handle")
    return Reason("petition_term_over") if clock and clock.due_at and at >= clock.due_at else None


def ends_within(name: str) -> Guard:
    """A guard: the date `until_on` is not past, and within the limit of that name in days."""

    def check(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
        most, today, until = limit(view, name), local_date(at), data["until_on"]
        if until < today:
            return Reason("in_the_past")
        return Reason("petition_pause_too_long", {"limit": most}) if until > today + timedelta(days=most) else None

    check.__doc__ = f"It ends in time (limit {name})."
    return check


def asked_in_time(key: str) -> Guard:
    """A guard: the request of day `asked_on` came within the thirty days that the deadline `key` gives."""

    def check(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
        clock = view.clocks.get(key)
        if not clock or clock.status != "running" or clock.due_at is None:
            return Reason("petition_nothing_to_ask")
        asked_at = datetime.combine(data["asked_on"], time.min, ZONE)
        return None if asked_at < clock.due_at else Reason("petition_asked_too_late")

    check.__doc__ = f"The petitioner asked in time (arts 35, 36: {key})."
    return check


def time_is_over(key: str) -> Guard:
    """A guard: nobody asked while the deadline `key` ran, and it is over."""

    def check(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
        clock = view.clocks.get(key)
        over = clock is None or clock.status != "running" or (clock.due_at is not None and at >= clock.due_at)
        return None if over else Reason("petition_may_still_ask")

    check.__doc__ = f"The petitioner's time has passed (arts 35, 36: {key})."
    return check


def room_for_representative(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """At most five representatives of a collective visit (art. 20); where a place says so, fewer of a small group."""
    came, small = view.detail.get("visitors") or 0, limit(view, "petition_small_group")
    most = limit(view, "petition_small_group_representatives" if 0 < came <= small else "petition_representatives")
    speaking = sum(p.representative for p in view.parties)
    return Reason("petition_too_many_representatives", {"limit": most}) if speaking >= most else None


def petitioner_known(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Somebody is on record whom the opinion can reach (arts 19, 32)."""
    known = any(p.side in ("applicant", "reporter") for p in view.parties)
    return None if known else Reason("petition_nobody_named")


def from_petitioner(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Only the petitioner withdraws: nobody does it for him."""
    his = any(p.id == data.get("party") and p.side in ("applicant", "reporter") for p in view.parties)
    return None if his else Reason("only_the_applicant")


def unreachable(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The notice is owed unless name or address are unclear; nobody is exempt whom the record names (art. 23)."""
    return Reason("petition_reachable") if data.get("ground") == "unknown" and view.parties else None


def report_ahead(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The date set for the report lies ahead (art. 22)."""
    return Reason("in_the_past") if data["report_by"] < local_date(at) else None


def both_sides_agree(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Mediation inside a petition takes the consent of both sides (art. 33)."""
    return None if data.get("both_agree") else Reason("parties_must_agree")
