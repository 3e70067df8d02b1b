"""What the page of a grid event shows besides: where it was handled, and what it became."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Case
from casemgr.policy import Actor, visible
from casemgr.services.drafts import Draft
from workflows import WORKFLOWS

HANDLED = {"grid": "At the grid", "community": "At the community", "unit": "At a department"}


def card(session: Session, draft: Draft, actor: Actor, at: datetime) -> Mapping[str, Any]:
    """Where it was handled, as the share of events closed at grid and community counts it, and the matter it became."""
    by, became = draft.detail["closed_by"], draft.detail["became_id"]
    where = gettext(HANDLED[by]) if by else None
    found = session.scalar(select(Case).where(Case.id == became, visible(actor))) if became else None
    return {
        "facts": [(gettext("Handled"), where), (gettext("Settled"), gettext("at once, on the spot") if draft.detail["on_the_spot"] else None)],
        "became": found, "kind": gettext(WORKFLOWS[found.process].label) if found else "",
    }  # fmt: skip
