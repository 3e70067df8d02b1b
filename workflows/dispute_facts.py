"""What the steps of the dispute process make known: facts of the matter, worked out from its view and the answers.

Facts besides those of warning.py: rights_informed, safety_concern, next_session_on, session_at (the planned one begins),
police_told, signed_off, found_performed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows.guards import local_date
from workflows.view import CaseView


def facts_of_acceptance(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """The category as a fact, and the age in days where the beginning is known."""
    facts: dict[str, Any] = {}
    if category := data.get("category"):
        facts["category"] = category
    if began_on := data.get("occurred_on") or view.detail.get("occurred_on"):
        facts["days_old"] = max((local_date(at) - began_on).days, 0)
    return facts


def facts_of_correction(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """The category and the age at acceptance anew where they were corrected, and a threat that there never was."""
    facts: dict[str, Any] = {}
    if category := data.get("category"):
        facts["category"] = category
    if began_on := data.get("occurred_on"):
        facts["days_old"] = max((local_date(view.accepted_at or at) - began_on).days, 0)
    if data.get("no_threat"):
        facts["threat"] = []
    return facts


def facts_of_session(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """One more failed session, where it failed; what was booked has been held."""
    facts: dict[str, Any] = {}
    if data.get("outcome") == "failed":
        facts["failed_sessions"] = (view.facts.get("failed_sessions") or 0) + 1
    if view.facts.get("session_at"):
        facts["session_at"] = ""
    if view.facts.get("next_session_on") and not data.get("next_session_on"):
        facts["next_session_on"] = ""
    return facts


def session_planned(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """When the next session begins, and its day."""
    return {"session_at": data["starts_at"], "next_session_on": local_date(data["starts_at"])}


def no_session(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """Nothing is planned any more; what was booked is free again."""
    return {"session_at": "", "next_session_on": ""} if view.facts.get("session_at") else {}


def rights_informed(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """The parties know their rights and duties."""
    return {"rights_informed": True}


def police_told(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """The police or another body know."""
    return {"police_told": True}


def not_signed_off(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """What went on again needs a new sign-off and a new follow-up."""
    return {"signed_off": False, "found_performed": ""}
