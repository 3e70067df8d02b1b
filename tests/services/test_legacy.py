"""Legacy cases through the door: led by the street, planned by milestones, moved only by request, shelved and taken up; the
years before taken over once."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from casemgr import audit, db
from casemgr.errors import NotAllowed, NotFound, Refused
from casemgr.intake.history import read_history
from casemgr.intake.problems import SheetError
from casemgr.jobs import sweep
from casemgr.jobs.site import open_site
from casemgr.models import Case, DeadlineRow, Event, Notice, Request, RungFired
from casemgr.policy import visible
from casemgr.queries.case_page import events_of
from casemgr.services.cases import Seed, open_case, take_step
from casemgr.services.history import Past, past_of, take_over, written
from casemgr.services.milestones import milestones_of
from casemgr.services.opening import open_matter
from casemgr.services.recount import verify_deadlines
from casemgr.services.requests import ask, decide
from tests.world import World
from workflows.guards import local_date

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
PATRON = "secretary_a"


class Years:
    """One legacy case of grid a1, and what is done on it. The community's secretary is its patron, the housing office works."""

    def __init__(self, session, world: World) -> None:
        self.session, self.world, self.at = session, world, world.at
        data = {"text": "征地补偿款多年未付清", "area_id": world.areas["grid_a1"].id, "since_year": 1998,
                "department_id": world.departments["housing"].id}
        with db.transaction(session):
            taken = open_matter(session, "legacy", data, actor=self.actor("street_petition_officer_a"), at=self.at)
        self.id, self.number = taken.case_id, taken.number

    def actor(self, who: str):
        return self.world.actor(self.session, who)

    def today(self, days: int = 0) -> date:
        return local_date(self.at) + timedelta(days=days)

    def step(self, step: str, who: str, /, **data):
        self.at += HOUR
        with db.transaction(self.session):
            return take_step(self.session, self.id, step, actor=self.actor(who), at=self.at, data=data)

    def listed(self) -> "Years":
        self.step("list", "street_secretary_a", grounds="信访积案")
        self.step("name_patron", "street_secretary_a", patron_id=self.world.accounts[PATRON].id)
        return self

    def planned(self, *days: int, by: str = "liaison_a") -> "Years":
        self.listed()
        for due in days:
            self.step("draft_milestone", by, what=f"第{due}天前付款", who="房管所", due_on=self.today(due))
        self.step("submit_plan", PATRON, plan="分步付清")
        self.step("approve_plan", "street_secretary_a")
        return self

    def asked(self, kind: str, step: str, who: str, by: str, /, **answers) -> tuple[str, int]:
        """Ask for a step and have it approved; the role and area of who decides."""
        self.at += HOUR
        with db.transaction(self.session):
            request = ask(self.session, self.id, kind, step, answers, "有理由", actor=self.actor(who), at=self.at).case_id
            row = self.session.get_one(Request, request)
            decider = (row.decider_role, row.decider_area_id)
        self.at += HOUR
        with db.transaction(self.session):
            decide(self.session, request, "approve", "可以", actor=self.actor(by), at=self.at)
        return decider

    def case(self) -> Case:
        return self.session.scalars(select(Case).where(Case.id == self.id).execution_options(populate_existing=True)).one()

    def clock(self, key: str) -> DeadlineRow:
        query = select(DeadlineRow).where(DeadlineRow.case_id == self.id, DeadlineRow.key == key)
        return self.session.scalars(query.execution_options(populate_existing=True)).one()

    def told(self, code: str) -> set[str]:
        names = {row.id: login for login, row in self.world.accounts.items()}
        query = select(Notice.account_id).where(Notice.case_id == self.id, Notice.code == code)
        return {names[id] for id in self.session.scalars(query)}

    def plan(self) -> list[tuple[int, int, str, list[int]]]:
        """Number, days from the first day, condition, and the days it had before."""
        first = self.world.today
        return [
            (m.number, (m.due_on - first).days, m.state, [(date.fromisoformat(e["on"]) - first).days for e in m.earlier])
            for m in milestones_of(self.session, self.id)
        ]


@pytest.fixture
def years(session, world) -> Years:
    return Years(session, world)


