"""Hotline orders of the demo: closed ones of the running year, and open ones in each condition. Nobody in them is real."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from random import Random
from typing import Any

from casemgr.demo import stories
from casemgr.demo.course import Course, LifeError
from casemgr.demo.dice import dice
from casemgr.demo.papers import paper
from casemgr.demo.people import invented_name
from casemgr.demo.schedule import ago, somewhere
from casemgr.demo.street import Community
from casemgr.models import Area, Department
from casemgr.policy import SCHEDULER, Actor
from casemgr.queries.actors import load_actor
from casemgr.services import files, requests
from casemgr.services.orders import Leg, OutsideOrder, take_in
from casemgr.services.steps import take
from workflows.guards import local_date

CLOSED = 180  # of the running year, at full scale
LIMIT = 1 << 20
KINDS = {"service_request": "complaint", "consultation": "consultation", "suggestion": "suggestion"}
SAID = ("已电话联系，约定现场查看时间。", "已联系市民，说明办理步骤。", "已加微信，收到现场照片。")
ANSWERS = ("已安排维修，现已恢复正常。", "已现场核实并整改，后续加强巡查。", "已向市民说明政策和办理地点。")
RESULTS = (("solved", "satisfied"),) * 10 + (("solved", "fairly"),) * 4 + (("solved", "unrated"),) * 3 + (
    ("partly", "fairly"), ("partly", "dissatisfied"), ("unsolved", "dissatisfied"), ("unrated", "unrated"), ("unrated", "unrated"))


@dataclass
class Life:
    """One order on its way. `unit` has it, or the community where there is none."""

    course: Course
    chance: Random
    id: int
    at: datetime
    community: Community
    grid: Area
    unit: Department | None

    def act(self, who: Actor, step: str, hours: float, /, **answers: Any) -> "Life":
        """Take a step after so many working hours."""
        at = self.course.books.calendar.add_working_time(self.at, round(hours * 3600))
        self.at = min(max(at, self.at + timedelta(minutes=1)), self.course.now)
        take(self.course.session, self.id, step, answers, actor=who, at=self.at)
        return self

    @property
    def operator(self) -> Actor:
        """Who sits at the centre."""
        return self.course.post("operator", self.community.street.id)

    @property
    def charged(self) -> Actor:
        """Whoever has it now."""
        if self.unit is not None:
            return liaison_of(self.course, self.unit)
        return self.course.secretary(self.course.paths[self.grid.id], self.community.area.id)


def liaison_of(course: Course, department: Department) -> Actor:
    """Who answers for a department. Raises LifeError where nobody does."""
    found = load_actor(course.session, course.people.liaisons[department.id][0], local_date(course.now))
    if found is None:
        raise LifeError(f"nobody is liaison of {department.name}")
    return found


def add_orders(course: Course, scale: float) -> None:
    """Closed and open ones; then the ladders are climbed once, as of now."""
    chance = dice(f"orders {scale}")
    for n in range(max(round(CLOSED * scale), 4)):
        age = ago(course.books.calendar, course.now, chance.uniform(60, 1400))
        close(called_back(begin(course, chance, n, age)), n)
    for n, stay in enumerate(STAYS * max(round(3 * scale), 1)):
        life = begin(course, chance, 5000 + n, ago(course.books.calendar, course.now, chance.uniform(5, 9)), unit=True if stay in BY_UNIT else None)
        stay(life)
    course.sweep(course.now)
    course.session.expunge_all()


def begin(course: Course, chance: Random, n: int, at: datetime, *, unit: bool | None = None) -> Life:
    """An order from outside, with one leg or both."""
    community, grid = somewhere(course.street.reference, chance)
    kind = chance.choice(tuple(KINDS))
    place = stories.Place(community.places[grid.id], chance.choice(community.roads), community.area.urban)
    title, text = stories.message(stories.choose("messages", place, chance, kind=kind), place, chance)
    day = local_date(at)
    legs = [Leg("district", f"QJ{day:%m%d}{n:04}", at - timedelta(hours=1), day + timedelta(days=7))]
    if chance.random() < 0.5:
        legs.append(Leg("city", f"SJ{day:%m%d}{n:04}", at - timedelta(hours=5), day + timedelta(days=8)))
    order = OutsideOrder(
        f"12345-{day:%Y%m%d}-{n:04}", grid.id, "hotline", KINDS[kind], title, text, community.places[grid.id], False, at - timedelta(hours=6),
        {"name": invented_name(chance), "phone": f"1950000{chance.randint(0, 9999):04}"}, False, tuple(legs),
    )  # fmt: skip
    [(taken, _)] = take_in(course.session, [order], actor=SCHEDULER, at=at)
    by_unit = chance.random() < 0.6 if unit is None else unit
    departments = [row for row in course.street.departments if course.people.liaisons.get(row.id)]
    return Life(course, chance, taken.case_id, at, community, grid, chance.choice(departments) if by_unit else None)


def dispatched(life: Life) -> Life:
    """The centre gives it to a department, or to the community."""
    if life.unit is not None:
        return life.act(life.operator, "dispatch_unit", 0.6, department_id=life.unit.id)
    return life.act(life.operator, "dispatch_place", 0.6, area_id=life.community.area.id)


def contacted(life: Life) -> Life:
    """The citizen is called."""
    return dispatched(life).act(life.charged, "record_contact", life.chance.uniform(0.3, 3), way="phone", said=life.chance.choice(SAID))


def called_back(life: Life) -> Life:
    """Answered; the centre is to call back."""
    outcome = "partly" if life.chance.random() < 0.15 else "solved"
    return contacted(life).act(
        life.charged, "answer", life.chance.uniform(1, 14) if life.at < life.course.now - timedelta(days=3) else 0.5,
        outcome=outcome, answer=life.chance.choice(ANSWERS), way="phone",
    )  # fmt: skip


def close(life: Life, n: int) -> None:
    """Called back and closed; some are redone first."""
    where = "unit" if life.unit is not None else "place"
    if n % 11 == 5:
        life.act(life.operator, f"redo_{where}", 6, solved="unsolved", satisfaction="dissatisfied", reason="市民反映问题又出现。")
        life.act(life.charged, "answer", 8, outcome="solved", answer="已再次处理，并请市民现场确认。", way="visit")
    solved, satisfaction = life.chance.choice(RESULTS)
    life.act(life.operator, "close", 8, solved=solved, satisfaction=satisfaction, words="市民表示理解。" if solved == "unsolved" else "")


def objected(life: Life) -> None:
    """The department says it is not its own."""
    dispatched(life).act(
        life.charged, "object", 0.8, ground="remit", basis="职责清单未列此事项，应由管线权属单位处理。", competent="供水公司")


def shelved(life: Life) -> None:
    """Waits for a road under way."""
    contacted(life)
    proof = files.store(life.course.session.info["files"], BytesIO(paper(["道路改造计划批复"])), "批复.pdf", limit=LIMIT)
    asked = {
        "ground": "project", "condition": "道路改造完工后一并处理。", "citizen_told": True, "evidence": proof,
        "review_on": (local_date(life.course.now) + timedelta(days=90)).isoformat(),
    }  # fmt: skip
    session, at = life.course.session, life.at + timedelta(minutes=20)
    request = requests.ask(session, life.id, "shelving", "shelve", asked, "客观上暂时无法解决。", actor=life.charged, at=at)
    secretary = life.course.secretary(life.course.paths[life.grid.id], life.community.street.id)
    requests.decide(session, request.case_id, "approve", "同意挂账，到期复核。", actor=secretary, at=min(at + timedelta(hours=1), life.course.now))


def redone(life: Life) -> None:
    """Sent back twice; the next time it is a problem order."""
    called_back(life)
    for _ in range(2):
        life.act(life.operator, "redo_unit", 0.2, solved="unsolved", satisfaction="dissatisfied", reason="现场仍未修复。")
        life.act(life.charged, "answer", 0.2, outcome="solved", answer="已更换部件。", way="visit")
    life.act(life.operator, "redo_unit", 0.1, solved="unsolved", satisfaction="dissatisfied", reason="仍未修复，市民第三次来电。")


def helped(life: Life) -> None:
    """A second department helps the first."""
    other = next(row for row in life.course.street.departments if life.unit is not None and row.id != life.unit.id)
    contacted(life).act(life.charged, "ask_help", 0.3, helper_id=other.id, wanted="请配合断电施工。")


def waits(life: Life) -> None:
    """Nobody has dispatched it yet."""


STAYS: tuple[Callable[[Life], Any], ...] = (waits, waits, dispatched, dispatched, contacted, contacted, called_back, objected, shelved, redone, helped)
BY_UNIT: Sequence[Callable[[Life], Any]] = (objected, shelved, redone, helped)
