"""Rows that a step keeps beside the case: parties, representatives, consents, files. `Step.writes` names the kind."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casemgr.keys import Keyring
from casemgr.models import Attachment, Party, Person, Recusal
from casemgr.policy import Actor
from casemgr.search import index_anew
from casemgr.services import files
from casemgr.services.drafts import Draft
from casemgr.services.milestones import write_milestones
from casemgr.services.sittings import end_sitting, write_sitting

Writer = Callable[[Session, Draft, int, Mapping[str, Any], Actor], None]


def at_of(draft: Draft) -> datetime:
    """The instant of the draft's last event."""
    found: datetime = draft.row["trail_at"]
    return found


def find_or_add_person(session: Session, answers: Mapping[str, Any], at: datetime) -> Person:
    """The person of that ID number, or of that name and phone; else a new one, with contacts sealed."""
    keys: Keyring = session.info["keys"]
    known = find_person(session, keys, answers)
    if known is None:
        known = Person(name=answers["name"], kind=answers.get("person_kind", "person"), created_at=at)
        session.add(known)
    seal(known, keys, answers)
    session.flush()
    return known


def find_person(session: Session, keys: Keyring, answers: Mapping[str, Any]) -> Person | None:
    """A known person with that ID number, or with that name and phone."""
    phone, id_number = answers.get("phone"), answers.get("id_number")
    known = None
    if id_number:
        known = session.scalars(select(Person).where(Person.id_index.in_(keys.finds(id_number, "id")))).first()
    if known is None and phone:
        same = Person.phone_index.in_(keys.finds(phone, "phone")) & (Person.name == answers["name"])
        known = session.scalars(select(Person).where(same)).first()
    return known


def seal(person: Person, keys: Keyring, answers: Mapping[str, Any]) -> None:
    """Seal the contacts given, with the digests that find them again."""
    if phone := answers.get("phone"):
        person.phone, person.phone_index = keys.seal(phone, "persons.phone"), keys.find(phone, "phone")
        person.phone_tail_index = keys.find(phone[-4:], "phone_tail")
    if id_number := answers.get("id_number"):
        person.id_number, person.id_index = keys.seal(id_number, "persons.id_number"), keys.find(id_number, "id")
    if address := answers.get("address"):
        person.address = keys.seal(address, "persons.address")


def write_party(session: Session, draft: Draft, seq: int, answers: Mapping[str, Any], actor: Actor) -> None:
    """A party to the case; with `party` answered, more of what is known of one already there."""
    if answers.get("party"):
        complete_party(session, draft, answers)
        return
    at = at_of(draft)
    person = find_or_add_person(session, answers, at)
    session.add(
        Party(
            case_id=draft.row["id"], person_id=person.id, side=answers["side"], claim=answers.get("claim", ""),
            representative=False, consent="", consent_evidence="", added_at=at,
            contact_hidden=bool(draft.row["facts"].get("safety_concern") or answers.get("contact_hidden")),
        )
    )  # fmt: skip
    session.flush()


def write_petitioner(session: Session, draft: Draft, seq: int, answers: Mapping[str, Any], actor: Actor) -> None:
    """Whoever the petition is from, where he gave a name."""
    if answers.get("name"):
        write_party(session, draft, seq, {**answers, "side": "applicant"}, actor)


def complete_party(session: Session, draft: Draft, answers: Mapping[str, Any]) -> None:
    """Add particulars of a party of this case."""
    party = session.scalars(select(Party).where(Party.id == answers["party"], Party.case_id == draft.row["id"])).one()
    person = session.get_one(Person, party.person_id)
    renamed = bool(answers.get("name")) and answers["name"] != person.name
    person.name = answers.get("name") or person.name
    party.claim = answers.get("claim") or party.claim
    seal(person, session.info["keys"], answers)
    session.flush()
    if renamed:
        index_anew(session, session.scalars(select(Party.case_id).where(Party.person_id == person.id)))


def write_representative(session: Session, draft: Draft, seq: int, answers: Mapping[str, Any], actor: Actor) -> None:
    """A party who speaks for the side from now on."""
    mine = (Party.id == answers["party"]) & (Party.case_id == draft.row["id"])
    session.execute(update(Party).where(mine).values(representative=True))


def write_consent(session: Session, draft: Draft, seq: int, answers: Mapping[str, Any], actor: Actor) -> None:
    """A party's consent to mediation, refusal or withdrawal, with its evidence."""
    mine = (Party.id == answers["party"]) & (Party.case_id == draft.row["id"])
    values = {
        "consent": answers["consent"], "consent_at": at_of(draft), "consent_evidence": answers.get("evidence", ""),
    }  # fmt: skip
    session.execute(update(Party).where(mine).values(values))


def write_file(session: Session, draft: Draft, seq: int, answers: Mapping[str, Any], actor: Actor) -> None:
    """A file that services.files has written and synced already."""
    kept = files.kept(session.info["files"], answers["file"])
    session.add(
        Attachment(
            case_id=draft.row["id"], seq=seq, name=kept.name, media_type=kept.media_type, size=kept.size,
            sha256=kept.sha256, stored=kept.stored, uploaded_by=draft.actor_of(seq), uploaded_at=at_of(draft),
        )
    )  # fmt: skip
    session.flush()


def nothing(session: Session, draft: Draft, seq: int, answers: Mapping[str, Any], actor: Actor) -> None:
    """A step whose only row is its file, which is written as one."""


def write_recusal(session: Session, draft: Draft, seq: int, answers: Mapping[str, Any], actor: Actor) -> None:
    """A mediator who steps aside from this matter for good."""
    aside = answers.get("aside_id")
    if aside and session.get(Recusal, (draft.row["id"], aside)) is None:
        session.add(Recusal(case_id=draft.row["id"], account_id=aside, at=at_of(draft)))
        session.flush()


def hide_contacts(session: Session, draft: Draft, seq: int, answers: Mapping[str, Any], actor: Actor) -> None:
    """Somebody is afraid: address and phone of everyone on the case are hidden from the other side."""
    session.execute(update(Party).where(Party.case_id == draft.row["id"]).values(contact_hidden=True))


WRITERS: dict[str, Writer] = {
    "hide_contacts": hide_contacts,
    "party": write_party,
    "petitioner": write_petitioner,
    "representative": write_representative,
    "consent": write_consent,
    "file": write_file,
    "attachment": nothing,
    "recusal": write_recusal,
    "sitting": write_sitting,
    "sitting_over": end_sitting,
    "milestones": write_milestones,
}
