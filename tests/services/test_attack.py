"""What could go wrong in the heart, tried: each test names a promise of the design that a careless machine would break."""

import contextlib
import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.errors import Invalid, Refused
from casemgr.jobs.integrity import vacancies
from casemgr.models import Account, Appointment, Area, Case, DeadlineRow, Event, EventValue, Notice, Party, Recusal
from casemgr.policy import IMPORTER, SCHEDULER, visible
from casemgr.services.cases import Seed, open_case, take_step, take_steps
from casemgr.queries.inbox import load_inbox
from casemgr.services import routing
from casemgr.services.books import load_books
from casemgr.services.drafts import load_drafts
from casemgr.services.incoming import Message, register
from casemgr.services.lateness import asks_for
from casemgr.services.recount import verify_deadlines
from casemgr.services.requests import ask
from casemgr.services.routing import drain, suggest
from casemgr.services.steps import take
from tests.services.test_requests import Desk
from tests.world import World

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class Matter(Desk):
    """One dispute with everything a test wants to look at."""

    def clock(self, key: str) -> DeadlineRow:
        return self.session.get_one(DeadlineRow, (self.id, key), populate_existing=True)

    def sweep(self) -> list[str]:
        """Take the steps that lateness demands now; their names."""
        with db.transaction(self.session):
            drafts = load_drafts(self.session, [self.id])
            asks = asks_for(drafts[self.id], load_books(self.session), self.at)
            take_steps(self.session, asks, actor=SCHEDULER, at=self.at, drafts=drafts)
        return [ask.step for ask in asks]

    def event(self, kind: str) -> Event:
        """The latest event of that kind."""
        mine = (Event.stream == "case") & (Event.stream_id == self.id) & (Event.kind == kind)
        return self.session.scalars(select(Event).where(mine).order_by(Event.seq.desc()).limit(1)).one()

    def words(self, seq: int) -> dict[str, object]:
        """The words of an event."""
        mine = (EventValue.stream == "case") & (EventValue.stream_id == self.id) & (EventValue.seq == seq)
        return {row.name: row.value["v"] for row in self.session.scalars(select(EventValue).where(mine))}

    def told(self, code: str) -> set[str]:
        """The logins that got a notice with that code."""
        ids = set(self.session.scalars(select(Notice.account_id).where(Notice.case_id == self.id, Notice.code == code)))
        return {login for login, account in self.world.accounts.items() if account.id in ids}

    def lower(self, tier: str, by: str, *named: str) -> None:
        request = self.ask("lower_tier", "mediator_a", {"tier": tier, "acknowledged": list(named), "reason": "已安抚"})
        self.decide(request, "approve", by)


@pytest.fixture
def orange(session, world) -> Matter:
    return Matter(session, world, people=6)


@pytest.fixture
def yellow(session, world) -> Matter:
    return Matter(session, world)


@pytest.fixture(autouse=True)
def cache_is_what_the_facts_give(session):
    yield
    session.rollback()
    assert verify_deadlines(session)[1] == []


# --- the colour


def test_only_the_triggers_named_are_set_aside(session, world):
    matter = Matter(session, world, people=6, money=40_000)
    matter.step("record_fact", "mediator_a", injury=True)
    with pytest.raises(Refused) as refusal:
        matter.lower("yellow", "street_secretary_a", "injury", "people_involved")
    assert [reason.code for reason in refusal.value.reasons] == ["triggers_unnamed"]
    matter.lower("orange", "street_secretary_a", "injury")
    case = matter.case()
    assert (case.tier, case.acknowledged) == ("orange", ["injury/red/1"])
    matter.step("record_fact", "mediator_a", police_calls=1)
    assert matter.case().tier == "orange"
    matter.step("record_fact", "mediator_a", police_calls=3)
    assert matter.case().tier == "red"


def test_a_matter_that_rose_is_not_lowered_by_the_lead_it_left(orange):
    request = orange.ask("lower_tier", "mediator_a", {"tier": "yellow", "acknowledged": ["people_involved"], "reason": "已安抚"})
    orange.step("raise_tier", "street_secretary_a", tier="red", reason="有人要上访")
    with pytest.raises(Refused) as refusal:
        orange.decide(request, "approve", "secretary_a")
    assert [reason.code for reason in refusal.value.reasons] == ["risen_since"]
    assert orange.case().tier == "red"
    orange.decide(request, "refuse", "secretary_a")


