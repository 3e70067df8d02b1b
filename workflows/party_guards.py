"""Guards about the parties to a matter and their consent. Processes find them in guards.py with all others."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows.limits import limit
from workflows.view import CaseView, PartyView, Reason

SIDES = ("applicant", "respondent")
REFUSALS = frozenset(("refused", "withdrawn"))


def speaking(view: CaseView, side: str) -> tuple[PartyView, ...]:
    """Who speaks for a side: its representatives, else every party on it."""
    here = tuple(p for p in view.parties if p.side == side)
    return tuple(p for p in here if p.representative) or here


def both_sides(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """At least one party on each side (People's Mediation Law art. 29: the parties' particulars)."""
    return None if all(speaking(view, side) for side in SIDES) else Reason("party_missing")


def nobody_refuses(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """No party refuses: if one clearly does, there must be no mediation (People's Mediation Law art. 17)."""
    refused = any(p.consent in REFUSALS for side in SIDES for p in speaking(view, side))
    return Reason("party_refuses") if refused else None


def somebody_agrees(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """At least one party has agreed to mediation, with evidence (People's Mediation Law art. 3)."""
    given = any(p.consent == "given" for side in SIDES for p in speaking(view, side))
    return None if given else Reason("no_consent_yet")


def all_agree(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Every party who speaks for a side has agreed to mediation (People's Mediation Law arts 3, 17)."""
    missing = sum(p.consent == "" for side in SIDES for p in speaking(view, side))
    return Reason("consent_missing", {"count": missing}) if missing else None


def room_for_representative(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """At most five representatives on a side (Ningbo mediation regulation art. 20)."""
    most = limit(view, "representatives")
    side = next((p.side for p in view.parties if p.id == data.get("party")), "")
    others = sum(p.representative and p.side == side and p.id != data.get("party") for p in view.parties)
    return Reason("too_many_representatives", {"limit": most}) if others >= most else None


def party_known(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """The party named is a party to this matter."""
    named = data.get("party")
    return None if named is None or any(p.id == named for p in view.parties) else Reason("unknown_party")


def parties_known(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """All parties named are parties to this matter."""
    strangers = set(data.get("parties") or ()) - {p.id for p in view.parties}
    return Reason("unknown_party") if strangers else None


def from_applicant(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Only a party who applied withdraws: nobody does it for him (house rule 5)."""
    applied = any(p.id == data.get("party") and p.side == "applicant" for p in view.parties)
    return None if applied else Reason("only_the_applicant")


def parties_agree(view: CaseView, data: Mapping[str, Any], at: datetime) -> Reason | None:
    """Both parties agree to exactly this (house rule 3: cap; People's Mediation Law arts 19, 23: mediator)."""
    return None if data.get("parties_agree") else Reason("parties_must_agree")
