"""The sweep: rungs fire once, missed ones come together, one raise a sweep, and a bad case stops nobody."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.jobs import sweep
from casemgr.jobs.site import Site
from casemgr.models import Case, Event, Notice, RungFired
from casemgr.services import cases, lateness
from casemgr.services.recount import verify_deadlines
from tests.jobs.world import START, Street, accepted, register, step

DAY = timedelta(days=1)


def events(site: Site, case_id: int) -> list[str]:
    """The kinds of its events after it was taken."""
    query = select(Event.kind).where(Event.stream == "case", Event.stream_id == case_id).order_by(Event.seq)
    with site.readings() as session:
        return [kind.removeprefix("dispute.") for kind in session.scalars(query)][4:]


def fired(site: Site, case_id: int) -> list[tuple[str, int, str]]:
    query = select(RungFired.key, RungFired.epoch, RungFired.rung).where(RungFired.case_id == case_id)
    with site.readings() as session:
        return sorted(tuple(row) for row in session.execute(query))


def case_of(site: Site, case_id: int) -> Case:
    with site.readings() as session:
        return session.get_one(Case, case_id)


def last_notice(site: Site) -> tuple[int, str, dict[str, str]]:
    with site.readings() as session:
        notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
        return (notice.id, notice.code, notice.params) if notice else (0, "", {})


def assert_sound(site: Site) -> None:
    with site.readings() as session:
        assert not audit.verify(session)[1]
        assert not verify_deadlines(session)[1]


def test_fires_what_is_due_and_nothing_before(site: Site, session: Session, street: Street) -> None:
    (id,) = accepted(session, street)
    contacted(session, street, id)
    assert sweep.run(site, START + 3 * DAY - timedelta(seconds=1)).counts == {}
    done = sweep.run(site, START + 3 * DAY)  # half of seven days: Thursday, 09:00
    assert done.counts == {"remind": 1, "rungs": 1} and done.lateness == 0
    assert events(site, id) == ["contacted", "reminded"]
    assert last_notice(site)[1:] == ("dispute.reminded", {"deadline": "settle"})
    assert_sound(site)


def contacted(session: Session, street: Street, id: int) -> None:
    step(session, id, "record_contact", street.actor(session, "mediator", "community"), at=START, way="phone", said="好")


def test_the_earliest_rung_is_found_by_its_index(site: Site) -> None:
    if site.engine.dialect.name == "sqlite":
        with site.readings() as session:
            query = str(sweep.EARLIEST.compile(site.engine))
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
        assert "USING COVERING INDEX ix_deadlines_next_rung" in str(plan)


def test_nothing_the_second_time(site: Site, session: Session, street: Street) -> None:
    (id,) = accepted(session, street)
    at = START + 4 * DAY
    sweep.run(site, at)
    before = (events(site, id), fired(site, id), last_notice(site))
    assert sweep.run(site, at).counts == {}
    assert (events(site, id), fired(site, id), last_notice(site)) == before


def test_what_was_missed_comes_together_and_the_tier_rises_once_a_sweep(
    site: Site, session: Session, street: Street
) -> None:
    (id,) = accepted(session, street)
    contacted(session, street, id)
    at = START + 45 * DAY
    sweep.run(site, at)
    assert events(site, id) == ["contacted", "raised_overdue"]  # one event for all that was missed
    assert fired(site, id) == [
        ("cap", 1, "four_fifths"), ("cap", 1, "overdue"),
        ("settle", 1, "four_fifths"), ("settle", 1, "half"), ("settle", 1, "overdue"),
    ]  # fmt: skip
    case = case_of(site, id)
    assert (case.tier, case.level) == ("orange", "community")
    sweep.run(site, at + timedelta(minutes=1))
    case = case_of(site, id)
    assert (case.tier, case.level) == ("red", "street")
    sweep.run(site, at + timedelta(minutes=2))
    assert events(site, id)[-1] == "carded" and case_of(site, id).tier == "red"
    last = sweep.run(site, at + timedelta(minutes=3))
    assert last.counts == {}, "the ladder of a red matter ends with its card"
    assert_sound(site)


def test_sweeping_daily_or_once_after_a_week_fires_the_same_rungs(
    site: Site, session: Session, street: Street
) -> None:
    daily, late = accepted(session, street, 2)
    for day in range(1, 7):
        for hour in range(0, 24, 6):
            swept_alone(site, daily, START + day * DAY + timedelta(hours=hour))
    at = START + 7 * DAY - timedelta(hours=2)
    swept_alone(site, daily, at)
    sweep.run(site, at)
    assert fired(site, daily) == fired(site, late) != []
    assert case_of(site, daily).tier == case_of(site, late).tier == "yellow"


def swept_alone(site: Site, id: int, at) -> None:
    with site.sessions() as session, db.transaction(session):
        sweep.fire_due(session, [id], at)


def test_one_lateness_of_contact_is_carded_once_though_the_tier_rises(
    site: Site, session: Session, street: Street
) -> None:
    (id,) = accepted(session, street)
    for minute in range(6):
        sweep.run(site, START + 45 * DAY + timedelta(minutes=minute))
    rungs = [(key, rung) for key, _, rung in fired(site, id)]
    assert rungs.count(("contact", "card")) == rungs.count(("contact", "pass_up")) == 1
    assert Counter(events(site, id))["raised_overdue"] == 2
    assert_sound(site)


def test_every_rung_is_told_to_somebody_though_nobody_is_in_charge_yet(site: Site, session: Session, street: Street) -> None:
    (taken,) = register(session, street, facts={"people": 6})
    head = street.actor(session, "head", "community")
    step(session, taken.case_id, "accept", head, at=START, category="0201")
    for hours in range(0, 11 * 24, 4):
        sweep.run(site, START + timedelta(hours=hours))
    with site.readings() as session:
        heard = {(notice.case_id, notice.seq) for notice in session.scalars(select(Notice))}
        rungs = session.scalars(select(RungFired).where(RungFired.case_id == taken.case_id)).all()
    assert ("progress", "overdue") in {(rung.key, rung.rung) for rung in rungs}
    assert [(rung.key, rung.rung) for rung in rungs if (rung.case_id, rung.seq) not in heard] == []


def test_two_cards_for_two_deadlines_are_two_acts(site: Site, session: Session, street: Street) -> None:
    (id,) = accepted(session, street, facts={"people": 6})
    assert case_of(site, id).tier == "orange"
    sweep.run(site, START + 10 * DAY)  # contact and progress are late by days, settlement is not
    kinds = Counter(events(site, id))
    assert kinds["carded"] == 2 and kinds["passed_up"] == 1 and "raised_overdue" not in kinds
    assert "reminded" not in kinds and "urged" not in kinds


def test_an_estimated_due_time_reminds_but_neither_raises_nor_cards(
    site: Site, session: Session, street: Street
) -> None:
    at = START.replace(month=12, day=31)  # the next working day lies past the last year of the calendar
    (id,) = accepted(session, street, at=at, facts={"people": 6})
    sweep.run(site, at + 6 * DAY)
    assert fired(site, id) == [("contact", 1, "card_estimate"), ("contact", 1, "overdue"), ("contact", 1, "pass_up_estimate")]
    assert events(site, id) == ["urged"]
    assert_sound(site)


def test_history_has_no_rungs(site: Site, session: Session, street: Street) -> None:
    register(session, street, at=START, history=True)
    assert sweep.run(site, START + 45 * DAY).counts == {}


def test_a_request_nobody_decides_lapses_as_one_event(site: Site, session: Session, street: Street) -> None:
    (id,) = accepted(session, street)
    seed = cases.Seed(
        street.areas["grid"].id, {"kind": "extension", "step": "extend", "reason": "等鉴定"}, parent_id=id,
        extra={"decider_role": "secretary", "decider_area_id": street.areas["grid"].id,
               "asked_by": street.people["mediator", "community"].id}, duties=frozenset({"handler"}),
    )  # fmt: skip
    with db.transaction(session):
        asked = cases.open_case(
            session, "request", seed, actor=street.actor(session, "mediator", "community"), at=START
        )
    sweep.run(site, START + 30 * DAY)
    with site.readings() as reading:
        query = select(Event.kind).where(Event.stream_id == asked.case_id, Event.stream == "case").order_by(Event.seq)
        assert list(reading.scalars(query)) == ["request.asked", "request.lapsed"]
    assert len(fired(site, asked.case_id)) == 4


def test_one_bad_case_does_not_stop_the_rest(
    site: Site, session: Session, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = accepted(session, street, 5)
    whole = lateness.asks_for

    def broken(draft, books, at):
        if draft.row["id"] == ids[2]:
            raise KeyError("a fact that cannot be read")
        return whole(draft, books, at)

    monkeypatch.setattr(sweep, "asks_for", broken)
    done = sweep.run(site, START + 8 * DAY)
    assert done.counts["failed"] == 1 and done.counts["raise_overdue"] == 4
    assert [case_of(site, id).tier for id in ids] == ["orange", "orange", "yellow", "orange", "orange"]
    assert fired(site, ids[2]) == []
    assert_sound(site)


def test_a_case_held_elsewhere_is_left_to_the_next_sweep(site: Site, session: Session, street: Street) -> None:
    if db.is_sqlite(session):
        pytest.skip("SQLite has one writer: nothing can be held beside a sweep")
    ids = accepted(session, street, 3)
    with site.sessions() as other:
        other.execute(select(Case.id).where(Case.id == ids[0]).with_for_update())
        assert sweep.run(site, START + 8 * DAY).counts["raise_overdue"] == 2
        other.rollback()
    assert sweep.run(site, START + 8 * DAY + timedelta(minutes=1)).counts["raise_overdue"] == 1
