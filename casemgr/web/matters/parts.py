"""The page of a case put together: what the queries found, in the words and shapes its template shows. No decisions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from casemgr.keys import Keyring, mask_id, mask_phone
from casemgr.queries import case_page
from casemgr.queries.case_page import EventRow, Names, PartyRow
from casemgr.services.drafts import Draft
from casemgr.web import words
from casemgr.web.forms.offers import SIDE_WORDS
from casemgr.web.locales import gettext
from casemgr.web.matters import wording
from casemgr.web.matters.wording import say_duty, say_post, say_value
from workflows import WORKFLOWS
from workflows.asks import EVIDENCE
from workflows.clocks import OPEN
from workflows.dispute_asks import CONSENT
from workflows.guards import local_date
from workflows.model import Field, Step
from workflows.request import REQUEST_KINDS
from workflows.resident_asks import BY_CODE
from workflows.view import Duty

CONSENTS = {choice.value: choice.label for spec in CONSENT if spec.name == "consent" for choice in spec.choices}
EVIDENCES = {choice.value: choice.label for choice in (*EVIDENCE, *BY_CODE)}


@dataclass(frozen=True, slots=True)
class ClockShown:
    """A deadline as the macro `clock` wants it."""

    key: str
    label: str
    due_at: datetime | None
    status: str
    provisional: bool
    right: bool


def clocks_of(draft: Draft, now: datetime) -> list[ClockShown]:
    """The open deadlines, what falls due first in front; then the progress clock, then the rights that are not over."""
    flow = draft.flow
    shown = [
        ClockShown(
            key, gettext(flow.deadline(key).label), row["due_at"], row["status"], row["provisional"], flow.deadline(key).right
        )
        for key, row in draft.clock_rows.items()
        if row["status"] in OPEN and (row["due_at"] or row["status"] == "paused")
        and not (flow.deadline(key).right and row["due_at"] and row["due_at"] <= now)
    ]
    began = draft.row["registered_at"]
    return sorted(shown, key=lambda c: (c.right, c.key == flow.progress, c.due_at is None, c.due_at or began))


def head_of(draft: Draft, names: Names) -> dict[str, Any]:
    """The head card: colour and why, number, place, kind, phases."""
    row = draft.row
    return {
        "title": title_of(draft),
        "number": row["number"],
        "tier": row["tier"] if draft.flow.tiered or row["tier"] else "",
        "tiered": draft.flow.tiered and not (row["closed_at"] and not row["tier"]),
        "hollow": not row["tier_confirmed"],
        "why": wording.why_tier(row["assessment"], row["tier"]) if row["tier"] else [],
        "beyond": wording.beyond_facts(row["assessment"], row["tier"]) if row["tier_confirmed"] else "",
        "rules": row["rules_version"],
        "about": [
            names.areas.get(row["area_id"], ""), draft.detail.get("place") or "",
            wording.say_category(row["category"]), gettext(draft.flow.label),
        ],
        "phases": wording.rail(draft.view()),
    }  # fmt: skip


def title_of(draft: Draft) -> str:
    """The title of a matter; a request is called by what it asks for."""
    if draft.flow.name == "request":
        asked = REQUEST_KINDS[draft.detail["kind"]]
        return gettext("Request: %(kind)s", kind=gettext(asked.label))
    return str(draft.row["title"] or draft.row["number"] or gettext(draft.flow.label))


def party_facts(party: PartyRow, keys: Keyring, now: datetime, mediated: bool) -> list[tuple[str, str | None]]:
    """What the page says of a party, contacts masked; whether it agrees to mediation only where there may be one."""
    consent = gettext(CONSENTS[party.consent]) if party.consent in CONSENTS else gettext("Not asked yet")
    if party.consent and party.consent_at:
        how = gettext(EVIDENCES.get(party.consent_evidence, party.consent_evidence))
        consent = " · ".join(filter(None, (consent, words.day(party.consent_at, now), how)))
    return [
        (gettext("Telephone"), mask_phone(keys.open(party.phone, "persons.phone")) if party.phone else ""),
        (gettext("Identity number"), mask_id(keys.open(party.id_number, "persons.id_number")) if party.id_number else None),
        (gettext("Address"), gettext("on record") if party.address else None),
        (gettext("Mediation"), consent if mediated or party.consent else None),
        (gettext("Claim"), party.claim or None),
    ]


def sides(parties: Sequence[PartyRow], keys: Keyring, now: datetime, mediated: bool) -> list[dict[str, Any]]:
    """The parties by side, each with its facts."""
    return [
        {
            "id": party.id, "name": party.name, "side": gettext(SIDE_WORDS.get(party.side, party.side)),
            "representative": party.representative, "hidden": party.contact_hidden, "facts": party_facts(party, keys, now, mediated),
            "has_contact": bool(party.phone or party.id_number or party.address), "key": party.side,
            "lacks_consent": mediated and not party.consent and party.side != "reporter",
        }
        for party in sorted(parties, key=lambda p: (list(SIDE_WORDS).index(p.side), not p.representative, p.id))
    ]  # fmt: skip


def duties_of(session: Session, draft: Draft, names: Names, at: datetime, told_by: str | None) -> list[tuple[str, str | None]]:
    """Who is responsible: lead, mediator, patron, and whom the next act waits for since when."""
    row, on = draft.row, local_date(at)
    lead = None
    if row["lead_area_id"] and draft.flow.tiered:
        holders = case_page.post_holders(session, "secretary", row["lead_area_id"], on)
        post = say_post("secretary", names.areas.get(row["lead_area_id"], ""))
        lead = " · ".join((post, gettext(", ").join(holders) if holders else gettext("(vacant)")))
    since = case_page.held_since(session, row["id"])
    holder = say_holder(Duty(row["holder_role"], row["holder_area_id"], None, row["holder_department_id"], row["holder_id"]), names)
    now = gettext("%(holder)s · for %(span)s", holder=holder, span=words.span((at - since).total_seconds())) if since else holder
    handler = " · ".join(filter(None, (names.accounts.get(row["handler_id"], ""), names.teams.get(row["team_id"], ""))))
    return [
        (gettext("Lead secretary"), lead),
        (gettext("Mediator"), handler or (gettext("Nobody yet") if draft.flow.name == "dispute" else None)),
        (gettext("Department in charge"), unit_in_charge(session, draft, names, on)),
        (gettext("Patron"), names.accounts.get(row["patron_id"]) if row["patron_id"] else None),
        (gettext("Waits for"), None if row["closed_at"] else now),
        *typed_for(draft, names, told_by),
    ]


def typed_for(draft: Draft, names: Names, told_by: str | None) -> list[tuple[str, str | None]]:
    """Who told the matter and who typed it, where these are two people. An erased name says so."""
    if told_by is None:
        return []
    typed = names.accounts.get(draft.row["registered_by"], gettext("(unknown)"))
    return [(gettext("Told by"), told_by or gettext("(erased)")), (gettext("Typed by"), typed)]


def say_holder(holder: Duty, names: Names) -> str:
    """A holder: the person with the duty, else the post at its department or place."""
    if holder.role == "closed":
        return gettext("Nobody: closed")
    if holder.account_id:
        name = names.accounts.get(holder.account_id, gettext("(unknown)"))
        return gettext("%(name)s (%(post)s)", name=name, post=say_duty(holder.role))
    if holder.department_id:
        return say_post(holder.role, names.departments.get(holder.department_id, ""))
    return say_post(holder.role, names.areas.get(holder.area_id or 0, ""))


def unit_in_charge(session: Session, draft: Draft, names: Names, on: date) -> str | None:
    """The department in charge with its liaisons, where there is one."""
    department = draft.row["department_id"]
    if department is None:
        return None
    people = case_page.office_holders(session, department, on)
    return " · ".join((names.departments.get(department, ""), gettext(", ").join(people) or gettext("(vacant)")))


def ids_of(draft: Draft, named: Mapping[str, Collection[int]], asked: Sequence[Any] = ()) -> dict[str, set[int]]:
    """Every id the page has to name beside those named already, in one set a kind."""
    row, found = draft.row, wording.ids_named(()) | {kind: set(ids) for kind, ids in named.items()}
    found["accounts"] |= {row[name] for name in ("handler_id", "patron_id", "holder_id", "registered_by") if row[name]}
    found["areas"] |= {row[name] for name in ("area_id", "lead_area_id", "holder_area_id") if row[name]}
    found["teams"] |= {row["team_id"]} if row["team_id"] else set()
    found["departments"] |= {row[name] for name in ("department_id", "holder_department_id") if row[name]}
    for spec, value in recorded(draft):
        if spec.kind in wording.PLURALS and spec.kind != "party":
            found[wording.PLURALS[spec.kind]].add(value)
        if spec.kind in ("accounts", "departments"):
            found[spec.kind].update(value)
    found["areas"] |= {area for *_, area in asked}
    if draft.flow.name == "request":
        found["accounts"] |= {draft.detail["asked_by"]} - {None}
        found["areas"] |= {draft.detail["decider_area_id"]}
        for spec, value in payload_of(draft):
            if spec.kind in wording.PLURALS and spec.kind != "party":
                found[wording.PLURALS[spec.kind]].add(value)
    return found


def recorded(draft: Draft) -> list[tuple[Field, Any]]:
    """What the matter's own table holds that some question asked for, each question once, in the order of the process."""
    asked = {
        spec.name: spec for step in (draft.flow.opens, *draft.flow.steps) for spec in step.asks if spec.into == "detail"
    }
    shown_elsewhere = ("place", "kind") if draft.flow.name in ("dispute", "incoming") else ("place",)
    return [
        (spec, draft.detail[name]) for name, spec in asked.items()
        if name not in shown_elsewhere and draft.detail.get(name) not in (None, "", [], False)
    ]  # fmt: skip


