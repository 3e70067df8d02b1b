"""The street's petitions: one in each condition of the law, from the letter on the desk to the end after three steps."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from casemgr.demo.course import Course
from casemgr.demo.street import Community
from casemgr.models import Appointment, DeadlineRow, Party, Post
from casemgr.policy import SCHEDULER, Actor
from casemgr.queries.actors import load_actor
from casemgr.services import lateness, requests, steps
from casemgr.services.cases import take_steps
from casemgr.services.drafts import load_drafts
from casemgr.services.opening import open_matter
from workflows.guards import local_date

LEAK = "楼上住户装修后我家卫生间顶部长期渗水，物业多次上门未修，请求查明责任、限期修复并赔偿家具损失。"
LIFT = "小区三部电梯两部停用半年，维修资金申请后没有下文，老人上下楼困难，请求尽快修复。"
WAGES = "工地完工后拖欠十四名工人工资，包工头失联，请求街道协调总包单位支付。"
STALLS = "夜市占用消防通道，油烟直排，多次反映后只整改三天，请求依法处理。"
BUS = "建议在安置小区门口增设公交站点，并把末班车推迟到二十二点。"
PENSION = "原街办企业工龄没有计入养老待遇，请求重新核定。"
COURT = "与邻居的宅基地边界已由法院判决，请求街道改变判决结果。"
OPINION = {
    "claims": "查明责任、限期修复、赔偿损失。", "facts_and_reasons": "经现场查看并询问双方，反映情况属实。", "opinion": "责成物业企业十五日内修复，损失由双方协商。",
    "legal_basis": "《民法典》第二百八十五条、《物业管理条例》第三十六条。", "outcome": "support",
}  # fmt: skip
SECOND = {"second_outcome": "upheld", "opinion": "原处理意见认定事实清楚，适用依据正确，予以维持。", "legal_basis": "《信访工作条例》第三十五条、第三十六条。"}


class Letter:
    """One petition on its way; between its steps the ladders are climbed as time passes."""

    def __init__(self, course: Course, community: Community, grid: int, days: int, title: str, text: str, name: str = "", **more: Any) -> None:
        """Registered by the petition officer so many days ago."""
        self.course, self.street, self.grid = course, community.street, community.grids[grid].id
        self.at = self.on(days)
        data = {"title": title, "text": text, "area_id": self.grid, "kind": "claim", "form": "visit", "subject": "housing", **more}
        data |= {"name": name, "phone": f"1390000{self.grid % 10_000:04}"} if name else {}
        self.id = open_matter(course.session, "petition", data, actor=self.by("petition_officer"), at=self.at).case_id

    def on(self, days: int) -> datetime:
        """A working instant so many days ago."""
        calendar = self.course.books.calendar
        return min(calendar.next_working_instant(self.course.now - timedelta(days=days, hours=3)), self.course.now)

    def by(self, role: str) -> Actor:
        """Whoever holds a post: of the street, of the district ("above"), or the liaison of its department ("unit")."""
        if role == "unit":
            return self.liaison()
        area = self.course.street.district if role == "above" else self.street
        return self.course.post("petition_officer" if role == "above" else role, area.id)

    def liaison(self) -> Actor:
        """The liaison of the department it was sent to."""
        department = load_drafts(self.course.session, [self.id], lock=False)[self.id].row["department_id"]
        post = select(Appointment.account_id).join(Post, Post.id == Appointment.post_id).where(Post.department_id == department)
        account = self.course.session.scalars(post).first()
        actor = load_actor(self.course.session, account, local_date(self.course.now)) if account else None
        return actor or self.by("petition_officer")

    def act(self, days: int, role: str, step: str, **answers: Any) -> "Letter":
        """Take a step so many days ago."""
        self.pass_to(self.on(days))
        steps.take(self.course.session, self.id, step, answers, actor=self.by(role), at=self.at)
        return self

    def ask(self, days: int, step: str, **answers: Any) -> "Letter":
        """Ask for a step as its organ, and have it approved by the secretary of the street the day after."""
        self.pass_to(self.on(days))
        session = self.course.session
        asked = requests.ask(session, self.id, "term", step, answers, "案情复杂，需要鉴定", actor=self.by("unit"), at=self.at)
        self.pass_to(self.on(days - 1))
        requests.decide(session, asked.case_id, "approve", "同意", actor=self.by("secretary"), at=self.at)
        return self

    def pass_to(self, at: datetime) -> None:
        """Let time pass: what falls due on the way is reminded, urged, carded or raised on its instant."""
        session, earliest = self.course.session, select(DeadlineRow.next_rung_at).where(DeadlineRow.case_id == self.id)
        while rungs := [due for due in session.scalars(earliest) if due is not None and due <= at]:
            due_at = max(min(rungs), self.at)
            drafts = load_drafts(session, [self.id])
            take_steps(session, lateness.asks_for(drafts[self.id], self.course.books, due_at), actor=SCHEDULER, at=due_at, drafts=drafts)
            session.expire_all()
        self.at = max(at, self.at)

    def day(self, days: int) -> Any:
        """The date so many days ago."""
        return local_date(self.on(days))

    def told(self, days: int, role: str = "unit") -> "Letter":
        """The written notice."""
        return self.act(days, role, "notify", notified_on=self.day(days), delivery="handed")

    def sent(self, days: int, unit: int = 3, kind: str = "claim") -> "Letter":
        """Transferred to a department, by its place in the list of departments."""
        return self.act(days, "petition_officer", "transfer", kind=kind, department_id=self.course.street.departments[unit].id)

    def accepted(self, days: int, unit: int = 3, **facts: Any) -> "Letter":
        """Transferred, accepted two days later and told."""
        return self.sent(days, unit).act(days - 2, "unit", "accept", kind="claim", **facts).told(days - 3)

    def answered(self, days: int) -> "Letter":
        """The opinion, delivered the day after."""
        self.act(days, "unit", "give_opinion", **OPINION)
        return self.act(days - 1, "unit", "deliver", delivered_on=self.day(days - 1), delivery="handed")

    def rechecked(self, days: int) -> "Letter":
        """The recheck asked for, given after two weeks and delivered."""
        self.act(days, "petition_officer", "ask_recheck", asked_on=self.day(days), statement="对处理意见不服，请求复查。")
        self.act(days - 14, "above", "give_recheck", **SECOND)
        return self.act(days - 15, "above", "deliver_recheck", delivered_on=self.day(days - 15), delivery="post")


def add_petitions(course: Course) -> None:
    """The petitions of the reference street, half of them finished."""
    here = course.street.reference
    finished(course, here)
    above(course, here)
    under_way(course, here)
    on_the_desk(course, here)
    course.session.expunge_all()


def finished(course: Course, here: list[Community]) -> None:
    """Ended after three steps and brought again; final and rated; settled; not accepted; withdrawn; referred."""
    ended = Letter(course, here[0], 0, 230, "卫生间渗水多年未修", LEAK, "贺某").accepted(228).answered(200).rechecked(190)
    ended.act(165, "above", "ask_review", asked_on=ended.day(165), statement="对复查意见不服，请求复核。")
    ended.act(140, "above", "give_review", **SECOND).act(138, "above", "deliver_review", delivered_on=ended.day(138), delivery="post")
    ended.act(60, "petition_officer", "record_care", way="visit", what="上门看望，帮助申请临时救助。")
    Letter(course, here[0], 0, 3, "再次反映卫生间渗水", LEAK + "请街道重新处理。", "贺某").sent(2)
    final = Letter(course, here[1], 1, 120, "电梯停用半年", LIFT, "钟某", visitors=2).accepted(118).answered(90)
    final.act(40, "petition_officer", "finish", summary="期满未申请复查。").act(38, "petition_officer", "rate", satisfaction="satisfied")
    settled(Letter(course, here[2], 2, 80, "夜市油烟扰民", STALLS, "龚某", subject="environment").accepted(78, unit=5))
    Letter(course, here[3], 0, 45, "要求改变宅基地判决", COURT, "施某", subject="justice").act(
        40, "petition_officer", "refuse", ground="other_procedure", told="判决已生效，可以依法申请再审。", notified_on=local_date(course.now) - timedelta(days=45),
        delivery="handed")  # fmt: skip
    Letter(course, here[4], 1, 33, "工龄计入养老待遇", PENSION, "车某", subject="labour").act(
        30, "petition_officer", "refer", path="arbitration", body="劳动人事争议仲裁委员会", told="可以在一年内申请仲裁。",
        notified_on=local_date(course.now) - timedelta(days=32))  # fmt: skip


def settled(letter: Letter) -> None:
    """Both sides agreed inside the petition."""
    letter.act(60, "unit", "add_party", side="respondent", name="夜市经营户代表", phone="13700001234")
    for party in letter.course.session.scalars(select(Party.id).where(Party.case_id == letter.id)).all():
        letter.act(55, "unit", "record_consent", party=party, consent="given", evidence="signature", consented_on=letter.day(56))
    letter.act(52, "unit", "settle", agreement_kind="mediation", terms="二十二点收摊，统一加装油烟净化设备。", in_force_on=letter.day(53))


def above(course: Course, here: list[Community]) -> None:
    """In recheck; in review with a hearing under way."""
    recheck = Letter(course, here[1], 2, 95, "停车位被占用出租", "小区公共车位被物业长期出租，收益没有公示，请求清退并公布账目。", "尹某").accepted(93).answered(40)
    recheck.act(12, "petition_officer", "ask_recheck", asked_on=recheck.day(12), statement="账目没有公布，请求复查。").pass_to(course.now)
    hearing = Letter(course, here[2], 3, 150, "危墙多年未处理", "巷口危墙开裂，权属单位互相推诿，请求排险。", "孟某").accepted(148).answered(110).rechecked(95)
    hearing.act(58, "above", "ask_review", asked_on=hearing.day(58), statement="仍未排险，请求复核。")
    hearing.act(45, "above", "hold_hearing", until_on=hearing.day(43), place="区政务中心", note="双方到场").act(42, "above", "end_hearing", note="听证结束")
    hearing.pass_to(course.now)


def under_way(course: Course, here: list[Community]) -> None:
    """Extended, suspended, simple, collective and red, late, in study, its return asked for."""
    extended = Letter(course, here[3], 1, 66, "拆迁过渡费标准争议", "过渡费仍按旧标准发放，请求按新标准补足差额。", "安某", subject="land").accepted(64, unit=6)
    extended.ask(10, "extend", length="30 days", reason="涉及原始档案核对。", told_on=extended.day(10)).pass_to(course.now)
    suspended = Letter(course, here[4], 0, 40, "外墙保温层脱落", "外墙保温层大面积脱落砸坏车辆，请求鉴定并赔偿。", "鲁某").accepted(38)
    suspended.ask(9, "suspend", ground="appraisal", until_on=local_date(course.now) + timedelta(days=12)).pass_to(course.now)
    simple = Letter(course, here[0], 2, 7, "楼道灯不亮", "三单元楼道灯坏了一个月，请求维修。", "毕某", form="online").sent(6)
    simple.act(5, "petition_officer", "choose_simple", reason="事实清楚，当场可修。").act(4, "unit", "accept_simple", kind="claim").pass_to(course.now)
    wages(course, here[1])
    late = Letter(course, here[2], 1, 90, "商铺噪声扰民", "楼下商铺音响长期超标，请求处理。", "卓某", subject="environment").accepted(88, unit=10)
    late.pass_to(course.now)
    Letter(course, here[3], 2, 20, "增设公交站点的建议", BUS, "穆某", kind="advice", form="letter", subject="traffic").sent(18, kind="advice").act(
        15, "unit", "accept_study", kind="advice").pass_to(course.now)  # fmt: skip
    Letter(course, here[4], 2, 5, "污水井堵塞外溢", "小区门口污水井反复外溢，请求疏通。", "冉某").sent(3).act(
        1, "unit", "object", reason="污水管网由城市管理部门管护，不属于本单位职责，应转城市管理大队。", competent="城市管理大队")  # fmt: skip


def wages(course: Course, community: Community) -> None:
    """Fourteen workers come together: urgent, red, with a patron and the leader's reception."""
    case = Letter(course, community, 0, 16, "拖欠十四名工人工资", WAGES, "柯某", visitors=14, subject="labour")
    case.act(16, "petition_officer", "flag_urgent", what="十四人到街道集体反映。")
    case.act(16, "petition_officer", "report_urgent", told_to=["street", "department", "joint"], what="已电话报告并书面补报。")
    case.act(15, "petition_officer", "assign", kind="claim", department_id=course.street.departments[7].id, order="五日内约谈总包单位。",
             report_by=local_date(course.now) + timedelta(days=4))  # fmt: skip
    case.act(14, "unit", "accept", kind="claim", people=14, unpaid_workers=14)
    case.told(13)
    case.act(12, "secretary", "receive_in_person", leader="街道党工委书记", received_by_leader_on=case.day(12), said="请求年前拿到工资。", promised="十日内落实支付计划。")
    case.act(12, "secretary", "name_patron", patron_id=case.by("secretary").account_id, plan="约谈总包，先行垫付，逐人签领。")
    case.pass_to(course.now)


def on_the_desk(course: Course, here: list[Community]) -> None:
    """Come in these days; one of them an accusation, kept from those it names."""
    Letter(course, here[0], 1, 1, "健身器材损坏伤人", "小区健身器材断裂，老人摔伤，请求维修并承担医药费。", "司某", form="letter")
    Letter(course, here[2], 0, 0, "物业费上涨未公示", "物业费上涨没有征求业主意见，请求核查。", form="online")
    accused = course.people.holder("head", here[3].area.id)
    Letter(course, here[3], 0, 2, "反映社区工作人员作风问题", "反映社区工作人员优亲厚友、收受礼品，请组织核查。", kind="accusation", form="letter",
           subject="discipline", accused=[accused.account_id] if accused else [])  # fmt: skip