def test_correcting_a_title_undoes_no_raise_and_no_lowering(yellow, orange):
    yellow.at = yellow.clock("settle").due_at + 12 * HOUR
    yellow.sweep()
    assert yellow.case().tier == "orange"
    yellow.step("record_note", "mediator_a", note="再谈一次")
    yellow.at -= HOUR
    yellow.step("correct", "mediator_a", title="改了题目", reason="写错了")
    assert yellow.case().tier == "orange"
    orange.lower("yellow", "secretary_a", "people_involved")
    orange.step("record_note", "mediator_a", note="再谈一次")
    orange.at -= HOUR
    orange.step("correct", "mediator_a", title="改了题目", reason="写错了")
    assert orange.case().tier == "yellow"


def test_a_corrected_fact_gives_tier_lead_and_due_time_of_the_right_one(yellow):
    settled_by = yellow.clock("settle").due_on
    yellow.step("record_fact", "mediator_a", people=60)
    assert (yellow.case().tier, yellow.case().level) == ("red", "street")
    assert yellow.clock("settle").due_on == settled_by + 23 * DAY
    yellow.at -= HOUR
    yellow.step("correct", "mediator_a", people=2, title="改了题目", reason="多写了零")
    assert (yellow.case().tier, yellow.case().level) == ("yellow", "grid")
    assert yellow.clock("settle").due_on == settled_by  # not the thirty days that the slip would have given
    event = yellow.event("dispute.corrected")
    assert event.data["answers"] == {"people": 2}
    assert event.data["before"] == {"people": 60}
    words = yellow.words(event.seq)
    assert (words["reason"], words["title"], words["before_title"]) == ("多写了零", "改了题目", "三楼漏水")
    assert yellow.event("case.regraded").data == {"from": "red", "to": "yellow", "cause": "correction"}
    assert {"street_secretary_a", "grid_secretary_a1"} <= yellow.told("case.regraded")


def test_a_slip_that_hid_a_danger_is_corrected_upwards(yellow):
    yellow.step("record_fact", "mediator_a", people=3)
    yellow.at -= HOUR
    yellow.step("correct", "mediator_a", people=30, reason="少写了零")
    assert (yellow.case().tier, yellow.clock("settle").epoch) == ("red", 2)


def test_a_threat_that_never_was_and_a_wrong_year_can_be_taken_back(yellow):
    yellow.step("record_fact", "mediator_a", threat=["violence"])
    assert yellow.case().tier == "red"
    yellow.at -= HOUR
    yellow.step("correct", "mediator_a", no_threat=True, reason="听错了")
    assert (yellow.case().tier, yellow.case().facts["threat"]) == ("yellow", [])
    yellow.step("record_note", "mediator_a", note="补记")
    yellow.at -= HOUR
    yellow.step("correct", "mediator_a", occurred_on=date(2024, 1, 1), reason="是旧事")
    assert yellow.case().tier == "orange"
    yellow.at -= HOUR - timedelta(minutes=1)
    yellow.decide(yellow.ask("correct_late", "mediator_a", {"occurred_on": date(2026, 2, 1), "reason": "不是旧事"}), "approve", "head_a")
    assert yellow.case().tier == "yellow"


def test_a_threat_to_life_is_told_at_once_whenever_it_is_recorded(session, world):
    with db.transaction(session):
        id = world.open_dispute(session, "worker_a1", "grid_a1", "争吵").case_id
        take_step(session, id, "record_fact", actor=world.actor(session, "worker_a1"), at=world.at + HOUR, data={"threat": ["self_harm"]})
    notices = session.scalars(select(Notice).where(Notice.case_id == id, Notice.code == "case.life_threatened")).all()
    assert {n.account_id for n in notices} == {
        world.accounts[login].id for login in ("grid_secretary_a1", "secretary_a", "street_secretary_a", "head_a")
    }
    assert all(n.urgent for n in notices)
    assert not session.get_one(Case, id).tier_confirmed


