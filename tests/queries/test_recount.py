"""After a random history: every number of board, lists, desk and sorting is what a plain count over all rows gives.

Scope and conditions are written here a second time, in plain Python, from the words of the design and not from the code.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr.jobs.site import Site, open_site
from casemgr.models import Account, Appointment, Area, Case, Event, Post, Request
from casemgr.policy import ACTS, Actor, visible
from casemgr.queries import board, sorting
from casemgr.queries.desk import count_duties, ends_of
from casemgr.queries.filters import CaseFilter
from casemgr.services import tally
from tests.histories import BEGINNING, OFTEN, Act, Life, undone
from tests.world import World

CHINA = ZoneInfo("Asia/Shanghai")
SEEING = ("grid_worker", "head", "mediator", "secretary", "operator", "supervisor", "petition_officer")
ADMINS = ("system_admin", "security_admin", "audit_admin")
PARTS = ("whistle", "call")  # stand in lists, and count with the matter they belong to
LISTED = ("dispute", "incoming", "event", "order", "petition", "legacy", *PARTS)
BANDS = {"0-7": range(8), "8-15": range(8, 16), "16-30": range(16, 31), "31-": range(31, 10**6)}
CAUSES = {"case.raised": "risk", "dispute.raised": "risk", "dispute.raised_overdue": "overdue"}
MAKING_RED = {"dispute.accepted", "case.regraded", *CAUSES}
LENGTH = 110


@dataclass
class Everything:
    """All rows that a count may need, in memory; the counts are made of them alone."""

    cases: list[Any]
    requests: dict[int, Any]
    above: dict[int, set[int]]
    areas: dict[int, Any]
    events: list[Any]
    filled: set[tuple[str, int]]
    at: datetime
    scope: dict[int | None, list[Any]] = field(default_factory=dict)  # account -> what it sees, worked out once

    @property
    def today(self) -> date:
        return self.at.astimezone(CHINA).date()

    def sees(self, actor: Actor, case: Any) -> bool:
        """Whether the actor may see the case: by name, as decider, or from above unless it is confidential."""
        if any(p.role in ADMINS for p in actor.posts) or not (actor.posts or actor.mandates):
            return False
        if actor.account_id in (case.handler_id, case.patron_id, case.registered_by, case.holder_id):
            return True
        if self.decides(actor, case):
            return True
        places = {p.area_id for p in actor.posts if p.role in SEEING} | {*actor.mandates}
        teams = {p.team_id for p in actor.posts} - {None}
        offices = {p.department_id for p in actor.posts} - {None}
        if not places & self.above[case.area_id] and case.team_id not in teams and case.department_id not in offices:
            return False
        leads = ("secretary", case.lead_area_id) in held(actor)
        waits = (case.holder_role, case.holder_area_id) in held(actor) or case.department_id in offices
        petitions = {p.area_id for p in actor.posts if p.role == "petition_officer"} & self.above[case.area_id]
        return leads or waits or not case.confidential or (case.process == "petition" and bool(petitions))

    def decides(self, actor: Actor, case: Any) -> bool:
        """Whether it is a request that waits for one of his posts, or what such an open one is about."""
        mine = {id for id, r in self.requests.items() if (r.decider_role, r.decider_area_id) in held(actor)}
        about = {c.parent_id for c in self.cases if c.id in mine and c.closed_at is None}
        return case.id in mine or case.id in about

    def seen(self, actor: Actor) -> list[Any]:
        """All the cases that the actor may see."""
        if actor.account_id not in self.scope:
            self.scope[actor.account_id] = [case for case in self.cases if self.sees(actor, case)]
        return self.scope[actor.account_id]

    def listed(self, actor: Actor, f: CaseFilter) -> list[Any]:
        """The cases that a list with this filter holds."""
        return [case for case in self.seen(actor) if self.fits(case, f)]

    def fits(self, case: Any, f: CaseFilter) -> bool:
        """Whether the case is what the filter asks for, choice by choice."""
        return all(self.fits_one(case, way.name, getattr(f, way.name), f) for way in fields(f))

    def fits_one(self, case: Any, name: str, value: Any, f: CaseFilter) -> bool:
        """One choice; what was not chosen lets everything through, but for `status` and `process`."""
        if name == "process":
            return case.process == value if value else case.process in LISTED
        if name == "status":
            return value == "all" or (case.closed_at is None) == (value == "open")
        if not value:
            return True
        age = (self.today - case.registered_at.astimezone(CHINA).date()).days
        due_on = case.next_due_at and (case.next_due_at - timedelta(microseconds=1)).astimezone(CHINA).date()
        late = case.next_due_at is not None and case.next_due_at <= self.at
        return {
            "counted": lambda: case.process not in PARTS,
            "area": lambda: case.area_id == value if f.own else value in self.above[case.area_id],
            "own": lambda: True,
            "lead": lambda: case.lead_area_id == value,
            "state": lambda: case.state == value,
            "tier": lambda: case.tier == value,
            "grade": lambda: bool(case.tier_confirmed if value == "confirmed" else case.tier and not case.tier_confirmed),
            "due": lambda: late if value == "overdue" else bool(due_on and not late and due_on <= self.today),
            "age": lambda: age in BANDS[value],
            "raised": lambda: value in {c for c, on in self.raises(case) if f.since is None or on >= f.since},
            "since": lambda: True,
            "red_since": lambda: self.is_red(case) and any(e.at > value for e in self.of(case, MAKING_RED)),
            "charge": lambda: self.nobodys(case),
            "patron": lambda: case.patron_id is None,
            "team": lambda: case.team_id == value,
            "handler": lambda: case.handler_id == value,
            "category": lambda: case.category == value,
        }[name]()

    def of(self, case: Any, kinds: Iterable[str]) -> list[Any]:
        """The case's events of these kinds."""
        return [e for e in self.events if e.stream_id == case.id and e.kind in kinds]

    def raises(self, case: Any) -> set[tuple[str, date]]:
        """The causes for which it was raised, with their local dates."""
        return {(CAUSES[e.kind], e.at.astimezone(CHINA).date()) for e in self.of(case, CAUSES)}

    def is_red(self, case: Any) -> bool:
        return case.tier == "red" and case.tier_confirmed

    def nobodys(self, case: Any) -> bool:
        """Open, with no person, and nobody in the post it waits for."""
        return case.closed_at is None and not case.holder_id and (case.holder_role, case.holder_area_id) not in self.filled

    def kind(self, case: Any) -> str:
        """How the board counts an open matter."""
        if case.process == "incoming":
            return "unsorted"
        return case.tier if case.tier_confirmed or not case.tier else "suggested"


