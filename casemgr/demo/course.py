"""The course of simulated time: lives of matters are resumed in the order of their instants, a working day to a batch.

What a life does goes through the same decisions as a page's (services.cases.attempt) and is written as one batch.
Between batches the sweep climbs the ladders, so that lateness has its real consequences. Lives themselves: lives.py.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr import db, policy
from casemgr.demo.people import People
from casemgr.demo.stories import Story
from casemgr.demo.street import Community, Street
from casemgr.errors import CasemgrError
from casemgr.models import Account, Area, DeadlineRow, Team
from casemgr.policy import SCHEDULER, Actor
from casemgr.queries.areas import load_paths
from casemgr.queries.mediators import mediators_at
from casemgr.queries.pickers import secretaries_at
from casemgr.services import lateness, moves
from casemgr.services.books import Books, load_books
from casemgr.services.cases import Ask, Seed, attempt, lapse_requests, take_steps
from casemgr.services.drafts import CASES, Draft, Known, load_drafts
from casemgr.services.numbers import give_numbers
from casemgr.services.writing import write
from workflows import WORKFLOWS
from workflows.guards import ZONE, local_date
from workflows.roles import committee_level

BATCH = timedelta(hours=10)
SWEEPS = (time(0, 5), time(9, 0), time(14, 0), time(18, 0))  # simulated; for real every minute
SWEPT_AT_ONCE = 200
DISPUTE = WORKFLOWS["dispute"]
Script = Callable[["Life"], Iterator[datetime]]


class LifeError(RuntimeError):
    """A step of a life was refused: the script and the rules have grown apart. The tests want none of them."""


@dataclass
class Life:
    """One dispute of the demo on its way. `at` is its present instant, `stop` the stage where it stays until now."""

    course: "Course"
    story: Story
    script: Script
    grid: Area
    community: Community
    chance: Random
    at: datetime
    kind: str = ""
    stop: str = ""
    channel: str = "grid"
    any_day: bool = False  # accepted on the day it came, be it a rest day
    begin: Callable[["Life"], None] | None = None  # opens it in some other way than by registering it
    case_id: int = 0
    request_id: int = 0
    draft: Draft = field(default_factory=lambda: Draft({}, {}))
    steps: Iterator[datetime] = field(default_factory=lambda: iter(()))
    afterwards: list[Callable[[Session], None]] = field(default_factory=list)

    @property
    def tier(self) -> str:
        """Its colour now."""
        return str(self.draft.row["tier"])

    def party(self, side: str) -> int:
        """The party on a side."""
        return next(p.id for p in self.draft.parties if p.side == side)

    def who(self, duty: str) -> Actor:
        """Whoever has a duty on it now; a vacant secretary's post is looked after by the next one up."""
        row, place = self.draft.row, {level: area for area, level in self.draft.path}
        if duty in ("handler", "patron"):
            return self.course.actor(row[f"{duty}_id"])
        if duty == "registrar":
            return self.course.actor(row["registered_by"])
        if duty == "lead":
            return self.course.secretary(self.draft.path, row["lead_area_id"])
        area = {"head": place[committee_level(row["level"])], "grid_worker": place["grid"], "operator": place["street"]}
        return self.course.post(duty, area[duty])

    def act(self, duty: str, step: str, *, minutes: int = 0, **answers: Any) -> None:
        """Take a step now, or some minutes later, as whoever has that duty. Raises LifeError when it is refused."""
        self.at += timedelta(minutes=minutes)
        actor = SCHEDULER if duty == "scheduler" else self.who(duty)
        before = self.draft.row["handler_id"]
        outcome = attempt(self.draft, Ask(self.case_id, step, answers), actor, self.at, self.course.books)
        if isinstance(outcome, CasemgrError):
            raise LifeError(f"{self.kind or self.stop} {self.at} {duty} {step}: {told(outcome)}") from outcome
        self.course.count_load(before, self.draft)

    def after(self, low: float, high: float) -> datetime:
        """An instant so many working hours from now, drawn between the two."""
        seconds = round(self.chance.uniform(low, high) * 3600)
        return max(self.course.books.calendar.add_working_time(self.at, seconds), self.at + timedelta(minutes=1))

    def on_day(self, day: date) -> datetime:
        """An instant in the working hours of a day, or of the next working day; never before the present one."""
        calendar = self.course.books.calendar
        opening = calendar.next_working_instant(datetime.combine(day, time(9), ZONE))
        return max(opening + timedelta(minutes=self.chance.randint(5, 170)), self.at + timedelta(minutes=1))