# --- the deadlines


@pytest.mark.parametrize(("facts", "due"), [({}, 9), ({"people": 6}, 4), ({"people": 60}, 2)])
def test_acceptance_is_due_as_the_suggested_tier_asks(session, world, facts, due):
    """8 working hours from Monday 09:00 end on Tuesday 10:00; four at 15:00; two clock hours at 11:00."""
    with db.transaction(session):
        id = world.open_dispute(session, "worker_a1", "grid_a1", "争吵", facts=facts).case_id
    hours = {9: 25, 4: 6, 2: 2}[due]
    assert session.get_one(DeadlineRow, (id, "accept")).due_at == world.at + hours * HOUR


def test_acceptance_is_due_sooner_once_more_is_known(session, world):
    with db.transaction(session):
        id = world.open_dispute(session, "worker_a1", "grid_a1", "争吵").case_id
        take_step(session, id, "record_fact", actor=world.actor(session, "worker_a1"), at=world.at + HOUR, data={"people": 60})
    row = session.get_one(DeadlineRow, (id, "accept"))
    assert (row.due_at, row.epoch) == (world.at + 2 * HOUR, 2)
    assert session.get_one(Case, id).lead_area_id == world.areas["grid_a1"].id  # hollow: it leads nowhere


def test_after_a_lowering_extensions_and_pauses_still_count(orange):
    before = orange.clock("settle").due_on
    orange.lower("yellow", "secretary_a", "people_involved")
    assert orange.clock("settle").due_on == before
    orange.step("extend_yellow", "mediator_a", length="7 days", reason="等鉴定")
    assert orange.clock("settle").due_on == before + 7 * DAY
    orange.at = start = orange.at + DAY
    orange.decide(orange.ask("suspend", "mediator_a"), "approve", "grid_secretary_a1")
    orange.at = start + 10 * DAY
    orange.step("resume", "mediator_a", note="鉴定完成")
    assert orange.clock("settle").due_on == before + 17 * DAY


def test_a_lowering_during_a_suspension_moves_nothing_earlier(orange):
    before = orange.clock("settle").due_on
    orange.decide(orange.ask("suspend", "mediator_a"), "approve", "secretary_a")
    orange.lower("yellow", "secretary_a", "people_involved")
    orange.at += DAY
    orange.step("resume", "mediator_a", note="继续")
    assert orange.clock("settle").due_on >= before


def test_no_progress_is_due_before_a_booked_session(orange):
    orange.step("book_session", "mediator_a", starts_at=datetime(2026, 3, 20, 6, 0, tzinfo=UTC), lasts="60", place="办公室")
    orange.step("record_note", "mediator_a", note="双方都答应来")
    assert orange.clock("progress").due_on == date(2026, 3, 27)
    orange.step("record_contact", "worker_a1", way="phone", said="提醒")
    assert orange.clock("progress").due_on == date(2026, 3, 27)
    orange.step("raise_tier", "secretary_a", tier="red", reason="情绪激动")
    assert orange.clock("progress").due_on == date(2026, 3, 23)  # one working day after the Friday booked


def test_a_suspension_ends_on_its_day_whenever_the_sweep_comes(session, world):
    dues = []
    for slept in (57 * HOUR, 9 * DAY):  # the Monday after, or a week later
        matter = Matter(session, world, people=6)
        matter.decide(matter.ask("suspend", "mediator_a"), "approve", "secretary_a")
        matter.at = matter.clock("suspension_ends").due_at + slept
        assert matter.sweep() == ["end_suspension"]
        assert matter.case().state == "in_mediation"
        assert matter.clock("settle").status == "running"
        assert matter.clock("suspension_ends").status == "cancelled"
        assert {"mediator_a", "head_a", "secretary_a"} == matter.told("dispute.suspension_ended")
        dues.append(matter.clock("settle").due_at)
        assert "end_suspension" not in matter.sweep()
    assert dues[0] == dues[1]


