"""Whistles of the reference street: one in each condition, with departments that come, object, are late or are done."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from casemgr.demo.course import Course
from casemgr.models import Case, DeadlineRow
from casemgr.policy import SCHEDULER, Actor
from casemgr.services import fixed_units, lateness
from casemgr.services.cases import take_steps
from casemgr.services.drafts import load_drafts
from casemgr.services.opening import open_matter
from casemgr.services.steps import follow, take

FIXED = (("fire", "应急管理办", "消防安全职责清单第3项"), ("market", "市场监管所", "食品安全职责清单"))
REASON = "按职责清单，此事由另一部门主管。"


class Whistle:
    """One whistle on its way: blown so many working days ago; between its steps the ladders are climbed as time passes."""

    def __init__(self, course: Course, days: float, by: Actor, units: Sequence[str], *, on: Case | None = None, **answers: Any) -> None:
        self.course, self.street = course, course.street.streets[0]
        self.at = course.books.calendar.next_working_instant(course.now - timedelta(days=days))
        named = [self.unit(name) for name in units]
        grid = answers.pop("grid", None)
        data = {
            "ground": "enforcement", "kind": "ordinary", "answered_when": "all", "lead_department_id": named[0], "helpers": named[1:],
            "area_id": on.area_id if on else grid,
        } | answers  # fmt: skip
        taken = open_matter(course.session, "whistle", data, parent_id=on.id if on else None, actor=by, at=self.at)
        self.id = taken.case_id

    def unit(self, name: str) -> int:
        """A department by its name."""
        return next(row.id for row in self.course.street.departments if row.name == name)

    def call(self, name: str) -> int:
        """The call on a department."""
        query = select(Case.id).where(Case.parent_id == self.id, Case.department_id == self.unit(name))
        return self.course.session.scalars(query.order_by(Case.id.desc())).one()

    def liaison(self, name: str) -> Actor:
        """Who answers for a department."""
        return self.course.actor(self.course.people.liaisons[self.unit(name)][0])

    def later(self, hours: float) -> None:
        """Let working hours pass, at most until now: what falls due on the way is reminded, urged, carded on its instant."""
        at = self.course.books.calendar.add_working_time(self.at, round(hours * 3600))
        self.pass_to(min(at, self.course.now))

    def pass_to(self, at: datetime) -> None:
        """Climb the ladders of the whistle and its calls until an instant."""
        session = self.course.session
        mine = select(Case.id).where((Case.id == self.id) | (Case.parent_id == self.id))
        due: Any = select(DeadlineRow.next_rung_at, DeadlineRow.case_id).where(DeadlineRow.case_id.in_(mine), DeadlineRow.next_rung_at <= at)
        while found := session.execute(due.order_by(DeadlineRow.next_rung_at)).first():
            due_at, case_id = max(found[0], self.at), found[1]
            drafts = load_drafts(session, [case_id])
            asks = lateness.asks_for(drafts[case_id], self.course.books, due_at)
            take_steps(session, asks, actor=SCHEDULER, at=due_at, drafts=drafts)
            for ask in asks:
                follow(session, case_id, drafts[case_id].flow.name, ask.step, due_at)
            session.expire_all()
        self.at = max(at, self.at)

    def act(self, case_id: int, by: Actor, step: str, *, after: float = 0.3, **answers: Any) -> None:
        """Take a step after so many working hours."""
        self.later(after)
        take(self.course.session, case_id, step, answers, actor=by, at=self.at)

    def come(self, name: str, hours: Sequence[float] = (0.4, 3, 9)) -> None:
        """A department signs, contacts the street and reports in."""
        call, who = self.call(name), self.liaison(name)
        steps: Sequence[tuple[str, Mapping[str, Any]]] = (
            ("sign", {}), ("contact", {"way": "phone", "note": "约定到场时间。"}), ("report_in", {"note": "已到现场查看，情况属实。"}),
        )  # fmt: skip
        for (step, answers), after in zip(steps, hours, strict=True):
            self.act(call, who, step, after=after, **answers)

    def finish(self, name: str, words: str, after: float = 6) -> None:
        """A department is done."""
        self.act(self.call(name), self.liaison(name), "finish", after=after, result="solved", note=words)

    def object(self, name: str, competent: str, step: str = "object", after: float = 0.5) -> None:
        """A department says that another one is competent."""
        answers = {"basis": "list", "competent_id": self.unit(competent), "reason": REASON}
        self.act(self.call(name), self.liaison(name), step, after=after, **answers)

    def rest(self) -> None:
        """Nothing more happens until now."""
        self.pass_to(self.course.now)


def add_whistles(course: Course) -> None:
    """The whistles of the reference street, and its list of fixed units."""
    here = course.street.reference
    secretaries = [course.post("secretary", community.area.id) for community in here]
    operator, chief = (course.post(role, course.street.streets[0].id) for role in ("operator", "secretary"))
    for subject, name, basis in FIXED:
        unit = next(row.id for row in course.street.departments if row.name == name)
        fixed_units.fix(course.session, course.street.streets[0].id, subject, unit, basis, actor=operator, at=course.street.at + timedelta(days=1))
    matters = open_matters(course)
    verified(course, secretaries[0], here[0].grids[1].id)
    kept(course, secretaries[1], operator, here[1].grids[2].id)
    upgraded(course, secretaries[2], here[2].grids[1].id)
    answered(course, chief, matters.pop(0) if matters else None, here[3].grids[0].id)
    under_way(course, chief if matters else secretaries[0], matters.pop(0) if matters else None, here[0].grids[3].id)
    objected(course, secretaries[3], here[3].grids[2].id)
    at_once(course, operator, here[4].grids[1].id)
    Whistle(
        course, 0.02, secretaries[4], ["向阳司法所"], grid=here[4].grids[3].id, subject="other", ground="demand", title="安置协议签约现场法律服务",
        text="明日集中签订安置协议，群众对条款疑问多，请派员到场解答。", place="社区广场",
    ).rest()  # fmt: skip
    Whistle(
        course, 0.1, operator, ["规划和自然资源所", "城市管理大队"], kind="key", ground="enforcement", subject="building", grid=here[1].grids[4].id,
        text="临街住户在楼顶加盖彩钢房，邻居多次反映，请到场认定并处置。", title="楼顶加盖彩钢房", place="临街住宅楼顶",
    ).rest()  # fmt: skip
    course.session.expunge_all()


def open_matters(course: Course) -> list[Case]:
    """Two disputes of the reference street that are being mediated."""
    grids = [grid.id for community in course.street.reference for grid in community.grids]
    query = select(Case).where(Case.process == "dispute", Case.state == "in_mediation", Case.area_id.in_(grids), Case.confidential.is_(False))
    return list(course.session.scalars(query.order_by(Case.tier, Case.id.desc()).limit(2)))


def verified(course: Course, by: Actor, grid: int) -> None:
    """Everybody came, it is done, verified and appraised by both sides."""
    one = Whistle(
        course, 24, by, ["应急管理办", "城市管理大队"], subject="fire", grid=grid, title="楼道堆物堵消防通道", place="一单元楼道",
        text="楼道长期堆放纸箱和旧家具，劝了三次不搬，请到场认定隐患并清理。",
    )  # fmt: skip
    for name in ("应急管理办", "城市管理大队"):
        one.come(name)
    one.finish("应急管理办", "下达整改通知，当场督促清空。")
    one.finish("城市管理大队", "协助清运两车。")
    one.act(one.call("应急管理办"), by, "appraise_unit", speed=5, outcome=5, words="当天就到场，处理彻底。")
    one.act(one.call("应急管理办"), one.liaison("应急管理办"), "appraise_whistle", rightly="yes", words="情况写得清楚。")
    one.act(one.call("城市管理大队"), by, "appraise_unit", speed=4, outcome=5)
    one.act(one.id, by, "close", after=4, verified="visit", note="现场查看，通道已清空，住户签了不再堆放的承诺。")
    one.rest()


def kept(course: Course, by: Actor, operator: Actor, grid: int) -> None:
    """The centre ruled that the unit stays in charge; it objects once more, and the street has to decide."""
    one = Whistle(
        course, 2, by, ["生态环境所"], subject="environment", grid=grid, title="夜间餐饮油烟扰民", place="临街餐馆",
        text="餐馆油烟直排到居民楼，晚上十点后更重，请到场检测并责令整改。",
    )  # fmt: skip
    one.object("生态环境所", "城市管理大队")
    one.act(one.call("生态环境所"), operator, "keep", after=2, reason="油烟检测属你所职责，城管配合取证。")
    one.object("生态环境所", "城市管理大队", "object_again", after=1)
    one.rest()


def upgraded(course: Course, by: Actor, grid: int) -> None:
    """A unit did not come in time: the whistle was upgraded by itself."""
    one = Whistle(
        course, 14, by, ["住房城乡建设服务站", "市场监管所"], subject="utilities", grid=grid, title="老旧小区燃气管锈蚀", place="三栋外墙",
        text="外墙燃气立管锈蚀，住户闻到异味，请到场检测更换。", ground="demand",
    )  # fmt: skip
    one.come("市场监管所")
    one.act(one.call("住房城乡建设服务站"), one.liaison("住房城乡建设服务站"), "sign")
    one.rest()


def answered(course: Course, chief: Actor, matter: Case | None, grid: int) -> None:
    """A hard whistle on a matter: the lead unit is done, it waits to be verified."""
    one = Whistle(
        course, 6, chief, ["住房城乡建设服务站", "城市管理大队"], on=matter, grid=grid, kind="hard", answered_when="lead", subject="housing",
        **about(matter, "外墙瓷砖脱落", "请到场鉴定责任和原因，给出处理意见，协办单位配合维持现场。"), ground="demand",
    )  # fmt: skip
    one.come("住房城乡建设服务站")
    one.finish("住房城乡建设服务站", "已到场查看，出具书面意见，双方认可。")
    one.come("城市管理大队", (0.2, 0.2, 0.3))
    one.rest()


def about(matter: Case | None, else_about: str, words: str) -> dict[str, str]:
    """What is asked on a matter, or, where there is none, on something else; never what the matter says of persons."""
    title = f"请部门到场：{matter.title}" if matter else else_about
    return {"title": title, "text": f"{title}。{words}"}


def under_way(course: Course, by: Actor, matter: Case | None, grid: int) -> None:
    """On a matter: one unit is on the spot, the other has only signed."""
    one = Whistle(
        course, 1.2, by, ["城市管理大队", "向阳司法所"], on=matter, grid=grid, subject="city", ground="enforcement",
        **about(matter, "早市占道摆摊", "请到场劝导、查清是否违规，协办单位做好法律宣传。"),
    )  # fmt: skip
    one.come("城市管理大队", (0.3, 0.8, 1.5))
    one.act(one.call("向阳司法所"), one.liaison("向阳司法所"), "sign")
    one.rest()


def objected(course: Course, by: Actor, grid: int) -> None:
    """The unit objects, the centre has still to rule."""
    one = Whistle(
        course, 0.3, by, ["规划和自然资源所"], subject="land", grid=grid, title="荒地种菜引发边界争执", place="河边荒地",
        text="两户在河边荒地种菜争边界，请到场确认土地性质。",
    )  # fmt: skip
    one.object("规划和自然资源所", "民政和社会事务办", after=0.2)
    one.rest()


def at_once(course: Course, operator: Actor, grid: int) -> None:
    """An emergency that goes out at once; the unit has signed."""
    one = Whistle(
        course, 0.12, operator, ["应急管理办"], kind="key", ground="emergency", subject="fire", grid=grid, title="充电车棚冒烟",
        text="电动车棚线路冒烟，已断电疏散，请立即到场。", place="车棚",
    )  # fmt: skip
    one.act(one.call("应急管理办"), one.liaison("应急管理办"), "sign", after=0.1)
    one.rest()
