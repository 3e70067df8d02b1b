"""The door: the only way a case opens or changes state.

take_steps loads a batch, decides each case in memory with pure functions, and writes all of it in one statement a
table; if the batch cannot be written, each case is tried alone. One step is a batch of one.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casemgr import db, engine, policy
from casemgr.errors import CasemgrError, Invalid, NotAllowed, NotFound, Refused, Stale
from casemgr.models import Area, Case
from casemgr.policy import Actor
from casemgr.services.answers import clean
from casemgr.services.books import Books, load_books
from casemgr.services.drafts import Draft, load_drafts
from casemgr.queries.areas import load_paths
from casemgr.queries.prepared import Prepared, among, listed
from casemgr.services.known import NOT_THERE, check_known, load_known
from casemgr.services.moves import apply, opened
from casemgr.services.numbers import give_numbers
from casemgr.services.writing import write
from workflows import WORKFLOWS
from workflows.model import Step, steps_of
from workflows.view import Reason


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung of a ladder that a step fires: its key in rungs_fired, its pure instant, its act, and whom it tells."""

    key: str
    epoch: int
    name: str
    due_at: datetime
    act: str
    audience: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A step asked for on a case. `granted` is the kind of an approved request that allows it; `fires` its rungs.

    `along`: what a step of kind `together` brings about is done in the same transaction.
    """

    case_id: int
    step: str
    data: Mapping[str, Any] = field(default_factory=dict)
    seen_version: int | None = None
    granted: str = ""
    fires: tuple[Rung, ...] = ()
    along: bool = False


@dataclass(frozen=True, slots=True)
class Seed:
    """A matter to be opened at an area, with the answers to its opening step.

    `extra` are columns of the detail row that no field asks, `facts` what is known already, `tier` a suggestion for a
    process that is not graded itself, `confirmed` where it is that of a matter; `duties` are the actor's on `parent_id`. `history`: no rungs, no notices.
    `barred`: whom it is kept from, where it is confidential.
    """

    area_id: int
    data: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    tier: str = ""
    confirmed: bool = False
    parent_id: int | None = None
    duties: frozenset[str] = frozenset()
    confidential: bool = False
    history: bool = False
    barred: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a step: the case, its event, its state afterwards."""

    case_id: int
    seq: int
    state: str
    number: str


Answers = Mapping[str, Any]
Taking = Callable[[Session, int, Answers, Actor, datetime, int | None], Taken]  # a step with the other case it brings along


def take_step(
    session: Session, case_id: int, step: str, *, actor: Actor, at: datetime,
    data: Mapping[str, Any] | None = None, seen_version: int | None = None, granted: str = "", along: bool = False,
    draft: Draft | None = None, whole: bool = False,
) -> Taken:  # fmt: skip
    """Take one step. Raises NotFound, Stale, NotAllowed, Refused (all reasons) or Invalid (all fields).

    `draft` is the case where the caller has loaded and locked it in this transaction already. `whole`: the caller gives up the
    whole transaction over an error, so that no savepoint is needed.
    """
    ask = Ask(case_id, step, data or {}, seen_version, granted, along=along)
    outcome = take_steps(session, [ask], actor=actor, at=at, drafts={case_id: draft} if draft else None, whole=whole)[0]
    if isinstance(outcome, CasemgrError):
        raise outcome
    return outcome


def take_steps(
    session: Session, asks: Sequence[Ask], *, actor: Actor, at: datetime, drafts: Mapping[int, Draft] | None = None,
    whole: bool = False,
) -> list[Taken | CasemgrError]:  # fmt: skip
    """Take steps on any number of cases; for each ask what came of it, or the error that refused it.

    `drafts` are the cases of the asks where the caller has loaded and locked them in this transaction already. `whole`: the caller
    gives up the whole transaction over an error of the one case.
    """
    books = load_books(session)
    if drafts is None:
        drafts = load_drafts(session, {ask.case_id for ask in asks})
    known = load_known(session, asks, drafts, books.calendar.local_date(at), ties_of=drafts if actor.absent else ())
    for draft in drafts.values():
        draft.known, draft.limits = known, books.rules.raw.get("limits", {})
    outcomes = [attempt(drafts.get(ask.case_id), ask, actor, at, books) for ask in asks]
    changed = [draft for draft in drafts.values() if draft.changed]
    try:
        with nullcontext() if whole else session.begin_nested():
            write(session, changed, actor, books)
            lapse_requests(session, changed, at)
        return outcomes
    except (IntegrityError, CasemgrError) as error:
        if len(drafts) == 1:
            refusal = error if isinstance(error, CasemgrError) else Stale()
            return [o if isinstance(o, CasemgrError) else refusal for o in outcomes]
    return one_by_one(session, asks, actor=actor, at=at)


def lapse_requests(session: Session, drafts: Sequence[Draft], at: datetime) -> None:
    """A matter that closes takes its open requests with it. One decided meanwhile stays decided. Raises Stale."""
    closed = [draft.row["id"] for draft in drafts if draft.state.closed and draft.requests]
    if not closed:
        return
    waiting = select(Case.id).where(Case.parent_id.in_(closed), Case.process == "request", Case.closed_at.is_(None))
    asks = [Ask(id, "lapse", {"why": "closed"}) for id in session.scalars(waiting.order_by(Case.id))]
    for outcome in take_steps(session, asks, actor=policy.SCHEDULER, at=at):
        if isinstance(outcome, Stale):
            raise outcome


