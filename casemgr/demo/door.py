"""What came in at the residents' door of the demo: waiting, in mediation, answered and rated, not solved, taken back.

Two of the codes are printed in docs/demo.md: they open nothing but invented matters.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from casemgr.demo.course import Course
from casemgr.demo.dice import dice
from casemgr.demo.people import invented_name
from casemgr.demo.schedule import ago, somewhere
from casemgr.policy import Actor
from casemgr.services import door, door_codes, incoming
from casemgr.services.cases import take_step
from casemgr.services.door_codes import REPORT, Visit

WAITING_CODE = "11112222333344445555"
DISPUTE_CODE = "66667777888899990000"
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Told:
    """A report of the demo: `days` working days ago, whether with a name, and what became of it."""

    key: str
    days: float
    text: str
    named: bool = True
    answer: str = ""
    rating: str = ""
    objects: str = ""
    withdraws: str = ""


REPORTS = (
    Told("waiting", 0.2, "楼道里堆了好几辆旧电动车，晚上有人飞线充电，跟他们说了不听，怕起火。", named=False),
    Told("dispute", 1.2, "楼上邻居半夜拖椅子，孩子睡不好，上门说过两次，上周吵起来了，想请社区帮忙说和。"),
    Told("rated", 9, "小区东门口的路灯坏了三盏，老人晚上出门看不清。", answer="已报市政维修，路灯已更换三盏。", rating="satisfied"),
    Told("not_solved", 6, "楼下烧烤店油烟直往家里飘，窗户都不敢开。", answer="已上门查看，商户答应清洗净化器。", rating="dissatisfied",
         objects="昨晚又是一屋子油烟，净化器根本没有开。"),
    Told("taken_back", 3, "隔壁装修周末也施工，打电话不接。", withdraws="昨天邻居来道歉了，周末不再施工，不用再办。"),
)  # fmt: skip


def add_reports(course: Course) -> None:
    """Each report as its resident made it, and what the house and the resident did with it since."""
    chance = dice("door")
    for told in REPORTS:
        community, grid = somewhere(course.street.reference, chance)
        at = ago(course.books.calendar, course.now, told.days * 7)
        name, phone = invented_name(chance), f"1950000{chance.randint(0, 9999):04}"
        said = door.Report(grid.id, told.text, community.places[grid.id])
        if told.named:
            said = replace(said, name=name, phone=phone)
        receipt = door.report(course.session, said, f"demo {told.key}", at=at)
        row = door_codes.code_row(course.session, receipt.code)
        visit = Visit(row.id, row.case_id, REPORT, row.person_id, None)
        if told.key == "waiting":
            door_codes.give(course.session, row.case_id, REPORT, WAITING_CODE, at=at)
        if told.key == "dispute":
            door_codes.give(course.session, row.case_id, REPORT, DISPUTE_CODE, at=at, person_id=row.person_id)
            add_dispute(course, row.case_id, grid.id, community.area.id, course.post("operator", community.street.id), at)
            door.add(course.session, visit, "昨晚十一点又响了一次，录了音，需要的话可以给调解员听。", (), at=min(at + 14 * HOUR, course.now))
        go_on(course, told, visit, course.post("operator", community.street.id), at)
    course.session.expunge_all()


def add_dispute(course: Course, item_id: int, grid_id: int, community_id: int, operator: Actor, at: datetime) -> None:
    """Sorted as a dispute and accepted."""
    answers = {"becomes": "dispute", "category": "0202", "area_id": grid_id}
    made = incoming.sort_item(course.session, item_id, answers, actor=operator, at=at + HOUR / 2)
    head = course.post("head", community_id)
    take_step(course.session, made.case_id, "accept", actor=head, at=at + HOUR, data={"category": "0202"})


def go_on(course: Course, told: Told, visit: Visit, operator: Actor, at: datetime) -> None:
    """The answer of the house and what the resident said to it."""
    by: dict[str, Any] = {"at": at + 3 * HOUR}
    if told.withdraws:
        door.act(course.session, visit, "withdraw", {"words": told.withdraws}, **by)
    if told.answer:
        take_step(course.session, visit.case_id, "answer", actor=operator, data={"kind": "service_request", "answer": told.answer}, **by)
    if told.rating:
        door.act(course.session, visit, "rate", {"words": "", "resident_rating": told.rating}, at=at + 25 * HOUR)
    if told.objects:
        door.act(course.session, visit, "object", {"words": told.objects}, at=course.now - 2 * HOUR)
