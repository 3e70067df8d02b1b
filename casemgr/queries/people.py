"""People who are known already, by the beginning of their name: only those the reader may know, contacts still sealed."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr.keys import Keyring, mask_phone
from casemgr.models import Area, Case, Party, Person
from casemgr.policy import Actor, knows_party, visible

MOST = 6
LOOKED_AT = 2000  # people of that name, the newest on record: a common family name is narrowed by its second character


@dataclass(frozen=True, slots=True)
class Known:
    """A person on record, with the place of the newest matter that the reader sees them in."""

    id: int
    name: str
    phone: bytes | None
    place: str

    def open_phone(self, keys: Keyring) -> str:
        """The whole number, "" where none is on record."""
        return keys.open(self.phone, "persons.phone") if self.phone else ""

    def masked_phone(self, keys: Keyring) -> str:
        """The number as a list may show it."""
        return mask_phone(self.open_phone(keys)) if self.phone else ""


def known_people(session: Session, actor: Actor, beginning: str, limit: int = MOST) -> list[Known]:
    """The people whose name begins so, those of the newest matters first; at most `limit`. Nobody for an empty name."""
    if not beginning.strip():
        return []
    named = select(Person.id).where(Person.name.startswith(beginning.strip(), autoescape=True))
    return known_where(session, actor, Person.id.in_(named.order_by(Person.id.desc()).limit(LOOKED_AT)), limit)


def find_known(session: Session, actor: Actor, person_id: int) -> Known | None:
    """One person by id, if the actor may know who it is."""
    return next(iter(known_where(session, actor, Person.id == person_id, 1)), None)


def known_where(session: Session, actor: Actor, condition: object, limit: int) -> list[Known]:
    """The people for whom the condition holds, each with their newest matter that is seen: two queries."""
    newest = func.max(Party.case_id).label("case_id")
    seen = (
        select(Person.id, newest)
        .join(Party, Party.person_id == Person.id)
        .join(Case, Case.id == Party.case_id)
        .where(condition, visible(actor), knows_party(actor))  # type: ignore[arg-type]
        .group_by(Person.id)
        .order_by(newest.desc())
        .limit(limit)
        .subquery()
    )
    query = (
        select(Person.id, Person.name, Person.phone, Area.name)
        .join(seen, seen.c.id == Person.id)
        .join(Case, Case.id == seen.c.case_id)
        .join(Area, Area.id == Case.area_id)
        .order_by(seen.c.case_id.desc())
    )
    return [Known(*row) for row in session.execute(query)]
