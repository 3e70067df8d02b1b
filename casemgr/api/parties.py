"""The parties of a matter, their contacts masked; the full contact of one, with a reason that is put on record."""

from datetime import datetime
from typing import Annotated

from flask import g
from pydantic import BaseModel, StringConstraints

from casemgr import policy
from casemgr.api.cases import CASE, tag_in
from casemgr.api.operations import Answer, Strict, operation
from casemgr.keys import mask_id, mask_phone
from casemgr.queries import case_page
from casemgr.queries.case_page import PartyRow
from casemgr.services.unmasking import unmask
from casemgr.web.matters.cases import get_draft
from workflows.asks import REASON

PARTY = f"{CASE}/parties/<int:party_id>"


class PartyShown(BaseModel):
    """A party. Phone and identity number are masked; an address is only said to be known."""

    id: int
    side: str
    name: str
    kind: str
    representative: bool
    claim: str
    consent: str
    consent_at: datetime | None
    contact_hidden: bool
    phone: str
    id_number: str
    has_address: bool


class PartiesShown(BaseModel):
    """The parties in the order they were added. `may_unmask`: this post may ask for a full contact."""

    items: list[PartyShown]
    may_unmask: bool


class WhyUnmask(Strict):
    """Why the full contact is needed."""

    reason: Annotated[str, StringConstraints(min_length=REASON.minimum, max_length=REASON.maximum)]


class Contact(BaseModel):
    """The full contact of a party, as far as known."""

    phone: str = ""
    id_number: str = ""
    address: str = ""


@operation("GET", f"{CASE}/parties", act="work", shows=PartiesShown, tagged=True)
def list_parties(case_id: int) -> Answer[PartiesShown]:
    """The parties of a matter, contacts masked."""
    draft = get_draft(case_id)
    items = [shown(party) for party in case_page.parties_of(g.session, case_id)]
    return Answer(PartiesShown(items=items, may_unmask=policy.may(g.actor, "unmask", draft.view())), tag=tag_in(draft))


def shown(party: PartyRow) -> PartyShown:
    """A party with what may be seen of its contact."""
    keys = g.session.info["keys"]
    same = ("id", "side", "name", "kind", "representative", "claim", "consent", "consent_at", "contact_hidden")
    return PartyShown(
        **{name: getattr(party, name) for name in same},
        phone=mask_phone(keys.open(party.phone, "persons.phone")) if party.phone else "",
        id_number=mask_id(keys.open(party.id_number, "persons.id_number")) if party.id_number else "",
        has_address=party.address is not None,
    )


@operation("POST", f"{PARTY}/unmask", act="work", shows=Contact, body=WhyUnmask, keyed=False, problems=(409, 422))
def show_contact(case_id: int, party_id: int, body: WhyUnmask) -> Contact:
    """The full contact of a party. The look and its reason become an entry of the trail; each time anew."""
    get_draft(case_id)
    return Contact(**unmask(g.session, case_id, party_id, body.reason, actor=g.actor, at=g.at))
