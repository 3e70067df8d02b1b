"""Petitions: opened with the accused kept out, found again where the same person brings the same matter, accepted once.

Whom an accusation is kept from is worked out here, before anybody hears of it: the persons, and the places and departments
where they lead or answer for the office. The steps themselves go through the door (services.cases).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import false, insert, or_, select, update
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.errors import CasemgrError, Invalid, NotAllowed, NotFound, Refused
from casemgr.models import Account, Appointment, Case, Department, Party, Petition, Post
from casemgr.policy import Actor, visible
from casemgr.queries.actors import holding_on
from casemgr.queries.areas import load_paths
from casemgr.queries.likeness import weighed_now
from casemgr.search import index_anew
from casemgr.services.answers import clean
from casemgr.services.books import load_books
from casemgr.services.cases import Answers, Ask, Seed, Taken, Taking, open_case, take_step, take_steps
from casemgr.services.drafts import Draft, load_drafts, lock_cases
from casemgr.services.effects.petition import accused_in
from casemgr.services.known import NOT_THERE
from casemgr.services.moves import chain
from casemgr.services.writing import write
from workflows.calendar import add_months
from workflows.joint.likeness import score, share
from workflows.petition import PETITION
from workflows.petition_guards import LIMITS
from workflows.view import Reason
from workflows.warning import FACT

Barring = frozenset[tuple[str, int]]
LEADING = ("secretary", "head")  # whose whole office is kept out, where one of them is accused
COMPARED = ("petition", "order")
PETITIONERS = ("applicant", "reporter")
PETITIONER = "petitioner"  # one of them wrote both
SAME = 0.5  # share from which two petitions of one person are one matter


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier petition or order of the same person in the same matter, and how alike the words are (0 to 1)."""

    id: int
    process: str
    number: str
    title: str
    state: str
    registered_at: datetime
    closed_at: datetime | None
    alike: float


def open_petition(
    session: Session, answers: Mapping[str, Any], parent: Draft | None, actor: Actor, at: datetime
) -> Taken:
    """Register a petition; the accused of an accusation are kept out from its first moment. Raises Invalid, NotFound,
    NotAllowed, Refused (nobody is left who could take it)."""
    given = clean(PETITION.opens, answers)
    path = load_paths(session, [given["area_id"]]).get(given["area_id"], ())
    accusation = given.get("kind") == "accusation"
    barred = kept_from(session, given, load_books(session).calendar.local_date(at)) if accusation else frozenset()
    refuse_without_office(path, barred)
    seed = Seed(
        given["area_id"], data=answers, barred=barred, confidential=accusation or bool(given.get("confidential")),
        facts=facts_of(parent) if parent else {}, parent_id=parent.row["id"] if parent else None, history=bool(parent and parent.row["history"]), duties=policy.roles_of(actor, parent.view()) if parent else frozenset(),
    )  # fmt: skip
    taken = open_case(session, "petition", seed, actor=actor, at=at)
    if accusation and parent:
        set_apart_too(session, [parent.row["id"]], barred, actor=actor, at=at)
    note_repeat(session, taken.case_id, at=at)
    return taken


def facts_of(parent: Draft) -> dict[str, Any]:
    """What is known of the matter it comes from, as far as it weighs on the colour."""
    return {name: value for name, value in parent.row["facts"].items() if name in FACT}


# --- accusations


def kept_from(session: Session, answers: Mapping[str, Any], on: date) -> Barring:
    """Everybody and every place an accusation with these answers is kept from. Raises Invalid for what does not exist."""
    check_accused(session, answers)
    accused = answers.get("accused") or ()
    posts = (
        select(Post.role, Post.area_id, Post.department_id)
        .join(Appointment, Appointment.post_id == Post.id)
        .where(Appointment.account_id.in_(accused), holding_on(on))
    )
    rows = session.execute(posts).all() if accused else []
    areas = {("area", area) for role, area, _ in rows if role in LEADING and area is not None}
    return accused_in(answers) | areas | {("department", id) for _, _, id in rows if id is not None}


def check_accused(session: Session, answers: Mapping[str, Any]) -> None:
    """Raise Invalid where an accused person, department or place is none."""
    faults: dict[str, list[str]] = {}
    for name, table in (("accused", Account), ("accused_department_id", Department)):
        ids = set(answers.get(name) or ()) if name == "accused" else {answers[name]} if answers.get(name) else set()
        if ids and len(session.scalars(select(table.id).where(table.id.in_(ids))).all()) < len(ids):
            faults[name] = [NOT_THERE]
    area = answers.get("accused_area_id")
    if area and area not in load_paths(session, [area]):
        faults["accused_area_id"] = [NOT_THERE]
    if faults:
        raise Invalid(faults)


def refuse_without_office(path: Collection[tuple[int, str]], barred: Barring) -> None:
    """Raise Refused where no petition office is left that the matter is not kept from."""
    if barred and policy.office_area(path, barred, "petition_office") is None:
        raise Refused(Reason("petition_nobody_apart"))


