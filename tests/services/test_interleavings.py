"""Several people, sweeps and imports at the same instant, each with a session of its own: nothing lost, nothing doubled.

PostgreSQL lets them meet anywhere; SQLite has one writer, so that whoever comes second sees what the first one did.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.errors import AlreadyThere, CasemgrError, Refused, Stale
from casemgr.jobs import sweep
from casemgr.jobs.site import Site, open_site
from casemgr.models import Case, DeadlineRow, Event, ImportRow, IncomingItem, Notice, NumberSeries, Person, RungFired
from casemgr.policy import IMPORTER, SCHEDULER
from casemgr.services import imports, incoming, requests
from casemgr.services.cases import Ask, Taken, take_step, take_steps
from casemgr.services.drafts import load_drafts
from casemgr.services.recount import verify_deadlines
from tests.world import World

HOUR = timedelta(hours=1)
PATIENCE = 60  # seconds that a thread may take; whoever waits longer waits for ever

Work = Callable[[Session], Any]


@pytest.fixture
def site(settings: Any, engine: Any, world: World) -> Site:
    return open_site(settings, engine)


class Crowd:
    """Threads that set off together, each in a transaction of its own."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def at_once(self, *works: Work) -> list[Any]:
        """What came of each: its value, or the refusal that it met."""
        start = threading.Barrier(len(works))

        def one(work: Work) -> Any:
            start.wait(PATIENCE)
            try:
                with self.site.sessions() as session, db.transaction(session):
                    return work(session)
            except CasemgrError as error:
                return error

        with ThreadPoolExecutor(len(works)) as pool:
            return [found.result(PATIENCE) for found in [pool.submit(one, work) for work in works]]

    def both_loaded(self, *works: Work) -> list[Any]:
        """The same, but nobody goes on before everybody has read: with a snapshot of the state before any of them wrote."""
        met = threading.Barrier(len(works))

        def after_reading(work: Work) -> Work:
            def go_on(session: Session) -> Any:
                with self.site.readings() as reading:
                    list(reading.scalars(select(Case.version)))
                met.wait(PATIENCE) if not db.is_sqlite(session) else None
                return work(session)

            return go_on

        return self.at_once(*(after_reading(work) for work in works))


@pytest.fixture
def crowd(site: Site) -> Crowd:
    return Crowd(site)


@pytest.fixture
def session(site: Site):
    with site.sessions() as session:
        yield session


@pytest.fixture
def case_id(session: Session, world: World) -> int:
    return accepted(session, world)[0]


def accepted(session: Session, world: World, count: int = 1, **facts: Any) -> list[int]:
    """Accepted disputes of grid a1."""
    with db.transaction(session):
        ids = [world.open_dispute(session, "worker_a1", "grid_a1", f"争吵第{n}次").case_id for n in range(count)]
        asks = [Ask(id, "accept", {"category": "0299", **facts}) for id in ids]
        assert all(isinstance(t, Taken) for t in take_steps(session, asks, actor=world.actor(session, "head_a"), at=world.at))
    return ids


def taking(world: World, case_id: int, step: str, who: str, /, seen: int | None = None, **data: Any) -> Work:
    """One step by somebody, an hour after all began."""

    def work(session: Session) -> Taken:
        actor = world.actor(session, who)
        return take_step(session, case_id, step, actor=actor, at=world.at + HOUR, data=data, seen_version=seen)

    return work


def assert_sound(session: Session) -> None:
    """No chain is broken and every deadline is what its facts say."""
    for faults in (audit.verify(session)[1], audit.verify_values(session), verify_deadlines(session)[1]):
        assert not faults, faults


def kinds(session: Session, case_id: int) -> Counter[str]:
    query = select(Event.kind).where(Event.stream == "case", Event.stream_id == case_id)
    return Counter(session.scalars(query))


def fresh(session: Session, case_id: int) -> Case:
    return session.scalars(select(Case).where(Case.id == case_id).execution_options(populate_existing=True)).one()


# --- one case