def test_a_whole_life_on_the_list(years):
    assert years.number.startswith("遗〔2026〕")
    case = years.case()
    assert (case.tier, case.tier_confirmed, case.lead_area_id) == ("orange", False, years.world.areas["street_a"].id)
    assert years.told("legacy.proposed") == {"street_secretary_a"}
    years.planned(30, 60)
    case = years.case()
    assert (case.state, case.tier_confirmed, case.level, case.holder_id) == (
        "planned", True, "street", years.world.accounts[PATRON].id)
    assert years.clock("milestone").due_on == years.today(30)
    assert years.told("legacy.plan_submitted") == {"street_secretary_a", "supervisor"}
    years.step("reach_milestone", "liaison_a", milestone=1, reached_on=years.today(), came_of_it="首期已付")
    assert years.clock("milestone").due_on == years.today(60)
    assert years.case().state == "checking" and years.told("legacy.milestone_reached") >= {PATRON}
    years.step("return_milestone", PATRON, reason="只付了一半")
    assert years.clock("milestone").due_on == years.today(30)
    for number in (1, 2):
        years.step("reach_milestone", "liaison_a", milestone=number, reached_on=years.today(), came_of_it="付清")
        years.step("confirm_milestone", PATRON)
    assert years.plan() == [(1, 30, "checked", []), (2, 60, "checked", [])]
    assert years.clock("milestone").status == "met"
    years.step("ask_acceptance", PATRON, result="全部付清", told="逐户告知")
    with pytest.raises(NotAllowed):
        years.step("strike_off", PATRON, findings="属实", concerned="agree")
    years.step("strike_off", "street_secretary_a", findings="属实", concerned="agree")
    assert years.case().closed_at and years.told("legacy.struck_off") == {PATRON, "liaison_a", "street_petition_officer_a"}
    assert not audit.verify(years.session)[1] and not verify_deadlines(years.session)[1]


@SQLITE
def test_only_the_street_decides_on_the_list(years):
    for who in (PATRON, "street_operator_a", "liaison_a", "supervisor"):
        with pytest.raises(NotAllowed):
            years.step("list", who, grounds="信访积案")
    years.step("reject", "street_secretary_a", reason="不属于历史遗留")
    assert years.case().closed_at and years.told("legacy.rejected") == {"street_petition_officer_a"}
    years.step("propose_again", "street_operator_a", reason="找到原件")
    assert years.case().state == "proposed" and years.clock("listing").status == "running"


@SQLITE
def test_the_secretary_of_the_street_as_patron_is_judged_by_the_district(years):
    years.step("list", "street_secretary_a", grounds="信访积案")
    years.step("name_patron", "street_secretary_a", patron_id=years.world.accounts["street_secretary_a"].id)
    years.step("draft_milestone", "liaison_a", what="付款", who="房管所", due_on=years.today(20))
    years.step("submit_plan", "street_secretary_a", plan="一次付清")
    with pytest.raises(NotAllowed):
        years.step("approve_plan", "street_secretary_a")
    years.step("approve_plan", "supervisor")
    assert years.case().state == "planned"


@SQLITE
def test_a_date_is_moved_by_whoever_stands_one_level_up(years):
    years.planned(30, 60)
    with pytest.raises(NotAllowed):
        years.step("move_milestone", PATRON, milestone=1, due_on=years.today(40), reason="来不及")
    street, district = years.world.areas["street_a"].id, years.world.areas["district"].id
    by = years.asked("replanning", "move_milestone", PATRON, "street_secretary_a", milestone=1, due_on=years.today(70), reason="地未腾出")
    assert by == ("secretary", street)
    assert years.plan() == [(1, 70, "open", [30]), (2, 60, "open", [])]
    assert years.clock("milestone").due_on == years.today(60), "another one is the next now"
    years.asked("replanning", "add_milestone", "liaison_a", "street_secretary_a", what="办证", who="房管所", due_on=years.today(90))
    years.asked("replanning", "drop_milestone", PATRON, "street_secretary_a", milestone=2, reason="已并入")
    assert [(m[0], m[2]) for m in years.plan()] == [(1, "open"), (2, "dropped"), (3, "open")]
    assert years.clock("milestone").due_on == years.today(70)
    years.step("replace_patron", "street_secretary_a", patron_id=years.world.accounts["street_secretary_a"].id, reason="调离")
    by = years.asked("replanning", "move_milestone", "street_secretary_a", "supervisor", milestone=3, due_on=years.today(95), reason="等证")
    assert by == ("supervisor", district)