def test_a_suspension_resumed_late_has_ended_on_its_day(orange):
    orange.at += DAY
    orange.decide(orange.ask("suspend", "mediator_a"), "approve", "secretary_a")
    ends_at, paused_at, before = orange.clock("suspension_ends").due_at, orange.at, date(2026, 3, 17)
    orange.at = ends_at + 20 * DAY
    orange.step("resume", "mediator_a", note="继续")
    paused = (ends_at - paused_at).days + 1
    assert orange.clock("settle").due_on == before + paused * DAY


def test_closing_in_a_suspension_and_reopening_loses_no_day(orange):
    orange.step("add_party", "mediator_a", side="applicant", name="周某")
    party = load_drafts(orange.session, [orange.id], lock=False)[orange.id].parties[0].id
    orange.session.commit()
    before = orange.clock("settle").due_on
    orange.at += DAY
    orange.decide(orange.ask("suspend", "mediator_a"), "approve", "secretary_a")
    stopped = orange.at
    orange.at = stopped + 3 * DAY
    orange.step("withdraw", "mediator_a", party=party, statement="算了", evidence="message")
    assert {row.status for row in orange.session.scalars(select(DeadlineRow).where(DeadlineRow.case_id == orange.id))} <= {"met", "cancelled"}
    orange.at = stopped + 20 * DAY
    orange.step("reopen", "head_a", objection="又漏了", evidence="message", handler_id=orange.world.accounts["mediator_a"].id)
    assert orange.clock("settle").due_on == before + 20 * DAY
    assert orange.clock("suspension_ends").status == "cancelled"


def test_a_matter_of_earlier_records_is_alive_once_it_is_reopened(session, world):
    area = world.areas["grid_a1"].id
    with db.transaction(session):
        id = open_case(session, "dispute", Seed(area, data={"text": "旧事", "area_id": area}, history=True), actor=IMPORTER, at=world.at).case_id
        take_step(session, id, "settle_on_spot", actor=world.actor(session, "worker_a1"), at=world.at, data={"settlement": "和好"})
    assert not session.scalar(select(func.count()).select_from(Notice).where(Notice.case_id == id))
    with db.transaction(session):
        take_step(session, id, "reopen_unaccepted", actor=world.actor(session, "grid_secretary_a1"), at=world.at + 400 * DAY,
                  data={"objection": "又吵起来", "evidence": "message"})
    row = session.get_one(DeadlineRow, (id, "accept"), populate_existing=True)
    assert (row.status, row.next_rung) == ("running", "overdue")
    assert not session.get_one(Case, id, populate_existing=True).history
    assert session.scalars(select(Notice.code).where(Notice.case_id == id)).all() == ["dispute.to_accept"]


def test_the_legal_limit_is_not_moved_without_two_consenting_sides(orange):
    answers = {"length": "1 month", "parties_agree": True, "evidence": "signature", "reason": "双方都要"}
    with pytest.raises(Refused) as refusal:
        orange.ask("extend_cap", "mediator_a", answers)
    assert [reason.code for reason in refusal.value.reasons] == ["party_missing"]


# --- who


def test_a_mediator_replaced_over_a_tie_stays_aside(orange):
    world = orange.world
    old, new = world.accounts["mediator_a"].id, world.accounts["street_mediator_a"].id
    request = orange.ask("replace_handler", "worker_a1", {"handler_id": new, "ground": "objection"})
    orange.decide(request, "approve", "head_a")
    assert orange.session.scalars(select(Recusal.account_id).where(Recusal.case_id == orange.id)).all() == [old]
    with pytest.raises(Invalid) as refusal:
        orange.ask("replace_handler", "worker_a1", {"handler_id": old, "ground": "leave"})
    assert list(refusal.value.fields) == ["handler_id"]


def test_who_declines_over_an_interest_is_not_asked_again(session, world):
    matter = Matter(session, world)
    with db.transaction(session):
        matter.id = world.open_dispute(session, "worker_a1", "grid_a1", "漏水").case_id
    mediator = world.accounts["mediator_a"].id
    matter.step("accept", "head_a", category="0402")
    matter.step("assign", "head_a", handler_id=mediator)
    matter.step("decline", "mediator_a", ground="interest")
    assert matter.case().handler_id is None
    with pytest.raises(Invalid):
        matter.step("assign", "head_a", handler_id=mediator)
    assert suggest(session, matter.case(), at=matter.at).account_id != mediator