@pytest.mark.parametrize("crowd_of", [2, 4])
def test_of_moves_made_from_the_same_page_one_wins(crowd, session, world, case_id, crowd_of):
    version = fresh(session, case_id).version
    session.rollback()
    logins = ("mediator_a", "mediator_b", "street_mediator_a", "mediator_a")[:crowd_of]
    works = [taking(world, case_id, "assign", "head_a", version, handler_id=world.accounts[who].id) for who in logins]
    outcomes = crowd.both_loaded(*works)
    assert [type(o) for o in outcomes].count(Taken) == 1, outcomes
    assert all(isinstance(o, Taken | Stale) for o in outcomes), outcomes
    assert fresh(session, case_id).version == version + 1
    assert kinds(session, case_id)["dispute.assigned"] == 1
    assert_sound(session)


def test_of_contrary_moves_without_a_page_the_second_meets_the_law(crowd, session, world, case_id):
    works = (
        taking(world, case_id, "terminate", "head_a", ground="refuses"),
        taking(world, case_id, "assign", "head_a", handler_id=world.accounts["mediator_a"].id),
    )
    outcomes = crowd.both_loaded(*works)
    case = fresh(session, case_id)
    assert isinstance(outcomes[0], Taken), outcomes  # from accepted and from assigned alike
    assert case.state == "terminated"
    assert isinstance(outcomes[1], Taken | Refused), outcomes
    assert case.version == 2 + sum(isinstance(o, Taken) for o in outcomes)
    assert_sound(session)


@pytest.mark.parametrize("crowd_of", [2, 4])
def test_appends_at_once_are_all_kept(crowd, session, world, case_id, crowd_of):
    version = fresh(session, case_id).version
    session.rollback()
    notes = [taking(world, case_id, "record_note", "head_a", version, note=f"第{n}条") for n in range(crowd_of)]
    assert all(isinstance(o, Taken) for o in crowd.both_loaded(*notes))
    assert kinds(session, case_id)["dispute.noted"] == crowd_of
    assert fresh(session, case_id).version == version
    assert_sound(session)


def test_facts_recorded_at_once_are_all_kept_and_raise_once(crowd, session, world, case_id):
    facts = ({"people": 40}, {"media": True}, {"money": 900_000}, {"police_calls": 5})
    outcomes = crowd.both_loaded(*(taking(world, case_id, "record_fact", "worker_a1", **one) for one in facts))
    assert all(isinstance(o, Taken) for o in outcomes), outcomes
    case = fresh(session, case_id)
    assert {"people", "media", "money", "police_calls"} <= case.facts.keys()
    assert (case.tier, kinds(session, case_id)["case.raised"]) == ("red", 1)
    assert_sound(session)


def test_the_same_request_asked_twice_at_once_is_one(crowd, session, world, case_id):
    def asking(session: Session) -> Taken:
        payload = {"length": "7 days", "reason": "等鉴定"}
        actor = world.actor(session, "head_a")
        return requests.ask(session, case_id, "extension", "extend", payload, "等鉴定", actor=actor, at=world.at + HOUR)

    outcomes = crowd.both_loaded(asking, asking)
    assert {type(o) for o in outcomes} == {Taken, AlreadyThere}, outcomes


def test_a_request_approved_and_withdrawn_at_once_ends_one_way(crowd, session, world, case_id):
    with db.transaction(session):
        payload = {"length": "7 days", "reason": "等鉴定"}
        asker = world.actor(session, "head_a")
        asked = requests.ask(session, case_id, "extension", "extend", payload, "等鉴定", actor=asker, at=world.at).case_id
        decider = next(d for d in ("grid_secretary_a1", "secretary_a") if may_decide(session, world, asked, d))

    def approving(session: Session) -> Taken:
        return requests.decide(session, asked, "approve", actor=world.actor(session, decider), at=world.at + HOUR)

    outcomes = crowd.both_loaded(approving, approving, taking(world, asked, "withdraw_request", "head_a"))
    assert [type(o) for o in outcomes].count(Taken) == 1, outcomes
    state = fresh(session, asked).state
    extended = session.get_one(DeadlineRow, (case_id, "settle")).extensions
    assert (state, extended) in (("approved", 1), ("lapsed", 0))
    assert_sound(session)


def may_decide(session: Session, world: World, request_id: int, who: str) -> bool:
    """Whether it waits for a post of his."""
    detail = load_drafts(session, [request_id], lock=False)[request_id].detail
    held = {(post.role, post.area_id) for post in world.actor(session, who).posts}
    return (detail["decider_role"], detail["decider_area_id"]) in held