def take_isolating(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The petition, and what belongs to it: kept from those it accuses."""
    lock_cases(session, [id, session.scalar(select(Case.parent_id).where(Case.id == id))])
    draft = load_drafts(session, [id]).get(id)
    if draft is None:
        raise NotFound()
    step = draft.flow.step("isolate")
    if not policy.may_take(actor, step, draft.view()):
        raise NotAllowed()
    named = kept_from(session, clean(step, data), load_books(session).calendar.local_date(at))
    refuse_without_office(draft.path, draft.barred | named)
    draft.barred |= named
    outcome = take_steps(session, [Ask(id, "isolate", data, seen, along=True)], actor=actor, at=at, drafts={id: draft})[0]
    if isinstance(outcome, CasemgrError):
        raise outcome
    set_apart_too(session, [*belonging_to(session, id), *([draft.row["parent_id"]] if draft.row["parent_id"] else [])], draft.barred, actor=actor, at=at)
    return outcome


def belonging_to(session: Session, id: int) -> list[int]:
    """What was opened on a matter, and what was opened on that: whistles and their calls, requests, disputes."""
    found: list[int] = []
    more = [id]
    while more:
        more = list(session.scalars(select(Case.id).where(Case.parent_id.in_(more)).order_by(Case.id)))
        found += more
    return found


def set_apart_too(session: Session, ids: Collection[int], barred: Barring, *, actor: Actor, at: datetime) -> None:
    """What belongs to an accusation, the message it came in by included, is confidential and kept from the same."""
    drafts = load_drafts(session, ids)
    for draft in drafts.values():
        draft.barred |= barred
        draft.row["confidential"] = True
        chain(draft, "case.set_apart", {}, {}, actor, max(at, draft.row["trail_at"]))
    write(session, list(drafts.values()), actor, load_books(session))


# --- the same matter again


def same_before(session: Session, case_id: int, actor: Actor | None = None) -> list[Earlier]:
    """Earlier petitions and orders of one of its petitioners in the same matter, the most alike first. What is confidential
    counts only for an actor who sees it."""
    case = session.get(Case, case_id)
    if case is None:
        return []
    mine = weighed_now(session, case.title, case.text, sender=PETITIONER)
    persons = select(Party.person_id).where(Party.case_id == case_id, Party.side.in_(PETITIONERS))
    theirs = select(Party.case_id).where(Party.person_id.in_(persons), Party.side.in_(PETITIONERS))
    query = select(Case).where(
        Case.id.in_(theirs), Case.id != case_id, Case.process.in_(COMPARED), Case.registered_at <= case.registered_at,
        or_(Case.confidential.is_(False), visible(actor) if actor else false()),
    )  # fmt: skip
    found = [
        Earlier(row.id, row.process, row.number or "", row.title, row.state, row.registered_at, row.closed_at,
                share(score(mine, weighed_now(session, row.title, row.text, sender=PETITIONER))))
        for row in session.scalars(query)
    ]  # fmt: skip
    return sorted((one for one in found if one.alike >= SAME), key=lambda one: (-one.alike, -one.id))


def note_repeat(session: Session, case_id: int, *, at: datetime) -> None:
    """Remember the latest earlier petition of the same person in the same matter, within the months of the rules. A repeat is
    a figure for the office, never a fault of the petitioner."""
    rules = load_books(session)
    months = rules.rules.raw.get("limits", {}).get("petition_repeat_months", LIMITS["petition_repeat_months"])
    since = add_months(rules.calendar.local_date(at), -months)
    recent = [
        one for one in same_before(session, case_id)
        if one.process == "petition" and rules.calendar.local_date(one.registered_at) >= since
    ]
    latest = max((one.id for one in recent), default=None)
    session.execute(update(Petition).where(Petition.case_id == case_id).values(repeat_of_id=latest))


def refuse_known(session: Session, case_id: int, actor: Actor) -> None:
    """Raise Refused where the same facts and reasons ended after three steps (art. 36), or the same matter is open at the
    hotline: nothing is handled twice. New facts on record lift the first."""
    case = session.get_one(Case, case_id)
    for one in same_before(session, case_id, actor):
        if one.process == "petition" and one.state == "ended" and not case.facts.get("new_facts"):
            raise Refused(Reason("petition_ended", {"number": one.number}))
        if one.process == "order" and one.closed_at is None:
            raise Refused(Reason("petition_same_order", {"number": one.number}))


def take_accepting(
    step: str, session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None
) -> Taken:
    """Acceptance, unless the matter has ended for good or is handled already. Raises what the step raises."""
    with session.begin_nested():
        note_repeat(session, id, at=at)
        taken = take_step(session, id, step, data=data, actor=actor, at=at, seen_version=seen, along=True)
        refuse_known(session, id, actor)
    return taken


# --- a dispute out of it


def take_dispute(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The petition goes on; a dispute with its parties opens beside it. Raises what either raises."""
    with session.begin_nested():
        taken = take_step(session, id, "open_dispute", data=data, actor=actor, at=at, seen_version=seen, along=True)
        draft = load_drafts(session, [id])[id]
        row, area_id = draft.row, int(data["area_id"])
        answers = {"text": row["text"], "title": row["title"], "area_id": area_id, "channel": "petition", "found_by": "petition"}
        seed = Seed(
            area_id, data=answers, parent_id=id, duties=policy.roles_of(actor, draft.view()), confidential=row["confidential"]
        )
        made = open_case(session, "dispute", seed, actor=actor, at=at)
        carry_parties(session, id, made.case_id, at=at)
    return taken


def carry_parties(session: Session, old: int, new: int, *, at: datetime) -> None:
    """The parties of one matter are parties to another; what they agreed to there they have not agreed to here."""
    kept = (Party.person_id, Party.side, Party.claim, Party.representative, Party.contact_hidden)
    fresh = {"case_id": new, "consent": "", "consent_evidence": "", "added_at": at}
    rows = [dict(row) | fresh for row in session.execute(select(*kept).where(Party.case_id == old).order_by(Party.id)).mappings()]
    if rows:
        session.execute(insert(Party), rows)
        index_anew(session, {row["case_id"] for row in rows})


ALONG: dict[str, Taking] = {
    "isolate": take_isolating, "open_dispute": take_dispute,
    **{step: partial(take_accepting, step) for step in ("accept", "accept_simple", "accept_study")},
}  # fmt: skip
