"""Several people about one matter: a matter joined to a known one, split off again, linked with one of another procedure.

The joined matter rests with its text and trail; the known one counts the people behind all of them, and its tier follows.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.errors import CasemgrError, NotAllowed, NotFound, Refused, Stale
from casemgr.models import Case, CaseLink, IncomingItem, JointFact, JointMember, Party
from casemgr.policy import SCHEDULER, Actor, visible
from casemgr.queries.joint import below, count_people, members_of, root_of, speakers
from casemgr.search import index_anew
from casemgr.services.books import load_books
from casemgr.services.cases import Answers, Ask, Taken, Taking, take_step, take_steps
from casemgr.services.drafts import Draft, load_drafts
from casemgr.services.reporters import party_row
from workflows.model import steps_of
from workflows.view import Reason

NO_SUCH = "No matter that you can see has this number."
JOINED, SPLIT = "joined", "split"
SPEAKS_FOR = "applicant"  # the side of a representative


def find_known(session: Session, number: str, actor: Actor) -> int:
    """The matter of that number, if the actor sees it and it is no incoming item. Raises NotFound."""
    wanted = select(Case.id).where(Case.number == number.strip(), Case.process != "incoming", visible(actor))
    known = session.scalar(wanted)
    if known is None:
        raise NotFound(message=NO_SUCH)
    return known


def join(
    session: Session, case_id: int, number: str, why: str, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> Taken:
    """Join a matter to a known one, by its number. Raises NotFound, Refused and what the step raises."""
    outcome = join_all(session, [case_id], number, why, actor=actor, at=at, seen_version=seen_version)[0]
    if isinstance(outcome, CasemgrError):
        raise outcome
    return outcome


def join_all(
    session: Session, ids: Sequence[int], number: str, why: str, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> list[Taken | CasemgrError]:
    """Join several matters to a known one, or to where that one is joined; one that is refused does not stop the others.

    Raises NotFound where the actor sees no such matter.
    """
    known_id = find_known(session, number, actor)
    root_id = root_of(session, known_id)
    seen = set(session.scalars(select(Case.id).where(Case.id.in_(ids), visible(actor))))
    drafts = load_drafts(session, {*seen, root_id})
    if root_of(session, known_id) != root_id:
        raise Stale()
    root, family = drafts[root_id], {root_id, *members_of(session, root_id)}
    outcomes: dict[int, Taken | CasemgrError] = {}
    for id in dict.fromkeys(ids):
        outcomes[id] = refusal(drafts[id], root, family) if id in seen else NotFound()  # type: ignore[assignment]
    asks = [asked(drafts[id], number.strip(), why, seen_version) for id, refused in outcomes.items() if refused is None]
    mine = {ask.case_id: drafts[ask.case_id] for ask in asks}
    outcomes |= zip(mine, take_steps(session, asks, actor=actor, at=at, drafts=mine), strict=True) if asks else ()
    joined = [one for one in outcomes.values() if isinstance(one, Taken)]
    if joined:
        keep(session, joined, known_id, root_id, actor, at)
        count_in(session, root_id, [one.case_id for one in joined], at)
    return [outcomes[id] for id in ids]


def refusal(draft: Draft, root: Draft, family: Collection[int]) -> Refused | None:
    """Why a matter is not joined to another, beyond what its own process says."""
    item = draft.row["process"] == "incoming"
    if draft.row["id"] in family:
        return Refused(Reason("known_is_itself"))
    if draft.row["confidential"] or root.row["confidential"]:
        return Refused(Reason("known_is_confidential"))
    if "take_in" not in steps_of(root.flow):
        return Refused(Reason("known_takes_none_in"))
    if not item and draft.row["process"] != root.row["process"]:
        return Refused(Reason("link_instead"))
    if not item and root.state.closed:
        return Refused(Reason("known_is_closed"))
    return None


def asked(draft: Draft, number: str, why: str, seen_version: int | None) -> Ask:
    """The step that joins a matter."""
    if draft.row["process"] == "incoming":
        return Ask(draft.row["id"], "join", {"known": number, "note": why}, along=True)
    return Ask(draft.row["id"], "join_into", {"known": number, "reason": why}, seen_version, along=True)


def keep(session: Session, joined: Sequence[Taken], into_id: int, root_id: int, actor: Actor, at: datetime) -> None:
    """Note where the matters are joined, with all that was joined to them."""
    ids = [one.case_id for one in joined]
    facts = [fact(one, JOINED, into_id, actor, at) for one in joined]
    session.execute(insert(JointFact.__table__), facts)
    session.execute(update(JointMember).where(JointMember.root_id.in_(ids)).values(root_id=root_id))
    rows = [{"case_id": id, "into_id": into_id, "root_id": root_id, "since_at": at} for id in ids]
    session.execute(insert(JointMember.__table__), rows)
    session.execute(update(IncomingItem).where(IncomingItem.case_id.in_(ids)).values(became_id=into_id))


def fact(taken: Taken, kind: str, into_id: int, actor: Actor, at: datetime) -> dict[str, Any]:
    """A row of what is recorded for good."""
    return {"case_id": taken.case_id, "seq": taken.seq, "kind": kind, "into_id": into_id, "account_id": actor.account_id, "at": at}


def count_in(session: Session, root_id: int, ids: Sequence[int], at: datetime) -> None:
    """The known matter takes them in: its people are counted, and those in charge told where they have become many."""
    before = session.get_one(Case, root_id, populate_existing=True)
    had, tier = before.facts.get("people") or 0, before.tier
    people = count_people(session, root_id)
    asks = [Ask(root_id, "take_in", {"member": id, "people": people}, along=True) for id in ids]
    done(take_steps(session, asks, actor=SCHEDULER, at=at))
    session.refresh(before)
    passed = any(had < mark <= people for mark in load_books(session).rules.raw["joint"]["reached"])
    if passed and before.tier == tier and before.closed_at is None:
        take_step(session, root_id, "many_people", actor=SCHEDULER, at=at, data={"people": people}, along=True)


def done(outcomes: Sequence[Taken | CasemgrError]) -> None:
    """Raise the first that was refused: what is counted is never left half."""
    for outcome in outcomes:
        if isinstance(outcome, CasemgrError):
            raise outcome


def split(
    session: Session, case_id: int, why: str, *, actor: Actor, at: datetime, seen_version: int | None = None
) -> Taken:
    """Split a matter off again: it goes on where it was, and the known one counts anew. Whoever may split there, may here.

    Raises NotFound and what the step raises.
    """
    if session.scalar(select(Case.id).where(Case.id == case_id, visible(actor))) is None:
        raise NotFound()
    root_id = root_of(session, case_id)
    drafts = load_drafts(session, {case_id, root_id})
    who = whose(actor, drafts[case_id], drafts[root_id])
    mine = {case_id: drafts[case_id]}
    ask = Ask(case_id, "split_off", {"reason": why}, seen_version, along=True)
    taken = take_steps(session, [ask], actor=who, at=at, drafts=mine)[0]
    if isinstance(taken, CasemgrError):
        raise taken
    release(session, taken, actor=actor, at=at)
    return taken


def whose(actor: Actor, draft: Draft, root: Draft) -> Actor:
    """In whose name it is split off: the actor's, or casemgr's own where he only has a duty on the known matter."""
    step = steps_of(draft.flow).get("split_off")
    if step is None:
        raise NotFound()
    beside = steps_of(root.flow).get("join_into", step)
    if policy.may_take(actor, step, draft.view()) or not policy.may_take(actor, beside, root.view()):
        return actor
    return SCHEDULER


def release(session: Session, taken: Taken, *, actor: Actor, at: datetime) -> None:
    """Note that a matter is joined no more, with what had come along with it; both count anew. Nothing where it was not."""
    row = session.get(JointMember, taken.case_id, populate_existing=True)
    if row is None:
        return
    along, root_id = below(session, taken.case_id), row.root_id
    session.execute(insert(JointFact.__table__), [fact(taken, SPLIT, row.into_id, actor, at)])
    session.execute(delete(JointMember).where(JointMember.case_id == taken.case_id))
    session.execute(update(JointMember).where(JointMember.case_id.in_(along)).values(root_id=taken.case_id))
    session.execute(update(IncomingItem).where(IncomingItem.case_id == taken.case_id).values(became_id=None))
    session.expire_all()
    recount(session, root_id, taken.case_id, at)
    if along:
        recount(session, taken.case_id, taken.case_id, at)


def recount(session: Session, root_id: int, member: int, at: datetime) -> None:
    """A matter lets something go: its people are counted anew, and the tier follows as after a correction."""
    data = {"member": member, "people": count_people(session, root_id)}
    done(take_steps(session, [Ask(root_id, "let_go", data, along=True)], actor=SCHEDULER, at=at))


def link(session: Session, case_id: int, number: str, *, actor: Actor, at: datetime) -> None:
    """Link a matter with one of another procedure, so that each page names the other. Raises NotFound, NotAllowed."""
    known_id = find_known(session, number, actor)
    drafts = load_drafts(session, {case_id, known_id})
    draft = drafts.get(case_id)
    if draft is None or case_id == known_id or "join_into" not in steps_of(draft.flow):
        raise NotFound(message=NO_SUCH)
    if session.scalar(select(Case.id).where(Case.id == case_id, visible(actor))) is None:
        raise NotFound()
    if not policy.may_take(actor, steps_of(draft.flow)["join_into"], draft.view()):
        raise NotAllowed()
    a, b = sorted((case_id, known_id))
    if session.get(CaseLink, (a, b)) is None:
        session.add(CaseLink(a_id=a, b_id=b, account_id=actor.account_id, at=at))
        session.flush()


def name_representative(session: Session, root_id: int, party_id: int, *, actor: Actor, at: datetime) -> Taken:
    """Let somebody behind a joined matter speak for all at the known one. Raises Refused and what the step raises."""
    if party_id not in {party for party, _ in speakers(session, actor, root_id)}:
        raise Refused(Reason("unknown_party"))
    known = session.get_one(Party, party_id)
    mine = select(Party.id).where(Party.case_id == root_id, Party.person_id == known.person_id, Party.side == SPEAKS_FOR)
    party = session.scalar(mine)
    if party is None:
        row = party_row(root_id, known.person_id, known.contact_hidden, at) | {"side": SPEAKS_FOR}
        party = session.scalar(insert(Party).values(row).returning(Party.id))
        index_anew(session, [root_id])
    return take_step(session, root_id, "add_representative", actor=actor, at=at, data={"party": party})


def take_joining(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The matter, and the one it is joined to."""
    return join(session, id, data.get("known") or "", data.get("reason") or "", actor=actor, at=at, seen_version=seen)


def take_splitting(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The matter, and the one it was joined to."""
    return split(session, id, data.get("reason") or "", actor=actor, at=at, seen_version=seen)


ALONG: Mapping[str, Taking] = {"join_into": take_joining, "split_off": take_splitting}  # in every process that has them