# --- many cases


def test_batches_over_the_same_cases_in_either_order_do_not_lock_each_other_out(crowd, session, world):
    ids = accepted(session, world, 12)

    def noting(order: Sequence[int]) -> Work:
        def work(session: Session) -> list[Any]:
            actor = world.actor(session, "head_a")
            asks = [Ask(id, "record_note", {"note": "一起"}) for id in order]
            return take_steps(session, asks, actor=actor, at=world.at + HOUR)

        return work

    outcomes = crowd.both_loaded(*(noting(order) for order in (ids, ids[::-1], ids[6:] + ids[:6], ids[::2] + ids[1::2])))
    assert all(isinstance(o, Taken) for found in outcomes for o in found)
    assert all(kinds(session, id)["dispute.noted"] == 4 for id in ids)
    assert_sound(session)


def test_numbers_are_gapless_and_given_once_with_four_writers(crowd, session, world):
    def opening(who: str, grid: str) -> Work:
        def work(session: Session) -> list[str]:
            return [world.open_dispute(session, who, grid, f"争吵{n}").number for n in range(3)]

        return work

    places = (("worker_a1", "grid_a1"), ("worker_a2", "grid_a2"), ("worker_b1", "grid_b1"), ("worker_c1", "grid_c1"))
    given = [crowd.at_once(*(opening(*place) for place in places)) for _ in range(3)]
    numbers = sorted(number for round in given for found in round for number in found)
    assert numbers == [
        *(f"调〔2026〕199001-{n:06}" for n in range(1, 28)), *(f"调〔2026〕199002-{n:06}" for n in range(1, 10)),
    ]  # fmt: skip
    assert session.scalar(select(func.sum(NumberSeries.last)).where(NumberSeries.process == "dispute")) == 36
    assert_sound(session)


def test_a_rolled_back_opening_beside_others_leaves_no_gap(crowd, session, world):
    def opening(session: Session) -> str:
        return world.open_dispute(session, "worker_a1", "grid_a1", "争吵").number

    def regretting(session: Session) -> str:
        opening(session)
        raise Refused()

    outcomes = crowd.at_once(opening, regretting, opening, regretting)
    numbers = sorted(o for o in outcomes if isinstance(o, str))
    assert numbers == ["调〔2026〕199001-000001", "调〔2026〕199001-000002"]


# --- sweeps


def test_sweeps_at_once_fire_every_rung_once(site, session, world):
    ids = accepted(session, world, 10) + accepted(session, world, 5, people=6) + accepted(session, world, 5, people=40)
    at = world.at + timedelta(days=20)
    with ThreadPoolExecutor(4) as pool:
        done = [found.result(PATIENCE) for found in [pool.submit(sweep.run, site, at) for _ in range(4)]]
    counts = sum((Counter(d.counts) for d in done), Counter())
    assert not {"failed", "refused"} & {*counts}, counts
    rungs = session.scalars(select(RungFired)).all()
    assert counts["rungs"] == len(rungs) > len(ids)
    for minute in range(1, 6):
        sweep.run(site, at + timedelta(minutes=minute))
    session.rollback()
    assert session.scalar(select(func.count()).where(DeadlineRow.next_rung_at <= at)) == 0
    told = session.execute(select(Notice.account_id, Notice.case_id, Notice.seq, Notice.code)).all()
    assert len(told) == len(set(told))
    assert_sound(session)


def test_a_sweep_beside_people_loses_neither(site, crowd, session, world):
    ids = accepted(session, world, 8)
    at = world.at + timedelta(days=9)

    def contacting(id: int) -> Work:
        def work(session: Session) -> Taken:
            data = {"way": "phone", "said": "谈过了"}
            return take_step(session, id, "record_contact", actor=world.actor(session, "worker_a1"), at=at, data=data)

        return work

    with ThreadPoolExecutor(1) as pool:
        swept = pool.submit(sweep.run, site, at)
        outcomes = [o for pair in zip(ids[::2], ids[1::2], strict=True) for o in crowd.at_once(*map(contacting, pair))]
        assert not {"failed", "refused"} & {*swept.result(PATIENCE).counts}
    assert all(isinstance(o, Taken) for o in outcomes), outcomes
    for minute in range(3):
        sweep.run(site, at + timedelta(minutes=minute))
    for id in ids:
        assert kinds(session, id)["dispute.contacted"] == 1
        assert kinds(session, id)["dispute.raised_overdue"] == 1
        assert fresh(session, id).tier == "orange"
    assert_sound(session)


