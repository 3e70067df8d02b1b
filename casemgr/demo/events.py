"""Grid events of the demo: 2,492 so far, 96.4 % of them closed at grid or community, and those of the last days that are open.

What a day brought to one grid goes through the door together.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from io import BytesIO
from random import Random
from typing import Any

from casemgr.demo.course import Course, LifeError
from casemgr.demo.course import told as refusal
from casemgr.demo.dice import dice
from casemgr.demo.orders import liaison_of
from casemgr.demo.papers import paper
from casemgr.demo.schedule import somewhere
from casemgr.demo.street import Community
from casemgr.errors import CasemgrError
from casemgr.models import Area
from casemgr.policy import Actor
from casemgr.services import files
from casemgr.services.cases import Ask, Seed, open_cases, take_steps
from workflows.guards import local_date

FOUND, ABOVE = 2492, 90  # closed so far; 90 of them by a department: 2,402 at grid or community (field report)
TOGETHER = 8  # events of one day and grid
LIMIT = 1 << 20
FINDS = (
    ("environment", "{place}垃圾桶旁堆放废旧家具"), ("environment", "{road}绿化带有建筑垃圾"), ("environment", "{place}楼道堆物未清"),
    ("facilities", "{road}路灯不亮"), ("facilities", "{road}人行道地砖松动"), ("facilities", "{place}健身器材损坏"),
    ("facilities", "{road}窨井盖缺损"), ("safety", "{place}消防通道被占"), ("safety", "{place}飞线充电"),
    ("traffic", "{road}非机动车乱停放"), ("order", "{road}流动摊贩占道"), ("service", "{place}独居老人请求上门办理认证"),
    ("building", "{place}顶楼疑似新搭棚"),
)  # fmt: skip
DONE = ("已清理干净，恢复原状。", "已通知责任人当场整改。", "已修复，试用正常。", "已劝离并恢复通行。", "已上门办结。")
WAYS = {  # how it goes -> its share of those closed at grid or community, in percent
    "spot": 4, "grid": 46, "community": 50,
}
STEPS: dict[str, Sequence[tuple[str, str, float]]] = {  # step, duty, working hours after the one before
    "spot": (("settle_on_spot", "grid_worker", 0.4),),
    "grid": (("report", "grid_worker", 0.3), ("assign_grid", "secretary", 1), ("feed_back_grid", "grid_worker", 5), ("confirm", "secretary", 3)),
    "community": (
        ("report", "grid_worker", 0.3), ("take_up", "secretary", 1), ("feed_back_community", "secretary", 9), ("verify", "grid_worker", 4)),
    "unit": (
        ("report", "grid_worker", 0.3), ("send_street", "secretary", 1.5), ("assign_unit", "operator", 0.7),
        ("feed_back_unit", "liaison", 18), ("verify", "grid_worker", 6)),
}  # fmt: skip


def add_events(course: Course, scale: float) -> None:
    """All of them: closed in the running year and the one before, and open since the last days."""
    chance = dice(f"events {scale}")
    found, above = max(round(FOUND * scale), 4), max(round(ABOVE * scale), 1)
    ways = [*("unit",) * above, *chance.choices(tuple(WAYS), tuple(WAYS.values()), k=found - above)]
    first = date(local_date(course.now).year - 1, 1, 10)
    last = local_date(course.now) - timedelta(days=14)
    for way in STEPS:
        for start in range(0, ways.count(way), TOGETHER):
            count = min(TOGETHER, ways.count(way) - start)
            day = first + timedelta(days=chance.randint(0, (last - first).days))
            play(course, way, morning(course, day, chance), count, chance)
    for way in ("spot", "grid", "community", "unit"):
        for done in range(len(STEPS[way])):
            at = morning(course, local_date(course.now) - timedelta(days=1), chance)
            play(course, way, at, max(round(3 * scale), 1), chance, STEPS[way][:done])
    course.session.expunge_all()


def morning(course: Course, day: date, chance: Random) -> datetime:
    """An instant early in a working day."""
    opens, _ = course.books.calendar.worked_on(course.books.calendar.next_working_day(day))[0]
    return min(opens + timedelta(minutes=chance.randint(5, 150)), course.now - timedelta(minutes=5))


def play(
    course: Course, way: str, at: datetime, count: int, chance: Random, steps: Sequence[tuple[str, str, float]] | None = None
) -> None:
    """So many events of one grid, taken that way as far as time has come."""
    community, grid = somewhere(course.street.reference, chance)
    seeds = [Seed(grid.id, data=found_on_the_round(community, grid, chance)) for _ in range(count)]
    made = open_cases(course.session, "event", seeds, actor=course.post("grid_worker", grid.id), at=at)
    for step, duty, hours in STEPS[way] if steps is None else steps:
        at = course.books.calendar.add_working_time(at, round(hours * 3600 * chance.uniform(0.7, 1.2)))
        if at > course.now:
            return
        who = actor_of(course, duty, community, grid)
        asks = [Ask(one.case_id, step, answers_to(course, step, chance)) for one in made]
        for outcome in take_steps(course.session, asks, actor=who, at=at):
            if isinstance(outcome, CasemgrError):
                raise LifeError(f"event {way} {step}: {refusal(outcome)}") from outcome


def found_on_the_round(community: Community, grid: Area, chance: Random) -> dict[str, Any]:
    """What a grid worker writes down."""
    kind, text = chance.choice(FINDS)
    said = text.format(place=community.places[grid.id], road=chance.choice(community.roads))
    return {"text": f"{said}。", "kind": kind, "area_id": grid.id, "place": community.places[grid.id]}


def actor_of(course: Course, duty: str, community: Community, grid: Area) -> Actor:
    """Whoever has a duty on it; a vacant secretary's post is looked after by the next one up."""
    if duty == "secretary":
        return course.secretary(course.paths[grid.id], community.area.id)
    if duty == "liaison":
        return liaison_of(course, course.street.departments[0])
    return course.post(duty, {"grid_worker": grid.id, "operator": community.street.id}[duty])


def answers_to(course: Course, step: str, chance: Random) -> dict[str, Any]:
    """The answers to a step."""
    if step == "settle_on_spot":
        photo = files.store(course.session.info["files"], BytesIO(paper(["当场处置后照片"])), "现场.pdf", limit=LIMIT)
        return {"measures": chance.choice(DONE), "photo": photo}
    if step.startswith("feed_back"):
        return {"measures": chance.choice(DONE)}
    told: dict[str, dict[str, Any]] = {
        "send_street": {"reason": "涉及专业处置，社区无力处理。"}, "assign_unit": {"department_id": course.street.departments[0].id},
    }  # fmt: skip
    return told.get(step, {})