def detail_facts(draft: Draft, names: Names, now: datetime) -> list[tuple[str, str]]:
    """The same in words."""
    if draft.flow.name == "request":
        return []
    return [(gettext(spec.label), say_value(spec, value, names, now)) for spec, value in recorded(draft)]


def matters_shown(cases: Sequence[Any]) -> list[dict[str, Any]]:
    """The matters that belong to this one, as lines."""
    flows = {case.process: WORKFLOWS[case.process] for case in cases}
    return [
        {
            "label": gettext(flows[case.process].label), "number": case.number or "", "title": case.title, "closed": bool(case.closed_at),
            "state": gettext(flows[case.process].state(case.state).label), "url": url_for("cases.show", case_id=case.id),
        }
        for case in cases
    ]  # fmt: skip


def asked_step(draft: Draft) -> Step:
    """The step that a request asks for. Where several processes have one of that name, the one with these questions."""
    name, kind, given = draft.detail["step"], draft.detail["kind"], draft.detail["payload"].keys()
    named = [s for flow in WORKFLOWS.values() for s in flow.steps if (s.name, s.request) == (name, kind)]
    return next((step for step in named if given <= {spec.name for spec in step.asks}), named[0])


def payload_of(draft: Draft) -> list[tuple[Field, Any]]:
    """What a request asks for, question by question."""
    step = asked_step(draft)
    payload = draft.detail["payload"]
    return [(spec, payload[spec.name]) for spec in step.asks if spec.name in payload]


