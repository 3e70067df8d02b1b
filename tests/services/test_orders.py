"""Hotline orders through the services: who is in charge, what stops the clocks, what makes a problem order, what is known."""

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from casemgr import db
from casemgr.errors import Invalid, NotAllowed, NotFound, Refused
from casemgr.models import Case, DeadlineRow, IncomingItem, Notice, Order, Party
from casemgr.policy import IMPORTER, roles_of, visible
from casemgr.services import incoming
from casemgr.services.cases import Seed, open_case
from casemgr.services.drafts import load_drafts
from casemgr.services.files import store
from casemgr.services.orders import Leg, OutsideOrder, take_in
from casemgr.services.requests import ask, decide
from casemgr.services.steps import take
from tests.world import World

STEP, HOUR = timedelta(minutes=10), timedelta(hours=1)
ON_SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
ANSWER = {"outcome": "solved", "answer": "路灯已修好", "way": "phone"}
OBJECTION = {"ground": "remit", "basis": "职责清单第三条", "competent": "供水公司"}


class Desk:
    """One order of the centre of street a, and what is done with it."""

    def __init__(self, session, world: World, **data) -> None:
        self.session, self.world, self.at = session, world, world.at
        area = world.areas["grid_a1"].id
        answers = {"text": "路灯坏了三天没人修", "kind": "help", "area_id": area, "channel": "hotline", **data}
        with db.transaction(session):
            seed = Seed(area, data=answers)
            self.id = open_case(session, "order", seed, actor=self.actor("street_operator_a"), at=self.at).case_id
        self.housing = world.departments["housing"].id

    def actor(self, who: str):
        return self.world.actor(self.session, who)

    def step(self, step: str, who: str, /, **data):
        self.at += STEP
        with db.transaction(self.session):
            return take(self.session, self.id, step, data, actor=self.actor(who), at=self.at)

    def request(self, kind: str, step: str, who: str, decider: str, **payload):
        self.at += STEP
        with db.transaction(self.session):
            asked = ask(self.session, self.id, kind, step, payload, "有理由", actor=self.actor(who), at=self.at)
        self.at += STEP
        with db.transaction(self.session):
            return decide(self.session, asked.case_id, "approve", "同意", actor=self.actor(decider), at=self.at)

    def dispatched(self) -> "Desk":
        self.step("dispatch_unit", "street_operator_a", department_id=self.housing)
        return self

    def answered(self) -> "Desk":
        self.step("record_contact", "liaison_a", way="phone", said="明天到场")
        self.step("answer", "liaison_a", **ANSWER)
        return self

    def row(self):
        self.session.expire_all()
        return self.session.get_one(Case, self.id), self.session.get_one(Order, self.id)

    def clock(self, key: str) -> DeadlineRow:
        self.session.expire_all()
        return self.session.scalars(select(DeadlineRow).filter_by(case_id=self.id, key=key)).one()


@pytest.fixture
def desk(session, world) -> Desk:
    return Desk(session, world)


def test_a_department_sees_it_from_its_dispatch_to_its_return(session, world, desk):
    liaison = desk.actor("liaison_a")
    seen = select(Case.id).where(Case.id == desk.id, visible(liaison))
    assert session.scalar(seen) is None
    desk.dispatched()
    assert session.scalar(seen) == desk.id
    case, order = desk.row()
    assert (case.state, case.holder_department_id, case.level, order.units) == ("at_unit", desk.housing, "street", 1)
    with pytest.raises(NotAllowed):
        desk.step("answer", "secretary_b", **ANSWER)
    desk.step("object", "liaison_a", **OBJECTION)
    desk.step("accept_return", "street_operator_a", reason="确属供水公司")
    assert session.scalar(seen) is None
    desk.dispatched().step("object", "liaison_a", **OBJECTION)
    desk.step("fix_unit", "street_operator_a", department_id=desk.housing, reason="会商确定")
    with pytest.raises(Refused) as refused:
        desk.step("object", "liaison_a", **OBJECTION)
    assert "unit_fixed" in {reason.code for reason in refused.value.reasons}


@ON_SQLITE
def test_the_kind_and_a_law_set_its_time(session, world, desk):
    """Three working days for a call for help; a longer legal limit prevails."""
    desk.dispatched()
    assert desk.clock("finish").due_on == date(2026, 3, 5)
    other = Desk(session, world, kind="complaint")
    other.step("dispatch_unit", "street_operator_a", department_id=other.housing, legal_due_on=date(2026, 4, 30))
    assert other.clock("finish").due_on == date(2026, 4, 30)
    assert Desk(session, world, kind="suggestion").dispatched().clock("finish").due_on == date(2026, 3, 19)


