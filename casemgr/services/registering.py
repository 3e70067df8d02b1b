"""A dispute registered in one go: what and where, who if known, photos, and settled on the spot if it was.

Each part is a step of the process; all of them are taken or none. What nobody answered is derived from the words.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from casemgr.policy import Actor
from casemgr.queries.people import find_known
from casemgr.services import incoming, once
from casemgr.services.answers import clean
from casemgr.services.books import Books, load_books
from casemgr.services.cases import Seed, Taken, open_case, take_step
from workflows import WORKFLOWS
from workflows.triage import Reading, read

MATTER = (
    "text", "area_id", "place", "title", "category", "channel", "found_by", "occurred_on", "confidential", "told_by",
)  # fmt: skip


def register_dispute(session: Session, answers: Mapping[str, Any], *, actor: Actor, at: datetime) -> Taken:
    """Register a dispute. `answers`: those of the opening step, and name and phone of whoever applies or the id of a
    known `person`, photos, and settlement (how it was settled on the spot). Raises Invalid, NotAllowed, NotFound,
    Refused; the caller rolls back."""
    return register_understood(session, understood(load_books(session), answers), answers, actor=actor, at=at)


def understood(books: Books, answers: Mapping[str, Any]) -> Seed:
    """What is to be opened: the answers checked, and what the words say by the rules in force. Raises Invalid."""
    matter = clean(WORKFLOWS["dispute"].opens, {name: answers[name] for name in MATTER if name in answers})
    reading = read_words(books, matter.get("title", ""), matter["text"])
    matter = derived(matter, reading, answers)
    return Seed(matter["area_id"], data=matter, facts=incoming.facts_of(reading), confidential=bool(matter.get("confidential")))


def register_understood(session: Session, seed: Seed, answers: Mapping[str, Any], *, actor: Actor, at: datetime) -> Taken:
    """Open it, and take the steps that follow."""
    taken = open_case(session, "dispute", seed, actor=actor, at=at)
    for step, data in later_steps(with_known(session, answers, actor)):
        taken = take_step(session, taken.case_id, step, data=data, actor=actor, at=at)
    return taken


def register_once(
    session: Session, key: str, digest: str, seed: Seed, answers: Mapping[str, Any], *, actor: Actor, at: datetime
) -> Mapping[str, Any]:
    """The same under a key of the sender's: {case_id, number}, for the same key always the same. `digest` is SHA-256 of
    what was sent, `seed` what was `understood` of it. Raises also once.OtherContent."""
    account_id = actor.account_id or 0
    if known := once.claim(session, account_id, key, digest, at=at):
        return known
    taken = register_understood(session, seed, answers, actor=actor, at=at)
    answer = {"case_id": taken.case_id, "number": taken.number}
    once.keep_answer(session, account_id, key, answer)
    return answer


def read_words(books: Books, title: str, text: str) -> Reading:
    """What the words suggest, by the rules in force: a person confirms it at acceptance."""
    return read(title, text, words=incoming.words(), rules=books.rules.raw)


def derived(matter: Mapping[str, Any], reading: Reading, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with what follows from the others: the kind of dispute from the words, the source from who came."""
    known = answers.get("name") or answers.get("person")
    found_by = "application" if known else "inspection" if matter.get("channel") == "grid" else ""
    return {"category": reading.dispute_category, "found_by": found_by, **matter}


def with_known(session: Session, answers: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
    """Name and phone of the known person that was picked, if the name still stands and the actor may know who it is."""
    found = find_known(session, actor, answers["person"]) if answers.get("person") else None
    if found is None or answers.get("name") not in (None, "", found.name):
        return answers
    phone = answers.get("phone") or found.open_phone(session.info["keys"])
    return {**answers, "name": found.name, "phone": phone}


def later_steps(answers: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The steps that follow the registration, with their answers."""
    steps: list[tuple[str, dict[str, Any]]] = []
    if answers.get("name") or answers.get("phone"):
        contact = {name: answers[name] for name in ("name", "phone") if answers.get(name)}
        steps.append(("add_party", {"side": "applicant", **contact}))
    steps += [("attach", {"file": photo, "kind": "photo"}) for photo in answers.get("photos", ())]
    if answers.get("settlement"):
        steps.append(("settle_on_spot", {"settlement": answers["settlement"]}))
    return steps
