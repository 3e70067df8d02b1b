"""Deadlines of a matter with why they are due then, and the clock ledger: who held it when, and how it stood."""

from typing import cast
from datetime import datetime, timedelta

from flask import g
from pydantic import BaseModel

from casemgr.api.cases import CASE, holder_named
from casemgr.api.operations import operation
from casemgr.api.shapes import Holder
from casemgr.queries import case_page
from casemgr.queries.case_page import Names
from casemgr.services.books import load_books
from casemgr.web.matters.cases import get_draft
from casemgr.web.matters.times import ORDER, Story, deadline_stories, ledger
from workflows.ledger import Span, totals
from workflows.view import Duty


class RungShown(BaseModel):
    """An instant of the ladder: when it is due, when it fired, whom it tells."""

    name: str
    due_at: datetime | None
    fired_at: datetime | None
    skipped: bool
    tells: str


class Happened(BaseModel):
    """Something that happened to a deadline."""

    at: datetime
    what: str


class DeadlineShown(BaseModel):
    """A deadline: how it stands, what it counts from and why it is due then, in sentences; what happened to it; its
    ladder. `right`: a right of the parties, which only reminds."""

    key: str
    label: str
    status: str
    due_at: datetime | None
    provisional: bool
    late: bool
    right: bool
    counted_from: str
    source: str
    owner: str
    why: list[str]
    happened: list[Happened]
    ladder: list[RungShown]


class DeadlinesShown(BaseModel):
    """Every deadline the matter has or had, what falls due first in front."""

    items: list[DeadlineShown]


class SpanShown(BaseModel):
    """From one instant up to another, who held it and how it stood: late, running, paused, met or closed."""

    from_at: datetime
    to_at: datetime
    state: str
    holder: Holder


class TotalShown(BaseModel):
    """The seconds of one holder by state."""

    holder: Holder
    seconds: dict[str, int]


class LedgerShown(BaseModel):
    """Every second since registration, once, up to `until`."""

    until: datetime
    spans: list[SpanShown]
    totals: list[TotalShown]


@operation("GET", f"{CASE}/deadlines", act="work", shows=DeadlinesShown)
def list_deadlines(case_id: int) -> DeadlinesShown:
    """The deadlines of a matter, with the arithmetic and the ladder of each."""
    return DeadlinesShown(items=[shown(story) for story in deadline_stories(g.session, get_draft(case_id), g.at)])


def shown(story: Story) -> DeadlineShown:
    """A deadline told."""
    same = ("key", "label", "status", "due_at", "provisional", "right", "counted_from", "source", "owner", "why")
    return DeadlineShown(
        **{name: getattr(story, name) for name in same}, late=story.is_late,
        happened=[Happened(at=at, what=what) for at, what in story.events],
        ladder=[
            RungShown(name=r.name, due_at=r.at, fired_at=r.fired_at, skipped=r.skipped, tells=r.audience) for r in story.rungs
        ],
    )  # fmt: skip


@operation("GET", f"{CASE}/ledger", act="work", shows=LedgerShown)
def show_ledger(case_id: int) -> LedgerShown:
    """The clock ledger: who held the matter when, in which state of its clocks, and the sums."""
    draft = get_draft(case_id)
    held = case_page.holdings_of(g.session, case_id)
    found = ledger(draft, held, case_page.deadline_facts_of(g.session, case_id), load_books(g.session), g.at)
    names = case_page.load_names(g.session, **case_page.ids_held(held))
    return LedgerShown(until=g.at, spans=[span_shown(span, names) for span in found], totals=sums(found, names))


def span_shown(span: Span, names: Names) -> SpanShown:
    """A stretch of one holder and one state."""
    return SpanShown(from_at=span.from_at, to_at=span.to_at, state=span.state, holder=holder_named(cast(Duty, span.holder), names))


def sums(found: tuple[Span, ...], names: Names) -> list[TotalShown]:
    """The time of each holder by state, in seconds."""
    return [
        TotalShown(
            holder=holder_named(cast(Duty, holder), names),
            seconds={state: int(states.get(state, timedelta()).total_seconds()) for state in ORDER},
        )
        for holder, states in totals(found).items()
    ]
