"""Legacy cases made from the rows of an old list, each row once. What happens to them afterwards goes through the door."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Case, LegacyCase
from casemgr.policy import Actor
from casemgr.services.cases import Seed, Taken, open_cases
from casemgr.services.incoming import Message
from casemgr.services.reporters import add_reporters
from workflows.guards import local_date


def open_listed(
    session: Session, messages: Sequence[Message], *, actor: Actor, at: datetime, history: bool = False
) -> list[Taken]:
    """Propose a case for each message, all or none; the caller has left out known keys. `history`: no rungs, no notices
    until the street puts it on its list."""
    taken = open_cases(session, "legacy", [seed_of(message, history) for message in messages], actor=actor, at=at)
    told = [(t.case_id, m.reporter, m.hidden) for t, m in zip(taken, messages, strict=True)]
    add_reporters(session, told, at=at)
    return taken


def seed_of(message: Message, history: bool) -> Seed:
    """The case as the house opens it: the message's own time says in which year it began."""
    data = {"text": message.text or message.title, "title": message.title, "area_id": message.area_id, "place": message.place}
    if message.sent_at:
        data["since_year"] = local_date(message.sent_at).year
    outside = {"number": message.external_number} if message.external_number else {}
    extra = {"key": message.key, "origin": dict(message.origin) | outside}
    return Seed(message.area_id, data=data, extra=extra, facts=message.facts, history=history)


def known_legacy(session: Session, keys: Collection[str]) -> dict[str, tuple[int, str]]:
    """Those of the keys whose case is there already, with its id and number."""
    query = select(LegacyCase.key, Case.id, Case.number).join(Case, Case.id == LegacyCase.case_id).where(LegacyCase.key.in_(keys))
    return {key or "": (case_id, number or "") for key, case_id, number in session.execute(query)}
