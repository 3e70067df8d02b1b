"""The milestones of legacy cases as rows: what they say in words, and every date they had. Their numbers, dates and
conditions follow the facts of the case (workflows.legacy_plan), in the same transaction."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Milestone
from casemgr.policy import Actor
from casemgr.services.drafts import Draft
from workflows.legacy_plan import OPEN, REPORTED


def write_milestones(session: Session, draft: Draft, seq: int, answers: Mapping[str, Any], actor: Actor) -> None:
    """Bring the rows of a case in line with its plan; the words of a new one come with the answers."""
    rows = {row.number: row for row in milestones_of(session, draft.row["id"])}
    new = "what" in answers
    for one in draft.row["facts"]["milestones"]:
        if row := rows.get(one["number"]):
            follow(row, one, seq, answers)
        elif new:  # of several written at once, each by the answers of its own
            new = False
            session.add(
                Milestone(
                    case_id=draft.row["id"], number=one["number"], what=answers["what"], who=answers["who"],
                    due_on=answers["due_on"], state=OPEN, reached_on=None, earlier=[],
                )
            )  # fmt: skip
    session.flush()


def follow(row: Milestone, one: Mapping[str, Any], seq: int, answers: Mapping[str, Any]) -> None:
    """A row takes over the date and condition of the plan; the date before stays beside it."""
    due_on = date.fromisoformat(one["due_on"])
    if due_on != row.due_on:
        row.earlier = [*row.earlier, {"on": row.due_on.isoformat(), "seq": seq}]
        row.due_on = due_on
    if one["state"] != row.state:
        row.reached_on = answers.get("reached_on") if one["state"] == REPORTED else None if one["state"] == OPEN else row.reached_on
        row.state = one["state"]


def milestones_of(session: Session, case_id: int) -> list[Milestone]:
    """The milestones of a case in the order of its plan, dropped ones too."""
    return list(session.scalars(select(Milestone).where(Milestone.case_id == case_id).order_by(Milestone.number)))
