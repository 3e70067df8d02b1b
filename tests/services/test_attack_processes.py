"""Hostile histories of whistles, orders, events, items and joint matters on a real database: each was once lost or doubled."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from casemgr import db
from casemgr.errors import CasemgrError, NotAllowed, Refused
from casemgr.jobs import sweep, weekly
from casemgr.jobs.site import open_site
from casemgr.models import Account, Area, Call, Case, DeadlineRow, IncomingItem, JointMember, Notice, Order, RungFired, Whistle
from casemgr.policy import IMPORTER, Held, visible
from casemgr.queries.filters import CaseFilter
from casemgr.services import imports, incoming, joint
from casemgr.services.cases import Taken, take_step
from casemgr.services.drafts import load_drafts
from casemgr.services.opening import open_matter
from casemgr.services.orders import Leg, OutsideOrder
from casemgr.services.recount import verify_deadlines
from casemgr.services.steps import take
from tests.world import World

MINUTE = timedelta(minutes=1)
PATIENCE = 60  # seconds that a thread may take
SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
POSTGRES = pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
OPERATOR = "street_operator_a"


class Street:
    """One street with its people; every act a minute after the one before."""

    def __init__(self, session, world: World) -> None:
        self.session, self.world, self.at = session, world, world.at

    def later(self):
        self.at += MINUTE
        return self.at

    def actor(self, who: str):
        return self.world.actor(self.session, who)

    def unit(self, name: str) -> int:
        return self.world.departments[name].id

    def dispute(self, accepted: bool = True, **facts) -> int:
        with db.transaction(self.session):
            id = self.world.open_dispute(self.session, "worker_a1", "grid_a1", "楼道堵了", at=self.later(), facts=facts).case_id
        if accepted:
            self.step(id, "accept", "head_a", category="0201")
        return id

    def item(self, text: str = "邻居吵架", area: str = "grid_a1", **who) -> int:
        number = self.later().isoformat()
        one = incoming.Message(number, self.world.areas[area].id, "hotline", text, text, reporter=who)
        with db.transaction(self.session):
            return incoming.register(self.session, [one], actor=IMPORTER, at=self.at)[0].case_id

    def sorted(self, item: int, process: str = "dispute") -> int:
        self.step(item, "sort_matter", OPERATOR, becomes=process)
        return self.session.get_one(IncomingItem, item, populate_existing=True).became_id

    def open(self, process: str, who: str, on: int | None = None, **answers) -> int:
        with db.transaction(self.session):
            return open_matter(self.session, process, answers, parent_id=on, actor=self.actor(who), at=self.later()).case_id

    def blow(self, on: int | None = None, who: str = "secretary_a", **given) -> int:
        answers = {
            "text": "请到场清理", "area_id": self.world.areas["grid_a1"].id, "kind": "ordinary", "ground": "enforcement",
            "subject": "fire", "lead_department_id": self.unit("housing"), "helpers": [], "answered_when": "all",
        } | given  # fmt: skip
        return self.open("whistle", who, on, **answers)

    def call(self, whistle: int) -> int:
        return self.session.scalars(select(Case.id).where(Case.parent_id == whistle, Case.process == "call")).one()

    def step(self, case_id: int, step: str, who: str, /, **data) -> Taken:
        with db.transaction(self.session):
            return take(self.session, case_id, step, data, actor=self.actor(who), at=self.later())

    def granted(self, case_id: int, step: str, kind: str, /, **data) -> Taken:
        with db.transaction(self.session):
            return take_step(
                self.session, case_id, step, actor=self.actor("street_secretary_a"), at=self.later(), data=data, granted=kind
            )

    def join(self, case_id: int, known: int, who: str = OPERATOR) -> Taken:
        with db.transaction(self.session):
            return joint.join(self.session, case_id, self.case(known).number, "同一处", actor=self.actor(who), at=self.later())

    def split(self, case_id: int, who: str = OPERATOR) -> Taken:
        with db.transaction(self.session):
            return joint.split(self.session, case_id, "不是同一处", actor=self.actor(who), at=self.later())

    def case(self, id: int) -> Case:
        return self.session.get_one(Case, id, populate_existing=True)

    def clock(self, id: int, key: str = "progress") -> str:
        return self.session.scalar(select(DeadlineRow.status).where(DeadlineRow.case_id == id, DeadlineRow.key == key))


@pytest.fixture
def street(session, world) -> Street:
    return Street(session, world)


def in_mediation(street: Street) -> int:
    id = street.dispute(people=6)
    street.step(id, "assign", "head_a", handler_id=street.world.accounts["mediator_a"].id)
    street.step(id, "take", "mediator_a")
    assert street.clock(id) == "running"
    return id


# --- a matter that waits for departments


@SQLITE
def test_a_suspension_that_ends_does_not_end_the_waiting_for_units(street):
    id = in_mediation(street)
    whistle = street.blow(id)
    until = (street.world.today + timedelta(days=10)).isoformat()
    street.granted(id, "suspend", "suspension", ground="appraisal", until_on=until)
    street.step(id, "resume", "head_a", note="鉴定完了")
    assert street.clock(id) == "paused", "the department has not answered"
    street.step(whistle, "withdraw", "secretary_a", reason="不用了")
    assert street.clock(id) == "running"


@SQLITE
def test_what_comes_back_while_units_are_out_still_waits(street):
    id, known = in_mediation(street), street.dispute()
    whistle = street.blow(id)
    street.join(id, known)
    street.split(id)
    assert street.clock(id) == "paused", "the department has not answered"
    assert not verify_deadlines(street.session)[1]
    street.step(whistle, "withdraw", "secretary_a", reason="不用了")
    assert street.clock(id) == "running"


@SQLITE
def test_units_that_were_done_while_it_rested_are_not_waited_for(street):
    id, known = in_mediation(street), street.dispute()
    whistle = street.blow(id)
    street.join(id, known)
    street.step(whistle, "withdraw", "secretary_a", reason="不用了")
    street.split(id)
    assert (street.clock(id), bool(street.case(id).facts.get("waits_for_units"))) == ("running", False)
    street.blow(id)
    assert street.clock(id) == "paused", "the next whistle stops it as the first did"


@SQLITE
def test_what_was_suspended_when_it_was_joined_is_suspended_after(street):
    id, known = in_mediation(street), street.dispute()
    until = (street.world.today + timedelta(days=10)).isoformat()
    street.granted(id, "suspend", "suspension", ground="appraisal", until_on=until)
    street.join(id, known)
    street.split(id)
    assert (street.clock(id), street.clock(id, "settle"), street.clock(id, "suspension_ends")) == ("paused", "paused", "running")
    assert not verify_deadlines(street.session)[1]
    street.step(id, "resume", "head_a", note="鉴定完了")
    assert (street.clock(id), street.clock(id, "settle")) == ("running", "running")
    assert not verify_deadlines(street.session)[1]


@SQLITE
def test_what_begins_while_units_are_out_waits_from_the_start(street):
    id = street.dispute(accepted=False, people=6)
    whistle = street.blow(id)
    street.step(id, "accept", "head_a", category="0201")
    assert street.clock(id) == "paused" and not verify_deadlines(street.session)[1]
    street.step(whistle, "withdraw", "secretary_a", reason="不用了")
    assert street.clock(id) == "running" and not verify_deadlines(street.session)[1]


# --- people counted


@SQLITE
def test_many_people_are_not_counted_for_ever(street):
    known = street.dispute(people=1)
    items = [street.item(name="众", phone=f"139000003{n:02}") for n in range(9)]
    for item in items:
        street.join(item, known)
    assert street.case(known).facts["people"] == 10
    for item in items:
        street.split(item)
    assert street.case(known).facts["people"] == 1


# --- sorting taken back


@SQLITE
def test_a_sorting_is_not_undone_under_a_whistle(street):
    item = street.item()
    made = street.sorted(item)
    whistle = street.blow(made)
    with pytest.raises(Refused):
        street.step(item, "undo", OPERATOR, reason="点错")
    assert (street.case(made).state, street.case(whistle).state) == ("registered", "out")


@SQLITE
def test_a_sorting_is_not_undone_under_those_joined_to_it(street):
    first, second = street.item(), street.item()
    with db.transaction(street.session):
        incoming.sort_as_one(street.session, [first, second], actor=street.actor(OPERATOR), at=street.later())
    made = street.session.scalar(select(IncomingItem.became_id).where(IncomingItem.case_id == first))
    with pytest.raises(Refused):
        street.step(first, "undo", OPERATOR, reason="点错")
    assert street.session.scalar(select(JointMember.root_id).where(JointMember.case_id == second)) == made
    street.step(second, "undo", OPERATOR, reason="点错")
    assert street.case(made).state == "registered"


@SQLITE
@pytest.mark.parametrize("process", ["dispute", "order", "event"])
def test_a_matter_is_not_taken_back_without_its_item(street, process):
    item = street.item()
    made = street.sorted(item, process)
    with suppress(CasemgrError):
        street.step(made, "take_back", OPERATOR, reason="分拣错了")
    states = street.case(item).state, street.case(made).closed_at is None
    assert states in {("registered", False), ("sorted", True)}, "somebody still has it"


@SQLITE
def test_what_an_event_became_is_not_taken_back(street):
    area = street.world.areas["grid_a1"].id
    event = street.open("event", "worker_a1", text="井盖破了", area_id=area)
    street.step(event, "turn_into", "worker_a1", becomes="order", reason="属于热线")
    made = street.session.scalars(select(Case.id).where(Case.parent_id == event)).one()
    with pytest.raises(CasemgrError):
        street.step(made, "take_back", OPERATOR, reason="分拣错了")
    assert street.case(made).closed_at is None


# --- many at once


@SQLITE
def test_an_item_ticked_twice_is_sorted_once(street):
    item = street.item()
    with db.transaction(street.session):
        outcomes = incoming.sort_many(street.session, [item, item], actor=street.actor(OPERATOR), at=street.later())
    assert all(isinstance(one, Taken) for one in outcomes)
    made = street.session.scalars(select(Case.id).where(Case.parent_id == item)).all()
    assert len(made) == 1 and street.case(item).state == "sorted"


@SQLITE
def test_a_matter_ticked_twice_is_joined_once(street):
    known, item = street.dispute(), street.item()
    with db.transaction(street.session):
        number = street.case(known).number
        outcomes = joint.join_all(street.session, [item, item], number, "同", actor=street.actor(OPERATOR), at=street.later())
    assert isinstance(outcomes[0], Taken) and street.case(item).state == "joined"


@SQLITE
def test_an_item_of_a_closed_area_does_not_stop_the_others(street):
    good, bad = street.item(), street.item(area="grid_a2")
    with db.transaction(street.session):
        shut = update(Area).where(Area.id == street.world.areas["grid_a2"].id)
        street.session.execute(shut.values(closed_on=street.world.today))
    with db.transaction(street.session):
        outcomes = incoming.sort_many(street.session, [good, bad], actor=street.actor(OPERATOR), at=street.later())
    assert isinstance(outcomes[0], Taken) and isinstance(outcomes[1], CasemgrError)
    assert (street.case(good).state, street.case(bad).state) == ("sorted", "registered")


# --- orders


def order(street: Street, **more) -> int:
    answers = {"text": "路灯坏了", "kind": "help", "area_id": street.world.areas["grid_a1"].id} | more
    return street.open("order", OPERATOR, **answers)


@SQLITE
def test_two_orders_do_not_end_as_each_other(street):
    one, two = order(street), order(street)
    street.step(one, "same_matter", OPERATOR, known=street.case(two).number, told="正在办理")
    with pytest.raises(CasemgrError):
        street.step(two, "same_matter", OPERATOR, known=street.case(one).number, told="正在办理")
    assert street.case(two).closed_at is None


@SQLITE
def test_nobody_out_of_sight_hears_that_a_department_is_vacant(street):
    id = order(street, confidential="true")
    account = street.world.accounts["liaison_a"].id
    with db.transaction(street.session):
        street.session.execute(update(Account).where(Account.id == account).values(active=False))
    street.step(id, "dispatch_unit", OPERATOR, department_id=street.unit("housing"))
    told = street.session.scalars(select(Notice.account_id).where(Notice.case_id == id, Notice.code == "case.post_vacant")).all()
    logins = {row.id: login for login, row in street.world.accounts.items()}
    assert told, "a vacant post is an alarm"
    for account_id in told:
        seen = visible(street.actor(logins[account_id]))
        assert street.session.scalar(select(Case.id).where(Case.id == id, seen)) == id, logins[account_id]


# --- an accusation, and those called to it


@SQLITE
def test_a_department_accused_later_loses_its_calls_too(street):
    area = street.world.areas["grid_a1"].id
    office = "street_petition_officer_a"
    id = street.open("petition", office, text="楼上漏水", area_id=area, kind="claim", name="周某")
    whistle = street.blow(id)
    call = street.call(whistle)
    street.step(id, "isolate", office, accused_department_id=street.unit("housing"))
    seen = set(street.session.scalars(select(Case.id).where(visible(street.actor("liaison_a")))))
    assert not seen & {id, whistle, call}


# --- two at once


def blocked(session) -> bool:
    """Whether some other connection of this database waits for a lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(session.scalar(text(waiting)))


