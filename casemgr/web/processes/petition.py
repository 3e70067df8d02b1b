"""What the page of a petition shows besides: earlier ones in the same matter, how many came, whom an accusation is kept from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Case
from casemgr.policy import Actor, visible
from casemgr.queries.case_page import load_names
from casemgr.services.drafts import Draft
from casemgr.services.petitions import Earlier, same_before
from workflows import WORKFLOWS
from workflows.petition_guards import LIMITS

OVER = "ended"


def card(session: Session, draft: Draft, actor: Actor, at: datetime) -> Mapping[str, Any]:
    """The context of the card."""
    earlier = same_before(session, draft.row["id"], actor)
    return {
        "earlier": lines_of(session, earlier, actor), "locked": is_locked(draft, earlier), "came": came(draft),
        "kept_from": kept_from(session, draft),
    }  # fmt: skip


def is_locked(draft: Draft, earlier: Sequence[Earlier]) -> bool:
    """Whether the same facts and reasons have ended for good, and it waits for acceptance."""
    waits = draft.row["state"] in ("received", "with_organ", "objected")
    return waits and not draft.row["facts"].get("new_facts") and any(one.state == OVER for one in earlier)


def lines_of(session: Session, earlier: Sequence[Earlier], actor: Actor) -> list[dict[str, Any]]:
    """Earlier matters as lines; one that lies out of the actor's sight has its number alone."""
    ids = [one.id for one in earlier]
    seen = set(session.scalars(select(Case.id).where(Case.id.in_(ids), visible(actor)))) if ids else set()
    return [
        {
            "number": one.number, "title": one.title if one.id in seen else "", "at": one.registered_at,
            "state": gettext(WORKFLOWS[one.process].state(one.state).label), "label": gettext(WORKFLOWS[one.process].label),
            "url": url_for("cases.show", case_id=one.id) if one.id in seen else None,
        }
        for one in earlier
    ]  # fmt: skip


def came(draft: Draft) -> Mapping[str, Any] | None:
    """How many came and who speaks for them; nothing for a single petitioner."""
    count = draft.detail["visitors"] or 0
    if count < 2:
        return None
    collective = draft.limits.get("petition_collective", LIMITS["petition_collective"])
    speaking = sum(party.representative for party in draft.parties)
    return {"count": count, "collective": count >= collective, "speaking": speaking}


def kept_from(session: Session, draft: Draft) -> list[str]:
    """The names of those it is kept from."""
    if not draft.barred:
        return []
    accounts, departments, areas = (sorted(id for what, id in draft.barred if what == kind) for kind in ("account", "department", "area"))
    names = load_names(session, accounts=accounts, departments=departments, areas=areas)
    return [
        *(names.accounts[id] for id in accounts), *(names.departments[id] for id in departments),
        *(gettext("everybody with a post at %(place)s", place=names.areas[id]) for id in areas),
    ]  # fmt: skip