def told(error: CasemgrError) -> str:
    """What a refusal says, for whoever mends the script."""
    return f"{error!r} {getattr(error, 'reasons', '')} {getattr(error, 'fields', '')}"


class Course:
    """Everything a simulation works with: the database, the people, the calendar, and the lives under way."""

    def __init__(self, session: Session, street: Street, people: People, now: datetime) -> None:
        """Paths, accounts and teams are read once: they do not change while time runs."""
        self.session, self.street, self.people, self.now = session, street, people, now
        self.books: Books = load_books(session)
        self.paths = load_paths(session, session.scalars(select(Area.id)).all())
        teams: dict[int, Any] = dict(session.execute(select(Team.id, Team.area_id)).all())
        self.known = Known(self.paths, frozenset(session.scalars(select(Account.id))), teams)
        grids = session.scalars(select(Area.id).where(Area.level == "grid")).all()
        places = {id: tuple(area for area, _ in self.paths[id]) for id in grids}
        self.mediators = mediators_at(session, places, local_date(now))
        self.patrons = secretaries_at(session, places, local_date(now))
        self.limits = self.books.rules.raw.get("limits", {})
        self.loads: Counter[int] = Counter()
        self.queue: list[tuple[datetime, int, Life]] = []
        self.order = count()
        self.swept_until = street.at
        self.refused: list[str] = []

    def add(self, life: Life) -> None:
        """Let a life begin at its instant, if that is not still to come."""
        if life.at <= self.now:
            heapq.heappush(self.queue, (life.at, next(self.order), life))

    def actor(self, account_id: int) -> Actor:
        """An account as an actor."""
        return self.people.actors[account_id]

    def post(self, role: str, area_id: int) -> Actor:
        """Whoever holds a post that is not vacant."""
        found = self.people.holder(role, area_id)
        if found is None:
            raise LifeError(f"nobody is {role} at {area_id}")
        return found

    def secretary(self, path: Sequence[tuple[int, str]], area_id: int) -> Actor:
        """The secretary of an area, or of the next one up where that post is vacant."""
        areas = [area for area, _ in path]
        for area in reversed(areas[: areas.index(area_id) + 1]):
            if found := self.people.holder("secretary", area):
                return found
        raise LifeError(f"no secretary above {area_id}")

    def count_load(self, before: int | None, draft: Draft) -> None:
        """Keep count of the open matters in each mediator's hands."""
        now = None if draft.state.closed else draft.row["handler_id"]
        if before and before != now:
            self.loads[before] -= 1
        if now and before != now:
            self.loads[now] += 1

    def run(self, progress: Callable[[float], None]) -> None:
        """Let time run until now. `progress` is told the share of it that has passed."""
        whole = (self.now - self.street.at).total_seconds()
        while self.queue and self.queue[0][0] <= self.now:
            start = self.queue[0][0]
            self.sweep_until(start)
            end, turns = min(start + BATCH, self.now), []
            while self.queue and self.queue[0][0] <= end:
                turns.append(heapq.heappop(self.queue)[2])
            self.play(turns)
            progress((start - self.street.at).total_seconds() / whole)
        self.sweep_until(self.now)
        self.sweep(self.now)

    def play(self, turns: list[Life]) -> None:
        """One turn of each of these lives, decided in memory and written together."""
        for life in turns:
            if life.begin and not life.case_id:
                life.begin(life)
                life.steps = life.script(life)
        new = [life for life in turns if not life.case_id]
        drafts = load_drafts(self.session, [life.case_id for life in turns if life.case_id])
        for id, life in zip(db.new_ids(self.session, CASES, len(new)) if new else (), new, strict=True):
            life.case_id = id
        for life in turns:
            if life.case_id in drafts:
                life.draft = drafts[life.case_id]
                self.inform(life)
            else:
                self.open(life)
            self.resume(life)
        changed = [life.draft for life in turns if life.draft.changed]
        write(self.session, changed, SCHEDULER, self.books)
        if new:
            give_numbers(self.session, DISPUTE, [life.draft for life in new], self.books, new[0].at)
        lapse_requests(self.session, changed, turns[-1].at)
        for life in turns:
            for call in life.afterwards:
                self.try_to(call)
            life.afterwards.clear()
        self.session.flush()
        self.session.expunge_all()

    def try_to(self, call: Callable[[Session], None]) -> None:
        """Do what waited for the batch to be written."""
        try:
            call(self.session)
        except LifeError as error:
            self.refused.append(str(error))

    def open(self, life: Life) -> None:
        """Open a dispute as the door does: checked, then its first event, in memory."""
        actor, seed = registration(life)
        path = self.paths[life.grid.id]
        if not policy.may_open(actor, DISPUTE.opens, [area for area, _ in path]):
            raise LifeError(f"{actor.name} may not register here")
        life.draft = moves.blank(life.case_id, DISPUTE, seed, path, actor, life.at)
        self.inform(life)
        answers = moves.clean(DISPUTE.opens, seed.data)
        moves.apply(life.draft, DISPUTE.opens, answers, actor, life.at, self.books)
        life.steps = life.script(life)

    def inform(self, life: Life) -> None:
        """Give its draft what the ids in answers may name."""
        grid, id = life.draft.row["area_id"], life.case_id
        mediators, patrons = ({id: found.get(grid, frozenset())} for found in (self.mediators, self.patrons))
        life.draft.known, life.draft.limits = replace(self.known, mediators=mediators, patrons=patrons), self.limits

    def resume(self, life: Life) -> None:
        """Let a life go on to its next wait; one that has ended, or was refused a step, stays where it is."""
        try:
            wait = next(life.steps, None)
        except LifeError as error:
            self.refused.append(str(error))
            return
        if wait is not None:
            life.at = max(wait, life.at)
            self.add(life)

    def sweep_until(self, at: datetime) -> None:
        """The sweeps of the time up to an instant, where anything was due."""
        day = local_date(self.swept_until)
        earliest = self.earliest_rung()
        while day <= local_date(at):
            for clock in SWEEPS:
                instant = datetime.combine(day, clock, ZONE)
                if self.swept_until < instant <= at and earliest and earliest <= instant:
                    self.sweep(instant)
                    earliest = self.earliest_rung()
            day += timedelta(days=1)
        self.swept_until = max(at, self.swept_until)

    def earliest_rung(self) -> datetime | None:
        """When the next rung of any ladder is due."""
        return self.session.scalar(select(func.min(DeadlineRow.next_rung_at)))

    def sweep(self, at: datetime) -> None:
        """Fire what is due, through the door."""
        due = select(DeadlineRow.case_id).where(DeadlineRow.next_rung_at <= at).distinct()
        ids = sorted(self.session.scalars(due))
        for start in range(0, len(ids), SWEPT_AT_ONCE):
            drafts = load_drafts(self.session, ids[start : start + SWEPT_AT_ONCE])
            asks = [ask for draft in drafts.values() for ask in lateness.asks_for(draft, self.books, at)]
            outcomes = take_steps(self.session, asks, actor=SCHEDULER, at=at, drafts=drafts)
            self.refused += [f"sweep {at}: {told(o)}" for o in outcomes if isinstance(o, CasemgrError)]


FOUND_BY = {"grid": "inspection", "hotline": "hotline", "visit": "application", "phone": "report", "web": "report", "petition": "petition"}
REGISTRARS = {"grid": "grid_worker", "hotline": "operator", "petition": "operator", "web": "operator"}


def registration(life: Life) -> tuple[Actor, Seed]:
    """Who registers a dispute, and what it says."""
    story, course = life.story, life.course
    place = {level: area for area, level in course.paths[life.grid.id]}
    role = REGISTRARS.get(life.channel, "head")
    level = {"grid_worker": "grid", "operator": "street", "head": "community"}[role]
    data = {
        "text": story.text, "title": story.title, "area_id": life.grid.id, "place": story.place, "channel": life.channel,
        "category": story.category, "found_by": FOUND_BY[life.channel], "confidential": story.safety,
    }  # fmt: skip
    return course.post(role, place[level]), Seed(life.grid.id, data=data, facts=story.facts)