def meanwhile(engine, street: Street, first, second, third) -> list:
    """`first` in one transaction; then `second` in another until it waits or is done; then `third` in the first one."""
    sessions = db.make_session(engine)

    def other():
        with sessions() as session, db.transaction(session):
            session.info.update(street.session.info)
            return second(session)

    with ThreadPoolExecutor(1) as pool, db.transaction(street.session):
        first(street.session)
        found = pool.submit(other)
        with sessions() as looking:
            for _ in range(500):
                looking.rollback()
                if found.done() or blocked(looking):
                    break
                threading.Event().wait(0.01)
        third(street.session)
        street.session.commit()
        return found.result(PATIENCE)


@POSTGRES
def test_a_whistle_approved_and_another_blown_on_one_matter_never_wait_for_each_other(engine, street):
    id = street.dispute(people=6)
    waiting = street.blow(id, who="grid_secretary_a1")
    street.blow(id)  # the numbers of this year are begun
    at, secretary, chief = street.later(), street.actor("secretary_a"), street.actor("street_secretary_a")
    given = {
        "text": "再请", "kind": "ordinary", "ground": "enforcement", "subject": "fire", "lead_department_id": street.unit("works"),
        "helpers": [], "answered_when": "all",
    }  # fmt: skip
    meanwhile(
        engine, street,
        lambda session: load_drafts(session, [id]),
        lambda session: take(session, waiting, "approve", {}, actor=chief, at=at),
        lambda session: open_matter(session, "whistle", given, parent_id=id, actor=secretary, at=at),
    )  # fmt: skip
    assert street.session.scalar(select(func.count()).select_from(Call)) == 3