# --- sorting and imports


def message(world: World, key: str, area: str = "community_a") -> incoming.Message:
    """A message from somebody who writes often."""
    reporter = {"name": "周某", "phone": f"1390000{int(key[-1]) % 3:04}"}
    return incoming.Message(key, world.areas[area].id, "mailbox", "三楼漏水", "三楼漏水,邻居不肯修,多次协商不成", reporter=reporter)


def test_an_item_sorted_twice_at_once_becomes_one_dispute(crowd, session, world):
    with db.transaction(session):
        item = incoming.register(session, [message(world, "m1")], actor=IMPORTER, at=world.at)[0].case_id

    def sorting(who: str) -> Work:
        def work(session: Session) -> Taken:
            actor = world.actor(session, who)
            return incoming.sort_item(session, item, {"becomes": "dispute", "category": "0299"}, actor=actor, at=world.at + HOUR)

        return work

    outcomes = crowd.both_loaded(sorting("street_operator_a"), sorting("street_operator_a"), sorting("head_a"))
    assert [type(o) for o in outcomes].count(Taken) == 1, outcomes
    made = session.scalars(select(Case.id).where(Case.process == "dispute")).all()
    assert len(made) == 1
    assert session.get_one(IncomingItem, item).became_id == made[0]
    assert_sound(session)


def test_imports_of_the_same_rows_and_sorting_at_once(crowd, session, world):
    with db.transaction(session):
        items = [
            t.case_id for t in incoming.register(session, [message(world, f"old{n}") for n in range(6)], actor=IMPORTER, at=world.at)
        ]

    def importing(name: str, keys: Sequence[int]) -> Work:
        def work(session: Session) -> Counter[str]:
            batch = imports.begin_batch(
                session, sha256=name, name=name, channel="mailbox", mapping="", area_id=world.areas["street_a"].id,
                history=False, at=world.at,
            )  # fmt: skip
            arrivals = [imports.Arrival(line, f"new{n}", message(world, f"new{n}")) for line, n in enumerate(keys)]
            try:
                with session.begin_nested():
                    landed = imports.land(session, batch, arrivals, actor=IMPORTER, at=world.at + HOUR)
            except IntegrityError:  # the other one takes in the same rows: as intake does, once more
                landed = imports.land(session, batch, arrivals, actor=IMPORTER, at=world.at + HOUR)
            return Counter(row.outcome for row in landed)

        return work

    def sorting(session: Session) -> list[Any]:
        return incoming.sort_many(session, items, actor=world.actor(session, "street_operator_a"), at=world.at + HOUR)

    first, second, third = crowd.at_once(importing("a", range(8)), importing("b", range(4, 12)), sorting)
    assert first + second == Counter(created=12, existing=4)
    assert all(isinstance(o, Taken) for o in third), third
    assert session.scalar(select(func.count()).select_from(IncomingItem)) == 18
    assert session.scalar(select(func.count()).select_from(ImportRow)) == 16
    numbers = session.execute(select(Case.process, Case.number).where(Case.number.is_not(None)).order_by(Case.number)).all()
    for process, count in (("incoming", 18), ("dispute", 6)):
        assert [int(n[-6:]) for p, n in numbers if p == process] == list(range(1, count + 1))
    assert session.scalar(select(func.count()).select_from(Person)) >= 3
    assert_sound(session)


def test_rungs_asked_for_twice_at_once_fire_once(crowd, session, world, case_id):
    def firing(session: Session) -> list[Any]:
        return [sweep.fire_due(session, [case_id], world.at + timedelta(days=8))]

    crowd.both_loaded(firing, firing, firing, firing)
    fired = session.execute(select(RungFired.key, RungFired.epoch, RungFired.rung)).all()
    assert len(fired) == len(set(fired)) > 0
    assert kinds(session, case_id)["dispute.raised_overdue"] == 1
    assert fresh(session, case_id).tier == "orange"
    assert SCHEDULER.kind in set(session.scalars(select(Event.actor).where(Event.stream_id == case_id)))
    assert_sound(session)
