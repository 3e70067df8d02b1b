"""The demo's incoming items: those of the last days, sorted by an operator, and those of this morning that wait."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from casemgr.demo import stories
from casemgr.demo.course import Course, Life
from casemgr.demo.dice import dice
from casemgr.demo.people import invented_name
from casemgr.demo.plan import amounts
from casemgr.demo.schedule import ago, somewhere
from casemgr.policy import IMPORTER
from casemgr.services import incoming
from casemgr.services.cases import take_step
from workflows.guards import ZONE, local_date
from workflows.roles import TIERS

CHANNELS = ("hotline",) * 6 + ("mailbox",) * 2 + ("web", "petition")
KINDS = {"dispute": 60, "service_request": 18, "consultation": 12, "suggestion": 7, "report_of_wrongdoing": 3}  # percent
SORTED_DAYS = 9
ROUNDS = 8  # how often the channels are read in a morning
ANSWERS = {
    "consultation": "已电话答复，告知所需材料和办理地点。",
    "service_request": "已转相关单位处理，三日内反馈。",
    "suggestion": "建议已转有关科室研究，感谢关心。",
    "report_of_wrongdoing": "",
}
NUMBERS = {"hotline": "RX", "mailbox": "XX", "web": "WS", "petition": "XF"}


@dataclass
class Post:
    """Numbers messages of each channel, and makes them up."""

    course: Course
    chance: Random
    count: int = 0

    def message(self, kind: str, sent_at: datetime) -> incoming.Message:
        """A message of a kind about some place of the reference street; one in five does not say where."""
        community, grid = somewhere(self.course.street.reference, self.chance)
        place = stories.Place(community.places[grid.id], self.chance.choice(community.roads), community.area.urban)
        title, text = self.words(kind, place)
        known = self.chance.random() < 0.8
        return self.addressed(
            title, text, grid.id if known else self.course.street.streets[0].id, place.place if known else "", sent_at
        )

    def words(self, kind: str, place: stories.Place) -> tuple[str, str]:
        """Title and text."""
        if kind == "dispute":
            tier = self.chance.choices(TIERS, (72, 23, 5))[0]
            return stories.message(stories.choose("stories", place, self.chance, tier=tier), place, self.chance)
        return stories.message(stories.choose("messages", place, self.chance, kind=kind), place, self.chance)

    def addressed(self, title: str, text: str, area_id: int, place: str, sent_at: datetime) -> incoming.Message:
        """The message with its number and its sender."""
        self.count += 1
        channel = self.chance.choice(CHANNELS)
        number = f"{NUMBERS[channel]}{local_date(sent_at):%Y%m%d}{self.count:04}"
        who = {"name": invented_name(self.chance), "phone": f"1950000{self.chance.randint(0, 9999):04}"}
        return incoming.Message(
            f"{channel}:{number}", area_id, channel, title, text, number, sent_at, place,
            reporter=who if self.chance.random() < 0.75 else {},
        )  # fmt: skip

    def kind(self) -> str:
        """A kind of message, most of them disputes."""
        return self.chance.choices(tuple(KINDS), tuple(KINDS.values()))[0]


def post_of(course: Course, scale: float) -> Post:
    """A post with dice of its own."""
    return Post(course, dice(f"messages {scale}"))


def by_message(course: Course, post: Post, life: Life) -> None:
    """Let a dispute begin as a message that an operator sorts: the item is registered, then sorted at its instant."""
    story = life.story
    sent_at = life.at - timedelta(minutes=life.chance.randint(25, 150))
    message = post.addressed(story.title, story.text, life.grid.id, story.place, sent_at)
    item = incoming.register(course.session, [message], actor=IMPORTER, at=sent_at)[0]
    operator = course.post("operator", life.community.street.id)
    answers = {"becomes": "dispute", "category": story.category, "area_id": life.grid.id}
    life.case_id = incoming.sort_item(course.session, item.case_id, answers, actor=operator, at=life.at).case_id


def add_answered(course: Course, post: Post, scale: float) -> None:
    """Messages of the last days that were no disputes: answered, or passed on to the right desk."""
    operator = course.post("operator", course.street.streets[0].id)
    for _ in range(amounts(scale).unsorted * 6 // 10):
        kind = post.chance.choice(tuple(ANSWERS))
        at = ago(course.books.calendar, course.now, post.chance.uniform(4, SORTED_DAYS * 7))
        taken = incoming.register(course.session, [post.message(kind, at)], actor=IMPORTER, at=at)[0]
        later = course.books.calendar.add_working_time(at, post.chance.randint(600, 12600))
        if kind == "consultation":
            step, data = "answer", {"kind": kind, "answer": ANSWERS[kind]}
        else:
            step, data = "pass_on", {"kind": kind, "desk": "便民服务中心", "note": ANSWERS[kind]}
        if later <= course.now:
            take_step(course.session, taken.case_id, step, actor=operator, at=later, data=data)
    course.session.expunge_all()


def add_unsorted(course: Course, post: Post, scale: float) -> None:
    """The messages of this morning, which nobody has sorted yet."""
    begin, count = morning(course.now), amounts(scale).unsorted
    pause = (course.now - begin) / (ROUNDS + 1)
    for n in range(ROUNDS):
        at = begin + pause * (n + 1)
        here = count // ROUNDS + (n < count % ROUNDS)
        messages = [post.message(post.kind(), at - timedelta(minutes=post.chance.randint(1, 40))) for _ in range(here)]
        if messages:
            incoming.register(course.session, messages, actor=IMPORTER, at=at)
    course.session.expunge_all()


def morning(now: datetime) -> datetime:
    """Half past seven of today; before nine, eight hours ago."""
    today = datetime.combine(local_date(now), time(7, 30), ZONE)
    return today if now - today >= timedelta(hours=1.5) else now - timedelta(hours=8)
