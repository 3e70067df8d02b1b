"""What the page of a hotline order shows besides: how often it went to and fro, what is known of the same."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Case, Order
from casemgr.policy import Actor, visible
from casemgr.services.drafts import Draft
from workflows.order import ORDER

MOST = 5


def card(session: Session, draft: Draft, actor: Actor, at: datetime) -> Mapping[str, Any]:
    """Counts, and other matters the actor may see: the known one, and orders of the same outside number."""
    told = draft.detail
    counts = [
        (gettext("Passed on"), told["units"] if told["units"] > 1 else None), (gettext("Redone"), told["redos"] or None),
        (gettext("In charge by decision"), gettext("Yes") if told["fixed"] else None),
        (gettext("In the rates"), gettext("No: left out by the centre") if told["left_out"] else None),
        (gettext("Part of"), gettext("an order led by another department") if told["helping"] else None),
    ]  # fmt: skip
    return {
        "counts": [pair for pair in counts if pair[1]], "problem": told["problem"],
        "known": others(session, actor, Case.id == told["known_id"]) if told["known_id"] else [],
        "twins": twins_of(session, draft, actor), "state_of": state_of,
    }  # fmt: skip


def twins_of(session: Session, draft: Draft, actor: Actor) -> list[Case]:
    """Other orders of the same outside number."""
    number = draft.detail["external_number"]
    if not number:
        return []
    same = select(Order.case_id).where(Order.external_number == number, Order.case_id != draft.row["id"])
    return others(session, actor, Case.id.in_(same))


def others(session: Session, actor: Actor, condition: Any) -> list[Case]:
    """A few other matters that the actor sees."""
    return list(session.scalars(select(Case).where(condition, visible(actor)).order_by(Case.id).limit(MOST)))


def state_of(case: Case) -> str:
    """The state of an order in words; nothing for a matter of another process."""
    return gettext(ORDER.state(case.state).label) if case.process == ORDER.name else ""
