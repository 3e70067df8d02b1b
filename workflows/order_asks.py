"""What the steps of the hotline order ask, and its guards. The steps themselves stand in order.py."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from workflows.asks import (
    CHANNELS, CONTACT_WAYS, EXPLANATION, LONG, REASON, choice, file, full_text, longtext, on_date, one_of, text, yes_no,
)  # fmt: skip
from workflows.guards import local_date
from workflows.model import Field
from workflows.view import CaseView, Reason

KINDS = one_of(consultation="Question", help="Call for help", complaint="Complaint", suggestion="Suggestion")  # BJ 10; sources 6, layout A
URGENCIES = one_of(normal="Normal", urgent="Urgent")
SOLVED = one_of(solved="Solved", partly="Partly solved", unsolved="Not solved", unrated="Not rated")  # sources 4: values of exports
SATISFIED = one_of(satisfied="Satisfied", fairly="Fairly satisfied", dissatisfied="Dissatisfied", unrated="Not rated")
NOT_ACCEPTED = one_of(  # BJ 11; WF 19
    litigation="Court, arbitration, review or discipline route", disclosure="Disclosure of information",
    privacy="Secrets or privacy of others", concluded="Concluded by law", emergency="Emergency: 110, 119, 120, 122",
    outside="Outside the hotline's remit", other="Other",
)
DEPARTMENT = Field("department_id", "department", "Department", into="case")
PLACE = Field("area_id", "area", "Community or grid", into="case")
KIND = choice("kind", "Kind of order", KINDS, into="detail")
KIND_NOW = choice("kind", "Kind of order", KINDS, required=False, into="detail")
LEGAL = on_date("legal_due_on", "Due by law", required=False, into="detail", hint="Only where a law gives a longer time for such matters.")
WORDS = longtext("words", "Words to whoever handles it", required=False)
KNOWN = text("known", "Number of the known matter")
TOLD = longtext("told", "What the citizen was told")
FILE = file("evidence", "Evidence", required=False)

REGISTER = (
    full_text("What the citizen says"),
    text("title", "Title", required=False, into="case"),
    KIND,
    Field("area_id", "area", "Area", into="case"),
    text("place", "Where it is", required=False, into="detail"),
    choice("channel", "Channel", CHANNELS, required=False, into="case"),
    choice("urgency", "Urgency", URGENCIES, required=False, into="detail"),
    text("external_number", "Outside number", required=False, into="detail"),
    Field("sent_at", "instant", "Call received at", required=False, into="detail"),
    yes_no("confidential", "Confidential", required=False, into="case"),
)
DISPATCH = (KIND_NOW, LEGAL, WORDS)
CONTACT = (choice("way", "Way", CONTACT_WAYS), longtext("said", "What was said"))
ATTEMPT = (choice("way", "Way", CONTACT_WAYS), longtext("said", "What was tried"))
OBJECT = (
    choice("ground", "Ground", one_of(  # BJ 12(3); BJ 17, JWH 20
        remit="Not within our duties", place="Not our place", admission="Not on the community's duty list", other="Other")),
    longtext("basis", "Basis: which rule says so"),
    text("competent", "Who is competent"),
    EXPLANATION,
)
HELP = (Field("helper_id", "department", "Helping department"), longtext("wanted", "What it is asked for"))
INTERIM = (REASON, longtext("plan", "What has been done, and what comes next"))
EXTEND = (
    Field("length", "length", "Extension", hint="For example 5 working days"), REASON,
    yes_no("citizen_told", "The citizen was told, with the reason"),
)
SHELVE = (
    choice("ground", "Why it cannot be solved now", one_of(
        policy="Policy or plan not there yet", funds="Funds not there yet", project="Waits for a project under way",
        ownership="Ownership or history unclear", other="Other")),
    longtext("condition", "What must happen before it can be solved"),
    on_date("review_on", "To be looked at again on", into="detail"),
    file("evidence", "Evidence"),
    EXPLANATION,
    yes_no("citizen_told", "The citizen was told, with the reason"),
)
ANSWER = (
    choice("outcome", "Outcome", SOLVED[:3], into="detail"),
    Field("answer", "longtext", "Answer to the citizen and the centre", maximum=LONG, into="detail"),
    choice("way", "How the citizen was answered", CONTACT_WAYS),
    FILE,
)
CALLED_BACK = (
    choice("solved", "Is it solved?", SOLVED, into="detail"),
    choice("satisfaction", "Satisfaction", SATISFIED, into="detail"),
    longtext("words", "In the citizen's own words", required=False),
)
REFUSE = (choice("ground", "Ground", NOT_ACCEPTED), TOLD, EXPLANATION)
LEGS = {
    leg: (
        text(f"{leg}_number", number, required=False, into="detail"),
        Field(f"{leg}_dispatched_at", "instant", dispatched, required=False, into="detail"),
        on_date(f"{leg}_due_on", due, into="detail"),
    )
    for leg, number, dispatched, due in (
        ("city", "Number at the city", "Dispatched by the city at", "Due to the city on"),
        ("district", "Number at the district", "Dispatched by the district at", "Due to the district on"))
}
REFUSES = {
    "unit_fixed": "Who is in charge was decided: it cannot be returned any more.",
    "objection_late": "The time for returning it has passed: whoever has it first sees it through.",
    "citizen_not_told": "Tell the citizen first, with the reason.",
    "extend_in_time": "The deadline has passed: an extension is asked for before.",
    "not_contacted": "Contact the citizen first.",
    "review_too_late": "Look at it again within %(limit)s days.",
    "with_department": "A department has it: send it back there.",
    "without_department": "No department has it: send it back to the community or grid.",
    "known_is_petition": "That is a petition: tell the way of the petition instead.",
    "known_no_petition": "That is no petition.",
    "still_unsolved": "The citizen says it is not solved: send it back for another try, or say in words why it ends.",
}


def not_fixed(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Once the unit is fixed by decision the order is not returned (WF 22)."""
    return Reason("unit_fixed") if view.detail.get("fixed") else None


def objection_in_time(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Returned within its working hours, else the first receiver sees it through (BJ 12, 14; sources 4)."""
    clock = view.clocks.get("objection")
    late = clock is None or clock.due_at is None or at >= clock.due_at
    return Reason("objection_late") if late else None


def citizen_told(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The citizen is told of more time and of shelving, with the reason (BJ 15)."""
    return None if data.get("citizen_told") else Reason("citizen_not_told")


def in_time(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """More time is asked for before the time is over (sources 4: extension before expiry)."""
    clock = view.clocks.get("finish")
    return Reason("extend_in_time") if clock and clock.due_at and at >= clock.due_at else None


def contacted(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The citizen was contacted before he is answered (BJ 13)."""
    clock = view.clocks.get("contact")
    return None if clock and clock.status == "met" else Reason("not_contacted")


def review_in_time(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """What is shelved is looked at again (sources 4: kept in a list, revived when conditions ripen)."""
    most, today = view.limits.get("shelving_days", 365), local_date(at)
    if data["review_on"] <= today:
        return Reason("in_the_past")
    return Reason("review_too_late", {"limit": most}) if data["review_on"] > today + timedelta(days=most) else None


def by_department(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A department has it."""
    return None if view.department_id else Reason("without_department")


def by_place(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """A community or grid has it."""
    return Reason("with_department") if view.department_id else None


def solved_or_explained(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """What the citizen calls unsolved does not end without words (JN 27: redo)."""
    return Reason("still_unsolved") if data.get("solved") == "unsolved" and not data.get("words") else None
