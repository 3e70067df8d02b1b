"""Random histories of the street: whatever people, clocks and sweeps do, what must always hold still holds.

More of them: CASEMGR_TEST_HISTORIES=500 plays that many, other ones every time.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.jobs.site import Site, open_site
from casemgr.models import AreaPath, Case, Event, Fact, Notice, RungFired
from casemgr.policy import Actor, visible
from casemgr.queries import case_page
from casemgr.queries.actors import load_actor
from casemgr.services.books import Books, load_books
from casemgr.services.drafts import Draft, load_drafts
from casemgr.services.recount import verify_deadlines
from casemgr.services.telling import VACANT
from casemgr.web.matters.times import ledger
from tests.histories import BEGINNING, OFTEN, Act, Life, sweep_now, undone
from workflows.clocks import CANCELLED, OPEN, PAUSED, RUNNING, ClockFact, replay
from workflows.guards import local_date
from workflows.ladder import ONCE, rung_instants
from workflows.ledger import CLOSED, LATE, WORST_FIRST
from workflows.roles import LEAD_LEVELS, LEVELS, TIER_LEVEL, TIERS
from workflows.view import Duty

MANY = int(os.environ.get("CASEMGR_TEST_HISTORIES", "0"))
EXAMPLES, LONGEST, QUIET_AFTER = MANY or 6, 90, 20
ACTS = st.lists(st.builds(Act, st.sampled_from(OFTEN), st.integers(0, 2**32)), min_size=40, max_size=LONGEST)
LOWERED = {"dispute.lowered", "case.regraded"}


@pytest.fixture
def site(settings: Any, engine: Any, world: Any) -> Site:
    return open_site(settings, engine)


@pytest.mark.timeout(MANY * 60 or 600)
@settings(
    max_examples=EXAMPLES, derandomize=not MANY, database=None, deadline=None,
    suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
)  # fmt: skip
@given(acts=ACTS)
def test_whatever_happens(site, world, acts):
    with undone(site) as alone:
        life = Life(alone, world, world.at)
        life.meet()
        watch = Watch()
        life.after = watch.look
        try:
            life.play((*BEGINNING, *acts))
            sweep_until_quiet(life)
            with life.session() as session:
                check_all(session, life)
        except Exception:
            note("\n".join(life.log[-40:]))
            raise


def sweep_until_quiet(life: Life) -> None:
    """Sweep every minute until nothing is due any more: a ladder ends, and no rung is refused for ever."""
    life.rng.seed(0)
    for _ in range(QUIET_AFTER):
        life.at += timedelta(minutes=1)
        sweep_now(life)
        if life.log[-1].endswith("{}"):
            return
    raise AssertionError(f"the sweep finds no end: {life.log[-6:]}")


class Watch:
    """What must hold from one act to the next: colours fall only by decision, and who is told may look."""

    def __init__(self) -> None:
        self.seq: dict[int, int] = {}
        self.tier: dict[int, str] = {}
        self.notice = 0

    def look(self, life: Life, act: Act) -> None:
        """Compare with how it stood before the act."""
        with life.session() as session:
            cases = session.scalars(select(Case).order_by(Case.id).execution_options(populate_existing=True)).all()
            for case in cases:
                self.colours(session, case)
            self.told(session, life)

    def colours(self, session: Session, case: Case) -> None:
        """A confirmed tier falls by an approved lowering or a correction alone."""
        before = self.tier.get(case.id, "")
        now = case.tier if case.tier_confirmed else ""
        if before and TIERS.index(before) > (TIERS.index(now) if now else -1):
            query = select(Event.kind).where(Event.stream == "case", Event.stream_id == case.id, Event.seq > self.seq[case.id])
            assert LOWERED & set(session.scalars(query)), f"case {case.id} fell from {before} to {now or 'nothing'}"
        self.seq[case.id], self.tier[case.id] = case.trail_seq, now

    def told(self, session: Session, life: Life) -> None:
        """Nobody is told of a matter that he may not see, but for the alarm about a vacant post."""
        for notice in session.scalars(select(Notice).where(Notice.id > self.notice).order_by(Notice.id)):
            self.notice = notice.id
            if notice.code == VACANT:
                assert notice.params["role"] and notice.urgent
            actor = load_actor(session, notice.account_id, local_date(life.at))
            sees = actor and session.scalar(select(Case.id).where(Case.id == notice.case_id, visible(actor)))
            assert sees or is_upper_alarm(session, notice, actor), (
                f"{[w for w, a in life.world.accounts.items() if a.id == notice.account_id]} is told {notice.code} "
                f"{notice.params} of {notice.case_id}, which he may not see: {life.log[-3:]}"
            )


def is_upper_alarm(session: Session, notice: Notice, actor: Actor | None) -> bool:
    """Whether it is the alarm about a vacant post, sent to whoever stands above the place."""
    area_id = session.scalar(select(Case.area_id).where(Case.id == notice.case_id))
    above = set(session.scalars(select(AreaPath.ancestor_id).where(AreaPath.descendant_id == area_id)))
    return notice.code == VACANT and actor is not None and bool(above & {*actor.areas("secretary", "operator", "supervisor")})


# --- what must hold at the end


def check_all(session: Session, life: Life) -> None:
    """Everything that must hold of every matter at any time."""
    for faults in (audit.verify(session)[1], audit.verify_values(session), verify_deadlines(session)[1]):
        assert not faults, faults
    books = load_books(session)
    drafts = load_drafts(session, session.scalars(select(Case.id)), lock=False)
    for id, draft in drafts.items():
        trail_in_order(session, draft)
        caches_follow_facts(session, draft)
        lead_fits(draft)
        clocks_fit(session, draft, books, life.at)
        rungs_fit(session, draft, books, life.at)
        ledger_fits(session, draft, books, life.at)
        assert id == draft.row["id"]


def trail_in_order(session: Session, draft: Draft) -> None:
    """Numbers without a gap, time never backwards, states that follow one another."""
    query = select(Event).where(Event.stream == "case", Event.stream_id == draft.row["id"]).order_by(Event.seq)
    events = session.scalars(query).all()
    assert [e.seq for e in events] == list(range(1, draft.row["trail_seq"] + 1))
    assert all(a.at <= b.at for a, b in pairwise(events))
    assert events[-1].at == draft.row["trail_at"]
    moves = [e for e in events if "to" in e.data and "step" in e.data]
    assert all(a.data["to"] == b.data["from"] for a, b in pairwise(moves))
    assert moves[-1].data["to"] == draft.row["state"]
    assert (draft.row["closed_at"] is not None) == draft.state.closed


def caches_follow_facts(session: Session, draft: Draft) -> None:
    """The latest facts, the next due time and the holder are what their rows say."""
    rows = session.scalars(select(Fact).where(Fact.case_id == draft.row["id"]).order_by(Fact.seq))
    assert draft.row["facts"] == {row.name: row.value["v"] for row in rows}
    waiting = [
        (row["due_at"], key)
        for key, row in draft.clock_rows.items()
        if row["status"] == RUNNING and row["due_at"] and not draft.flow.deadline(key).right
    ]
    assert (draft.row["next_due_at"], draft.row["next_due_key"]) == min(waiting, default=(None, ""))
    last = case_page.holdings_of(session, draft.row["id"])[-1]
    row = draft.row
    assert (last.role, last.area_id, last.account_id) == (row["holder_role"], row["holder_area_id"], row["holder_id"])
    assert last.closed == draft.state.closed


def lead_fits(draft: Draft) -> None:
    """The lead is an ancestor of the matter's place, at its level, never below what the colour asks for."""
    row, path = draft.row, dict(draft.path)
    assert row["lead_area_id"] in path, (row["id"], row["process"])
    assert row["level"] in LEAD_LEVELS and path[row["lead_area_id"]] == row["level"]
    if row["tier"] and row["tier_confirmed"]:
        assert LEVELS.index(row["level"]) >= LEVELS.index(TIER_LEVEL[row["tier"]]), (row["tier"], row["level"])


