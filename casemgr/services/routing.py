"""Routing put to work: the suggestion for one case, and the queue of accepted cases drained into free hands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from casemgr.errors import CasemgrError
from casemgr.models import Case, Event
from casemgr.policy import SCHEDULER
from casemgr.queries.mediators import candidates_for
from casemgr.services.books import Books, load_books
from casemgr.services.cases import Ask, take_steps
from casemgr.services.drafts import load_drafts
from workflows.routing import SENTENCES, Candidate, Nobody, Routed, route
from workflows.view import Reason

ALARM, QUEUED = "dispute.alarmed", ("dispute.accepted", "dispute.declined")  # events: nobody fits; what brings into the queue


@dataclass(frozen=True, slots=True)
class Drained:
    """How many cases were given to somebody, and for how many nobody fits."""

    routed: int = 0
    nobody: int = 0
    refused: int = 0


def suggest(session: Session, case: Case, *, at: datetime) -> Routed | Nobody:
    """Who should get this case now, and why."""
    on = load_books(session).calendar.local(at).date()
    return route(candidates_for(session, [case], on)[case.id])


def why_in_words(why: tuple[Reason, ...]) -> str:
    """The reasons as they are kept with the assignment: codes and parameters a page can say in any language."""
    return "; ".join(SENTENCES[reason.code] % dict(reason.params) for reason in why)


def drain(session: Session, *, at: datetime, limit: int = 200) -> Drained:
    """Give waiting cases to free mediators, the most pressing first; each choice counts in the load of the next.

    Looks at `limit` cases at a time, and past those that fit nobody, so that they do not stand in the way of the rest.
    """
    books = load_books(session)
    on, query = books.calendar.local(at).date(), waiting_cases(books, at).limit(limit)
    asks: list[Ask] = []
    alone: list[int] = []
    while not asks and (waiting := session.scalars(query.offset(len(alone))).all()):
        asks, none = choose(session, list(waiting), on)
        alone += none
    routed = len(asks)
    silent = without_alarm(session, alone)
    drafts = load_drafts(session, {ask.case_id for ask in asks}.union(silent))
    # asked again, now that they are locked: another scheduler may have raised it meanwhile
    asks += [Ask(id, "alarm", {"deadline": "contact"}) for id in without_alarm(session, silent)]
    outcomes = take_steps(session, asks, actor=SCHEDULER, at=at, drafts=drafts)
    refused = sum(isinstance(outcome, CasemgrError) for outcome in outcomes)
    return Drained(routed, len(alone), refused)


def waiting_cases(books: Books, at: datetime) -> Select[Case]:
    """Accepted cases with nobody in charge whose head has had time to choose; red ones at once."""
    wait = timedelta(minutes=books.rules.number("routing", "automatic_after_minutes"))
    ripe = or_(Case.tier == "red", Case.last_act_at <= at - wait)
    return (
        select(Case)
        .where(Case.process == "dispute", Case.state == "accepted", Case.closed_at.is_(None), Case.history.is_(False))
        .where(and_(Case.handler_id.is_(None), ripe))
        .order_by(Case.next_due_at, Case.id)
    )


def choose(session: Session, waiting: list[Case], on: date) -> tuple[list[Ask], list[int]]:
    """The assignments, and the cases for which nobody fits."""
    found = candidates_for(session, waiting, on)
    extra: dict[int, int] = {}
    asks, alone = [], []
    for case in waiting:
        now = [with_more(one, extra) for one in found[case.id]]
        choice = route(now)
        if isinstance(choice, Nobody):
            alone.append(case.id)
            continue
        extra[choice.account_id] = extra.get(choice.account_id, 0) + 1
        data = {"handler_id": choice.account_id, "team_id": choice.team_id, "why": why_in_words(choice.why)}
        asks.append(Ask(case.id, "auto_assign", data))
    return asks, alone


def with_more(one: Candidate, extra: dict[int, int]) -> Candidate:
    """The candidate with what this round has given him already."""
    return replace(one, load=one.load + extra.get(one.account_id, 0))


def without_alarm(session: Session, ids: Sequence[int]) -> list[int]:
    """Those of the cases for which no alarm was raised since they came to wait."""
    last = func.max(Event.seq)
    query = select(Event.stream_id).where(Event.stream == "case", Event.stream_id.in_(ids)).group_by(Event.stream_id)
    raised, queued = last.filter(Event.kind == ALARM), func.coalesce(last.filter(Event.kind.in_(QUEUED)), 0)
    told = set(session.scalars(query.having(raised > queued)))
    return [id for id in ids if id not in told]
