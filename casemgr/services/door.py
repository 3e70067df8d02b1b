"""What is done at the residents' door: a report without an account, and what the person whose matter it is adds to it.

Every change is a step of the process, taken by an actor of kind "resident" who has the matters of his code and no others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.errors import NotFound, Refused
from casemgr.models import Case, DoorCode, DoorWord, Party
from casemgr.policy import Actor
from casemgr.queries.door import way_of
from casemgr.services import door_codes, incoming
from casemgr.services.cases import Taken, take_step
from casemgr.services.door_codes import REPORT, Visit
from casemgr.services.incoming import Message
from workflows import WORKFLOWS
from workflows.model import Step, Workflow
from workflows.resident_asks import PHOTOS

NEWCOMER = Actor("resident")
ACTS = {"add": "resident_adds", "rate": "resident_rates", "object": "resident_objects", "withdraw": "resident_withdraws"}
CONSENT = "consent_by_code"


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports: in which area, `photos` stored already, name and phone if told. `open_name`: the other side may
    know who it was; nobody answers that for him, so it is no unless he says yes."""

    area_id: int
    text: str
    place: str = ""
    photos: Sequence[str] = ()
    name: str = ""
    phone: str = ""
    open_name: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a person takes home: the code that opens the matter, its number, and when it came in."""

    code: str
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Way:
    """The matters of a visit from the first to the one where all is handled now, and the actor who has them."""

    case_ids: tuple[int, ...]
    process: str
    state: str
    actor: Actor = field(default=NEWCOMER)

    @property
    def last(self) -> int:
        """Where something new goes."""
        return self.case_ids[-1]

    @property
    def flow(self) -> Workflow:
        """The process of that one."""
        return WORKFLOWS[self.process]


def report(session: Session, said: Report, nonce: str, *, at: datetime) -> Receipt:
    """Take in a report, once for the nonce of its form: sent again it gives the same receipt. Raises Invalid, NotFound."""
    code = door_codes.code_of_form(session, nonce)
    if not door_codes.is_first(session, nonce, at=at):
        return receipt_again(session, code)
    message = Message(
        key=f"door:{door_codes.digest(session, nonce, 'key')}", area_id=said.area_id, channel="door", title="", text=said.text,
        place=said.place, reporter={"name": said.name, "phone": said.phone}, hidden=not said.open_name, sent_at=at,
    )  # fmt: skip
    taken = incoming.register(session, [message], actor=NEWCOMER, at=at)[0]
    who = door_codes.reporter_of(session, taken.case_id)
    row = door_codes.give(session, taken.case_id, REPORT, code, at=at, person_id=who.person_id if who else None)
    attach(session, taken.case_id, row.id, said.photos, at)
    return Receipt(code, taken.number, at)


def receipt_again(session: Session, code: str) -> Receipt:
    """The receipt of a report that went through already. Raises NotFound where the form was used for something else."""
    query = (
        select(Case.number, Case.registered_at)
        .join(DoorCode, DoorCode.case_id == Case.id)
        .where(DoorCode.digest.in_(door_codes.digests(session, code, "code")), DoorCode.kind == REPORT)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound()
    return Receipt(code, found.number or "", found.registered_at)


def attach(session: Session, case_id: int, code_id: int, photos: Sequence[str], at: datetime) -> None:
    """The photos of a report, in entries of as many as one takes."""
    for start in range(0, len(photos), len(PHOTOS)):
        data = named_photos(photos[start : start + len(PHOTOS)])
        taken = take_step(session, case_id, ACTS["add"], data=data, actor=Actor("resident", matters=(case_id,)), at=at)
        note(session, code_id, taken)


def named_photos(photos: Sequence[str]) -> dict[str, str]:
    """Stored photos as the answers of one step."""
    return {spec.name: photo for spec, photo in zip(PHOTOS, photos, strict=False)}


def note(session: Session, code_id: int, taken: Taken) -> None:
    """Remember whose words an entry is."""
    session.add(DoorWord(case_id=taken.case_id, seq=taken.seq, code_id=code_id))
    session.flush()


# --- with a code


def find_way(session: Session, visit: Visit) -> Way:
    """From the matter of a visit to the one it became or was joined to. Raises NotFound."""
    ids = way_of(session, visit.case_id)
    row = session.execute(select(Case.process, Case.state).where(Case.id == ids[-1])).one_or_none()
    if row is None:
        raise NotFound()
    return Way(ids, row.process, row.state, Actor("resident", matters=ids))


def ways_to(way: Way, act: str) -> list[Step]:
    """The steps that an act of the door may be now: what takes effect at once before what is recorded and told."""
    begins = ACTS[act]
    found = [s for s in way.flow.steps_from(way.state) if "resident" in s.by and s.name.startswith(begins)]
    return sorted(found, key=lambda step: step.name == begins)


def act(session: Session, visit: Visit, name: str, data: Mapping[str, Any], *, at: datetime) -> Taken:
    """Add, rate, object or withdraw: the first of its steps that the law allows now. Raises NotFound, Refused, Invalid."""
    way = find_way(session, visit)
    given = {**data, **party_of(session, visit, way.last)}
    refused = Refused()
    for step in ways_to(way, name):
        asked = {spec.name for spec in step.asks}
        if any(spec.name == "party" and spec.required for spec in step.asks) and "party" not in given:
            continue
        try:
            answers = {key: value for key, value in given.items() if key in asked}
            taken = take_step(session, way.last, step.name, data=answers, actor=way.actor, at=at)
        except Refused as error:
            refused = error
            continue
        note(session, visit.code_id, taken)
        return taken
    raise refused


def add(session: Session, visit: Visit, words: str, photos: Sequence[str], *, at: datetime) -> Taken:
    """Words and stored photos, in as many entries as the photos need. Raises what `act` raises."""
    most = len(PHOTOS)
    taken = act(session, visit, "add", {"words": words, **named_photos(photos[:most])}, at=at)
    for start in range(most, len(photos), most):
        act(session, visit, "add", named_photos(photos[start : start + most]), at=at)
    return taken


def may_consent(visit: Visit, way: Way) -> bool:
    """Whether this visit is a party's who may answer now whether it agrees to mediation."""
    asked = any(step.name == CONSENT for step in way.flow.steps_from(way.state))
    return asked and visit.kind == door_codes.ONCE and visit.party_id is not None and way.last == visit.case_id


def party_of(session: Session, visit: Visit, case_id: int) -> dict[str, int]:
    """The visitor's own part in a matter, a party before a reporter, as an answer; nothing where he has none or is not known."""
    if visit.person_id is None:
        return {}
    query = select(Party.id).where(Party.case_id == case_id, Party.person_id == visit.person_id)
    found = session.scalars(query.order_by(Party.side == "reporter", Party.id)).first()
    return {"party": found} if found else {}


def consent(session: Session, visit: Visit, answer: str, *, at: datetime) -> Taken:
    """A party agrees to mediation, refuses it, or takes the consent back: by himself alone, with a code for one use.

    Raises NotFound for any other visit, Refused, Invalid.
    """
    way = find_way(session, visit)
    if not may_consent(visit, way):
        raise NotFound()
    data = {"party": visit.party_id, "consent": answer, "evidence": "code"}
    taken = take_step(session, way.last, CONSENT, data=data, actor=way.actor, at=at)
    note(session, visit.code_id, taken)
    return taken