# --- one person with two posts


def also(street: Street, who: str, role: str, area: str):
    """Somebody with one post more."""
    actor = street.actor(who)
    return replace(actor, posts=(*actor.posts, Held(0, role, street.world.areas[area].id)))


@SQLITE
def test_who_handled_an_event_does_not_verify_it_with_another_post(street):
    area = street.world.areas["grid_a1"].id
    id = street.open("event", "worker_a1", text="井盖破了", area_id=area)
    street.step(id, "report", "worker_a1")
    street.step(id, "take_up", "secretary_a")
    street.step(id, "feed_back_community", "secretary_a", measures="换好了")
    both = also(street, "secretary_a", "grid_worker", "grid_a1")
    with pytest.raises(NotAllowed), db.transaction(street.session):
        take(street.session, id, "verify", {}, actor=both, at=street.later())
    assert street.case(id).state == "to_verify"
    street.step(id, "verify", "worker_a1")
    assert street.case(id).state == "closed"


@SQLITE
def test_no_department_is_called_to_what_is_closed(street):
    id, known = street.dispute(), street.dispute()
    street.join(id, known)
    with pytest.raises(Refused):
        street.blow(id)
    assert street.session.scalar(select(func.count()).select_from(Call)) == 0


# --- rungs


@SQLITE
def test_after_a_week_without_sweeps_an_upgraded_whistle_is_what_it_would_have_been(street, settings, engine):
    id = street.blow(helpers=[street.unit("works")])
    site = open_site(settings, engine)
    for days in (7, 30, 60, 90):
        sweep.run(site, street.at + timedelta(days=days))
        with db.transaction(street.session):
            assert not verify_deadlines(street.session)[1]
    fired = street.session.execute(select(RungFired.case_id, RungFired.key, RungFired.epoch, RungFired.rung)).all()
    assert len(fired) == len(set(fired))
    kinds = dict(street.session.execute(select(Call.case_id, Call.kind)).all())
    assert set(kinds.values()) == {"hard"} == {street.session.scalar(select(Whistle.kind).where(Whistle.case_id == id))}
    before = len(fired)
    street.session.commit()
    sweep.run(site, street.at + timedelta(days=90))
    assert street.session.scalar(select(func.count()).select_from(RungFired)) == before


