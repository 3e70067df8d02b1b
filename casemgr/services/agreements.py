"""The agreement of a case while it is being written: kept as often as anybody likes, by whoever may record it signed.

It decides nothing: the matter moves when the signed paper is recorded (step agree_written).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.errors import Invalid, NotAllowed, Refused, Sentence
from casemgr.models import Agreement
from casemgr.policy import Actor
from casemgr.services.answers import TOO_LONG
from workflows import WORKFLOWS
from workflows.asks import LONG
from workflows.clauses import packaged
from workflows.view import CaseView, Reason

STEP = WORKFLOWS["dispute"].step("agree_written")
MOST_CLAUSES, LONGEST_VALUE, MOST_COPIES = 60, 1000, 30


@dataclass(frozen=True, slots=True)
class Content:
    """What an agreement says: facts and issues, clauses as {"key": block, "values": {blank: as typed}}, way and place of
    performance, the day by which it is performed, copies."""

    issues: str = ""
    clauses: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    perform_how: str = ""
    perform_on: date | None = None
    copies: int = 3


def may_write(actor: Actor, view: CaseView) -> bool:
    """Whether the actor may write the agreement now: the matter is in mediation, and he may record it signed."""
    return view.process == "dispute" and view.state in STEP.source and policy.may_take(actor, STEP, view)


def keep_agreement(session: Session, view: CaseView, content: Content, *, actor: Actor, at: datetime) -> Agreement:
    """Keep it as it stands, gaps and all. Raises NotAllowed, Refused (not in mediation), Invalid (too long)."""
    if view.process != "dispute" or not policy.may_take(actor, STEP, view) or actor.account_id is None:
        raise NotAllowed()
    if view.state not in STEP.source:
        raise Refused(Reason("wrong_state"))
    refuse_too_long(content)
    row = session.get(Agreement, view.id) or Agreement(case_id=view.id)
    row.issues, row.perform_how, row.perform_on = content.issues, content.perform_how, content.perform_on
    row.clauses = [known(clause) for clause in content.clauses if clause["key"] in packaged()]
    row.copies = min(max(content.copies, 1), MOST_COPIES)
    row.written_by, row.written_at = actor.account_id, at
    session.add(row)
    session.flush()
    return row


def known(clause: Mapping[str, Any]) -> dict[str, Any]:
    """A clause with the blanks of its block, and nothing else."""
    names = [blank.name for blank in packaged()[clause["key"]].blanks]
    return {"key": clause["key"], "values": {name: str(clause["values"].get(name, "")) for name in names}}


def refuse_too_long(content: Content) -> None:
    """Raise Invalid for what no paper takes."""
    faults = {
        name: [Sentence(TOO_LONG, maximum=LONG)]
        for name, text in (("issues", content.issues), ("perform_how", content.perform_how))
        if len(text) > LONG
    }
    longest = max((len(str(v)) for clause in content.clauses for v in clause["values"].values()), default=0)
    if longest > LONGEST_VALUE or len(content.clauses) > MOST_CLAUSES:
        faults["clauses"] = [Sentence(TOO_LONG, maximum=LONGEST_VALUE)]
    if faults:
        raise Invalid(faults)
