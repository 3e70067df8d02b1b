"""The door: version, policy, law, trail, deadlines, holder and notices together or not at all; batches; the guarded trail."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.errors import Invalid, NotAllowed, NotFound, Refused, Stale
from casemgr.models import (
    Case, DeadlineFact, DeadlineRow, Event, EventValue, Fact, Holding, Notice, NumberSeries, Outgoing, Party, Person, RungFired,
)
from casemgr.policy import SCHEDULER
from casemgr.services.cases import Ask, Rung, Taken, take_step, take_steps
from casemgr.services.recount import verify_deadlines
from tests.world import World

COUNTED = (Case, Event, EventValue, Fact, DeadlineFact, DeadlineRow, Holding, Notice, Outgoing, Person)


@pytest.fixture
def case_id(session: Session, world: World) -> int:
    with db.transaction(session):
        return world.open_dispute(session, "worker_a1", "grid_a1", "楼上漏水,物业不修").case_id


def after(world: World, **delta: float) -> datetime:
    return world.at + timedelta(**delta)


def step(session: Session, world: World, case_id: int, name: str, who: str, data=None, hours=1.0, **more) -> Taken:
    with db.transaction(session):
        return take_step(
            session, case_id, name, actor=world.actor(session, who), at=after(world, hours=hours), data=data, **more
        )


def accept(session: Session, world: World, case_id: int, **facts) -> Taken:
    return step(session, world, case_id, "accept", "head_a", {"category": "0201", **facts})


def everything(session: Session) -> dict[str, int]:
    return {table.__name__: session.scalar(select(func.count()).select_from(table)) for table in COUNTED}


def test_acceptance_confirms_the_tier_and_starts_what_the_law_counts(session, world, case_id):
    accept(session, world, case_id, people=6)
    case = session.get_one(Case, case_id)
    assert (case.state, case.tier, case.tier_confirmed, case.level) == ("accepted", "orange", True, "community")
    assert case.lead_area_id == world.areas["community_a"].id
    assert (case.holder_role, case.holder_area_id) == ("head", world.areas["community_a"].id)
    clocks = {row.key: row for row in session.scalars(select(DeadlineRow).where(DeadlineRow.case_id == case_id))}
    assert {key: row.status for key, row in clocks.items()} == {
        "accept": "met", "contact": "running", "settle": "running", "progress": "running", "cap": "running",
    }
    assert clocks["settle"].due_on.isoformat() == "2026-03-17"  # 15 days after Monday 2 March
    assert clocks["cap"].due_on.isoformat() == "2026-04-02"
    assert case.assessment["reasons"][0][:2] == ["scale", "people_involved"]


def test_a_refused_step_changes_nothing_whatever_refused_it(session, world, case_id):
    before = everything(session)
    for error, name, who, data, more in (
        (NotAllowed, "accept", "head_c", {"category": "0201"}, {}),  # another community
        (NotAllowed, "accept", "worker_a1", {"category": "0201"}, {}),  # not his duty
        (NotAllowed, "accept", "system_admin", {"category": "0201"}, {}),
        (Refused, "assign", "head_a", {"handler_id": world.accounts["mediator_a"].id}, {}),  # not accepted yet
        (Invalid, "accept", "head_a", {"category": "no such"}, {}),
        (Invalid, "accept", "head_a", {"category": "0201", "state": "closed"}, {}),  # not asked
        (Stale, "accept", "head_a", {"category": "0201"}, {"seen_version": 7}),
        (NotFound, "no_such_step", "head_a", {}, {}),
        (NotFound, "register", "head_a", {}, {}),  # opens, is no step
        (NotAllowed, "lower_tier", "secretary_a", {"tier": "yellow", "reason": "平静了"}, {}),  # only by request
    ):
        with pytest.raises(error):
            step(session, world, case_id, name, who, data, **more)
        assert everything(session) == before, name
    assert session.get_one(Case, case_id).state == "registered"


def test_every_guard_that_refuses_is_named_at_once(session, world, case_id):
    accept(session, world, case_id)
    step(session, world, case_id, "assign", "head_a", {"handler_id": world.accounts["mediator_a"].id})
    step(session, world, case_id, "take", "mediator_a")
    with pytest.raises(Refused) as caught:
        step(session, world, case_id, "agree_oral", "mediator_a", {
            "issues": "漏水", "terms": "修好", "done_on_the_spot": True, "written_wanted": False})  # fmt: skip
    assert {"party_missing", "rights_not_told"} <= {reason.code for reason in caught.value.reasons}


def test_an_unknown_mediator_is_refused_in_words(session, world, case_id):
    accept(session, world, case_id)
    with pytest.raises(Invalid) as caught:
        step(session, world, case_id, "assign", "head_a", {"handler_id": 999_999})
    assert list(caught.value.fields) == ["handler_id"]


def test_a_risen_fact_raises_at_once_and_is_told_apart_from_lateness(session, world, case_id):
    accept(session, world, case_id, people=6)
    step(session, world, case_id, "record_fact", "worker_a1", {"people": 40}, hours=30)
    case = session.get_one(Case, case_id)
    assert (case.tier, case.level, case.lead_area_id) == ("red", "street", world.areas["street_a"].id)
    raised = session.scalars(select(Event).where(Event.stream == "case", Event.stream_id == case_id, Event.kind == "case.raised")).one()
    assert raised.data["cause"] == "risk"
    assert raised.data["from"] == "orange"
    settle = session.get_one(DeadlineRow, (case_id, "settle"))
    assert (settle.due_on.isoformat(), settle.epoch) == ("2026-04-01", 2)  # 30 days from the original anchor
    told = set(session.scalars(select(Notice.account_id).where(Notice.case_id == case_id, Notice.code == "case.raised")))
    assert world.accounts["street_secretary_a"].id in told


def test_a_rung_fires_once_however_often_it_is_asked_for(session, world, case_id):
    accept(session, world, case_id)
    row = session.get_one(DeadlineRow, (case_id, "settle"))
    rung = Rung("settle", row.epoch, "overdue", row.due_at, "raise_overdue", ("handler", "lead"))
    ask = Ask(case_id, "raise_overdue", {"deadline": "settle"}, fires=(rung,))
    with db.transaction(session):
        first = take_steps(session, [ask], actor=SCHEDULER, at=row.due_at)[0]
    before = everything(session)
    with db.transaction(session):
        second = take_steps(session, [ask], actor=SCHEDULER, at=row.due_at)[0]
    assert isinstance(first, Taken)
    assert isinstance(second, Stale)
    assert everything(session) == before
    assert session.scalar(select(func.count()).select_from(RungFired)) == 1
    case = session.get_one(Case, case_id)
    session.refresh(case)
    assert (case.tier, case.level) == ("orange", "community")


def test_one_that_fails_in_a_batch_does_not_stop_the_others(session, world):
    with db.transaction(session):
        ids = [world.open_dispute(session, "worker_a1", "grid_a1", f"争吵第{n}次").case_id for n in range(5)]
    rung = Rung("accept", 1, "overdue", world.at, "urge")
    ask = Ask(ids[2], "urge", {"deadline": "accept"}, fires=(rung,))
    with db.transaction(session):
        take_steps(session, [ask], actor=SCHEDULER, at=after(world, days=1))
    asks = [Ask(id, "urge", {"deadline": "accept"}, fires=(rung,)) for id in (*ids, 404)]
    with db.transaction(session):
        outcomes = take_steps(session, asks, actor=SCHEDULER, at=after(world, days=2))
    assert [type(outcome).__name__ for outcome in outcomes] == ["Taken", "Taken", "Stale", "Taken", "Taken", "NotFound"]


def test_time_never_runs_backwards_on_a_case(session, world, case_id):
    accept(session, world, case_id)
    step(session, world, case_id, "record_note", "worker_a1", {"note": "补记"}, hours=-200)
    times = list(session.scalars(select(Event.at).where(Event.stream_id == case_id, Event.stream == "case").order_by(Event.seq)))
    assert times == sorted(times)


def test_an_append_needs_no_version_and_leaves_it_alone(session, world, case_id):
    version = session.get_one(Case, case_id).version
    step(session, world, case_id, "record_note", "worker_a1", {"note": "一"}, seen_version=version)
    step(session, world, case_id, "record_note", "worker_a1", {"note": "二"}, seen_version=0)
    case = session.get_one(Case, case_id)
    session.refresh(case)
    assert case.version == version
    accept(session, world, case_id)
    session.refresh(case)
    assert case.version == version + 1


def test_numbers_are_gapless_per_street_even_after_a_rollback(session, world):
    def opened(who, grid):
        return world.open_dispute(session, who, grid, "争吵").number

    with db.transaction(session):
        first = opened("worker_a1", "grid_a1")
    opened("worker_a1", "grid_a1")
    session.rollback()
    with db.transaction(session):
        second, other = opened("worker_b1", "grid_b1"), opened("worker_c1", "grid_c1")
    assert [first, second, other] == ["调〔2026〕199001-000001", "调〔2026〕199001-000002", "调〔2026〕199002-000001"]
    assert session.scalar(select(func.sum(NumberSeries.last))) == 3


def test_the_trail_holds_no_words_and_the_words_can_be_erased(session, world, case_id):
    step(session, world, case_id, "record_note", "worker_a1", {"note": "张三家电话打不通"})
    event = session.scalars(select(Event).where(Event.stream == "case", Event.stream_id == case_id).order_by(Event.seq.desc())).first()
    assert "张三" not in str(event.data)
    assert list(event.data["digests"]) == ["note"]
    with db.transaction(session):
        session.execute(update(EventValue).values(value=None, erased_at=world.at))
    assert audit.verify(session)[1] == []
    assert audit.verify_values(session) == []


def test_phones_stand_nowhere_in_the_clear(session, world, case_id):
    step(session, world, case_id, "add_party", "worker_a1", {"side": "applicant", "name": "周某", "phone": "138 0000 5678"})
    party = session.scalars(select(Party.id)).one()
    step(session, world, case_id, "complete_party", "worker_a1", {"party": party, "id_number": "500199199001011234"})
    for table, columns in (("persons", "phone, id_number"), ("event_values", "value"), ("events", "data")):
        for row in session.execute(text(f"SELECT {columns} FROM {table}")):
            assert "5678" not in str(row)
            assert "199001011234" not in str(row)
    person = session.scalars(select(Person)).one()
    keys = session.info["keys"]
    assert keys.open(person.phone, "persons.phone") == "138 0000 5678"
    assert person.phone_index == keys.find("13800005678", "phone")


@pytest.mark.parametrize("table", ["events", "case_facts", "deadline_facts", "holdings"])
def test_the_database_itself_refuses_to_edit_what_is_recorded(session, world, case_id, table):
    accept(session, world, case_id)
    column = "stream_id" if table == "events" else "case_id"
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="recorded for good"):
            session.execute(text(statement))
        session.rollback()


def test_altered_events_are_found(session, world, case_id):
    accept(session, world, case_id)
    assert audit.verify(session)[1] == []
    chain = [dict(row) for row in session.execute(select(Event.__table__).where(Event.stream == "case")).mappings()]
    head = {("case", case_id): audit.Head(chain[-1]["seq"], chain[-1]["hash"])}
    assert audit.check_chains(chain, dict(head)) == (len(chain), [])
    forged = [row | {"kind": "dispute.refused"} if row["seq"] == 2 else row for row in chain]
    assert [fault.seq for fault in audit.check_chains(forged, dict(head))[1]] == [2]
    assert audit.check_chains(chain[:-1], dict(head))[1]
    assert audit.check_chains([row for row in chain if row["seq"] != 2], dict(head))[1]


def test_deadlines_recompute_to_what_is_kept(session, world, case_id):
    accept(session, world, case_id, people=6)
    step(session, world, case_id, "record_fact", "worker_a1", {"people": 40}, hours=30)
    count, differences = verify_deadlines(session)
    assert count == 5
    assert differences == []
    with db.transaction(session):
        session.execute(update(DeadlineRow).where(DeadlineRow.key == "settle").values(due_at=datetime(2030, 1, 1, tzinfo=UTC)))
    assert [(d.key, d.what) for d in verify_deadlines(session)[1]] == [("settle", "due_at")]


def test_a_vacant_post_goes_to_the_level_above_as_an_alarm(session, world, case_id):
    with db.transaction(session):
        session.execute(text("UPDATE appointments SET to_on = '2026-01-01' WHERE account_id = :id"), {"id": world.accounts["head_b"].id})
        taken = world.open_dispute(session, "worker_b1", "grid_b1", "占道")
    codes = session.execute(select(Notice.account_id, Notice.code).where(Notice.case_id == taken.case_id)).all()
    assert codes == [(world.accounts["street_secretary_a"].id, "case.post_vacant")]