def clocks_fit(session: Session, draft: Draft, books: Books, at: datetime) -> None:
    """A paused or ended deadline is never late; nothing runs in a closed matter, something in every open one."""
    statuses = {key: row["status"] for key, row in draft.clock_rows.items()}
    for key, facts in draft.clock_facts.items():
        clock = replay(key, facts, books.calendars)
        assert clock.status in (RUNNING, PAUSED) or clock.ended_at is not None
        if clock.status in (PAUSED, CANCELLED):
            assert not clock.is_late(at), key
    is_open = [key for key, status in statuses.items() if status in OPEN]
    assert bool(is_open) != draft.state.closed, statuses
    if draft.state.pauses:
        assert all(status != RUNNING or not draft.flow.deadline(key).pauses for key, status in statuses.items()), statuses
    else:
        assert PAUSED not in statuses.values(), statuses


def facts_since_start(session: Session, draft: Draft) -> dict[str, list[ClockFact]]:
    """All facts of every deadline since its latest start, read anew and in full."""
    found: dict[str, list[ClockFact]] = defaultdict(list)
    for fact in case_page.deadline_facts_of(session, draft.row["id"]):
        if fact.kind == "start":
            found[fact.key] = []
        found[fact.key].append(ClockFact(fact.kind, fact.at, fact.data))
    return found