@SQLITE
def test_an_objection_whose_ruling_is_late_costs_the_unit_nothing(street, settings, engine):
    id = street.blow()
    call = street.call(id)
    street.step(call, "object", "liaison_a", basis="list", competent_id=street.unit("bureau"), reason="归住建局")
    site = open_site(settings, engine)
    sweep.run(site, street.at + timedelta(days=40))
    fired = set(street.session.scalars(select(RungFired.key).where(RungFired.case_id == call)))
    assert "ruling" in fired and not fired & {"contact", "report_in", "finish"}
    street.at += timedelta(days=40)
    street.step(call, "keep", OPERATOR, reason="归你")
    assert not verify_deadlines(street.session)[1]
    rows = dict(street.session.execute(select(DeadlineRow.key, DeadlineRow.due_at).where(DeadlineRow.case_id == call)).all())
    assert rows["report_in"] > street.at and rows["finish"] > street.at


# --- what an item becomes keeps what it was


@SQLITE
@pytest.mark.parametrize("process", ["dispute", "order", "petition", "event"])
def test_what_comes_of_an_item_of_earlier_records_or_a_confidential_one_is_so_too(street, process):
    old = incoming.Message("old", street.world.areas["grid_a1"].id, "hotline", "邻居吵架", "邻居吵架多年")
    with db.transaction(street.session):
        item = incoming.register(street.session, [old], actor=IMPORTER, at=street.later(), history=True)[0].case_id
    assert street.case(street.sorted(item, process)).history
    kept = street.item()
    with db.transaction(street.session):
        street.session.execute(update(Case).where(Case.id == kept).values(confidential=True))
    street.session.expire_all()
    assert street.case(street.sorted(kept, process)).confidential


