"""Looking at what is hidden: a party's full contact, and confidential matters. Each look is on record with its reason."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.errors import Invalid, NotAllowed, NotFound
from casemgr.models import Party, Person, Reading
from casemgr.policy import Actor
from casemgr.services.answers import MISSING
from casemgr.services.books import load_books
from casemgr.services.drafts import load_drafts
from casemgr.services.moves import chain
from casemgr.services.writing import write

SEALED = ("phone", "id_number", "address")
READ = ("case", "file", "paper", "contact", "sealed", "export", "person")  # what a look was at


def unmask(session: Session, case_id: int, party_id: int, reason: str, *, actor: Actor, at: datetime) -> Mapping[str, str]:
    """The full phone, identity number and address of a party, as far as known; the look becomes an event of the case.

    Raises NotFound, NotAllowed, or Invalid without a reason.
    """
    draft = load_drafts(session, [case_id]).get(case_id)
    if draft is None or party_id not in {party.id for party in draft.parties}:
        raise NotFound()
    if not policy.may(actor, "unmask", draft.view()):
        raise NotAllowed()
    actor = policy.wearing(actor, policy.CASE_ACTS["unmask"], draft.view())
    if not reason.strip():
        raise Invalid({"reason": [MISSING]})
    at = max(at, draft.row["trail_at"])
    chain(draft, "case.unmasked", {"party": party_id}, {"reason": reason.strip()}, actor, at)
    write(session, [draft], actor, load_books(session))
    note_reading(session, case_id, "contact", reason.strip(), actor=actor, at=at)
    return contacts_of(session, party_id)


def contacts_of(session: Session, party_id: int) -> dict[str, str]:
    """The contacts of a party, opened."""
    person = session.scalars(select(Person).join(Party, Party.person_id == Person.id).where(Party.id == party_id)).one()
    sealed = {name: getattr(person, name) for name in SEALED}
    return {name: session.info["keys"].open(value, f"persons.{name}") for name, value in sealed.items() if value}


def note_reading(
    session: Session, case_id: int, what: str, reason: str = "", *, actor: Actor, at: datetime, about: str = ""
) -> None:
    """Keep who looked at what (one of READ), and why. Without a single matter `case_id` is 0 and `about` names it in codes."""
    session.add(Reading(account_id=actor.account_id, case_id=case_id, what=what, reason=reason, about=about, at=at))
    session.flush()
