"""One matter that many report: a pump house that hums at night. Those of the last days are joined, this morning's wait to be compared."""

from datetime import datetime, timedelta
from random import Random

from casemgr.demo.course import Course
from casemgr.demo.dice import dice
from casemgr.demo.people import invented_name
from casemgr.demo.schedule import ago
from casemgr.policy import IMPORTER
from casemgr.services import incoming, joint
from casemgr.services.cases import take_step

DAYS = (6, 6, 5, 5, 4, 4, 4, 3, 3, 2, 2, 1)  # working days ago at which one more wrote
WAITING = 3  # of this morning
HOURS = 7  # of a working day
SAME = "同一小区同一水泵房，并案办理。"
OPENINGS = (
    "{place}地下水泵房整夜轰鸣，家里老人睡不着，孩子第二天还要上学。",
    "我们楼下就是水泵房，{place}这几栋晚上噪音特别大。",
    "反映{place}水泵房夜间噪声扰民，从上周开始每晚都响。",
    "{place}的水泵一到半夜就嗡嗡响，墙都在震。",
)
MIDDLES = (
    "给物业打过电话，说已经报修，一直没有人来。", "找过物业两次，答复说等配件。", "物业说减震垫老化要动用维修资金，没有下文。",
    "邻居们都在说这件事，群里天天有人问。",
)
ENDS = ("请尽快派人看一看。", "请督促物业换减震垫，夜间停用备用泵。", "希望给个明确的修复时间。", "再不修我们只能一起去社区找人了。")
TITLES = ("{place}水泵房夜间噪音扰民", "水泵房整夜轰鸣影响休息", "反映{place}水泵噪声", "物业迟迟不修水泵房")


def add_joint(course: Course) -> None:
    """The first message becomes a matter that is accepted, those after it are joined to it, the last ones wait."""
    chance, community = dice("joint"), course.street.reference[0]
    grid = community.grids[0]
    place = community.places[grid.id]
    operator = course.post("operator", community.street.id)
    days = [ago(course.books.calendar, course.now, HOURS * day + chance.uniform(0, 3)) for day in DAYS]
    first, *others = sorted(days)
    item = register(course, message(chance, 0, grid.id, place, first), first)
    answers = {"becomes": "dispute", "category": "0202", "area_id": grid.id}
    known = incoming.sort_item(course.session, item, answers, actor=operator, at=first + timedelta(minutes=25))
    head = course.post("head", community.area.id)
    take_step(course.session, known.case_id, "accept", actor=head, at=first + timedelta(hours=2), data={"category": "0202"})
    called = {"way": "phone", "said": "先向来电人了解情况，约物业一起到泵房看。"}
    take_step(course.session, known.case_id, "record_contact", actor=head, at=first + timedelta(hours=3), data=called)
    for number, at in enumerate(others, start=1):
        item = register(course, message(chance, number, grid.id, place, at), at)
        joint.join(course.session, item, known.number, SAME, actor=operator, at=min(at + timedelta(minutes=40), course.now))
    for number in range(WAITING):
        at = course.now - timedelta(minutes=90 - 20 * number)
        register(course, message(chance, len(DAYS) + number, grid.id, place, at), at)
    course.session.expunge_all()


def register(course: Course, one: incoming.Message, at: datetime) -> int:
    """The item of a message."""
    return incoming.register(course.session, [one], actor=IMPORTER, at=at)[0].case_id


def message(chance: Random, number: int, area_id: int, place: str, sent_at: datetime) -> incoming.Message:
    """What one more neighbour wrote; one in six leaves no name."""
    words = [chance.choice(part).format(place=place) for part in (OPENINGS, MIDDLES, ENDS)]
    who = {"name": invented_name(chance), "phone": f"1960000{number:04}"} if chance.random() < 0.85 else {}
    outside = f"RX{sent_at:%Y%m%d}9{number:03}"
    return incoming.Message(
        f"hotline:{outside}", area_id, "hotline", chance.choice(TITLES).format(place=place), "".join(words), outside, sent_at,
        place, reporter=who,
    )  # fmt: skip
