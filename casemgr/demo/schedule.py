"""When and where the planned disputes of the demo begin: parts of plan.py made into lives on the calendar."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from casemgr.demo import lives, plan, stories
from casemgr.demo.course import Course, Life
from casemgr.demo.dice import dice
from casemgr.demo.street import Community
from casemgr.models import Area
from workflows.calendar import Calendar
from workflows.guards import ZONE, local_date

BY_MESSAGE, RECENT = ("hotline", "web", "petition"), timedelta(days=21)
CHANNELS = ("grid",) * 31 + ("hotline",) * 8 + ("visit",) * 5 + ("phone",) * 3 + ("web",) * 2 + ("petition",)


def add_lives(course: Course, scale: float, by_message: Callable[[Life], None]) -> None:
    """All disputes: of the closed year, of the running year, and those of the neighbouring street.

    `by_message` opens one that came in as a message: those of the last days from the hotline and the like.
    """
    chance = dice(f"schedule {scale}")
    today = local_date(course.now)
    last_year = (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
    this_year = (date(today.year, 1, 1), today)
    here, there = course.street.reference, [c for c in course.street.communities if c not in course.street.reference]
    for parts, span, where in (
        (plan.closed_year(scale), last_year, here),
        (plan.running_closed(scale), this_year, here),
        (plan.running_open(scale), this_year, here),
        (plan.neighbour(scale), this_year, there),
    ):
        for part in parts:
            at = beginning(course, part, span, chance)
            if at is not None:
                life = life_of(course, part, at, where, chance)
                if life.channel in BY_MESSAGE and at > course.now - RECENT and life.script is lives.dispute:
                    life.begin = by_message
                course.add(life)


def beginning(course: Course, part: plan.Part, span: tuple[date, date], chance: Random) -> datetime | None:
    """When a dispute is registered; None where the year is too young for it to have ended."""
    calendar = course.books.calendar
    if part.days_ago is not None:
        day = local_date(course.now) - timedelta(days=part.days_ago)
        return datetime.combine(day, time(8, chance.randint(5, 50)), ZONE)
    if part.age is not None:
        return ago(calendar, course.now, chance.uniform(*part.age))
    first, last = span
    last = min(last, local_date(course.now) - timedelta(days=part.slack))
    if last < first:
        return None
    day = calendar.next_working_day(first + timedelta(days=chance.randint(0, (last - first).days)))
    if day > span[1]:
        return beginning(course, part, span, chance)
    intervals = calendar.worked_on(day)
    opens, closes = chance.choice(intervals)
    return opens + timedelta(seconds=chance.randint(0, int((closes - opens).total_seconds()) - 1))


def ago(calendar: Calendar, now: datetime, hours: float) -> datetime:
    """The instant since which so many working hours have passed."""
    left, day = timedelta(hours=hours), local_date(now)
    while True:
        for opens, closes in reversed(calendar.worked_on(day)):
            worked = min(closes, now) - opens
            if worked >= left:
                return (min(closes, now) - left).astimezone(UTC)
            left -= max(worked, timedelta(0))
        day -= timedelta(days=1)


def life_of(course: Course, part: plan.Part, at: datetime, where: Iterable[Community], chance: Random) -> Life:
    """A life with its place and story, and dice of its own."""
    community, grid = somewhere(list(where), chance)
    place = stories.Place(community.places[grid.id], chance.choice(community.roads), community.area.urban)
    if part.kind == "spot":
        entry, script = stories.choose("small", place, chance), lives.small
    else:
        entry, script = stories.choose("stories", place, chance, tier=part.tier), lives.dispute
    own = dice(chance.random().hex())
    channel = "grid" if part.kind == "spot" else chance.choice(CHANNELS)
    return Life(
        course, stories.tell(entry, place, own), script, grid, community, own, at, part.kind, part.stop, channel,
        any_day=part.days_ago is not None,
    )  # fmt: skip


def somewhere(where: list[Community], chance: Random) -> tuple[Community, Area]:
    """A grid, the likelier the more households live in it."""
    grids = [(community, grid) for community in where for grid in community.grids]
    return chance.choices(grids, [grid.households or 1 for _, grid in grids])[0]
