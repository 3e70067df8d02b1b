"""Matters that some people must know nothing of, of every kind of secrecy, each with a sign of its own in everything that can be
written about it: title, words, place, names, file and its content, notice. A sign in an answer is a leak.

A sign is the third of three rare characters that always stand together: whoever looks for the first two and gets an echo of
his own words has not seen the third.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.models import Attachment, Case, Notice, Party, Request
from casemgr.policy import Actor
from casemgr.services import joint
from casemgr.services.cases import take_step
from casemgr.services.files import store
from casemgr.services.opening import open_matter
from casemgr.services.requests import ask
from casemgr.services.steps import take
from tests.world import World

ASKED = "鹮鸺"  # what is looked for
SIGNS = "鹠鹡鹢鹣鹤鹥鹦鹧"
KINDS = ("other_street", "confidential", "accusation", "joined", "known", "parent", "closed")


@dataclass
class Hidden:
    """The planted matters by kind, the ids that belong to them, and the sign of each case id."""

    cases: dict[str, int] = field(default_factory=dict)
    signs: dict[int, str] = field(default_factory=dict)
    belongs: dict[int, dict[str, int]] = field(default_factory=dict)  # case -> party_id, file_id, notice_id, person_id

    def unseen(self, session: Session, actor: Actor) -> dict[int, str]:
        """The planted matters that this person must not know of, with their signs."""
        seen = set(session.scalars(select(Case.id).where(Case.id.in_(list(self.signs)), policy.visible(actor))))
        return {id: sign for id, sign in self.signs.items() if id not in seen}


def plant(session: Session, world: World) -> Hidden:
    """Plant them all, uncommitted."""
    made = Hidden()
    for kind, sign in zip(KINDS, SIGNS, strict=False):
        case_id = MAKERS[kind](session, world, ASKED + sign, made)
        made.cases[kind], made.signs[case_id] = case_id, sign
        made.belongs[case_id] = furnish(session, world, case_id, ASKED + sign, kind)
    for child in session.scalars(select(Request.case_id).join(Case, Case.id == Request.case_id).where(Case.parent_id.in_(list(made.signs)))):
        made.signs.setdefault(child, made.signs[session.get(Case, child).parent_id])  # type: ignore[union-attr]
    return made


def dispute(session: Session, world: World, who: str, grid: str, words: str, **data: Any) -> int:
    """An accepted dispute whose words carry the sign."""
    text = f"{words}两家为{words}争执不下"
    return world.open_dispute(session, who, grid, text, title=f"{words}的事", place=f"{words}小区", **data).case_id


def other_street(session: Session, world: World, words: str, made: Hidden) -> int:
    """Open, in another street."""
    case_id = dispute(session, world, "worker_c1", "grid_c1", words)
    take_step(session, case_id, "accept", actor=world.actor(session, "head_c"), at=world.at, data={"category": "0201"})
    return case_id


def confidential(session: Session, world: World, words: str, made: Hidden) -> int:
    """Confidential, in a community of the street."""
    return dispute(session, world, "head_b", "grid_b1", words, confidential=True)


def accusation(session: Session, world: World, words: str, made: Hidden) -> int:
    """Names a worker and a secretary of the street."""
    answers = {
        "text": f"{words}收受礼金", "area_id": world.areas["grid_a1"].id, "kind": "accusation", "name": f"{words}某", "visitors": 1,
        "accused": [world.accounts[who].id for who in ("worker_a1", "secretary_a", "liaison_a")],
    }  # fmt: skip
    return open_matter(session, "petition", answers, actor=world.actor(session, "street_petition_officer_a"), at=world.at).case_id


def accepted(session: Session, world: World, words: str) -> int:
    """In work, to be joined to the next one."""
    case_id = dispute(session, world, "worker_d1", "grid_d1", words)
    take_step(session, case_id, "accept", actor=world.actor(session, "head_d"), at=world.at, data={"category": "0201"})
    return case_id


def known(session: Session, world: World, words: str, made: Hidden) -> int:
    """The known matter of two that were joined; the other is planted just before it."""
    case_id = dispute(session, world, "worker_d1", "grid_d1", words)
    first = made.cases["joined"]
    number = session.get_one(Case, case_id).number
    joint.join(session, first, number, words, actor=world.actor(session, "street_operator_b"), at=world.at)
    return case_id


def parent(session: Session, world: World, words: str, made: Hidden) -> int:
    """One that a request hangs on."""
    case_id = dispute(session, world, "worker_c2", "grid_c2", words)
    head = world.actor(session, "head_c")
    take_step(session, case_id, "accept", actor=head, at=world.at, data={"category": "0201"})
    ask(session, case_id, "transfer", "move_up", {"reason": words * 3}, words * 3, actor=head, at=world.at)
    return case_id


def closed(session: Session, world: World, words: str, made: Hidden) -> int:
    """One that was refused at once."""
    return dispute(session, world, "worker_d2", "grid_d2", words)


MAKERS = {
    "other_street": other_street, "confidential": confidential, "accusation": accusation,
    "joined": lambda session, world, words, made: accepted(session, world, words),
    "known": known, "parent": parent, "closed": closed,
}  # fmt: skip


def furnish(session: Session, world: World, case_id: int, words: str, kind: str) -> dict[str, int]:
    """A party, a file and a notice of a matter, all with its sign."""
    row = session.get_one(Case, case_id)
    by: Any = {"actor": world.actor(session, world_handler(world, row)), "at": world.at}
    if row.process == "dispute":
        take(session, case_id, "add_party", {"side": "applicant", "name": f"{words}某", "phone": "13700001234", "address": f"{words}路"}, **by)
    file = store(session.info["files"], io.BytesIO(f"%PDF-1.4 {words}".encode()), f"{words}.pdf", limit=10_000)
    take(session, case_id, "attach", {"file": file, "caption": words}, **by)
    party = session.scalars(select(Party).where(Party.case_id == case_id).limit(1)).first()
    found = {"file_id": session.scalars(select(Attachment.id).where(Attachment.case_id == case_id)).first() or 0}
    notice = session.scalars(select(Notice.id).where(Notice.case_id == case_id)).first()
    found |= {"notice_id": notice} if notice else {}
    return found | ({"party_id": party.id, "person_id": party.person_id or 0} if party else {})


def world_handler(world: World, row: Case) -> str:
    """Somebody who may work on it."""
    if row.process == "petition":
        return "street_petition_officer_a"
    grids = {world.areas[f"grid_{letter}{n}"].id: letter for letter in "abcd" for n in (1, 2)}
    return f"head_{grids[row.area_id]}"


def leaks(text: str, unseen: dict[int, str]) -> Iterator[int]:
    """The matters whose sign stands in an answer."""
    yield from (id for id, sign in unseen.items() if sign in text)
