"""The entries of a legacy case that a paper is made for, with their words by the names of legacy_forms.toml."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from casemgr.documents.casefile import CaseFile, say_day
from casemgr.models import Milestone
from casemgr.queries.case_page import EventRow
from casemgr.services.milestones import milestones_of
from workflows.legacy_plan import GONE

KINDS = {"leg_result": ("legacy.acceptance_asked",)}
NAMES = ("since_year", "listed_on", "patron", "unit", "milestones")  # of every legacy case


def legacy_values(session: Session, file: CaseFile) -> dict[str, str]:
    """What its paper may name; empty for other matters."""
    row = file.draft.row
    if file.draft.flow.name != "legacy":
        return dict.fromkeys(NAMES, "")
    year = file.draft.detail["since_year"]
    return {
        "since_year": f"{year}年" if year else "", "listed_on": say_day(row["accepted_at"]),
        "patron": file.names.accounts.get(row["patron_id"] or 0, ""), "unit": file.names.departments.get(row["department_id"] or 0, ""),
        "milestones": "\n".join(said(one) for one in milestones_of(session, file.id) if one.state not in GONE),
    }  # fmt: skip


def said(one: Milestone) -> str:
    """A milestone on one line."""
    reached = f"，{say_day(one.reached_on)}完成" if one.reached_on else ""
    return f"{one.number}. {one.what}（{one.who}，时限{say_day(one.due_on)}{reached}）"


def result_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """What was reported when acceptance was asked for."""
    return {"leg_result": given.get("result", ""), "leg_told": given.get("told", "")}


READERS = {"leg_result": result_values}