def test_routing_does_not_send_a_matter_back_to_who_declined_it(session, world):
    matter = Matter(session, world)
    with db.transaction(session):
        matter.id = world.open_dispute(session, "worker_a1", "grid_a1", "漏水").case_id
    matter.step("accept", "head_a", category="0402")
    first = suggest(session, matter.case(), at=matter.at)
    who = next(login for login, account in world.accounts.items() if account.id == first.account_id)
    matter.step("assign", "head_a", handler_id=first.account_id)
    matter.step("decline", who, ground="load")
    assert suggest(session, matter.case(), at=matter.at).account_id != first.account_id
    matter.step("assign", "head_a", handler_id=first.account_id)  # the head may still ask him


@pytest.mark.parametrize("who", ["mediator_c", "system_admin", "worker_a1", "supervisor"])
def test_only_a_mediator_of_the_place_is_put_in_charge(orange, who):
    with pytest.raises(Invalid) as refusal:
        orange.ask("replace_handler", "worker_a1", {"handler_id": orange.world.accounts[who].id, "ground": "leave"})
    assert list(refusal.value.fields) == ["handler_id"]


def test_a_safety_concern_hides_the_contacts_of_those_already_there(session, world):
    matter = Matter(session, world)
    matter.step("add_party", "mediator_a", side="applicant", name="周某", phone="13800005678")
    matter.step("record_fact", "mediator_a", safety_concern=True, bodies_told=["police"])
    matter.step("add_party", "mediator_a", side="respondent", name="吴某")
    hidden = session.scalars(select(Party.contact_hidden).where(Party.case_id == matter.id)).all()
    assert hidden == [True, True]
    with pytest.raises(Refused):
        matter.step("record_fact", "mediator_a", safety_concern=True)


def test_matters_that_fit_nobody_do_not_stand_in_the_way_of_the_rest(session, world):
    here = {"mediator_a", "mediator_b", "street_mediator_a"}
    with db.transaction(session):
        for login in here:
            session.get_one(Account, world.accounts[login].id).active = False
    ids = []
    for grid, head, hours in (("grid_a1", "head_a", 0), ("grid_c1", "head_c", 5)):
        with db.transaction(session):
            id = world.open_dispute(session, grid.replace("grid", "worker"), grid, "漏水", at=world.at + hours * HOUR).case_id
            at = world.at + (hours + 1) * HOUR
            take_step(session, id, "accept", actor=world.actor(session, head), at=at, data={"category": "0402"})
        ids.append(id)
    with db.transaction(session):
        drained = drain(session, at=world.at + 9 * HOUR, limit=1)
    assert (drained.routed, drained.nobody) == (1, 1)
    assert session.get_one(Case, ids[1], populate_existing=True).state == "assigned"
    with db.transaction(session):
        assert drain(session, at=world.at + 10 * HOUR, limit=1).routed == 0
    alarms = select(func.count()).select_from(Event).where(Event.kind == "dispute.alarmed")
    assert session.scalar(alarms) == 1


def test_two_schedulers_raise_one_alarm(session, world, monkeypatch):
    if db.is_sqlite(session):
        pytest.skip("SQLite has one writer: nobody comes between")
    with db.transaction(session):
        for login in ("mediator_a", "mediator_b", "street_mediator_a"):
            session.get_one(Account, world.accounts[login].id).active = False
        id = world.open_dispute(session, "worker_a1", "grid_a1", "漏水").case_id
        take_step(session, id, "accept", actor=world.actor(session, "head_a"), at=world.at, data={"category": "0402"})
    load = routing.load_drafts

    def while_another_was_faster(*args):
        monkeypatch.undo()
        with Session(session.get_bind()) as other, db.transaction(other):
            assert drain(other, at=world.at + 9 * HOUR).nobody == 1
        return load(*args)

    monkeypatch.setattr(routing, "load_drafts", while_another_was_faster)
    with db.transaction(session):
        assert drain(session, at=world.at + 9 * HOUR).nobody == 1
    alarms = select(func.count()).select_from(Event).where(Event.kind == "dispute.alarmed")
    assert session.scalar(alarms) == 1


