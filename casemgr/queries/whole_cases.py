"""What is read of cases that are to be worked on: a handful of statements for any number of them, built once a process."""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Table, case, select

from casemgr.models import Case, DeadlineFact, DeadlineRow, Party, Request, RungFired
from casemgr.queries.prepared import Prepared, among

CASES, CLOCKS, FACTS, RUNGS = Case.__table__, DeadlineRow.__table__, DeadlineFact.__table__, RungFired.__table__
ORDER = case({"start": 0, "reopen": 1, "pause": 3}, value=FACTS.c.kind, else_=2)  # of one event: it starts or comes back first


class Reads(NamedTuple):
    """The statements; each has one parameter, `ids` (prepared.listed)."""

    cases: Prepared
    locked: Prepared
    parties: Prepared
    requests: Prepared
    clocks: Prepared
    facts: Prepared
    rungs: Prepared


@cache
def reads(sqlite: bool) -> Reads:
    """The statements for a database."""

    def of(column: Any) -> Any:
        return among(column, sqlite=sqlite)

    cases = select(CASES).where(of(CASES.c.id)).order_by(CASES.c.id)
    party = Party.__table__.c
    parties = select(party.case_id, party.id, party.side, party.consent, party.representative, party.person_id)
    requests = select(CASES.c.parent_id, Request.kind).join(Request, Request.case_id == CASES.c.id)
    # after the start an event only pauses: what else it did to the deadline came before, and is history
    since = (FACTS.c.seq > CLOCKS.c.from_seq) | ((FACTS.c.seq == CLOCKS.c.from_seq) & FACTS.c.kind.in_(("start", "pause")))
    facts = select(FACTS.c.case_id, FACTS.c.key, FACTS.c.kind, FACTS.c.at, FACTS.c.data).join(CLOCKS, same(FACTS) & since)
    rungs = select(RUNGS.c.case_id, RUNGS.c.key, RUNGS.c.rung, RUNGS.c.act, RUNGS.c.epoch == CLOCKS.c.epoch)
    return Reads(
        Prepared(cases), Prepared(cases if sqlite else cases.with_for_update()),
        Prepared(parties.where(of(party.case_id)).order_by(party.id)),
        Prepared(requests.where(of(CASES.c.parent_id), CASES.c.closed_at.is_(None))),
        Prepared(select(CLOCKS).where(of(CLOCKS.c.case_id))),
        Prepared(facts.where(of(FACTS.c.case_id)).order_by(FACTS.c.case_id, FACTS.c.key, FACTS.c.seq, ORDER)),
        Prepared(rungs.join(CLOCKS, same(RUNGS) & (RUNGS.c.seq >= CLOCKS.c.from_seq)).where(of(RUNGS.c.case_id))),
    )  # fmt: skip


def same(table: Table) -> Any:
    """The condition that a row belongs to a deadline."""
    return (table.c.case_id == CLOCKS.c.case_id) & (table.c.key == CLOCKS.c.key)


@cache
def detail_of(table: Table, sqlite: bool) -> Prepared:
    """The rows of the table that only one process has."""
    return Prepared(select(table).where(among(table.c.case_id, sqlite=sqlite)))