# --- confidential, and with a department


@SQLITE
def test_a_department_goes_on_with_what_is_confidential_while_others_decide(street):
    id = order(street, confidential="true")
    street.step(id, "dispatch_unit", OPERATOR, department_id=street.unit("housing"))
    street.step(id, "object", "liaison_a", ground="remit", basis="清单", competent="供水公司")
    seen = visible(street.actor("liaison_a"))
    assert street.session.scalar(select(Case.id).where(Case.id == id, seen)) == id, "until it is decided the unit goes on"
    other = visible(street.actor("liaison_works"))
    assert street.session.scalar(select(Case.id).where(Case.id == id, other)) is None
    street.step(id, "accept_return", OPERATOR, reason="退回")
    assert street.session.scalar(select(Case.id).where(Case.id == id, seen)) is None


@SQLITE
def test_a_department_takes_back_its_objection_and_appraises_what_is_confidential(street):
    with db.transaction(street.session):
        on = street.world.open_dispute(street.session, "secretary_a", "grid_a1", "家事", at=street.later(), confidential=True).case_id
    whistle = street.blow(on)
    call, seen = street.call(whistle), visible(street.actor("liaison_a"))
    street.step(call, "object", "liaison_a", basis="list", competent_id=street.unit("works"), reason="归城管")
    assert street.session.scalar(select(Case.id).where(Case.id == call, seen)) == call
    street.step(call, "drop_objection", "liaison_a")
    for step, data in (("contact", {"way": "phone"}), ("report_in", {"note": "到场"}), ("finish", {"result": "solved", "note": "好了"})):
        street.step(call, step, "liaison_a", **data)
    assert street.session.scalar(select(Case.id).where(Case.id == call, seen)) == call


