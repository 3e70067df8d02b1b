"""Codes of the residents' door: given, tried, and the visits begun with them. Kept are keyed digests alone.

An unknown code, one that has run out and one that was used up cost the same work and get the same answer: nobody learns
from it whether a matter exists.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from casemgr import db, policy
from casemgr.errors import NotAllowed, NotFound
from casemgr.keys import Keyring
from casemgr.models import DoorCode, DoorForm, DoorVisit, Party
from casemgr.policy import Actor
from casemgr.services import throttle
from casemgr.services.books import load_books
from casemgr.services.drafts import load_drafts
from casemgr.services.moves import chain
from casemgr.services.throttle import NO_WAIT, Pace
from casemgr.services.writing import write
from workflows.door import BEGINNING, DIGITS, DoorRules, bare, code_from, door_rules

REPORT, FOLLOW, ONCE = "report", "follow", "once"
SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a code: the token of a visit, or how long to wait before the next try, or neither: it opens nothing."""

    token: str = ""
    wait: timedelta = NO_WAIT


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that goes on: its code, the matter the code is for, and who stands behind it as far as known."""

    code_id: int
    case_id: int
    kind: str
    person_id: int | None
    party_id: int | None


def rules_of_door(session: Session) -> DoorRules:
    """The numbers of the door in force."""
    return door_rules(load_books(session).rules.raw)


def digest(session: Session, secret: str, what: str) -> str:
    """The keyed digest under which a code, a token, a form or an address is kept."""
    keys: Keyring = session.info["keys"]
    return keys.find(secret, f"door.{what}")


def digests(session: Session, secret: str, what: str) -> list[str]:
    """The digests it may be kept under: that one, and those under earlier keys."""
    keys: Keyring = session.info["keys"]
    return keys.finds(secret, f"door.{what}")


def code_of_form(session: Session, nonce: str) -> str:
    """The code of the report that a form makes: the same form has the same code, and nobody guesses it without the key."""
    keys: Keyring = session.info["keys"]
    return code_from(hmac.digest(keys.index, f"door.code_of_form:{nonce}".encode(), "sha256"))


def give(
    session: Session, case_id: int, kind: str, code: str, *, at: datetime, person_id: int | None = None,
    party_id: int | None = None, by: int | None = None,
) -> DoorCode:  # fmt: skip
    """Keep a code for a matter."""
    rules = rules_of_door(session)
    row = DoorCode(
        digest=digest(session, code, "code"), case_id=case_id, kind=kind, person_id=person_id, party_id=party_id, given_by=by,
        given_at=at, until_at=at + (rules.once_holds if kind == ONCE else rules.code_holds),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def give_to_party(session: Session, case_id: int, party_id: int, kind: str, *, actor: Actor, at: datetime) -> str:
    """A fresh code for a party, to be handed over now: it is shown nowhere again. An entry of the trail says who gave it.

    An earlier code of that kind for the party ends. Raises NotFound, NotAllowed.
    """
    draft = load_drafts(session, [case_id]).get(case_id)
    party = next((p for p in draft.parties if p.id == party_id), None) if draft else None
    if draft is None or party is None or kind not in (FOLLOW, ONCE):
        raise NotFound()
    if not policy.may(actor, "give_code", draft.view()):
        raise NotAllowed()
    actor = policy.wearing(actor, policy.CASE_ACTS["give_code"], draft.view())
    at = max(at, draft.row["trail_at"])
    chain(draft, "case.code_given", {"party": party_id, "kind": kind}, {}, actor, at)
    write(session, [draft], actor, load_books(session))
    earlier = (DoorCode.party_id == party_id, DoorCode.kind == kind, DoorCode.until_at > at)
    session.execute(update(DoorCode).where(*earlier).values(until_at=at))
    code = code_from(secrets.token_bytes(SECRET_BYTES))
    give(session, case_id, kind, code, at=at, person_id=party.person_id, party_id=party_id, by=actor.account_id)
    return code


def code_row(session: Session, code: str) -> DoorCode:
    """The row of a code that was just given."""
    return session.scalars(select(DoorCode).where(DoorCode.digest == digest(session, code, "code"))).one()


# --- trying a code


def try_code(session: Session, typed: str, address: str, *, at: datetime) -> Tried:
    """Begin a visit with a code, typed with or without spaces. To be committed, whatever comes of it.

    Wrong ones are counted by network address and by the beginning of the code: who guesses waits, nobody is shut out.
    """
    rules, code = rules_of_door(session), bare(typed)
    counted = [
        (digest(session, address, "address"), pace(rules, rules.free_tries)),
        (digest(session, code[:BEGINNING], "beginning"), pace(rules, rules.free_tries_of_a_beginning)),
    ]
    waits = [throttle.let_in(session, key, "", at=at, pace=one) for key, one in counted]
    if wait := max(waits):
        return Tried(wait=wait)
    token = secrets.token_urlsafe(SECRET_BYTES)
    opened = find_good(session, code, at)
    if opened is None:
        for key, one in counted:
            throttle.count_wrong(session, key, at=at, pace=one)
        return Tried()
    session.execute(delete(DoorVisit).where(DoorVisit.until_at <= at))
    session.add(DoorVisit(digest=digest(session, token, "visit"), code_id=opened, until_at=at + rules.visit_holds))
    session.flush()
    return Tried(token)


def find_good(session: Session, code: str, at: datetime) -> int | None:
    """The code's row, marked as used; None for one that is unknown, has run out or is used up: one statement for all."""
    fresh = or_(DoorCode.kind != ONCE, DoorCode.used_at.is_(None))
    mine = DoorCode.digest.in_(digests(session, code if len(code) == DIGITS else "", "code"))
    marked = update(DoorCode).where(mine, DoorCode.until_at > at, fresh).values(used_at=at).returning(DoorCode.id)
    return session.scalars(marked).one_or_none()


