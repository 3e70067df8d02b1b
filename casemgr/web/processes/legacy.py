"""The cards of a legacy case: its plan, the policies then and now, the years before."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from casemgr.models import Milestone
from casemgr.policy import Actor
from casemgr.queries.case_page import EventRow, events_of, files_of
from casemgr.services.drafts import Draft
from casemgr.services.history import past_of, written
from casemgr.services.milestones import milestones_of
from casemgr.web import words
from workflows.guards import local_date
from workflows.legacy_plan import CHECKED, DROPPED, OPEN, REMOVED, REPORTED

SHOWN = 4  # of the years before, on the card
MOST = 500  # entries looked through for plan and policies
TOLD = ("legacy.plan_submitted", "legacy.policy_recorded", "legacy.policies_compared")
CONDITIONS = {
    OPEN: _l("To be reached"), REPORTED: _l("Reported, to be checked"), CHECKED: _l("Reached and checked"), DROPPED: _l("Dropped"),
}  # fmt: skip
LATE = _l("Overdue")
ERAS = {"then": _l("Policy at the time"), "now": _l("Policy now")}


def card(session: Session, draft: Draft, actor: Actor, at: datetime) -> Mapping[str, Any]:
    """What templates/processes/legacy.html shows."""
    id = draft.row["id"]
    told = events_of(session, id, kinds=TOLD, limit=MOST)
    years = years_of(session, id, at)
    return {
        "milestones": [milestone_shown(row, draft, at) for row in milestones_of(session, id) if row.state != REMOVED],
        "plan": latest(told, "legacy.plan_submitted", "plan"), "policies": policies_shown(session, draft, told, at),
        "difference": latest(told, "legacy.policies_compared", "difference"),
        "years": years[:SHOWN], "years_count": len(years), "years_url": url_for("history.show", case_id=id),
        "no_patron": draft.row["state"] == "listed" and not draft.row["patron_id"],
        "by_district": draft.row["state"] in ("plan_submitted", "result") and actor.account_id == draft.row["patron_id"],
    }  # fmt: skip


def milestone_shown(row: Milestone, draft: Draft, at: datetime) -> dict[str, Any]:
    """One milestone as a line. Nothing is late while the case is shelved."""
    late = row.state == OPEN and row.due_on < local_date(at) and not draft.state.pauses and not draft.state.closed
    return {
        "number": row.number, "what": row.what, "who": row.who, "due_on": row.due_on, "state": row.state, "late": late,
        "condition": str(LATE if late else CONDITIONS[row.state]), "reached_on": row.reached_on,
        "earlier": [words.day(date.fromisoformat(one["on"]), at) for one in row.earlier],
    }  # fmt: skip


def latest(told: Sequence[EventRow], kind: str, name: str) -> str:
    """What was said last in that answer, or nothing."""
    return next((event.words.get(name) or gettext("(erased)") for event in told if event.kind == kind), "")


def policies_shown(session: Session, draft: Draft, told: Sequence[EventRow], at: datetime) -> list[dict[str, Any]]:
    """The policies of each era, the older first, with their papers; those struck out are left out."""
    recorded = [event for event in reversed(told) if event.kind == "legacy.policy_recorded"]
    struck = set(draft.row["facts"].get("policies_struck", ()))
    papers = {file.seq: (file.name, url_for("cases.file", case_id=draft.row["id"], file_id=file.id)) for file in files_of(session, draft.row["id"])}
    found: dict[str, list[dict[str, Any]]] = {era: [] for era in ERAS}
    for number, event in enumerate(recorded, start=1):
        if number not in struck:
            found[event.data["answers"]["era"]].append(policy_shown(number, event, papers.get(event.seq), at))
    if not any(found.values()):
        return []
    return [{"era": str(label), "rows": sorted(found[era], key=lambda one: one["issued"])} for era, label in ERAS.items()]


def policy_shown(number: int, event: EventRow, paper: tuple[str, str] | None, at: datetime) -> dict[str, Any]:
    """One policy: its number on the page, name, number, date, wording and paper. Erased words say so."""
    issued = event.data["answers"].get("issued_on", "")
    name = event.words.get("name") or gettext("(erased)")
    return {
        "number": number, "name": name, "paper_number": event.words.get("number") or "", "issued": issued,
        "issued_words": words.day(date.fromisoformat(issued), at) if issued else "",
        "wording": event.words.get("wording") or gettext("(erased)"), "paper": paper,
    }  # fmt: skip


def years_of(session: Session, case_id: int, at: datetime) -> list[dict[str, Any]]:
    """What happened in the years before, the oldest first; of one day in the order it was written."""
    events = sorted(written(session, case_id), key=lambda event: (event.data["answers"]["happened_on"], event.seq))
    papers = {file.seq: (file.name, url_for("cases.file", case_id=case_id, file_id=file.id)) for file in files_of(session, case_id)}
    return [year_shown(event, papers.get(event.seq), at) for event in events]


def year_shown(event: EventRow, paper: tuple[str, str] | None, at: datetime) -> dict[str, Any]:
    """One entry with its date as exactly as it is known."""
    past = past_of(event)
    return {
        "when": say_when(past.happened_on, past.exact, at), "iso": past.happened_on.isoformat(), "what": past.what or gettext("(erased)"),
        "about": gettext(" · ").join(filter(None, (past.who, past.paper_number))), "besides": past.besides, "paper": paper,
    }  # fmt: skip


def say_when(day: date, exact: str, at: datetime) -> str:
    """A date to the day, the month or the year."""
    if exact == "year":
        return gettext("Year %(year)s", year=day.year)
    return words.month(day) if exact == "month" else words.day(day, at)
