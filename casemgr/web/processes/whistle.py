"""What the page of a whistle shows besides: the departments called, how far each is, how both sides appraised."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.policy import Actor
from casemgr.queries.whistles import Called, calls_of, units_named
from casemgr.services.drafts import Draft
from workflows.call import CALL
from workflows.model import Workflow
from workflows.whistle_asks import KINDS, PARTS, RESULTS, RIGHTLY

WORDS = {choice.value: choice.label for some in (KINDS, PARTS, RESULTS, RIGHTLY) for choice in some}


def card(session: Session, draft: Draft, actor: Actor, at: datetime) -> Mapping[str, Any]:
    """The calls the actor may see; before they are made, the units the whistle names. Who may, says what is not solved."""
    may = draft.row["state"] == "answered" and policy.may_take(actor, draft.flow.step("not_solved"), draft.view())
    calls = calls_of(session, actor, [draft.row["id"]])
    return {"calls": calls, "units": units_named(session, draft.row["id"]), "may_send_back": may, **call_words()}


def call_words() -> Mapping[str, Any]:
    """What the templates of calls ask for."""
    return {"state_of": state_of, "clock_of": clock_of, "said": said}


def state_of(call: Called) -> str:
    """How far a department is."""
    return gettext(CALL.state(call.state).label)


def clock_of(call: Called) -> Mapping[str, Any] | None:
    """What falls due next on a call, as the macro `clock` takes it."""
    return due_next(CALL, call.next_due_key, call.next_due_at)


def due_next(flow: Workflow, key: str, due_at: datetime | None) -> Mapping[str, Any] | None:
    """What falls due next on a line, as the macro `clock` takes it; None where nothing runs."""
    return {"label": gettext(flow.deadline(key).label), "due_at": due_at, "status": "running", "provisional": False} if key else None


def said(code: str) -> str:
    """A part, a kind, a result or an appraisal in words; nothing for nothing."""
    return gettext(WORDS[code]) if code else ""