def one_by_one(session: Session, asks: Sequence[Ask], *, actor: Actor, at: datetime) -> list[Taken | CasemgrError]:
    """The same asks, each case in a savepoint of its own: one that fails does not stop the rest."""
    by_case: dict[int, list[Ask]] = {}
    for ask in asks:
        by_case.setdefault(ask.case_id, []).append(ask)
    found = {id: iter(take_steps(session, mine, actor=actor, at=at)) for id, mine in by_case.items()}
    return [next(found[ask.case_id]) for ask in asks]


def attempt(draft: Draft | None, ask: Ask, actor: Actor, at: datetime, books: Books) -> Taken | CasemgrError:
    """Decide one step on a draft, or say why not; a refused draft is left as it was."""
    try:
        if draft is None:
            raise NotFound()
        return decide(draft, ask, actor, max(at, draft.row["trail_at"]), books)
    except CasemgrError as error:
        return error


def decide(draft: Draft, ask: Ask, actor: Actor, at: datetime, books: Books) -> Taken:
    """Version, policy, answers, law; then the move itself, in memory."""
    step = known_step(draft, ask.step)
    if ask.seen_version is not None and not step.append and ask.seen_version != draft.row["version"]:
        raise Stale()
    view = draft.view()
    if not policy.may_take(actor, step, view, granted=ask.granted) or (step.together and not ask.along):
        raise NotAllowed()
    if draft.row["state"] not in step.source:
        raise Refused(engine.wrong_state(view))
    answers = clean(step, ask.data)
    check_known(step, answers, draft.known, draft)
    if reasons := engine.reasons_against(step, view, answers, at):
        raise Refused(reasons)
    who = policy.wearing(actor, step.by, view)
    if who.acts_for and stands_aside(draft, who):
        raise Refused(Reason("deputy_aside"))
    seq = apply(draft, step, answers, who, at, books, fires=ask.fires)
    return Taken(draft.row["id"], seq, draft.row["state"], draft.row["number"] or "")


def stands_aside(draft: Draft, actor: Actor) -> bool:
    """Whether the actor stepped aside from the case, or has a tie to a party: he does not act in it for others either."""
    return (draft.row["id"], actor.account_id) in draft.known.aside | draft.known.related


def known_step(draft: Draft, name: str) -> Step:
    """The step of that name. Raises NotFound when the workflow has none, or it is the one that opens."""
    step = steps_of(draft.flow).get(name)
    if step is None or step is draft.flow.opens:
        raise NotFound()
    return step


def open_case(session: Session, process: str, seed: Seed, *, actor: Actor, at: datetime) -> Taken:
    """Open one matter. Raises NotAllowed, Invalid (a closed area, too) or NotFound (no such area)."""
    return open_cases(session, process, [seed], actor=actor, at=at)[0]


def open_cases(session: Session, process: str, seeds: Sequence[Seed], *, actor: Actor, at: datetime) -> list[Taken]:
    """Open any number of matters of a process at once, all or none; their numbers are the last thing locked."""
    if not seeds:
        return []
    books, flow = load_books(session), WORKFLOWS[process]
    closed = hold_areas(session, {seed.area_id for seed in seeds})  # before their paths are read: none of them is moved meanwhile
    paths = load_paths(session, {seed.area_id for seed in seeds})
    for seed in seeds:
        if seed.area_id not in paths:
            raise NotFound()
        if not policy.may_open(actor, flow.opens, [area for area, _ in paths[seed.area_id]], seed.duties):
            raise NotAllowed()
    refuse_closed(seeds, closed)
    drafts = opened(session, flow, seeds, paths, actor, at, books)
    write(session, drafts, actor, books)
    give_numbers(session, flow, drafts, books, at)
    return [Taken(d.row["id"], d.row["trail_seq"], d.row["state"], d.row["number"] or "") for d in drafts]


def refuse_closed(seeds: Sequence[Seed], closed: Collection[int]) -> None:
    """Raise Invalid where a new matter would begin in a closed area. Old ones taken over, and what belongs to another
    matter there, may."""
    if any(seed.area_id in closed and not seed.history and not seed.duties for seed in seeds):
        raise Invalid({"area_id": [NOT_THERE]})


def hold_areas(session: Session, ids: Collection[int]) -> set[int]:
    """Nobody moves or closes these areas until the transaction ends; which of them are closed."""
    held = held_areas(db.is_sqlite(session)).run(session, {"ids": listed(session, ids)})
    return {id for id, closed_on in held if closed_on}


@cache
def held_areas(sqlite: bool) -> Prepared:
    """The statement of hold_areas."""
    here = select(Area.id, Area.closed_on).where(among(Area.id, sqlite=sqlite)).order_by(Area.id)
    return Prepared(here if sqlite else here.with_for_update(read=True, key_share=True))
