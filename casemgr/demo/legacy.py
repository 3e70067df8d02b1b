"""What earlier years left over: five matters of the street's list, one in each condition of a plan, with their old papers."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from casemgr.demo.course import Course
from casemgr.demo.street import Community
from casemgr.models import DeadlineRow
from casemgr.policy import SCHEDULER, Actor
from casemgr.services import history, lateness, requests
from casemgr.services.cases import take_step, take_steps
from casemgr.services.drafts import load_drafts
from casemgr.services.history import Past
from casemgr.services.opening import open_matter
from workflows.guards import local_date

LAND = "{year}年修码头公路征用原三组土地，补偿协议写明分两期付清，第二期一直未付。村改居后原账目移交不全，三十余户每年反映。"
SHOPS = "旧市场改造时承诺的二十三间回迁门面，{year}年起未能办证，产权与原开发企业破产清算有关。"
PENSION = "原街办企业职工{year}年改制时社保断缴，档案不全，十一人退休待遇无法核定。"
HEATING = "老家属院公用设施{year}年移交时没有交维修资金，屋面漏水谁来修一直没有定论。"
ROAD = "{year}年修路占用的宅基边角地没有登记，四户要求确认面积。"
YEARS = (
    (1998, "year", "签订征地协议，约定两期付款。", "原村委会", "〔1998〕征字12号"),
    (1999, "month", "第一期补偿款付清。", "原村委会", ""),
    (2003, "day", "村改居，账目移交街道，缺三组明细。", "街道经管站", "〔2003〕7号"),
    (2006, "day", "群众首次集体反映，街道口头答复待查。", "", ""),
    (2011, "month", "区里协调会议定由街道先核对面积。", "区信访部门", "会议纪要〔2011〕4号"),
    (2016, "day", "核对面积，两户有异议，未签字。", "街道城建办", ""),
    (2020, "year", "列入信访积案台账，未落实资金来源。", "街道", ""),
)
THEN = ("征用土地补偿办法", "〔1996〕22号", date(1996, 5, 1), "补偿款由用地单位付给村集体，由村集体分配到户；逾期没有利息规定。")
NOW = ("征地补偿安置办法", "〔2021〕9号", date(2021, 3, 1), "补偿款足额到位后方可用地，直接付到农户账户；拖欠的按日加付。")
DIFFERENCE = "按当时的办法没有逾期利息，按现行办法应直接到户。本件本金按当时标准结清，付款方式按现行办法直接到户，不再经集体。"


class OldCase:
    """One matter of the list on its way; between its steps the ladders are climbed as time passes."""

    def __init__(self, course: Course, community: Community, grid: int, title: str, words: str, year: int, days: int) -> None:
        """Proposed by the petition officer so many days ago."""
        self.course, self.street = course, community.street
        self.patron = course.post("secretary", community.area.id)
        self.at = self.on(days)
        unit = course.street.departments[grid % len(course.street.departments)]
        data = {"title": title, "text": words.format(year=year), "area_id": community.grids[grid].id, "since_year": year, "department_id": unit.id}
        data |= {"people": 33} if year == YEARS[0][0] else {"people": 11}
        self.unit = unit.name
        self.id = open_matter(course.session, "legacy", data, actor=self.by("petition_officer"), at=self.at).case_id

    def on(self, days: int) -> datetime:
        """A working instant so many days ago."""
        calendar = self.course.books.calendar
        return min(calendar.next_working_instant(self.course.now - timedelta(days=days, hours=2)), self.course.now)

    def by(self, role: str) -> Actor:
        """Whoever holds a post of the street; "patron" is the secretary of the community."""
        return self.patron if role == "patron" else self.course.post(role, self.street.id)

    def act(self, days: int, role: str, step: str, **answers: Any) -> None:
        """Take a step so many days ago."""
        self.pass_to(self.on(days))
        take_step(self.course.session, self.id, step, actor=self.by(role), at=self.at, data=answers)

    def ask(self, days: int, kind: str, step: str, **answers: Any) -> None:
        """Ask for a step as its patron, and have it approved by the secretary of the street the day after."""
        self.pass_to(self.on(days))
        session = self.course.session
        asked = requests.ask(session, self.id, kind, step, answers, answers.get("reason", "材料未齐"), actor=self.patron, at=self.at)
        self.pass_to(self.on(days - 1))
        requests.decide(session, asked.case_id, "approve", "同意", actor=self.by("secretary"), at=self.at)

    def pass_to(self, at: datetime) -> None:
        """Let time pass: what falls due on the way is reminded, urged and carded on its instant."""
        session, earliest = self.course.session, select(DeadlineRow.next_rung_at).where(DeadlineRow.case_id == self.id)
        while rungs := [due for due in session.scalars(earliest) if due is not None and due <= at]:
            due_at = max(min(rungs), self.at)
            drafts = load_drafts(session, [self.id])
            asks = lateness.asks_for(drafts[self.id], self.course.books, due_at)
            take_steps(session, asks, actor=SCHEDULER, at=due_at, drafts=drafts)
            session.expire_all()
        self.at = max(at, self.at)

    def planned(self, days: int, milestones: Mapping[str, int]) -> None:
        """Listed, with a patron and an approved plan, `days` ago at last; the milestones fall due so many days from now."""
        self.act(days + 9, "secretary", "list", grounds="多年积累，群众反映集中。")
        self.act(days + 8, "secretary", "name_patron", patron_id=self.patron.account_id)
        today = local_date(self.course.now)
        for what, due in milestones.items():
            self.act(days + 3, "petition_officer", "draft_milestone", what=what, who=self.unit, due_on=today + timedelta(days=due))
        self.act(days + 2, "patron", "submit_plan", plan="先核对、再议定、后兑付，逐户签字。")
        self.act(days, "secretary", "approve_plan")

    def reach(self, days: int, number: int, what: str) -> None:
        """A milestone reported, and confirmed by the patron two days later."""
        self.act(days, "petition_officer", "reach_milestone", milestone=number, reached_on=local_date(self.on(days)), came_of_it=what)
        self.act(days - 2, "patron", "confirm_milestone")


def add_legacy(course: Course) -> None:
    """The list of the reference street."""
    here = course.street.reference
    under_way(OldCase(course, here[0], 1, "原三组征地第二期补偿款", LAND, 1998, 132))
    shelved(OldCase(course, here[1], 2, "旧市场回迁门面办证", SHOPS, 2009, 102))
    to_accept(OldCase(course, here[2], 3, "原街办企业职工退休待遇", PENSION, 2004, 122))
    without_patron(OldCase(course, here[3], 4, "家属院公用设施移交", HEATING, 2012, 28))
    OldCase(course, here[4], 5, "修路占用边角地", ROAD, 2007, 2)
    course.session.expunge_all()


def under_way(case: OldCase) -> None:
    """One milestone reached, one late, one moved; its years and its policies on record."""
    case.planned(120, {"核对三十三户面积并公示": -60, "议定第二期金额": -6, "逐户付款到账": 45})
    rows = [Past(date(year, 1 if exact == "year" else 6, 1 if exact != "day" else 12), what, exact, who, number) for year, exact, what, who, number in YEARS]
    history.take_over(case.course.session, case.id, rows, actor=case.by("petition_officer"), at=case.at)
    for era, (name, number, issued_on, wording) in (("then", THEN), ("now", NOW)):
        case.act(110, "petition_officer", "record_policy", era=era, name=name, number=number, issued_on=issued_on, wording=wording)
    case.act(95, "petition_officer", "report_progress", done="原始协议找齐。", next="逐户核对面积。")
    case.act(94, "patron", "compare_policies", difference=DIFFERENCE)
    case.act(70, "petition_officer", "report_progress", done="已核对二十户。", next="核对其余十三户。")
    case.reach(63, 1, "三十三户已核对，公示七日无异议。")
    case.act(50, "petition_officer", "report_progress", done="面积核对完成。", next="与区财政议定金额。", obstacles="资金来源未定。")
    case.ask(40, "replanning", "move_milestone", milestone=3, due_on=local_date(case.course.now) + timedelta(days=75), reason="资金下月才能拨付。")
    case.act(23, "petition_officer", "report_progress", done="金额测算完毕。", next="报区里审定。", obstacles="拨付时间未定。")
    case.pass_to(case.course.now)


def shelved(case: OldCase) -> None:
    """Shelved until the liquidation of the developer is through."""
    case.planned(90, {"查清二十三间门面产权": -20, "协调办证": 120})
    case.reach(30, 1, "产权清单已核对。")
    case.ask(20, "shelving", "shelve", ground="procedure", review_on=local_date(case.course.now) + timedelta(days=60))
    case.pass_to(case.course.now)


def to_accept(case: OldCase) -> None:
    """Everything reached; the result waits for acceptance."""
    case.planned(110, {"补齐十一人档案": -40, "核定待遇并补缴": -9})
    case.reach(45, 1, "档案补齐。")
    case.reach(12, 2, "待遇核定，补缴到账。")
    case.act(3, "patron", "ask_acceptance", result="十一人待遇全部核定，补缴到账。", told="逐人送达并说明。")
    case.pass_to(case.course.now)


def without_patron(case: OldCase) -> None:
    """On the list for weeks, and nobody is its patron."""
    case.act(25, "secretary", "list", grounds="多次反映，责任单位不明。")
    case.pass_to(case.course.now)
