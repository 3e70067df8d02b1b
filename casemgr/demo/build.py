"""The demo built in an empty database, as one transaction of the caller's: all of it, or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from casemgr.demo import aftermath, door, events, joint, legacy, mark, messages, orders, petitions, sittings, whistles
from casemgr.demo.course import Course
from casemgr.demo.people import People, add_people
from casemgr.demo.schedule import add_lives
from casemgr.demo.street import Street, add_street
from casemgr.services.passwords import PasswordRules
from workflows.guards import ZONE, local_date

PASSWORD = "Sunny-Street-9"  # noqa: S105  printed at every start: it opens nothing but invented matters
FOUNDED_BEFORE = timedelta(days=30)
PLACES, LIVES = 0.04, 0.96  # share of the work that is done then
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Built:
    """What was made: the places, the people; and the steps that were refused, of which there should be none."""

    street: Street
    people: People
    refused: tuple[str, ...]


def build(
    session: Session, *, now: datetime, rules: PasswordRules, scale: float = 1.0, progress: Progress = lambda done: None
) -> Built:
    """Fill an empty database with the demo as of `now`, at `scale` of its matters (places and people are always whole).

    `progress` is told the share done, 0 to 1. Flushed, not committed.
    """
    founded = beginning(now) - FOUNDED_BEFORE
    mark.put_mark(session, at=founded, now=now, scale=scale)
    street = add_street(session, founded)
    people = add_people(session, street, rules, PASSWORD, now)
    progress(PLACES)
    course = Course(session, street, people, now)
    post = messages.post_of(course, scale)
    add_lives(course, scale, lambda life: messages.by_message(course, post, life))
    course.run(lambda done: progress(PLACES + (LIVES - PLACES) * done))
    messages.add_answered(course, post, scale)
    messages.add_unsorted(course, post, scale)
    events.add_events(course, scale)
    orders.add_orders(course, scale)
    joint.add_joint(course)
    legacy.add_legacy(course)
    petitions.add_petitions(course)
    whistles.add_whistles(course)
    door.add_reports(course)
    sittings.plan_sessions(session, now)
    aftermath.settle(session, now)
    return Built(street, people, tuple(course.refused))


def beginning(now: datetime) -> datetime:
    """The first morning of the closed year, the year before this one."""
    return datetime.combine(local_date(now).replace(year=local_date(now).year - 1, month=1, day=1), time(9), ZONE)