# --- two lists at once


def leg(street: Street, name: str) -> imports.Arrival:
    due_on = street.world.today + timedelta(days=5)
    told = OutsideOrder("GD-1", street.world.areas["grid_a1"].id, "hotline", "help", "路灯坏了", "路灯坏了", legs=(Leg(name, due_on=due_on),))
    return imports.Arrival(1, f"{name} GD-1", told)


@POSTGRES
def test_the_lists_of_city_and_district_loaded_at_once_are_one_order(engine, street):
    with db.transaction(street.session):
        batches = [
            imports.begin_batch(
                street.session, sha256=name, name=name, channel="hotline", mapping="", area_id=street.world.areas["street_a"].id,
                history=False, at=street.at, process="order",
            )
            for name in ("city", "district")
        ]  # fmt: skip
    order(street)  # the numbers of this year are begun

    def landing(batch, name):
        return lambda session: imports.land(session, batch, [leg(street, name)], actor=IMPORTER, at=street.at)

    meanwhile(engine, street, landing(batches[0], "city"), landing(batches[1], "district"), lambda session: None)
    [one] = street.session.scalars(select(Order).where(Order.external_number == "GD-1").execution_options(populate_existing=True)).all()
    assert one.city_due_on and one.district_due_on


@SQLITE
def test_what_was_sent_back_is_waited_for_though_the_lead_is_done(street):
    whistle = street.blow(helpers=[street.unit("works"), street.unit("bureau")], answered_when="lead")
    calls = dict(street.session.execute(select(Case.department_id, Case.id).where(Case.parent_id == whistle)).all())
    lead, works, bureau = (calls[street.unit(name)] for name in ("housing", "works", "bureau"))
    for call, who in ((works, "liaison_works"), (lead, "liaison_a")):
        street.step(call, "sign", who)
        street.step(call, "contact", who, way="phone")
        street.step(call, "report_in", who, note="到场")
        street.step(call, "finish", who, result="solved", note="好了")
    street.step(whistle, "not_solved", "secretary_a", department_id=street.unit("works"), reason="没清干净")
    street.step(bureau, "sign", "liaison_bureau")
    street.step(bureau, "contact", "liaison_bureau", way="phone")
    street.step(bureau, "report_in", "liaison_bureau", note="到场")
    assert street.case(whistle).state == "out", "the unit it was sent back to is not done"
    street.step(works, "finish", "liaison_works", result="solved", note="清干净了")
    assert street.case(whistle).state == "answered"


# --- numbers


@SQLITE
def test_what_was_joined_is_not_counted_as_closed_work(street):
    known, one = street.dispute(), street.dispute()
    street.join(one, known)
    numbers = weekly.numbers(street.actor("secretary_a"), street.at + MINUTE, street.world.at, street.at + MINUTE)
    assert [int(value) for value in street.session.execute(numbers).one()] == [0, 2, 1, 0]


@SQLITE
def test_the_order_of_a_helping_unit_is_no_matter_of_its_own(street):
    id = order(street)
    street.step(id, "dispatch_unit", OPERATOR, department_id=street.unit("housing"))
    street.step(id, "ask_help", "liaison_a", helper_id=street.unit("works"), wanted="请清运")
    assert street.session.scalar(select(func.count()).select_from(Case).where(Case.process == "order")) == 2
    counted = select(Case.id).where(CaseFilter(counted=True).where(street.at))
    assert street.session.scalars(counted).all() == [id]
    numbers = weekly.numbers(street.actor(OPERATOR), street.at + MINUTE, street.world.at, street.at + MINUTE)
    assert [int(value) for value in street.session.execute(numbers).one()] == [0, 1, 1, 0]
