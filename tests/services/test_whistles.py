"""Whistles on a real database: who may blow, what each step brings along on the calls and on the matter, the one rule of
"done", rulings and what is fixed, upgrade by hand and by lateness, appraisals, and what a department sees."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from casemgr import db
from casemgr.errors import Invalid, NotAllowed, NotFound, Refused
from casemgr.jobs import sweep
from casemgr.jobs.site import open_site
from casemgr.models import Call, Case, DeadlineRow, Notice, Whistle
from casemgr.policy import SCHEDULER, visible
from casemgr.queries.whistles import calls_of, open_whistles, own_calls, rulings_on, tallies, units_named
from casemgr.services import fixed_units
from casemgr.services.cases import take_step
from casemgr.services.opening import open_matter
from casemgr.services.steps import take
from tests.world import World

MINUTE = timedelta(minutes=1)
SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


class Street:
    """One street with its people; every step a minute after the one before."""

    def __init__(self, session, world: World) -> None:
        self.session, self.world, self.at = session, world, world.at

    def unit(self, name: str) -> int:
        return self.world.departments[name].id

    def blow(self, who: str = "secretary_a", on: int | None = None, **given) -> int:
        self.at += MINUTE
        answers = {
            "text": "楼道堆满杂物,请到场清理", "area_id": self.world.areas["grid_a1"].id, "kind": "ordinary", "ground": "enforcement",
            "subject": "fire", "lead_department_id": self.unit("housing"), "helpers": [self.unit("works")],
            "answered_when": "all", "place": "一号楼",
        } | given  # fmt: skip
        with db.transaction(self.session):
            taken = open_matter(self.session, "whistle", answers, parent_id=on, actor=self.world.actor(self.session, who), at=self.at)
        return taken.case_id

    def step(self, case_id: int, step: str, who: str, /, **data):
        self.at += MINUTE
        with db.transaction(self.session):
            return take(self.session, case_id, step, data, actor=self.world.actor(self.session, who), at=self.at)

    def call(self, whistle: int, unit: str) -> int:
        query = select(Case.id).where(Case.parent_id == whistle, Case.department_id == self.unit(unit))
        return self.session.scalars(query.order_by(Case.id.desc())).first()

    def case(self, id: int) -> Case:
        return self.session.scalars(select(Case).where(Case.id == id).execution_options(populate_existing=True)).one()

    def state(self, id: int) -> str:
        return self.case(id).state

    def detail(self, id: int, table=Call):
        return self.session.scalars(select(table).where(table.case_id == id).execution_options(populate_existing=True)).one()

    def clocks(self, id: int) -> dict[str, str]:
        rows = self.session.execute(select(DeadlineRow.key, DeadlineRow.status).where(DeadlineRow.case_id == id))
        return dict(rows.all())

    def due(self, id: int, key: str):
        return self.session.scalar(select(DeadlineRow.due_at).where(DeadlineRow.case_id == id, DeadlineRow.key == key))

    def come(self, call: int, who: str) -> None:
        self.step(call, "sign", who)
        self.step(call, "contact", who, way="phone")
        self.step(call, "report_in", who, note="到场")

    def done(self, call: int, who: str) -> None:
        self.come(call, who)
        self.step(call, "finish", who, result="solved", note="清理完毕")

    def object(self, call: int, who: str, step: str = "object", **given) -> None:
        self.step(call, step, who, **{"basis": "list", "competent_id": self.unit("bureau"), "reason": "归住建局"} | given)


@pytest.fixture
def street(session, world) -> Street:
    return Street(session, world)


@pytest.fixture
def dispute(street) -> int:
    with db.transaction(street.session):
        id = street.world.open_dispute(street.session, "worker_a1", "grid_a1", "楼道堵了", facts={"people": 6}).case_id
    street.step(id, "accept", "head_a", category="0201")
    return id


# --- blowing


@SQLITE
def test_who_blows_which_kind_and_whom_the_street_approves(street):
    for who, kind, state in (
        ("grid_secretary_a1", "ordinary", "blown"), ("secretary_a", "ordinary", "out"), ("head_a", "ordinary", "out"), ("street_operator_a", "ordinary", "out"),
        ("street_operator_a", "key", "blown"), ("street_secretary_a", "key", "out"), ("street_secretary_a", "hard", "out"),
    ):  # fmt: skip
        assert street.state(street.blow(who, kind=kind)) == state, (who, kind)


@SQLITE
def test_a_kind_that_is_not_ones_own_is_refused_and_nothing_stays(street):
    for who, kind in (("secretary_a", "key"), ("head_a", "hard"), ("street_operator_a", "hard"), ("grid_secretary_a1", "key")):
        with pytest.raises(Refused) as refused:
            street.blow(who, kind=kind)
        assert [reason.code for reason in refused.value.reasons] == ["kind_not_yours"], who
    for who in ("worker_a1", "secretary_b", "liaison_a", "mediator_a", "system_admin"):
        with pytest.raises((NotAllowed, Refused)):
            street.blow(who)
    assert street.session.scalar(select(Case.id)) is None


@SQLITE
def test_units_are_of_the_place_and_named_once(street):
    with pytest.raises(Refused):
        street.blow(helpers=[street.unit("housing")])
    with pytest.raises(Invalid) as invalid:
        street.blow(lead_department_id=99999, helpers=[88888])
    assert set(invalid.value.fields) == {"lead_department_id", "helpers"}
    with pytest.raises(Invalid):
        street.blow(text="")
    with pytest.raises(Invalid):
        street.blow(area_id=99999)


@SQLITE
def test_approval_sends_it_out_and_is_never_ones_own(street):
    id = street.blow("street_operator_a", kind="key")
    assert street.clocks(id) == {"approve": "running"} and street.call(id, "housing") is None
    told = street.session.scalars(select(Notice.account_id).where(Notice.code == "whistle.to_approve")).all()
    assert told == [street.world.accounts["street_secretary_a"].id]
    for who in ("street_operator_a", "secretary_a"):
        with pytest.raises(NotAllowed):
            street.step(id, "approve", who)
    street.step(id, "approve", "street_secretary_a")
    assert street.state(id) == "out" and street.state(street.call(id, "works")) == "to_sign"


@SQLITE
def test_not_sent_out_no_department_hears_of_it(street):
    id = street.blow("street_operator_a", kind="key")
    street.step(id, "decline", "street_secretary_a", reason="社区可自行处理")
    assert street.state(id) == "declined" and street.call(id, "housing") is None


@SQLITE
def test_an_emergency_waits_for_nobody_and_runs_by_the_clock(street):
    id = street.blow("street_operator_a", kind="key", ground="emergency")
    call = street.call(id, "housing")
    assert street.state(id) == "out" and street.due(call, "sign") == street.at + timedelta(hours=1)
    assert street.due(call, "contact") == street.at + timedelta(hours=24)


@SQLITE
def test_lengths_by_kind(street):
    usual, key = street.call(street.blow(), "housing"), street.call(street.blow("street_secretary_a", kind="key"), "housing")
    assert street.due(usual, "report_in") < street.due(key, "report_in")


# --- coming, finishing, verifying


def test_all_come_all_done_verified_both_sides_appraise(street):
    id = street.blow()
    lead, helper = street.call(id, "housing"), street.call(id, "works")
    street.come(lead, "liaison_a")
    assert street.clocks(id)["report"] == "running"
    street.come(helper, "liaison_works")
    assert street.clocks(id)["report"] == "met"
    for call, who in ((lead, "liaison_a"), (helper, "liaison_works")):
        assert street.state(id) == "out"
        street.step(call, "finish", who, result="solved", note="清理完毕")
    assert street.state(id) == "answered"
    street.step(lead, "appraise_unit", "secretary_a", speed=5, outcome=4, words="来得快")
    assert street.state(lead) == "finished"
    street.step(lead, "appraise_whistle", "liaison_a", rightly="yes")
    assert street.state(lead) == "closed"
    street.step(id, "close", "secretary_a", verified="visit", note="现场已清")
    assert (street.state(id), street.state(helper)) == ("closed", "finished"), "the other call is still to be appraised"


@SQLITE
def test_lead_done_is_enough_where_it_was_chosen_so_and_closing_calls_the_others_off(street):
    id = street.blow(answered_when="lead")
    street.done(street.call(id, "housing"), "liaison_a")
    assert street.state(id) == "answered"
    street.step(id, "close", "head_a", verified="phone", note="居民确认")
    assert street.state(street.call(id, "works")) == "called_off"


@SQLITE
def test_not_solved_goes_back_to_the_unit_named(street):
    id = street.blow(helpers=[])
    call = street.call(id, "housing")
    street.done(call, "liaison_a")
    for step, who, more in (("appraise_unit", "secretary_a", {"speed": 5, "outcome": 5}), ("appraise_whistle", "liaison_a", {"rightly": "yes"})):
        street.step(call, step, who, **more)
    with pytest.raises(Refused):
        street.step(id, "not_solved", "secretary_a", department_id=street.unit("works"), reason="又堆上了")
    assert street.state(id) == "answered"
    street.step(id, "not_solved", "secretary_a", department_id=street.unit("housing"), reason="又堆上了")
    assert (street.state(id), street.state(call), street.detail(call).speed) == ("out", "reported_in", None)
    street.step(call, "finish", "liaison_a", result="solved", note="再清")
    assert street.state(id) == "answered"


@SQLITE
def test_another_unit_is_called_later_but_none_twice(street):
    id = street.blow(helpers=[])
    street.step(id, "add_unit", "street_operator_a", department_id=street.unit("bureau"), reason="需区里支持")
    assert street.detail(street.call(id, "bureau")).part == "helping"
    with pytest.raises(Refused):
        street.step(id, "add_unit", "secretary_a", department_id=street.unit("housing"), reason="再叫")


@SQLITE
@pytest.mark.parametrize(("step", "who"), [("withdraw", "secretary_a"), ("void", "street_operator_a")])
def test_ending_it_calls_every_unit_off(street, step, who):
    id = street.blow()
    calls = [street.call(id, "housing"), street.call(id, "works")]
    street.done(calls[0], "liaison_a")
    street.step(id, step, who, reason="不需要了")
    assert [street.state(call) for call in calls] == ["called_off", "called_off"]
    assert "running" not in street.clocks(calls[1]).values()


# --- objections


@SQLITE
def test_his_clock_stands_still_while_the_centre_rules(street):
    id = street.blow()
    call = street.call(id, "housing")
    before = street.due(call, "finish")
    street.object(call, "liaison_a")
    clocks = street.clocks(call)
    assert (clocks["ruling"], clocks["sign"], clocks["contact"], clocks["finish"]) == ("running", "met", "paused", "paused")
    street.at += timedelta(days=9)  # whoever is late there
    street.step(call, "keep", "street_operator_a", reason="清单写明")
    assert street.clocks(call)["finish"] == "running" and street.due(call, "finish") >= before + timedelta(days=8)


@SQLITE
def test_the_street_arbitrates_the_second_objection_for_good(street):
    id = street.blow()
    call = street.call(id, "housing")
    street.object(call, "liaison_a")
    street.step(call, "keep", "street_operator_a", reason="清单写明")
    with pytest.raises(Refused):
        street.object(call, "liaison_a")
    street.object(call, "liaison_a", "object_again")
    assert street.case(call).lead_area_id == street.world.areas["street_a"].id
    with pytest.raises(NotAllowed):
        street.step(call, "arbitrate_keep", "secretary_a", reason="定了")
    street.step(call, "arbitrate_keep", "street_secretary_a", reason="定了")
    assert street.detail(call).fixed == "arbitration"
    for step in ("object", "object_again"):
        with pytest.raises(Refused):
            street.object(call, "liaison_a", step)
    street.step(call, "contact", "liaison_a", way="phone")


@SQLITE
@pytest.mark.parametrize(("step", "who", "fixed"), [("give", "street_operator_a", "ruling"), ("arbitrate_give", "street_secretary_a", "arbitration")])
def test_given_to_another_unit_that_is_fixed_by_it(street, step, who, fixed):
    id = street.blow()
    call = street.call(id, "housing")
    street.object(call, "liaison_a")
    if step == "arbitrate_give":
        street.step(call, "keep", "street_operator_a", reason="清单写明")
        street.object(call, "liaison_a", "object_again")
    with pytest.raises(Refused):
        street.step(call, step, who, given_to_id=street.unit("works"), reason="已在现场")  # is called already
    street.step(call, step, who, given_to_id=street.unit("bureau"), reason="归住建局")
    new = street.call(id, "bureau")
    assert (street.state(call), street.state(new)) == ("returned", "to_sign")
    assert (street.detail(new).part, street.detail(new).fixed) == ("lead", fixed)
    street.done(new, "liaison_bureau")
    street.done(street.call(id, "works"), "liaison_works")
    assert street.state(id) == "answered", "the unit that was released is not waited for"


@SQLITE
def test_a_helping_unit_released_may_be_what_was_missing(street):
    id = street.blow()
    street.object(street.call(id, "works"), "liaison_works")
    street.done(street.call(id, "housing"), "liaison_a")
    assert street.state(id) == "out"
    street.step(street.call(id, "works"), "release", "street_operator_a", reason="不需要")
    assert street.state(id) == "answered"


@SQLITE
def test_earlier_rulings_are_shown_by_subject_to_who_may_see_them(street):
    first = street.call(street.blow(), "housing")
    street.object(first, "liaison_a")
    street.step(first, "keep", "street_operator_a", reason="清单写明")
    second = street.call(street.blow(), "housing")

    def seen(who, **given):
        actor = street.world.actor(street.session, who)
        return [(r.department, r.verdict) for r in rulings_on(street.session, actor, given.get("subject", "fire"), but=second)]

    assert seen("liaison_a") == seen("street_operator_a") == [("房管所", "kept")]
    assert seen("liaison_works") == seen("street_operator_b") == seen("liaison_a", subject="city") == []


@SQLITE
def test_what_the_list_fixes_may_not_be_returned(street):
    operator = street.world.actor(street.session, "street_operator_a")
    with db.transaction(street.session):
        row = fixed_units.fix(
            street.session, street.world.areas["street_a"].id, "fire", street.unit("housing"), "消防职责清单", actor=operator, at=street.at)
    call = street.call(street.blow(), "housing")
    assert street.detail(call).fixed == "list"
    with pytest.raises(Refused):
        street.object(call, "liaison_a")
    with db.transaction(street.session):
        fixed_units.unfix(street.session, row.id, actor=operator, at=street.at)
    assert street.detail(street.call(street.blow(), "housing")).fixed == ""
    for who in ("secretary_a", "liaison_a", "street_operator_b", "system_admin"):
        with pytest.raises((NotAllowed, NotFound)):
            fixed_units.fix(street.session, street.world.areas["street_a"].id, "fire", street.unit("housing"), "", actor=street.world.actor(street.session, who), at=street.at)


# --- upgrade


@SQLITE
def test_upgraded_by_hand_the_calls_follow_with_new_clocks(street):
    id = street.blow()
    call = street.call(id, "housing")
    before = street.due(call, "report_in")
    street.at += timedelta(days=1)
    street.step(id, "upgrade", "secretary_a", reason="无人到场")
    assert (street.detail(id, Whistle).kind, street.detail(call).kind) == ("key", "key")
    assert street.due(call, "report_in") > before + timedelta(days=1)
    assert street.case(id).lead_area_id == street.case(call).lead_area_id == street.world.areas["street_a"].id
    street.step(id, "upgrade", "street_secretary_a", reason="仍无人到场")
    with pytest.raises(Refused):
        street.step(id, "upgrade", "street_secretary_a", reason="再升")


@SQLITE
def test_what_is_paused_or_done_is_not_started_anew_by_an_upgrade(street):
    id = street.blow()
    lead, helper = street.call(id, "housing"), street.call(id, "works")
    street.object(lead, "liaison_a")
    street.come(helper, "liaison_works")
    street.step(id, "upgrade", "secretary_a", reason="难办")
    assert street.clocks(lead)["finish"] == "paused" and street.clocks(helper)["report_in"] == "met"
    assert street.detail(lead).kind == street.detail(helper).kind == "key"


@SQLITE
def test_units_that_do_not_come_upgrade_it_by_the_ladder_once_and_the_hardest_is_not_forgiven(street, settings, engine):
    id = street.blow(helpers=[])
    call, site = street.call(id, "housing"), open_site(settings, engine)

    def swept(after: timedelta) -> tuple[str, str]:
        due = street.due(id, "report")
        street.session.rollback()
        sweep.run(site, due + after)
        sweep.run(site, due + after)
        return street.detail(id, Whistle).kind, street.detail(call).kind

    assert swept(timedelta(hours=1)) == ("ordinary", "ordinary")
    assert swept(timedelta(days=5)) == ("key", "key")
    assert street.clocks(call)["report_in"] == "running" and street.case(id).lead_area_id == street.world.areas["street_a"].id
    assert swept(timedelta(days=5)) == ("hard", "hard")
    due = street.due(id, "report")
    assert swept(timedelta(days=5)) == ("hard", "hard") and street.due(id, "report") == due


# --- the matter it came from


@SQLITE
def test_only_the_clocks_named_in_the_rules_stand_still_meanwhile(street, dispute):
    assert street.clocks(dispute)["progress"] == "running", "an orange matter"
    id = street.blow(on=dispute, helpers=[])
    assert (street.case(id).tier, street.case(id).tier_confirmed) == ("orange", True)
    clocks = street.clocks(dispute)
    assert (clocks["progress"], clocks["settle"], clocks["contact"]) == ("paused", "running", "running")
    other = street.blow(on=dispute, helpers=[])
    street.step(other, "withdraw", "secretary_a", reason="一个就够")
    assert street.clocks(dispute)["progress"] == "paused", "the first one is still out"
    call = street.call(id, "housing")
    street.done(call, "liaison_a")
    assert street.clocks(dispute)["progress"] == "running"
    street.step(id, "not_solved", "secretary_a", department_id=street.unit("housing"), reason="又堵了")
    assert street.clocks(dispute)["progress"] == "paused"
    street.step(call, "finish", "liaison_a", result="solved", note="再清")
    assert street.clocks(dispute)["progress"] == "running"


@SQLITE
def test_a_whistle_on_a_matter_out_of_sight_is_refused(street, dispute):
    with pytest.raises(NotFound):
        street.blow("secretary_b", on=dispute)


@SQLITE
def test_a_department_sees_what_is_asked_of_it_and_nothing_else(street, dispute):
    id = street.blow(on=dispute)
    call, actor = street.call(id, "housing"), street.world.actor(street.session, "liaison_a")
    assert set(street.session.scalars(select(Case.id).where(visible(actor)))) == {call}
    assert [(c.case_id, title) for c, title in own_calls(street.session, actor)] == [(call, street.case(id).title)]
    assert units_named(street.session, id) == [("房管所", "lead"), ("城管所", "helping")]
    assert street.case(call).text == street.case(id).text != street.case(dispute).text


@SQLITE
def test_no_service_step_is_taken_alone(street):
    id = street.blow()
    for case_id, step, who in ((id, "units_done", SCHEDULER), (street.call(id, "housing"), "call_off", SCHEDULER)):
        with pytest.raises(NotAllowed):
            take_step(street.session, case_id, step, actor=who, at=street.at)


# --- the board


def test_the_board_says_who_is_called_how_far_they_are_and_who_is_late(street):
    id = street.blow()
    street.step(street.call(id, "housing"), "sign", "liaison_a")
    area, actor = street.world.areas["street_a"].id, street.world.actor(street.session, "street_operator_a")
    [blown] = open_whistles(street.session, actor, area)
    assert [(c.department, c.part, c.state) for c in blown.calls] == [("房管所", "lead", "signed"), ("城管所", "helping", "to_sign")]
    soon, late = street.at, street.at + timedelta(days=1)
    assert [(t.department, t.by_state, t.late) for t in tallies(street.session, actor, area, soon)] == [("房管所", {"signed": 1}, 0), ("城管所", {"to_sign": 1}, 0)]
    assert [t.late for t in tallies(street.session, actor, area, late)] == [0, 1]
    stranger = street.world.actor(street.session, "street_operator_b")
    assert open_whistles(street.session, stranger, area) == tallies(street.session, stranger, area, late) == []
    assert calls_of(street.session, stranger, [id]) == []
