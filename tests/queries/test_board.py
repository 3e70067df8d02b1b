"""The board's numbers against the lists their links open, on a small street with matters of every kind."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, select, update
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.errors import NotFound
from casemgr.models import (
    Account, Appointment, Area, AreaPath, Case, DailyNumber, DailySlot, Event, JobRun, Post, Request,
    TallyMark,
)  # fmt: skip
from casemgr.models.cases import UNTIMED, places_of
from casemgr.policy import Actor, Held
from casemgr.queries import board, board_lines
from casemgr.queries.filters import AGES, CaseFilter, midnight
from casemgr.queries.tally import load_counted
from casemgr.services import tally
from tests.conftest import MONDAY
from workflows.guards import local_date

NOW = MONDAY
TODAY = local_date(NOW)
STREET, NORTH, SOUTH, NORTH_1, NORTH_2, OTHER = 1, 2, 3, 4, 5, 6
TREE = {STREET: ("street", None), NORTH: ("community", STREET), SOUTH: ("community", STREET),
        NORTH_1: ("grid", NORTH), NORTH_2: ("grid", NORTH), OTHER: ("street", None)}  # fmt: skip


def path_of(area: int) -> list[tuple[int, str]]:
    level, parent = TREE[area]
    return [*(path_of(parent) if parent else ()), (area, level)]


SECRETARY = Actor("account", 1, "S", (Held(1, "secretary", STREET, "street"),))
NORTHERN = Actor("account", 2, "N", (Held(2, "secretary", NORTH, "community"),))


def days(number: float) -> timedelta:
    return timedelta(days=number)


@dataclass
class Street:
    """The street under test; `add` puts a matter into it as it would stand after its steps."""

    session: Session
    last: int = 0

    def add(self, area: int, tier: str = "yellow", **more: Any) -> int:
        self.last += 1
        registered = more.pop("registered_at", NOW - days(1))
        row = {
            "id": self.last, "process": "dispute", "state": "in_mediation", "title": f"matter {self.last}",
            "area_id": area, "tier": tier, "tier_confirmed": True, "holder_id": 2, "holder_role": "mediator",
            "lead_area_id": STREET if tier == "red" else area, "registered_at": registered, "last_act_at": registered,
            "trail_at": registered,
        }  # fmt: skip
        row |= {"due_order": more.get("next_due_at") or UNTIMED} | places_of(path_of(area))
        self.session.execute(insert(Case), [row | more])
        return self.last

    def tell(self, case: int, kind: str, at: datetime, **data: Any) -> None:
        seq = self.session.scalar(select(func.coalesce(func.max(Event.seq), 0)).where(Event.stream_id == case)) + 1
        row = {"stream": "case", "stream_id": case, "seq": seq, "kind": kind, "at": at, "actor": "scheduler",
               "data": data, "prev": "", "hash": ""}  # fmt: skip
        self.session.execute(insert(Event), [row])


@pytest.fixture
def street(session: Session) -> Street:
    for id, (level, parent) in TREE.items():
        session.add(Area(id=id, code=f"{id:012}", name=f"area {id}", level=level, parent_id=parent, sort_key=str(id)))
        session.flush()
        up, depth = id, 0
        while up:
            session.add(AreaPath(ancestor_id=up, descendant_id=id, depth=depth))
            up, depth = TREE[up][1], depth + 1
    for id in (1, 2):
        session.add(Account(id=id, login=f"l{id}", name=f"n{id}", password_hash="", password_changed_at=NOW, created_at=NOW))
    session.flush()
    session.add(Post(id=1, role="secretary", area_id=STREET))
    session.add(Post(id=2, role="secretary", area_id=NORTH))
    session.flush()
    session.add(Appointment(account_id=1, post_id=1, from_on=TODAY - days(9)))
    session.add(Appointment(account_id=2, post_id=2, from_on=TODAY - days(9)))
    session.flush()
    return Street(session)


@pytest.fixture
def busy(street: Street) -> Street:
    """Matters of every kind, age and lateness; some closed, some elsewhere, one confidential."""
    tiers = ("yellow", "orange", "red")
    places = (NORTH, NORTH_1, NORTH_2, SOUTH, STREET, OTHER)
    ages = (0.1, 1, 7, 7.9, 8, 15, 16, 30, 31, 400)
    for n in range(120):
        registered = NOW - days(ages[n % len(ages)])
        due = NOW + days((-3, 0.2, 0.9, 4)[n % 4]) if n % 5 else None
        street.add(places[n % len(places)], tiers[n % 7 % 3], registered_at=registered, next_due_at=due,
                   closed_at=NOW - days(0.5) if n % 11 == 0 else None, confidential=n % 13 == 0,
                   tier_confirmed=n % 4 != 1, holder_id=None if n % 6 == 0 else 2, holder_role="secretary",
                   holder_area_id=(NORTH, SOUTH)[n % 2])  # fmt: skip
        if n % 3 == 0:
            street.tell(n + 1, ("case.raised", "dispute.raised", "dispute.raised_overdue")[n % 9 // 3], NOW - days(n % 14))
        if n % 9 == 0:
            street.tell(n + 1, "case.raised", NOW - days(0.1))
    for n in range(9):
        street.add((NORTH_1, SOUTH, STREET)[n % 3], "", process="incoming", tier_confirmed=False, state="registered")
    street.add(NORTH, "", process="request", tier_confirmed=False, state="asked", holder_id=None)
    street.session.flush()
    return street


def listed(session: Session, actor: Actor, f: CaseFilter) -> int:
    """How many matters the list shows for a filter that went through an address."""
    again = CaseFilter.from_args(f.args())
    return session.scalar(select(func.count()).select_from(Case).where(again.where(NOW), policy.visible(actor)))


@pytest.fixture(params=["told", "counted"])
def way(request: pytest.FixtureRequest, session: Session) -> str:
    """Numbers from the tallies, and as they are counted before there are any."""
    if request.param == "counted":
        session.execute(update(TallyMark).where(TallyMark.name == "fold").values(value=0))
    return str(request.param)


def spot(session: Session, area: int, way: str = "told") -> board.Spot:
    """The area of a board, everything put into it counted."""
    if way == "told":
        tally.rebuild(session, NOW)
    else:
        tally.date_cases(session)
    return board.Spot(area, f"area {area}", *TREE[area])


def numbers_of(session: Session, actor: Actor, area_id: int, way: str = "told") -> board.Numbers:
    spot(session, area_id, way)
    area, below = board.find_area(session, actor, area_id)
    return board.load_numbers(session, actor, area, below, NOW)


@pytest.mark.parametrize(("actor", "area"), [(SECRETARY, STREET), (SECRETARY, NORTH), (NORTHERN, NORTH), (SECRETARY, NORTH_1)])
def test_every_number_is_that_of_its_list(session: Session, busy: Street, actor: Actor, area: int, way: str) -> None:
    found = numbers_of(session, actor, area, way)
    seen = 0
    for place in found.places:
        for kind in board.KINDS:
            assert place.now.get(kind, 0) == listed(session, actor, place.filter_of(kind)), (place.name, kind)
            seen += place.now.get(kind, 0)
        for cause in ("risk", "overdue"):
            assert place.raised.get(cause, 0) == listed(session, actor, place.filter_of_raised(cause, found.since))
    for kind in board.KINDS:
        assert found.total.get(kind, 0) == listed(session, actor, board.filter_of(kind, area))
        for age in AGES:
            assert found.ages.get((age, kind), 0) == listed(session, actor, board.filter_of(kind, area, age=age))
    for tile in board.load_tiles(session, actor, spot(session, area, way), NOW - days(2), NOW).values():
        assert tile.number == listed(session, actor, tile.filter)
    assert seen == sum(found.total.values()) > 9


def test_every_open_matter_is_counted_once(session: Session, busy: Street) -> None:
    counted = numbers_of(session, SECRETARY, STREET)
    all_open = listed(session, SECRETARY, CaseFilter(area=STREET))
    assert sum(counted.total.values()) == sum(counted.ages.values()) == all_open


def test_tiles_count_what_they_say(session: Session, street: Street) -> None:
    street.add(NORTH, "red", next_due_at=NOW - timedelta(minutes=1))
    street.add(NORTH, "red", next_due_at=midnight(TODAY + days(1)))
    street.add(NORTH, "red", next_due_at=midnight(TODAY + days(1)) + timedelta(seconds=1))
    street.add(NORTH, "orange", next_due_at=NOW - days(1))
    vacant = street.add(SOUTH, "yellow", holder_id=None, holder_role="secretary", holder_area_id=SOUTH)
    street.add(NORTH, "yellow", holder_id=None, holder_role="secretary", holder_area_id=NORTH)
    grown, old = street.add(SOUTH, "red"), street.add(SOUTH, "red")
    street.tell(grown, "case.raised", NOW - timedelta(hours=1), to="red")
    street.tell(old, "case.raised", NOW - days(3), to="red")
    tiles = board.load_tiles(session, SECRETARY, spot(session, STREET), NOW - days(1), NOW)
    assert {name: tile.number for name, tile in tiles.items()} == dict.fromkeys(tiles, 1)
    assert listed(session, SECRETARY, tiles["nobody"].filter) == 1
    assert session.scalar(select(Case.id).where(tiles["nobody"].filter.where(NOW))) == vacant


def test_risk_and_lateness_are_told_apart_and_a_matter_counts_once(session: Session, street: Street) -> None:
    for kind, ago in (("case.raised", 1), ("dispute.raised", 2), ("dispute.raised_overdue", 3), ("case.raised", 9)):
        street.tell(street.add(NORTH), kind, NOW - days(ago))
    twice = street.add(NORTH_1, "red", closed_at=NOW)
    street.tell(twice, "case.raised", NOW - days(2))
    street.tell(twice, "case.raised", NOW - days(1))
    lines = {p.area_id: p for p in numbers_of(session, SECRETARY, STREET).places}
    assert lines[NORTH].raised == {"risk": 3, "overdue": 1}
    assert not lines[SOUTH].raised


def test_last_week_comes_from_finished_days(session: Session, street: Street) -> None:
    street.add(NORTH, "red")
    assert numbers_of(session, SECRETARY, STREET).places[0].before is None
    rows = [
        {"on_date": TODAY - days(7), "area_id": area, "process": "dispute", "tier": "red", "measure": measure, "value": value}
        for area, measure, value in ((NORTH, "open_below", 3), (NORTH_1, "open_below", 2), (STREET, "open_below", 3), (NORTH_1, "closed", 40), (OTHER, "open_below", 9))
    ]
    session.execute(insert(DailyNumber), rows)
    session.execute(insert(DailySlot), [{"job": "rollups.day", "on_date": TODAY - timedelta(days=7), "done_at": NOW}])
    before = {p.area_id: p.before for p in numbers_of(session, SECRETARY, STREET).places}
    assert before == {NORTH: {"red": 3}, SOUTH: {}}


def test_a_board_is_only_for_ones_own_area(session: Session, busy: Street) -> None:
    assert board.find_area(session, SECRETARY, None)[0].id == STREET
    assert [a.id for a in board.find_area(session, SECRETARY, None)[1]] == [NORTH, SOUTH]
    for actor, area in ((NORTHERN, STREET), (NORTHERN, SOUTH), (SECRETARY, OTHER), (Actor("account", 9), None)):
        with pytest.raises(NotFound):
            board.find_area(session, actor, area)
    nobody = Actor("account", 9, "X", (Held(9, "mediator", NORTH, "community"),))
    assert board.board_areas(nobody) == ()


def test_red_lines_come_by_what_falls_due_first(session: Session, street: Street) -> None:
    late = street.add(NORTH_1, "red", next_due_at=NOW - days(1), next_due_key="progress", facts={"people": 61},
                      assessment={"reasons": [["scale", "people_involved", {"people": 61}, "red"],
                                              ["cause", "old_matter", {}, "orange"]]})  # fmt: skip
    street.tell(late, "dispute.session_held", NOW - days(1))
    street.tell(late, "case.raised", NOW - days(1))
    never = street.add(SOUTH, "red", patron_id=1)
    soon = street.add(STREET, "red", next_due_at=NOW + days(1))
    for _ in range(9):
        street.add(NORTH, "red", next_due_at=NOW + days(5))
    for hidden in ({"tier_confirmed": False}, {"closed_at": NOW}, {"tier": "orange"}):
        street.add(NORTH, **{"tier": "red", "next_due_at": NOW - days(9), **hidden})
    street.add(OTHER, "red", next_due_at=NOW - days(9))
    red = board_lines.load_red(session, SECRETARY, spot(session, STREET), NOW)
    assert [line.id for line in red][:2] == [late, soon]
    assert len(red) == 10
    assert never not in [line.id for line in red]
    first = red[0]
    assert (first.place, first.people, first.reasons) == ("area 2 area 4", 61, (("people_involved", {"people": 61}),))
    assert (first.act, first.due_key, first.has_patron) == ("dispute.session_held", "progress", False)
    assert red[1].place == "area 1"


def test_only_what_waits_for_ones_own_posts(session: Session, street: Street) -> None:
    about = street.add(NORTH, "orange")
    for decider, asker, closed in ((STREET, 2, None), (NORTH, 1, None), (STREET, 1, None), (STREET, 2, NOW)):
        id = street.add(NORTH, "", process="request", parent_id=about, closed_at=closed, tier_confirmed=False,
                        holder_id=None, holder_role="secretary", holder_area_id=decider)  # fmt: skip
        session.add(Request(case_id=id, kind="extension", step="extend", payload={"length": "10 days"}, asked_by=asker,
                            decider_role="secretary", decider_area_id=decider))  # fmt: skip
    session.flush()
    lines, count = board_lines.load_requests(session, SECRETARY)
    assert count == 1
    assert (lines[0].kind, lines[0].title, lines[0].tier) == ("extension", f"matter {about}", "orange")
    assert lines[0].payload == {"length": "10 days"}


def test_patrons_are_named_by_the_lead(session: Session, street: Street) -> None:
    wanted = street.add(NORTH, "red")
    street.add(NORTH, "red", patron_id=1)
    street.add(NORTH, "red", tier_confirmed=False)
    street.add(NORTH, "red", lead_area_id=NORTH)
    lines, count = board_lines.load_patrons(session, SECRETARY)
    assert ([line.id for line in lines], count) == ([wanted], 1)
    assert sum(listed(session, SECRETARY, f) for f in board_lines.patron_filter(SECRETARY)) == count


@pytest.mark.parametrize(("ago", "error", "state"), [(1, "", "normal"), (1, "boom", "failed"), (30, "", "late")])
def test_escalation_check(session: Session, street: Street, ago: int, error: str, state: str) -> None:
    assert board_lines.load_check(session, NOW).state == "never"
    done = NOW - timedelta(minutes=ago)
    session.add(JobRun(job="sweep", started_at=done, finished_at=done, error=error))
    session.add(JobRun(job="sweep", started_at=NOW))
    session.add(JobRun(job="outbox", started_at=NOW, finished_at=NOW))
    session.flush()
    assert board_lines.load_check(session, NOW) == board_lines.Check(done, state)


def test_the_same_few_queries_however_many_matters(engine: Engine, session: Session, busy: Street) -> None:
    counted: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: counted.append(args[2]))

    def load() -> int:
        spot(session, STREET)
        counted.clear()
        area, below = board.find_area(session, SECRETARY, STREET)
        told = load_counted(session, SECRETARY, area.id, [a.id for a in below], NOW)
        board.load_numbers(session, SECRETARY, area, below, NOW, told)
        board.load_tiles(session, SECRETARY, area, NOW - days(1), NOW, told)
        board_lines.load_red(session, SECRETARY, area, NOW, told)
        board_lines.load_requests(session, SECRETARY)
        board_lines.load_patrons(session, SECRETARY)
        board_lines.load_check(session, NOW)
        return len(counted)

    load()  # who fills which post is read once
    before = load()
    for _ in range(50):
        busy.add(NORTH, "red")
    session.flush()
    assert load() == before <= 11


@pytest.mark.parametrize(
    "bad", [{"tier": "purple"}, {"area": "x"}, {"since": "soon"}, {"red_since": "2026-03-01T00:00"}, {"status": "odd"}]
)
def test_an_argument_that_is_none_is_refused(bad: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        CaseFilter.from_args(bad)


def test_a_filter_goes_through_an_address_and_back() -> None:
    full = CaseFilter(area=3, own=True, tier="red", due="today", age="8-15", raised="risk", since=date(2026, 3, 1),
                      red_since=NOW, charge="nobody", patron="none", status="all", category="0402")  # fmt: skip
    assert CaseFilter.from_args(full.args()) == full
    assert CaseFilter.from_args({"area": "", "tier": " "}) == CaseFilter()
    assert CaseFilter().args() == {}