def rungs_fit(session: Session, draft: Draft, books: Books, at: datetime) -> None:
    """What is due has fired, nothing came early, and no lateness brings the same card twice."""
    rungs = session.scalars(select(RungFired).where(RungFired.case_id == draft.row["id"])).all()
    assert not (draft.row["history"] and rungs)
    assert all(rung.fired_at >= rung.due_at for rung in rungs)
    starts: dict[str, list[int]] = defaultdict(list)
    for fact in case_page.deadline_facts_of(session, draft.row["id"]):
        if fact.kind == "start":
            starts[fact.key].append(fact.seq)
    spent = Counter((r.key, max(s for s in starts[r.key] if s <= r.seq), r.act) for r in rungs if r.act in ONCE)
    assert max(spent.values(), default=0) <= 1, spent
    if draft.row["history"]:
        return
    for key, facts in facts_since_start(session, draft).items():
        clock = replay(key, facts, books.calendars)
        if clock.status != RUNNING or clock.facts is None:
            continue
        fired = {r.rung for r in rungs if (r.key, r.epoch) == (key, clock.epoch)}
        given = {(r.rung, r.act) for r in rungs if r.key == key and r.epoch != clock.epoch and r.seq >= starts[key][-1]}
        ladder = rung_instants(
            books.calendars[clock.calendar], clock.facts, books.rules.rungs(draft.row["process"], key, clock.tier),
            tier=clock.tier, epoch_start=clock.epoch_at, not_before=clock.not_before, given=given,
        )  # fmt: skip
        due = {r.name for r in ladder if r.at and r.at <= at and not r.skipped}
        assert due <= fired, f"{draft.row['id']} {key}: {due - fired} never fired"


def ledger_fits(session: Session, draft: Draft, books: Books, at: datetime) -> None:
    """The ledger covers the whole time, span by span, and ends with the present holder in the present state."""
    held, facts = case_page.holdings_of(session, draft.row["id"]), case_page.deadline_facts_of(session, draft.row["id"])
    until = max(at, draft.row["trail_at"]) + timedelta(seconds=1)
    found = ledger(draft, held, facts, books, until)
    assert found[0].from_at == draft.row["registered_at"]
    assert found[-1].to_at == until
    assert all(a.to_at == b.from_at and a.from_at < a.to_at for a, b in pairwise(found))
    assert all((a.holder, a.state) != (b.holder, b.state) for a, b in pairwise(found))
    row = draft.row
    assert found[-1].holder == Duty(row["holder_role"], row["holder_area_id"], None, row["holder_department_id"], row["holder_id"])
    assert all((span.state == CLOSED) == (span.holder.role == "closed") for span in found)
    assert found[-1].state in states_now(draft, until - timedelta(microseconds=1))


def states_now(draft: Draft, at: datetime) -> set[str]:
    """The state in which a matter can stand now: the worst of its deadlines. One paused too late stays late."""
    if draft.state.closed:
        return {CLOSED}
    found = {state for key, row in draft.clock_rows.items() for state in state_of(draft, key, row, at)}
    worst = next((state for state in WORST_FIRST if state in found), "met")
    return {worst, LATE} if worst == PAUSED or PAUSED in found else {worst}


def state_of(draft: Draft, key: str, row: dict[str, Any], at: datetime) -> Iterator[str]:
    """How an open deadline stands; a right of the parties makes nobody late."""
    if row["status"] not in OPEN:
        return
    late = row["due_at"] is not None and row["due_at"] <= at and not draft.flow.deadline(key).right
    yield LATE if late and row["status"] == RUNNING else row["status"]