# --- who is told


def vacate(session, world: World, *logins: str) -> None:
    with db.transaction(session):
        for login in logins:
            for row in session.scalars(select(Appointment).where(Appointment.account_id == world.accounts[login].id)):
                row.to_on = world.today - DAY


def test_above_an_empty_street_post_somebody_still_hears_of_it(session, world):
    vacate(session, world, "street_secretary_a")
    matter = Matter(session, world)
    matter.step("raise_tier", "head_a", tier="red", reason="要上访")
    assert matter.told("case.post_vacant") == {"street_operator_a"}


def test_what_a_mediator_who_left_should_hear_goes_to_the_lead(orange):
    with db.transaction(orange.session):
        orange.session.get_one(Account, orange.world.accounts["mediator_a"].id).active = False
    orange.step("instruct", "secretary_a", instruction="尽快处理")
    assert orange.told("case.post_vacant") == set()  # the lead gave the instruction: nobody is told of his own act
    orange.step("supervise", "street_operator_a", reason="催一催")
    assert orange.told("case.post_vacant") == {"secretary_a"}


def test_matters_of_a_mediator_relieved_of_his_post_are_counted_as_waiting_for_nobody(orange):
    before = vacancies(orange.session, orange.at)
    vacate(orange.session, orange.world, "mediator_a")
    after = vacancies(orange.session, orange.at)
    assert {duty: n for duty, n in after.items() if duty not in before} == {("mediator", orange.world.areas["grid_a1"].id): 1}


def test_an_extension_stays_within_the_legal_limit(orange):
    with pytest.raises(Refused) as refusal:
        orange.ask("extend", "mediator_a", {"length": "20 days", "reason": "等鉴定"})
    assert [reason.code for reason in refusal.value.reasons] == ["beyond_legal_limit"]
    orange.decide(orange.ask("extend", "mediator_a", {"length": "16 days", "reason": "等鉴定"}), "approve", "secretary_a")
    assert orange.clock("settle").due_on == orange.clock("cap").due_on == date(2026, 4, 2)


def test_lateness_is_told_to_the_lead_who_loses_the_matter_and_to_the_new_one(yellow):
    yellow.step("record_contact", "mediator_a", way="phone", said="谈过")
    yellow.at = yellow.clock("settle").due_at + 12 * HOUR
    yellow.sweep()
    assert yellow.told("dispute.raised_overdue") == {"grid_secretary_a1", "secretary_a", "mediator_a"}


def test_a_confidential_matter_is_told_only_to_those_who_may_see_it(session, world):
    with db.transaction(session):
        id = world.open_dispute(session, "worker_a1", "grid_a1", "家事", confidential=True).case_id
    matter = Matter(session, world)
    matter.id = id
    matter.step("accept", "head_a", category="0203", people=6)
    matter.step("assign", "head_a", handler_id=world.accounts["mediator_a"].id)
    matter.step("take", "mediator_a")
    matter.step("record_fact", "mediator_a", people=40)
    matter.step("report_to_police", "mediator_a", body="police", what="扬言动手")
    matter.step("supervise", "street_secretary_a", reason="盯紧")
    matter.at = matter.clock("settle").due_at + HOUR
    matter.sweep()
    for notice in session.scalars(select(Notice).where(Notice.case_id == id)):
        login = next(name for name, account in world.accounts.items() if account.id == notice.account_id)
        waited = notice.code in ("dispute.to_accept", "case.raised") or login in ("head_a", "secretary_a")  # held or led it then
        sees = session.scalar(select(Case.id).where(Case.id == id, visible(world.actor(session, login))))
        assert sees or waited, (login, notice.code)
    assert matter.told("dispute.supervised") == {"mediator_a"}