@SQLITE
def test_shelved_and_taken_up_again(years):
    years.planned(3, 40)
    years.at += 9 * DAY  # the first one is late already
    years.asked("shelving", "shelve", PATRON, "street_secretary_a", ground="policy", review_on=years.today(60))
    case = years.case()
    assert (case.state, case.holder_area_id) == ("shelved", years.world.areas["street_a"].id)
    assert {years.clock(key).status for key in ("milestone", "report")} == {"paused"}
    years.at += 20 * DAY
    years.step("take_up", "street_secretary_a", note="文件到了")
    assert years.plan() == [(1, 3, "open", []), (2, 60, "open", [40])]
    assert (years.clock("milestone").status, years.clock("milestone").due_on) == ("running", date(2026, 3, 5))
    assert not verify_deadlines(years.session)[1]


@SQLITE
def test_shelving_ends_on_its_day_and_lateness_is_carded(years, settings, engine):
    site = open_site(settings, engine)
    years.planned(10)
    years.asked("shelving", "shelve", PATRON, "street_secretary_a", ground="means", review_on=years.today(30))
    years.session.rollback()
    sweep.run(site, years.at + 29 * DAY)
    assert years.case().state == "shelved" and years.told("legacy.reminded") == {PATRON, "street_secretary_a"}
    years.session.rollback()
    sweep.run(site, years.at + 31 * DAY)
    assert years.case().state == "under_way" and [m[1] for m in years.plan()] == [41]
    years.session.rollback()
    sweep.run(site, years.at + 60 * DAY)
    fired = years.session.scalars(select(RungFired.rung).where(RungFired.case_id == years.id, RungFired.key == "milestone")).all()
    assert {"overdue", "card"} <= set(fired)
    assert not verify_deadlines(years.session)[1]


@SQLITE
def test_from_an_old_list_without_rungs_or_notices_until_it_is_listed(years):
    with db.transaction(years.session):
        seed = Seed(years.world.areas["grid_a2"].id, data={"text": "老旧厂区欠薪", "area_id": years.world.areas["grid_a2"].id}, history=True)
        old = open_case(years.session, "legacy", seed, actor=years.actor("street_operator_a"), at=years.at).case_id
    years.id = old
    assert not years.told("legacy.proposed") and years.clock("listing").next_rung_at is None
    years.listed()
    assert years.case().history is False and years.clock("plan").next_rung_at is not None


@SQLITE
def test_on_another_matter_and_put_back_after_striking_off(years):
    with db.transaction(years.session):
        dispute = years.world.open_dispute(years.session, "worker_a1", "grid_a1", "补偿款纠纷").case_id
        taken = open_matter(
            years.session, "legacy", {"text": "多年未决"}, parent_id=dispute, actor=years.actor("street_operator_a"), at=years.at)
    years.id = taken.case_id
    assert years.case().parent_id == dispute
    years.planned(10, by="street_operator_a")
    years.step("reach_milestone", "street_operator_a", milestone=1, reached_on=years.today(), came_of_it="付清")
    years.step("confirm_milestone", "street_secretary_a")
    years.step("ask_acceptance", PATRON, result="付清", told="当面")
    years.step("return_result", "street_secretary_a", reason="还有两户")
    assert years.case().state == "under_way"
    years.step("ask_acceptance", PATRON, result="付清", told="当面")
    years.step("strike_off", "street_secretary_a", findings="属实", concerned="lawful")
    years.step("reopen", "street_secretary_a", statement="又欠了", reason="承诺落空")
    assert (years.case().state, years.case().patron_id, years.clock("patron").status) == ("listed", None, "running")
    years.step("name_patron", "street_secretary_a", patron_id=years.world.accounts[PATRON].id)
    with pytest.raises(Refused):
        years.step("submit_plan", PATRON, plan="再来")
    years.step("draft_milestone", PATRON, what="补发", who="街道", due_on=years.today(9))
    assert [(m[0], m[2]) for m in years.plan()] == [(1, "checked"), (2, "open")]