def held(actor: Actor) -> set[tuple[str, int | None]]:
    """The posts of an actor as (role, area)."""
    return {(p.role, p.area_id) for p in actor.posts if p.area_id is not None}


def everything(session: Session, at: datetime) -> Everything:
    """Read all of it; areas are followed from parent to parent."""
    areas = {area.id: area for area in session.scalars(select(Area))}
    above: dict[int, set[int]] = {}
    for id in areas:
        above[id], up = set(), id
        while up is not None:
            above[id].add(up)
            up = areas[up].parent_id
    today = at.astimezone(CHINA).date()
    appointed = session.execute(
        select(Post.role, Post.area_id, Appointment.from_on, Appointment.to_on, Account.active)
        .join(Appointment, Appointment.post_id == Post.id).join(Account, Account.id == Appointment.account_id)
    )  # fmt: skip
    filled = {
        (role, area) for role, area, first, last, active in appointed if active and first <= today <= (last or date.max)
    }
    cases = list(session.scalars(select(Case).execution_options(populate_existing=True)))
    asked = {request.case_id: request for request in session.scalars(select(Request))}
    events = list(session.scalars(select(Event).where(Event.stream == "case")))
    return Everything(cases, asked, above, areas, events, filled, at)


@pytest.fixture
def site(settings: Any, engine: Any, world: World) -> Site:
    return open_site(settings, engine)


@pytest.mark.parametrize("seed", [11])
def test_every_number_is_what_a_plain_count_gives(site, world, seed):
    chance = random.Random(seed)
    acts = [Act(chance.choice(OFTEN), chance.randrange(2**32)) for _ in range(LENGTH)]
    with undone(site) as alone:
        life = Life(alone, world, world.at, after=fold_now_and_then)
        life.meet()
        life.play((*BEGINNING, *acts))
        with life.session() as session:
            plain = everything(session, life.at)
            assert tally.verify(session, life.at)[1] == []
            assert len(plain.cases) > 10
            for who, actor in life.actors.items():
                visible_are_seen(session, plain, who, actor)
                lists_agree(session, plain, who, actor)
                desk_and_sorting_agree(session, plain, who, actor)
                boards_agree(session, plain, who, actor)


def fold_now_and_then(life: Life, act: Act) -> None:
    """Some of the changes are added to the tallies, some still wait when the boards are read."""
    if act.number % 7 == 0:
        with life.session() as session:
            tally.fold(session, life.at, 5)


def visible_are_seen(session: Session, plain: Everything, who: str, actor: Actor) -> None:
    """The scope of queries is the scope written here."""
    found = set(session.scalars(select(Case.id).where(visible(actor))))
    assert found == {case.id for case in plain.seen(actor)}, who


