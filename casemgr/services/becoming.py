"""What a matter becomes: another matter of a process that takes such things in, linked by its parent.

An incoming item, or an event of a grid, is the parent; what it already says answers those of the first questions of the
new matter that carry the same names. Who may do it, and what becomes of the parent, is for the services of the parent.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm import Session

from casemgr.models import Case
from casemgr.policy import Actor
from casemgr.services.cases import Seed, Taken, open_cases
from casemgr.services.drafts import load_drafts
from casemgr.services.opening import OPENINGS
from casemgr.services.reporters import carry_reporters
from workflows import WORKFLOWS

FOUND_BY = {"hotline": "hotline", "petition": "petition", "grid": "inspection", "mailbox": "report", "visit": "application", "door": "report"}
KINDS: Mapping[str, Mapping[str, str]] = {  # process -> what an item is -> what kind of such a matter that is
    "order": {"service_request": "help", "consultation": "consultation", "suggestion": "suggestion", "": "complaint"},
    "petition": {"report_of_wrongdoing": "accusation", "suggestion": "advice", "": "claim"},
    "event": {"": "other"},
}


def seed_of(case: Case, process: str, known: Mapping[str, Any], *, kind: str = "", facts: Mapping[str, Any]) -> Seed:
    """The seed of the matter that a case becomes. `known` are its own answers by name, `kind` what the item was said to be."""
    asked = {spec.name for spec in WORKFLOWS[process].opens.asks}
    kinds = KINDS.get(process, {})
    area_id = int(known.get("area_id") or case.area_id)
    answers = {
        "text": case.text, "title": case.title, "channel": case.channel, "confidential": case.confidential,
        "found_by": FOUND_BY.get(case.channel, "report"), "kind": kinds.get(kind) or kinds.get(""),
    } | {name: value for name, value in known.items() if value not in (None, "")} | {"area_id": area_id}  # fmt: skip
    data = {name: value for name, value in answers.items() if name in asked and value is not None}
    tiered = WORKFLOWS[process].tiered
    return Seed(
        area_id, data=data, facts=facts if tiered else {}, parent_id=case.id, history=case.history, confidential=case.confidential
    )


def become(
    session: Session, process: str, seeds: Sequence[Seed], *, actor: Actor, at: datetime
) -> list[Taken]:
    """Open what these seeds say, each on its parent, whose reporters are its own. Raises what opening raises."""
    how = OPENINGS.get(process)
    if how is None:
        made = open_cases(session, process, seeds, actor=actor, at=at)
    else:
        parents = load_drafts(session, [seed.parent_id for seed in seeds if seed.parent_id])
        made = [how(session, seed.data, parents[seed.parent_id or 0], actor, at) for seed in seeds]
    carry_reporters(session, {seed.parent_id: taken.case_id for seed, taken in zip(seeds, made, strict=True) if seed.parent_id}, at=at)
    return made


def link(session: Session, table: Table, became: Mapping[int, int]) -> None:
    """Remember on each case what it became; `table` is that of its process."""
    if became:
        statement = update(table).where(table.c.case_id == bindparam("case")).values(became_id=bindparam("became"))
        session.execute(statement, [{"case": id, "became": made} for id, made in became.items()])