@ON_SQLITE
def test_the_return_is_for_two_working_hours(session, world, desk):
    """Two working hours after the dispatch; later than that it stays."""
    desk.dispatched()
    assert desk.clock("objection").due_at == desk.at + 2 * HOUR
    desk.at += 5 * HOUR
    with pytest.raises(Refused) as refused:
        desk.step("object", "liaison_a", **OBJECTION)
    assert [reason.code for reason in refused.value.reasons] == ["objection_late"]


@ON_SQLITE
def test_a_community_has_it(session, world, desk):
    desk.step("dispatch_place", "street_operator_a", area_id=world.areas["community_b"].id)
    case, _ = desk.row()
    assert (case.area_id, case.level, case.holder_role) == (world.areas["community_b"].id, "community", "secretary")
    desk.step("record_contact", "secretary_b", way="visit", said="已上门")
    with pytest.raises(NotAllowed):
        desk.step("answer", "secretary_a", **ANSWER)
    desk.step("answer", "secretary_b", **ANSWER)
    desk.step("redo_place", "street_operator_a", solved="unsolved", satisfaction="dissatisfied", reason="没修好")
    assert desk.row()[0].state == "at_place"


@ON_SQLITE
def test_redone_three_times_it_is_supervised_one_level_up(session, world, desk):
    desk.dispatched().step("record_contact", "liaison_a", way="phone", said="已联系")
    for n in range(1, 4):
        desk.step("answer", "liaison_a", **ANSWER)
        desk.step("redo_unit", "street_operator_a", solved="unsolved", satisfaction="dissatisfied", reason="没修好")
        assert (desk.row()[1].redos, desk.row()[1].problem) == (n, n == 3)
    told = session.scalars(select(Notice.account_id).where(Notice.case_id == desk.id, Notice.code == "order.problem")).all()
    assert set(told) == {world.accounts["supervisor"].id, world.accounts["street_secretary_a"].id}


@ON_SQLITE
def test_passed_among_three_without_a_lead_it_is_a_problem(session, world, desk):
    for n in range(1, 4):
        desk.dispatched()
        assert desk.row()[1].problem == (n == 3)
        desk.step("object", "liaison_a", **OBJECTION)
        desk.step("accept_return", "street_operator_a", reason="不归房管")


@ON_SQLITE
def test_shelved_on_approval_its_clocks_stand_still(session, world, desk):
    desk.dispatched().step("record_contact", "liaison_a", way="phone", said="已联系")
    due = desk.clock("finish").due_at
    with db.transaction(session):
        proof = store(session.info["files"], io.BytesIO(b"%PDF-1.4 plan"), "plan.pdf", limit=1000)
    asked = {"ground": "project", "condition": "道路改造完成", "review_on": date(2026, 9, 1), "evidence": proof, "citizen_told": True}
    desk.request("shelving", "shelve", "liaison_a", "street_secretary_a", **asked)
    assert desk.row()[0].state == "shelved"
    assert (desk.clock("finish").status, desk.clock("shelf_review").due_on) == ("paused", date(2026, 9, 1))
    desk.at += timedelta(days=30)
    desk.step("revive_unit", "street_operator_a", reason="改造完成")
    assert desk.row()[0].state == "at_unit" and desk.clock("finish").status == "running"
    assert desk.clock("finish").due_at > due + timedelta(days=28)


@ON_SQLITE
def test_more_time_is_decided_by_the_centre(session, world, desk):
    desk.dispatched()
    asked = {"length": "5 working days", "reason": "等配件", "citizen_told": True}
    desk.request("more_time", "extend", "liaison_a", "street_operator_a", **asked)
    assert desk.clock("finish").due_on == date(2026, 3, 12)


@ON_SQLITE
def test_help_is_an_order_of_its_own_under_the_lead(session, world, desk):
    desk.dispatched().step("ask_help", "liaison_a", helper_id=desk.housing, wanted="配合断电")
    child = session.scalars(select(Case).where(Case.parent_id == desk.id)).one()
    order = session.get_one(Order, child.id)
    assert (child.state, child.department_id, order.helping, order.external_number) == ("at_unit", desk.housing, True, "")
    assert desk.row()[0].state == "at_unit"