def request_facts(draft: Draft, names: Names, now: datetime) -> list[tuple[str, str]]:
    """A request's own facts: what, why, who asked, who decides."""
    detail = draft.detail
    step = asked_step(draft)
    decider = say_post(detail["decider_role"], names.areas.get(detail["decider_area_id"], ""))
    return [
        (gettext("Step asked for"), gettext(step.label)),
        *((gettext(spec.label), say_value(spec, value, names, now)) for spec, value in payload_of(draft)),
        (gettext("Asked by"), names.accounts.get(detail["asked_by"], "")),
        (gettext("Decided by"), decider),
    ]


def requests_shown(rows: Sequence[Any], names: Names) -> list[dict[str, Any]]:
    """The requests on a case, those that wait for a decision and those decided."""
    states = {state.name: state.label for state in WORKFLOWS["request"].states}
    return [
        {
            "label": gettext(REQUEST_KINDS[kind].label), "at": asked_at, "url": url_for("cases.show", case_id=id),
            "decider": say_post(role, names.areas.get(area, "")), "waits": state == "asked", "state": gettext(states[state]),
        }
        for id, kind, state, asked_at, role, area in rows
    ]  # fmt: skip


def timeline(case_id: int, events: Sequence[EventRow], names: Names, now: datetime, files: Mapping[int, Any]) -> list[dict[str, Any]]:
    """The entries of one page of the timeline, with links to the files they brought."""
    return [
        wording.entry(event, names, now, [(f.name, url_for("cases.file", case_id=case_id, file_id=f.id)) for f in files.get(event.seq, ())])
        for event in events
    ]
