"""Petitions through the real door: the worked deadlines of the law, the request to the head, the lock after three steps,
repeats, no double handling, representatives, a dispute out of it, numbers, and what the offices hold."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from casemgr import db
from casemgr.errors import Invalid, NotAllowed, Refused
from casemgr.models import Barred, Case, DeadlineRow, Event, Notice, NumberSeries, Party, Petition
from casemgr.policy import SCHEDULER, SETUP, visible
from casemgr.services.books import load_books
from casemgr.services.cases import Seed, open_case, take_step, take_steps
from casemgr.services.drafts import load_drafts
from casemgr.services.lateness import asks_for
from casemgr.services.opening import open_matter
from casemgr.services.petitions import open_petition, same_before
from casemgr.services.recount import verify_deadlines
from casemgr.services.requests import ask, decide
from casemgr.services.steps import take
from tests.world import World
from workflows.guards import ZONE

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
OFFICE, ABOVE, HEAD, UNIT = "street_petition_officer_a", "district_petition_officer", "street_secretary_a", "liaison_a"
TEXT = "楼上漏水到我家，物业一年不修，请求责令修复并赔偿。"
OPINION = {"claims": "修复", "facts_and_reasons": "属实", "opinion": "限期修复", "legal_basis": "民法典", "outcome": "support"}
SECOND = {"second_outcome": "upheld", "opinion": "维持", "legal_basis": "信访工作条例第三十五条"}


def day(text: str, hour: int = 10) -> datetime:
    """That hour of a Chinese date."""
    return datetime.fromisoformat(f"{text}T{hour:02}:00").replace(tzinfo=ZONE)


class Desk:
    """One petition of grid a1, each step at the day it is told."""

    def __init__(self, session, world: World, on: str = "2026-03-02", who: str = OFFICE, **answers) -> None:
        self.session, self.world, self.at = session, world, day(on)
        given = {"text": TEXT, "area_id": world.areas["grid_a1"].id, "kind": "claim", "name": "周某", "phone": "13800005678"}
        with db.transaction(session):
            taken = open_matter(session, "petition", given | answers, actor=self.actor(who), at=self.at)
        self.id, self.number = taken.case_id, taken.number

    def actor(self, who: str):
        return SCHEDULER if who == "scheduler" else self.world.actor(self.session, who)

    def on(self, text: str, hour: int = 10) -> "Desk":
        self.at = day(text, hour)
        return self

    def step(self, step: str, who: str = OFFICE, /, **data) -> "Desk":
        self.at += timedelta(minutes=1)
        with db.transaction(self.session):
            take(self.session, self.id, step, data, actor=self.actor(who), at=self.at)
        return self

    def transfer(self, **more) -> "Desk":
        return self.step("transfer", kind="claim", department_id=self.world.departments["housing"].id, **more)

    def accepted(self) -> "Desk":
        return self.transfer().step("accept", UNIT, kind="claim")

    def asked(self, step: str, who: str = UNIT, /, **answers) -> int:
        self.at += timedelta(minutes=1)
        with db.transaction(self.session):
            return ask(self.session, self.id, "term", step, answers, "案情复杂", actor=self.actor(who), at=self.at).case_id

    def decided(self, request: int, who: str, verdict: str = "approve") -> "Desk":
        self.at += timedelta(minutes=1)
        with db.transaction(self.session):
            decide(self.session, request, verdict, "同意", actor=self.actor(who), at=self.at)
        return self

    def case(self) -> Case:
        return self.session.scalars(select(Case).where(Case.id == self.id).execution_options(populate_existing=True)).one()

    def due(self, key: str) -> date | None:
        query = select(DeadlineRow.due_on).where(DeadlineRow.case_id == self.id, DeadlineRow.key == key)
        return self.session.scalar(query)

    def status(self, key: str) -> str | None:
        return self.session.scalar(select(DeadlineRow.status).where(DeadlineRow.case_id == self.id, DeadlineRow.key == key))

    def holder(self) -> tuple[str, int | None, int | None]:
        case = self.case()
        return case.holder_role, case.holder_area_id, case.holder_department_id

    def detail(self) -> Petition:
        return self.session.scalars(select(Petition).where(Petition.case_id == self.id).execution_options(populate_existing=True)).one()

    def told(self, who: str) -> list[str]:
        mine = (Notice.case_id == self.id) & (Notice.account_id == self.world.accounts[who].id)
        return list(self.session.scalars(select(Notice.code).where(mine).order_by(Notice.id)))


def reasons(refused) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


# --- the worked deadlines (docs/deadlines.md)


def test_1_registration_fifteen_days_and_no_rolling(session, world):
    desk = Desk(session, world, "2025-01-16", received_on="2025-01-15")
    assert desk.due("register") == desk.due("notify_direct") == date(2025, 1, 30)  # Spring Festival: it stays


def test_3_objection_five_working_days(session, world):
    desk = Desk(session, world, "2025-09-26").transfer()
    assert desk.due("object") == date(2025, 10, 10)
    assert desk.due("notify_transfer") == date(2025, 10, 11)
    desk.on("2025-10-10", 17).step("object", UNIT, reason="不属于本部门职权范围，应由城管部门办理")
    late = Desk(session, world, "2025-09-26", name="吴某", phone="13800001111", text="小区门口占道经营").transfer().on("2025-10-11")
    with pytest.raises(Refused) as refused:
        late.step("object", UNIT, reason="不属于本部门职权范围，应由城管部门办理")
    assert reasons(refused) == ["petition_objection_too_late"]


def test_5_sixty_days_and_thirty_more_by_the_head(session, world):
    desk = Desk(session, world, "2025-08-08").accepted()
    assert desk.due("handle") == date(2025, 10, 7)  # a rest day: it stays
    with pytest.raises(Invalid):
        desk.on("2025-09-28").asked("extend", length="30 days", reason="案情复杂")  # nobody told the petitioner
    request = desk.on("2025-09-29").asked("extend", length="30 days", reason="案情复杂", told_on="2025-09-29")
    row = session.get_one(Case, request)
    assert (row.holder_role, row.holder_area_id) == ("secretary", world.areas["street_a"].id)  # the head of the organ
    with pytest.raises(NotAllowed):
        desk.decided(request, "secretary_a")
    desk.on("2025-09-30").decided(request, HEAD)
    assert desk.due("handle") == date(2025, 11, 6)  # from raw day 60
    with pytest.raises(Refused) as refused:
        desk.on("2025-10-20").asked("extend", length="5 days", reason="还要几天", told_on="2025-10-20")
    assert reasons(refused) == ["already_extended_petition"]


def answered(desk: Desk, delivered: str) -> Desk:
    desk.step("give_opinion", UNIT, **OPINION)
    return desk.on(delivered).step("deliver", UNIT, delivered_on=delivered, delivery="handed")


def test_6_thirty_days_for_a_recheck_roll_to_the_next_working_day(session, world):
    desk = answered(Desk(session, world, "2025-12-01").accepted(), "2026-01-16")
    assert desk.due("recheck_ask") == date(2026, 2, 24)
    assert session.scalar(select(Case.next_due_key).where(Case.id == desk.id)) == ""  # a right burdens nobody
    with pytest.raises(Refused) as refused:
        desk.on("2026-02-24", 23).step("finish")
    assert reasons(refused) == ["petition_may_still_ask"]
    with pytest.raises(Refused) as refused:
        desk.on("2026-02-25").step("ask_recheck", asked_on="2026-02-25", statement="不服")
    assert reasons(refused) == ["petition_asked_too_late"]
    assert desk.step("ask_recheck", asked_on="2026-02-24", statement="邮戳在期内").case().state == "in_recheck"
    assert desk.due("recheck") == date(2026, 3, 26)


def reviewed(desk: Desk) -> Desk:
    """Until the review is asked for, on 2025-03-03."""
    answered(desk, "2025-01-10")
    desk.step("ask_recheck", asked_on="2025-01-10", statement="不服").step("give_recheck", ABOVE, **SECOND)
    desk.on("2025-02-10").step("deliver_recheck", ABOVE, delivered_on="2025-02-10", delivery="post")
    return desk.on("2025-03-03").step("ask_review", ABOVE, asked_on="2025-03-03", statement="仍不服")


def test_9_days_of_the_hearing_are_not_counted(session, world):
    desk = reviewed(Desk(session, world, "2025-01-02").accepted().step("flag_urgent", what="多人"))
    assert desk.due("review") == date(2025, 4, 2)
    urgent = session.scalar(select(DeadlineRow.due_at).where(DeadlineRow.case_id == desk.id, DeadlineRow.key == "urgent"))
    desk.on("2025-03-12").step("hold_hearing", until_on="2025-03-18")
    assert (desk.case().state, desk.status("review"), desk.status("urgent")) == ("in_hearing", "paused", "running")
    desk.on("2025-03-19").step("end_hearing", note="听证结束")
    assert desk.due("review") == date(2025, 4, 9)
    query = select(DeadlineRow.due_at).where(DeadlineRow.case_id == desk.id, DeadlineRow.key == "urgent")
    assert session.scalar(query) == urgent  # that of the review alone stood still


def test_a_hearing_recorded_late_ends_on_its_day(session, world):
    desk = reviewed(Desk(session, world, "2025-01-02").accepted()).on("2025-03-12").step("hold_hearing", until_on="2025-03-18")
    desk.on("2025-03-25").step("end_hearing", note="补记")
    assert desk.due("review") == date(2025, 4, 9)


def test_32_a_suspension_is_taken_out_of_the_sixty_days(session, world):
    desk = Desk(session, world, "2025-03-01").accepted()
    assert desk.due("handle") == date(2025, 4, 30)
    request = desk.on("2025-03-20").asked("suspend", ground="appraisal", until_on="2025-04-08")
    desk.decided(request, HEAD)
    assert (desk.status("handle"), desk.status("notify_transfer")) == ("paused", "running")
    desk.on("2025-04-09").step("end_suspension", "scheduler", deadline="suspension_ends", rung="overdue")
    assert (desk.case().state, desk.due("handle")) == ("handling", date(2025, 5, 20))


def test_35_past_the_last_calendar_nothing_is_guessed(session, world):
    desk = Desk(session, world, "2026-12-30").transfer()
    row = session.scalars(select(DeadlineRow).where(DeadlineRow.case_id == desk.id, DeadlineRow.key == "object")).one()
    assert row.provisional


def test_what_the_facts_say_is_what_the_rows_hold(session, world):
    reviewed(Desk(session, world, "2025-01-02").accepted())
    assert verify_deadlines(session)[1] == []


# --- who holds it


def test_each_stage_is_held_by_its_office(session, world):
    street, district, housing = world.areas["street_a"].id, world.areas["district"].id, world.departments["housing"].id
    desk = Desk(session, world)
    assert desk.holder() == ("petition_officer", street, None)
    assert "petition.to_sort" not in desk.told(OFFICE)  # who did it is not told
    assert desk.transfer().holder() == ("liaison", None, housing)
    assert desk.told(UNIT) == ["petition.to_accept"]
    desk.step("object", UNIT, reason="不属于本部门职权范围，应由城管部门办理")
    assert desk.holder() == ("petition_officer", street, None) and "petition.return_asked" in desk.told(OFFICE)
    desk.step("agree_return")
    with pytest.raises(NotAllowed):
        desk.step("accept", UNIT, kind="claim")  # it is no longer his
    desk.step("keep", kind="claim")
    assert desk.holder() == ("petition_officer", street, None)  # the street office itself is the organ
    desk.step("accept", OFFICE, kind="claim").step("give_opinion", OFFICE, **OPINION)
    desk.step("deliver", OFFICE, delivered_on="2026-03-02", delivery="handed")
    assert desk.step("ask_recheck", asked_on="2026-03-02", statement="不服").holder() == ("petition_officer", district, None)
    desk.step("give_recheck", ABOVE, **SECOND).step("deliver_recheck", ABOVE, delivered_on="2026-03-02", delivery="handed")
    # no city in this structure: the district's office, and the street's records what came from above
    assert desk.step("ask_review", asked_on="2026-03-02", statement="不服").holder() == ("petition_officer", district, None)
    desk.step("give_review", **SECOND).step("deliver_review", delivered_on="2026-03-02", delivery="handed")
    assert desk.case().state == "ended"


def test_acceptance_confirms_the_colour_and_the_head_of_the_place_leads(session, world):
    desk = Desk(session, world, visitors=12).accepted()
    case = desk.case()
    assert (case.tier, case.tier_confirmed, case.lead_area_id) == ("orange", True, world.areas["community_a"].id)
    with pytest.raises(NotAllowed):
        desk.step("accept", "mediator_a", kind="claim")


def test_assigned_with_a_date(session, world):
    desk = Desk(session, world)
    desk.step("assign", kind="claim", department_id=world.departments["housing"].id, report_by="2026-03-20")
    assert desk.due("task") == date(2026, 3, 20)
    assert desk.step("report_result", UNIT, result="已修好").status("task") == "met"


def swept(desk: Desk) -> str:
    """The colour after every rung that is due by now, as often as the sweep would look."""
    for _ in range(5):
        drafts = load_drafts(desk.session, [desk.id])
        with db.transaction(desk.session):
            take_steps(desk.session, asks_for(drafts[desk.id], load_books(desk.session), desk.at), actor=SCHEDULER, at=desk.at, drafts=drafts)
    return desk.case().tier


def test_late_handling_raises_the_colour_once_and_again_after_a_week(session, world):
    desk = Desk(session, world).accepted()
    assert desk.due("handle") == date(2026, 5, 1)
    assert swept(desk.on("2026-04-30")) == "yellow"
    assert swept(desk.on("2026-05-06")) == "orange"  # the first working day after the holiday
    assert desk.due("handle") == date(2026, 5, 1)  # the term of the law is the same for every colour
    assert swept(desk.on("2026-05-08")) == "orange"
    assert swept(desk.on("2026-05-14")) == "red"


# --- once and not twice


def test_ended_after_three_steps_the_same_facts_are_not_accepted_again(session, world):
    first = reviewed(Desk(session, world, "2025-01-02").accepted())
    first.step("give_review", ABOVE, **SECOND).step("deliver_review", ABOVE, delivered_on="2025-03-03", delivery="handed")
    again = Desk(session, world, text=TEXT + "请再处理一次。")
    found = same_before(session, again.id, world.actor(session, OFFICE))
    assert [(one.id, one.state) for one in found] == [(first.id, "ended")]
    again.transfer()
    with pytest.raises(Refused) as refused:
        again.step("accept", UNIT, kind="claim")
    assert reasons(refused) == ["petition_ended"] and again.case().state == "with_organ"
    other = Desk(session, world, text="公园路灯坏了三个月，夜里没法走路，请求维修。").transfer().step("accept", UNIT, kind="claim")
    assert other.case().state == "handling"  # the same person, another matter
    again.step("refuse", UNIT, ground="ended", told="三级终结，不再受理", notified_on="2026-03-02", delivery="handed")
    again.step("record_care", way="visit", what="上门看望，帮助申请临时救助")
    anew = Desk(session, world, text=TEXT + "现有新的鉴定报告。").transfer().step("give_new_facts", UNIT, new_facts="新的鉴定报告", reason="原来没有")
    assert anew.step("accept", UNIT, kind="claim").case().state == "handling"


def test_a_repeat_is_noted_within_the_months_of_the_rules(session, world):
    old = Desk(session, world, "2024-06-01")
    first = Desk(session, world, "2026-01-05", text=TEXT + "家具也坏了。")
    assert first.detail().repeat_of_id is None and old.id
    assert Desk(session, world, text=TEXT + "第二次反映。").detail().repeat_of_id == first.id
    assert Desk(session, world, name="郑某", phone="13900001111").detail().repeat_of_id is None  # another person


def test_representatives(session, world):
    desk = Desk(session, world, visitors=20)
    for n in range(6):
        desk.step("add_party", side="applicant", name=f"代表{n}", phone=f"1360000000{n}")
    parties = session.scalars(select(Party.id).where(Party.case_id == desk.id).order_by(Party.id)).all()
    for party in parties[:5]:
        desk.step("add_representative", party=party)
    with pytest.raises(Refused) as refused:
        desk.step("add_representative", party=parties[5])
    assert reasons(refused) == ["petition_too_many_representatives"]


def test_a_dispute_opens_out_of_it_and_both_go_on(session, world):
    desk = Desk(session, world).accepted().step("add_party", UNIT, side="respondent", name="佳和物业", person_kind="organisation")
    desk.step("open_dispute", UNIT, area_id=world.areas["grid_a1"].id, both_agree=True)
    made = session.scalars(select(Case).where(Case.parent_id == desk.id, Case.process == "dispute")).one()
    assert (made.state, made.text, desk.case().state) == ("registered", TEXT, "handling")
    sides = session.scalars(select(Party.side).where(Party.case_id == made.id).order_by(Party.id)).all()
    assert sides == ["applicant", "respondent"]


def test_settled_by_agreement_of_both_sides(session, world):
    desk = Desk(session, world).accepted().step("add_party", UNIT, side="respondent", name="佳和物业", person_kind="organisation")
    for party in session.scalars(select(Party.id).where(Party.case_id == desk.id)).all():
        desk.step("record_consent", UNIT, party=party, consent="given", evidence="signature", consented_on="2026-03-02")
    desk.step("settle", UNIT, agreement_kind="mediation", terms="十日内修好", in_force_on="2026-03-02")
    assert (desk.case().state, desk.detail().outcome, desk.status("handle")) == ("settled", "settled", "met")


def test_not_rated_stays_not_rated(session, world):
    desk = answered(Desk(session, world, "2026-03-02").accepted(), "2026-03-02")
    assert desk.detail().satisfaction == ""
    assert desk.step("rate", satisfaction="dissatisfied", words="慢").detail().satisfaction == "dissatisfied"


# --- accusations


def test_the_accused_his_office_and_his_department_are_kept_out_from_the_first_event(session, world):
    accused = [world.accounts["secretary_a"].id, world.accounts["liaison_a"].id, world.accounts["worker_b1"].id]
    desk = Desk(session, world, kind="accusation", accused=accused, text="社区书记收受物业礼金。")
    case = desk.case()
    assert case.confidential and case.lead_area_id == world.areas["street_a"].id  # not the grid of the place, not his community
    rows = session.scalars(select(Barred).where(Barred.case_id == desk.id)).all()
    assert {row.account_id for row in rows if row.account_id} == set(accused)
    assert {row.area_id for row in rows if row.area_id} == {world.areas["community_a"].id}  # where he leads; not the worker's grid
    assert {row.department_id for row in rows if row.department_id} == {world.departments["housing"].id}
    assert desk.number.startswith("访密〔2026〕")
    with pytest.raises(Refused) as refused:
        desk.step("transfer", kind="accusation", department_id=world.departments["housing"].id)
    assert reasons(refused) == ["petition_organ_accused"]
    desk.step("transfer", kind="accusation", department_id=world.departments["works"].id)
    desk.step("accept_study", "liaison_works", kind="accusation")
    desk.step("refer_accusation", body="区纪委监委", receipt_number="收〔2026〕1号")
    assert desk.case().state == "referred"


def test_no_gap_in_the_numbers_of_others(session, world):
    numbers = [Desk(session, world).number, Desk(session, world, kind="accusation").number, Desk(session, world).number]
    assert [number[-6:] for number in numbers] == ["000001", "000001", "000002"]
    assert session.scalar(select(func.count()).select_from(NumberSeries).where(NumberSeries.process.like("petition%"))) == 2


def test_where_the_street_is_accused_the_district_has_it(session, world):
    desk = Desk(session, world, who=ABOVE, kind="accusation", accused=[world.accounts[HEAD].id])
    assert desk.holder() == ("petition_officer", world.areas["district"].id, None)
    assert desk.case().lead_area_id is None  # no secretary above the street is left to lead it
    with pytest.raises(NotAllowed):
        desk.step("keep", OFFICE, kind="accusation")
    desk.step("refer_accusation", ABOVE, body="区纪委监委", receipt_number="1")


def test_nobody_left_to_take_it_is_said_at_once(session, world):
    everybody = [world.accounts[who].id for who in (HEAD,)]
    before = session.scalar(select(func.count()).select_from(Event))
    with pytest.raises(Refused) as refused:
        Desk(session, world, kind="accusation", accused=everybody, accused_area_id=world.areas["district"].id)
    assert reasons(refused) == ["petition_nobody_apart"]
    assert session.scalar(select(func.count()).select_from(Event)) == before


def test_set_apart_later_takes_what_belongs_to_it_along(session, world):
    desk = Desk(session, world).accepted()
    request = desk.asked("extend", length="30 days", reason="案情复杂", told_on="2026-03-02")
    desk.step("isolate", OFFICE, accused=[world.accounts[UNIT].id])
    case = desk.case()
    assert (case.department_id, case.holder_role) == (None, "petition_officer")
    beside = session.scalars(select(Case).where(Case.id == request).execution_options(populate_existing=True)).one()
    assert beside.confidential and session.scalar(select(func.count()).where(Barred.case_id == request)) == 2
    with pytest.raises(NotAllowed):
        take_step(session, desk.id, "isolate", actor=desk.actor(OFFICE), at=desk.at, data={})  # never alone


def test_accused_that_do_not_exist_are_refused(session, world):
    with pytest.raises(Invalid) as invalid:
        Desk(session, world, kind="accusation", accused=[999_999], accused_department_id=999_999, accused_area_id=999_999)
    assert set(invalid.value.fields) == {"accused", "accused_department_id", "accused_area_id"}


def test_an_accusation_never_comes_down_to_a_lead_nearby(session, world):
    desk = Desk(session, world, kind="accusation", text="网格员索要好处费。").step("keep", kind="accusation")
    desk.step("accept_study", OFFICE, kind="accusation", people=40)
    assert (desk.case().tier, desk.case().lead_area_id) == ("red", world.areas["street_a"].id)
    asked = ask(session, desk.id, "lowering", "lower_tier", {"tier": "yellow", "acknowledged": ["people_involved"], "reason": "人数不实"}, "人数不实",
                actor=desk.actor(OFFICE), at=desk.at)
    decide(session, asked.case_id, "approve", "同意", actor=desk.actor(HEAD), at=desk.at)
    session.commit()
    assert (desk.case().tier, desk.case().lead_area_id) == ("yellow", world.areas["street_a"].id)


def test_an_item_becomes_an_accusation_and_is_set_apart_with_it(session, world):
    area = world.areas["grid_a1"].id
    with db.transaction(session):
        seed = Seed(area, data={"text": "举报社区书记收礼", "area_id": area, "channel": "mailbox"}, extra={"key": "m:1"}, facts={"threat": ["violence"]})
        item = open_case(session, "incoming", seed, actor=SETUP, at=world.at).case_id
    parent = load_drafts(session, [item])[item]
    answers = {"text": "举报社区书记收礼", "area_id": area, "kind": "accusation", "accused": [world.accounts["secretary_a"].id]}
    made = open_petition(session, answers, parent, world.actor(session, OFFICE), world.at).case_id
    session.commit()
    sees = select(Case.id).where(visible(world.actor(session, "secretary_a")))
    assert not {item, made} & set(session.scalars(sees))
    assert session.get_one(Case, made).facts["threat"] == ["violence"]