def test_the_post_that_a_confidential_matter_waits_for_sees_it(session, world):
    with db.transaction(session):
        id = world.open_dispute(session, "worker_a1", "grid_a1", "家事", confidential=True).case_id
    sight = select(Case.id).where(Case.id == id)
    seen = {who for who in world.accounts if who != "no_post" and session.scalar(sight.where(visible(world.actor(session, who))))}
    assert seen == {"worker_a1", "head_a", "grid_secretary_a1"}


def test_whoever_decided_a_request_keeps_no_sight_of_the_matter(orange):
    """The lead of the other community takes a matter over no more than he was asked."""
    request = orange.ask("hand_over", "head_a", {"area_id": orange.world.areas["grid_b1"].id, "reason": "地点不对"})
    reader = orange.actor("secretary_b")
    assert [line.title for line in load_inbox(orange.session, reader)[0]] == ["三楼漏水"]
    orange.decide(request, "refuse", "secretary_b", "不归我们")
    assert [line.title for line in load_inbox(orange.session, reader)[0]] == [""]
    assert orange.session.scalars(select(Case.id).where(Case.id == orange.id, visible(reader))).all() == []


# --- several at once


def test_two_who_register_at_once_leave_no_gap_and_no_double(engine, session, world):
    """The second waits for the first; the number of one that fails is given to the next."""
    make, numbers, failed = session_maker(engine, session), [], threading.Event()

    def register(fails: bool) -> None:
        with make() as mine, contextlib.suppress(Broken), db.transaction(mine):
            number = world.open_dispute(mine, "worker_a1", "grid_a1", "争吵").number
            if fails:
                failed.set()
                time.sleep(0.2)
                raise Broken
            numbers.append(number)

    threads = [threading.Thread(target=register, args=(n == 0,)) for n in range(5)]
    threads[0].start()
    assert failed.wait(20)
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(numbers) == [f"调〔2026〕199001-{n:06d}" for n in range(1, 5)]


def test_two_who_write_at_once_lose_nothing(engine, session, world):
    with db.transaction(session):
        id = world.open_dispute(session, "worker_a1", "grid_a1", "争吵").case_id
    make, start = session_maker(engine, session), threading.Barrier(4)

    def note(n: int) -> None:
        start.wait(20)
        with make() as mine, db.transaction(mine):
            take_step(mine, id, "record_fact", actor=world.actor(mine, "worker_a1"), at=world.at + HOUR, data={FACTS[n]: 2})

    threads = [threading.Thread(target=note, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    case = session.get_one(Case, id, populate_existing=True)
    assert {name: case.facts.get(name) for name in FACTS} == dict.fromkeys(FACTS, 2)
    assert audit.verify(session)[1] == []


class Broken(Exception):
    """What a crash in the middle of a transaction looks like."""


FACTS = ("people", "grids", "communities", "police_calls")


def session_maker(engine, session):
    made = db.make_session(engine)
    made.configure(info=session.info)
    return made


def test_nothing_begins_in_a_closed_area_by_any_door(session, world):
    grid = session.get_one(Area, world.areas["grid_a2"].id)
    dispute = world.open_dispute(session, "worker_a1", "grid_a1", "楼上漏水")
    message = Message("hotline:1", world.areas["grid_a1"].id, "hotline", "噪音", "楼上噪音")
    (item,) = register(session, [message], actor=IMPORTER, at=world.at)
    grid.closed_on = world.today
    session.flush()
    for role in ("head_a", "worker_a2"):
        with pytest.raises(Invalid) as refused:
            world.open_dispute(session, role, "grid_a2", "三楼漏水")
        assert list(refused.value.fields) == ["area_id"]
    with pytest.raises(Invalid):
        answers = {"becomes": "dispute", "area_id": grid.id, "category": "0201"}
        take(session, item.case_id, "sort_matter", answers, actor=world.actor(session, "head_a"), at=world.at)
    asked = {"area_id": grid.id, "reason": "那边的事"}
    take_step(session, dispute.case_id, "accept", actor=world.actor(session, "head_a"), at=world.at, data={"category": "0201"})
    with pytest.raises(Invalid):
        ask(session, dispute.case_id, "transfer", "hand_over", asked, "那边的事", actor=world.actor(session, "head_a"), at=world.at)