@ON_SQLITE
def test_the_same_matter_makes_no_new_order(session, world, desk):
    number = desk.row()[0].number
    again = Desk(session, world)
    with pytest.raises(NotFound):
        again.step("same_matter", "street_operator_a", known="单〔2020〕000000-000001", told="已在办理")
    with pytest.raises(Refused):
        again.step("in_petition", "street_operator_a", known=number, told="请走信访")
    again.step("same_matter", "street_operator_a", known=number, told="已派房管所，周四前答复")
    case, order = again.row()
    assert (case.state, order.known_id) == ("duplicate", desk.id)


def outside(world: World, number: str, *legs: Leg) -> OutsideOrder:
    return OutsideOrder(
        number, world.areas["grid_a1"].id, "hotline", "complaint", "楼道堆物", "楼道堆满杂物", reporter={"name": "周某"}, legs=legs)


CITY = Leg("city", "S-1", None, date(2026, 3, 9))
DISTRICT = Leg("district", "Q-7", None, date(2026, 3, 6))


def test_two_legs_are_one_order(session, world):
    with db.transaction(session):
        [(first, new)] = take_in(session, [outside(world, "HL1", CITY)], actor=IMPORTER, at=world.at)
    with db.transaction(session):
        again = take_in(session, [outside(world, "HL1", CITY, DISTRICT), outside(world, "HL2")], actor=IMPORTER, at=world.at + HOUR)
    assert new and [(taken.case_id == first.case_id, fresh) for taken, fresh in again] == [(True, False), (False, True)]
    rows = session.scalars(select(DeadlineRow).where(DeadlineRow.case_id == first.case_id)).all()
    assert {row.key: row.due_on for row in rows if row.key.endswith("_leg")} == {
        "city_leg": date(2026, 3, 9), "district_leg": date(2026, 3, 6)}
    order = session.get_one(Order, first.case_id)
    assert (order.external_number, order.city_number, order.district_number) == ("HL1", "S-1", "Q-7")
    assert session.scalars(select(Party.side).where(Party.case_id == first.case_id)).all() == ["reporter"]


@ON_SQLITE
@pytest.mark.parametrize("kind,process,becomes", [
    ("dispute", "dispute", ""), ("service_request", "order", "help"), ("consultation", "order", "consultation"),
    ("suggestion", "order", "suggestion"), ("appeal", "petition", "claim"), ("report_of_wrongdoing", "petition", "accusation"),
])
def test_an_item_becomes_the_matter_of_its_kind(session, world, kind, process, becomes):
    message = incoming.Message("hotline:1", world.areas["grid_a1"].id, "hotline", "路灯", "路灯坏了三天没人修", "HL9", reporter={"name": "周某"})
    with db.transaction(session):
        [item] = incoming.register(session, [message], actor=IMPORTER, at=world.at)
        incoming.sort_many(session, [item.case_id], kind, actor=world.actor(session, "street_operator_a"), at=world.at + HOUR)
    row = session.get_one(IncomingItem, item.case_id)
    made = session.get_one(Case, row.became_id)
    assert (session.get_one(Case, item.case_id).state, row.kind, made.process, made.parent_id) == ("sorted", kind, process, item.case_id)
    assert session.scalars(select(Party.side).where(Party.case_id == made.id)).all() == ["reporter"]
    if becomes:
        assert load_drafts(session, [made.id])[made.id].detail["kind"] == becomes
        assert load_drafts(session, [made.id])[made.id].detail["external_number"] == "HL9"
    assert made.confidential == (kind == "report_of_wrongdoing")


@ON_SQLITE
def test_a_sorting_into_an_order_is_undone_while_untouched(session, world):
    message = incoming.Message("hotline:1", world.areas["grid_a1"].id, "hotline", "路灯", "路灯坏了三天没人修")
    actor = world.actor(session, "street_operator_a")
    with db.transaction(session):
        [item] = incoming.register(session, [message], actor=IMPORTER, at=world.at)
        incoming.sort_item(session, item.case_id, {"becomes": "order"}, actor=actor, at=world.at + HOUR)
    made = session.get_one(IncomingItem, item.case_id).became_id
    with db.transaction(session):
        incoming.undo(session, item.case_id, "点错", actor=actor, at=world.at + 2 * HOUR)
    session.expire_all()
    assert session.get_one(Case, made).state == "taken_back"
    with pytest.raises(Invalid):
        incoming.sort_item(session, item.case_id, {}, actor=actor, at=world.at + 3 * HOUR)


@ON_SQLITE
def test_who_has_it_is_who_may(session, world, desk):
    desk.dispatched()
    view = load_drafts(session, [desk.id])[desk.id].view()
    assert "unit" in roles_of(desk.actor("liaison_a"), view) and "lead" in roles_of(desk.actor("street_secretary_a"), view)