@SQLITE
def test_who_sees_it(years):
    def sees(who: str) -> bool:
        return years.session.scalar(select(Case.id).where(Case.id == years.id, visible(years.actor(who)))) is not None

    seen = {who for who in ("street_secretary_a", PATRON, "liaison_a", "supervisor", "street_petition_officer_a", "worker_a1") if sees(who)}
    assert seen == {"street_secretary_a", PATRON, "liaison_a", "supervisor", "street_petition_officer_a", "worker_a1"}
    assert not any(sees(who) for who in ("secretary_b", "street_secretary_b", "liaison_works", "audit_admin"))


# --- the years before


def sheet(path: Path, *rows: tuple) -> Path:
    """A list as somebody keeps it: a title, a header, rows."""
    book = Workbook()
    page = book.active
    for row in (("某地块历史情况",), ("序号", "时间", "事项", "经办单位", "文号", "备注"), *rows):
        page.append(row)
    book.save(path)
    return path


ROWS = (
    (1, 1998, "征地公告", "村委会", "〔1998〕3号", "原件在档案室"),
    (2, "1999年5月", "补偿款付到一半", None, None, None),
    (3, datetime(2003, 4, 5), "答复信访人", "街道", None, None),
    (4, "二〇〇八年十月", "现场协商", None, None, None),
    (5, "不详", "有人上访", None, None, None),
    (6, "2005-02-30", "开会", None, None, None),
    (7, None, "无日期", None, None, None),
    (8, "2011-06-01", None, "街道", None, None),
    (9, "2099年", "还没发生", None, None, None),
)


def test_a_list_is_read_row_by_row_and_nothing_is_lost(tmp_path):
    found = read_history(sheet(tmp_path / "a.xlsx", *ROWS), today=date(2026, 3, 2))
    assert [row.past for row in found if row.past] == [
        Past(date(1998, 1, 1), "征地公告", "year", "村委会", "〔1998〕3号", "备注:原件在档案室"),
        Past(date(1999, 5, 1), "补偿款付到一半", "month"),
        Past(date(2003, 4, 5), "答复信访人", "day", "街道"),
        Past(date(2008, 10, 1), "现场协商", "month"),
    ]
    assert [(row.line, row.problem.code) for row in found if row.problem] == [
        (7, "history_unreadable"), (8, "date_impossible"), (9, "history_undated"), (10, "history_empty"), (11, "date_in_future")]
    assert "有人上访" in found[4].quoted


def test_a_file_without_the_columns_is_refused(tmp_path):
    book = Workbook()
    book.active.append(("姓名", "电话"))
    book.save(tmp_path / "b.xlsx")
    with pytest.raises(SheetError, match="history_header|header"):
        read_history(tmp_path / "b.xlsx", today=date(2026, 3, 2))


def test_the_years_are_taken_over_once(years, tmp_path):
    rows = [row.past for row in read_history(sheet(tmp_path / "a.xlsx", *ROWS), today=years.world.today) if row.past]
    with db.transaction(years.session):
        assert take_over(years.session, years.id, [*rows, rows[0]], actor=years.actor("street_petition_officer_a"), at=years.at) == [
            True, True, True, True, False]
    with db.transaction(years.session):
        again = take_over(years.session, years.id, rows, actor=years.actor("street_petition_officer_a"), at=years.at)
    assert not any(again)
    assert sorted(past_of(event).happened_on.year for event in written(years.session, years.id)) == [1998, 1999, 2003, 2008]
    event = years.session.scalars(select(Event).where(Event.kind == "legacy.history").order_by(Event.seq)).first()
    assert event.at.astimezone(UTC) >= years.world.at and event.data["answers"]["happened_on"] == "1998-01-01"
    assert "征地" not in str(event.data), "words stand in the erasable table alone"
    assert all(e.kind != "legacy.history" for e in events_of(years.session, years.id, without=("legacy.history",)))
    assert not audit.verify(years.session)[1]


@SQLITE
def test_the_years_belong_to_legacy_cases_and_to_who_works_on_them(years):
    past = [Past(date(1998, 1, 1), "征地")]
    with pytest.raises(NotAllowed):
        take_over(years.session, years.id, past, actor=years.actor("worker_a1"), at=years.at)
    with db.transaction(years.session):
        dispute = years.world.open_dispute(years.session, "worker_a1", "grid_a1", "漏水").case_id
    with pytest.raises(NotFound):
        take_over(years.session, dispute, past, actor=years.actor("head_a"), at=years.at)
