"""What the steps of the grid event ask, and its guards. The steps themselves stand in event.py."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows.asks import LONG, REASON, choice, file, full_text, longtext, one_of, text
from workflows.model import Field, Guard
from workflows.view import CaseView, Reason

# The kinds a grid worker meets on the round; finer ones are words of the text. Sources 5.2 (source of an event), 5.4, 6 (layout G).
KINDS = one_of(
    environment="Environment and cleanliness", facilities="Public facilities", safety="Hidden danger to safety",
    order="Public order", building="Building and planning", traffic="Traffic and parking", service="Service to residents",
    other="Other",
)
URGENCIES = one_of(normal="Normal", urgent="Urgent", immediate="Without delay")
STRAIGHT_FROM = tuple(choice.value for choice in URGENCIES)  # 1, 2, 3 in the rules; 0 = never straight to the street
MATTERS = one_of(dispute="Dispute", order="Hotline order", petition="Petition")
RATINGS = one_of(satisfied="Satisfied", fairly="Fairly satisfied", dissatisfied="Dissatisfied", unrated="Not rated")

PHOTO = file("photo", "Photo", required=False)
MEASURES = longtext("measures", "What was done")
DEPARTMENT = Field("department_id", "department", "Department", into="case")
WITHIN = Field("within", "length", "To be done within", required=False, hint="Empty: as the rules say for its urgency.")
WORDS = longtext("words", "Words to whoever handles it", required=False)

REGISTER = (
    full_text("What was found"),
    PHOTO,
    choice("kind", "Kind of event", KINDS, required=False, into="detail"),
    Field("area_id", "area", "Grid", into="case"),
    text("place", "Where exactly", required=False, into="detail"),
    choice("urgency", "Urgency", URGENCIES, required=False, into="detail"),
    Field("measures", "longtext", "Settled at once: what was done", required=False, maximum=LONG,
          hint="Only where it is settled already; it then needs a photo."),
)
ON_THE_SPOT = (MEASURES, file("photo", "Photo of the place as it is now"))
DISPATCH = (WITHIN, WORDS)
RESULT = (MEASURES, PHOTO)
RELOCATE = (Field("area_id", "area", "Grid", into="case"), text("place", "Where exactly", required=False, into="detail"), REASON)
CHECKED = (longtext("found", "What was found on site", required=False), PHOTO)
RATE = (choice("rating", "Satisfaction", RATINGS, into="detail"), longtext("words", "In the person's own words", required=False))
TURN = (choice("becomes", "It becomes", MATTERS), REASON)
EXTEND = (Field("length", "length", "Extension", hint="For example 2 working days"), REASON)

REFUSES = {
    "goes_straight": "By the rules an event of this kind and urgency goes straight to the street.",
    "not_straight": "By the rules an event of this kind and urgency goes to the community first.",
    "handled_elsewhere": "This is not whoever handled it.",
}


def straight(view: CaseView) -> bool:
    """Whether kind and urgency skip the community: [limits] straight_<kind> is the least urgency that does (sources 5.4)."""
    least = view.limits.get(f"straight_{view.detail.get('kind') or 'other'}", 0)
    urgency = view.detail.get("urgency") or STRAIGHT_FROM[0]
    return 0 < least <= STRAIGHT_FROM.index(urgency) + 1


def to_community(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The community comes first, but for what the rules send straight up (sources 5.4: skip-level rule)."""
    return Reason("goes_straight") if straight(view) else None


def to_street(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Over the community's head goes only what the rules send there (sources 5.4: skip-level rule)."""
    return None if straight(view) else Reason("not_straight")


def handled_by(*levels: str) -> Guard:
    """A guard: it was handled there."""

    def check(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
        return None if view.detail.get("closed_by") in levels else Reason("handled_elsewhere")

    check.__doc__ = f"It was handled by {', '.join(levels)}."
    return check