def pace(rules: DoorRules, free: int) -> Pace:
    """How long those wait who try too often."""
    return Pace(free, timedelta(seconds=rules.longest_wait_seconds), timedelta(minutes=rules.forgotten_after_minutes))


def let_through(session: Session, what: str, who: str, *, at: datetime) -> timedelta:
    """Take the turn of a report from an address, or of an act with a code: how long it has to wait, nothing when it may go on;
    then it is counted. To be committed."""
    rules = rules_of_door(session)
    key, one = digest(session, who, what), pace(rules, rules.free_reports)
    wait = throttle.let_in(session, key, "", at=at, pace=one)
    if not wait:
        throttle.count_wrong(session, key, at=at, pace=one)
    return wait


# --- visits and forms


def find_visit(session: Session, token: str, *, at: datetime) -> Visit | None:
    """The visit of that token while it holds and its code has not been replaced."""
    query = (
        select(DoorCode.id, DoorCode.case_id, DoorCode.kind, DoorCode.person_id, DoorCode.party_id)
        .join(DoorVisit, DoorVisit.code_id == DoorCode.id)
        .where(DoorVisit.digest.in_(digests(session, token, "visit")), DoorVisit.until_at > at, DoorCode.until_at > at)
    )
    row = session.execute(query).one_or_none()
    return Visit(*row) if row else None


def go_on(session: Session, token: str, *, at: datetime) -> None:
    """A visit in which something was done holds anew from now."""
    mine = DoorVisit.digest.in_(digests(session, token, "visit"))
    session.execute(update(DoorVisit).where(mine).values(until_at=at + rules_of_door(session).visit_holds))


def leave(session: Session, token: str) -> None:
    """End a visit."""
    session.execute(delete(DoorVisit).where(DoorVisit.digest.in_(digests(session, token, "visit"))))


def is_first(session: Session, nonce: str, *, at: datetime) -> bool:
    """Whether a form goes through for the first time; it never does again."""
    held = timedelta(hours=rules_of_door(session).form_hours)
    session.execute(delete(DoorForm).where(DoorForm.at < at - 2 * held))
    if session.scalar(select(DoorForm.at).where(DoorForm.digest.in_(digests(session, nonce, "form")))):
        return False
    return db.insert_new(session, DoorForm.__table__, [{"digest": digest(session, nonce, "form"), "at": at}]) == 1


def reporter_of(session: Session, case_id: int) -> Party | None:
    """Who reported a matter, where a name or a telephone was told."""
    query = select(Party).where(Party.case_id == case_id, Party.side == "reporter").order_by(Party.id)
    return session.scalars(query.limit(1)).one_or_none()