def lists_agree(session: Session, plain: Everything, who: str, actor: Actor) -> None:
    """Each filter counts what fits it, alone and within an area; one query for all of them."""
    filters = filters_to_try(plain)
    counts = [func.count().filter(f.where(plain.at)) for f in filters]
    row = session.execute(select(*counts).select_from(Case).where(visible(actor))).one()
    for f, number in zip(filters, row, strict=True):
        assert number == len(plain.listed(actor, f)), (who, f)


def filters_to_try(plain: Everything) -> list[CaseFilter]:
    """Every way of narrowing with values that occur, and some that do not."""
    day, some = plain.today - timedelta(days=6), plain.cases[len(plain.cases) // 2]
    ways: list[dict[str, Any]] = [
        {}, *({"process": p} for p in LISTED), *({"tier": t} for t in ("yellow", "orange", "red")),
        {"tier": "red", "grade": "confirmed"}, {"grade": "suggested"}, {"grade": "confirmed"}, {"due": "overdue"}, {"due": "today"},
        *({"age": band} for band in BANDS), *({"raised": cause} for cause in ("risk", "overdue")),
        {"raised": "risk", "since": day, "status": "all"}, {"raised": "overdue", "since": day, "status": "all"},
        {"red_since": plain.at - timedelta(days=9)}, {"charge": "nobody"}, {"patron": "none", "tier": "red"},
        {"status": "closed"}, {"status": "all"}, {"lead": some.lead_area_id}, {"handler": some.handler_id or 1},
        {"team": some.team_id or 1}, {"state": some.state}, {"category": some.category},
    ]  # fmt: skip
    places = [{"area": id} for id, area in plain.areas.items() if area.level in ("street", "community")]
    inside = [{**place, **way} for place in places for way in ({}, {"own": True}, {"due": "overdue"}, {"age": "8-15"})]
    return [CaseFilter(**way) for way in (*ways, *inside)]


def desk_and_sorting_agree(session: Session, plain: Everything, who: str, actor: Actor) -> None:
    """What waits for the actor, and what is still to be sorted."""
    seen = [case for case in plain.seen(actor) if case.closed_at is None]
    mine = [
        c for c in seen
        if (c.holder_id == actor.account_id if c.holder_id else (c.holder_role, c.holder_area_id) in held(actor))
    ]  # fmt: skip
    assert count_duties(session, actor, ends_of(plain.at)).total() == len(mine), who
    unsorted = Counter(case.tier for case in seen if case.process == "incoming")
    assert sorting.count_unsorted(session, actor) == dict(unsorted), who


def boards_agree(session: Session, plain: Everything, who: str, actor: Actor) -> None:
    """Every number of every board that is the actor's own."""
    own = {p.area_id for p in actor.posts if p.role in ACTS["board"] and p.area_id}
    assert set(board.board_areas(actor)) == own
    for area_id in own:
        area, below = board.find_area(session, actor, area_id)
        assert [a.id for a in below] == [a.id for a in below if a.parent_id == area_id]
        assert len(below) == sum(a.parent_id == area_id for a in plain.areas.values())
        numbers = board.load_numbers(session, actor, area, below, plain.at)
        for place in numbers.places:
            place_agrees(plain, actor, place, numbers.since, who)
        total_agrees(plain, actor, area_id, numbers, who)
        for name, tile in board.load_tiles(session, actor, area, plain.at - timedelta(days=5), plain.at).items():
            assert tile.number == len(plain.listed(actor, tile.filter)), (who, name)


def place_agrees(plain: Everything, actor: Actor, place: board.Place, since: date, who: str) -> None:
    """One line of a board: what is open there now, and what was raised there."""
    here = [c for c in plain.listed(actor, CaseFilter(status="all")) if lies_at(plain, c, place)]
    now = Counter(plain.kind(case) for case in here if case.closed_at is None)
    assert {kind: n for kind, n in place.now.items() if n} == dict(now), (who, place.name)
    raised = Counter(cause for c in here for cause in {cause for cause, on in plain.raises(c) if on >= since})
    assert {cause: n for cause, n in place.raised.items() if n} == dict(raised), (who, place.name)


def lies_at(plain: Everything, case: Any, place: board.Place) -> bool:
    """Whether the case lies in the place (for the board's own line: directly at it)."""
    return case.area_id == place.area_id if place.own else place.area_id in plain.above[case.area_id]


def total_agrees(plain: Everything, actor: Actor, area_id: int, numbers: board.Numbers, who: str) -> None:
    """Every open matter of the area once in the total and once in the ages."""
    here = plain.listed(actor, CaseFilter(area=area_id))
    assert +Counter(numbers.total) == Counter(plain.kind(case) for case in here), who
    ages = Counter((band, plain.kind(c)) for c in here for band in BANDS if plain.fits_one(c, "age", band, CaseFilter()))
    assert +Counter(numbers.ages) == ages, who
