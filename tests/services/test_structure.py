"""Areas moved and renamed, posts closed, teams, members, roster, ties: what is allowed, what is refused and changes nothing."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.errors import AlreadyThere, CasemgrError, Invalid, NotAllowed, NotFound, Refused
from casemgr.models import (
    Appointment, Area, AreaPath, Case, DutyDay, Event, Person, Relation, Team, TeamCategory, TeamMember,
)  # fmt: skip
from casemgr.policy import SETUP, visible
from casemgr.queries import structure as found
from casemgr.queries import teams as on_teams
from casemgr.queries.mediators import candidates_for
from casemgr.services import accounts, appointments, posts, structure, teams
from casemgr.services.cases import take_step
from tests.world import World
from workflows.grid_standard import Standard

WHOLE = [AreaPath.ancestor_id, AreaPath.descendant_id, AreaPath.depth]


@pytest.fixture
def session(app: Flask, world: World) -> Iterator[Session]:
    with app.extensions["sessions"]() as session:
        yield session
        session.rollback()
        assert audit.verify(session)[1] == []


@pytest.fixture
def by(session: Session, world: World) -> dict[str, Any]:
    return {"actor": world.actor(session, "system_admin"), "at": world.at}


def notes(session: Session) -> list[dict[str, Any]]:
    query = select(Event.data).where(Event.stream == "settings").order_by(Event.seq)
    return list(session.scalars(query))


def paths(session: Session) -> set[tuple[int, int, int]]:
    return {tuple(row) for row in session.execute(select(*WHOLE))}


def paths_by_parents(session: Session) -> set[tuple[int, int, int]]:
    """The closure worked out from the parents alone."""
    parents = dict(session.execute(select(Area.id, Area.parent_id)).all())
    rows = set()
    for id in parents:
        up, depth = id, 0
        while up is not None:
            rows.add((up, id, depth))
            up, depth = parents[up], depth + 1
    return rows


def refused(session: Session, error: type[CasemgrError], change: Any, *args: Any, **named: Any) -> CasemgrError:
    """The change is refused with that error, and nothing of it stays."""
    session.rollback()
    before = (paths(session), notes(session), session.scalar(select(func.count()).select_from(TeamMember)))
    with pytest.raises(error) as caught, db.transaction(session):
        change(session, *args, **named)
    assert (paths(session), notes(session), session.scalar(select(func.count()).select_from(TeamMember))) == before
    return caught.value


# --- areas


def test_a_moved_community_takes_everything_below_it_along(session: Session, world: World, by: dict[str, Any]) -> None:
    area, street_b = world.areas["community_a"], world.areas["street_b"]
    with db.transaction(session):
        structure.move_area(session, area.id, street_b.id, code="500199002009", **by)
    assert paths(session) == paths_by_parents(session)
    assert session.get(Area, area.id).parent_id == street_b.id
    grids = session.scalars(select(Area.code).where(Area.parent_id == area.id).order_by(Area.code))
    assert list(grids) == ["500199002009001", "500199002009002"]
    note = notes(session)[-1]
    assert (note["what"], note["how"], note["from_id"], note["to_id"]) == (
        "area", "moved", world.areas["street_a"].id, street_b.id,
    )  # fmt: skip


def test_scope_follows_a_move_and_matters_keep_their_area(session: Session, world: World, by: dict[str, Any]) -> None:
    with db.transaction(session):
        taken = world.open_dispute(session, "worker_a1", "grid_a1", "楼道堆放杂物")
    row = session.get(Case, taken.case_id)
    session.execute(Case.__table__.update().values(lead_area_id=world.areas["grid_a1"].id, holder_area_id=None))
    session.commit()
    with db.transaction(session):
        structure.move_area(session, world.areas["community_a"].id, world.areas["street_b"].id, **by)
    session.refresh(row)
    assert row.area_id == world.areas["grid_a1"].id

    def sees(who: str) -> bool:
        return session.scalar(select(Case.id).where(Case.id == row.id, visible(world.actor(session, who)))) is not None

    assert sees("street_secretary_b") and not sees("street_secretary_a")
    assert sees("secretary_a")


@pytest.mark.parametrize("first", ["opening", "moving"])
def test_a_matter_opened_while_its_place_is_moved_lies_where_that_is_then(
    app: Flask, session: Session, world: World, by: dict[str, Any], first: str
) -> None:
    world.open_dispute(session, "worker_a1", "grid_a1", "楼道堆放杂物")
    session.rollback()  # what is read once a process is there

    def opening(session: Session) -> None:
        taken = world.open_dispute(session, "worker_a1", "grid_a1", "楼道堆放杂物")
        session.execute(Case.__table__.update().where(Case.id == taken.case_id).values(lead_area_id=world.areas["grid_a1"].id))

    def moving(session: Session) -> None:
        structure.move_area(session, world.areas["community_a"].id, world.areas["street_b"].id, **by)

    def later(work: Callable[[Session], None]) -> None:
        with app.extensions["sessions"]() as session, db.transaction(session):
            work(session)

    works = [opening, moving] if first == "opening" else [moving, opening]
    with ThreadPoolExecutor(1) as pool:
        with app.extensions["sessions"]() as other, db.transaction(other):
            works[0](other)
            second = pool.submit(later, works[1])
            time.sleep(0.5)
        second.result()
    street, community, grid = (world.areas[name].id for name in ("street_b", "community_a", "grid_a1"))
    assert session.execute(select(Case.street_id, Case.community_id, Case.grid_id)).all() == [(street, community, grid)]


def test_a_move_that_leaves_open_matters_without_a_lead_is_refused(session: Session, world: World, by: dict[str, Any]) -> None:
    with db.transaction(session):
        taken = world.open_dispute(session, "worker_a1", "grid_a1", "楼道堆放杂物")
    holder = session.get(Case, taken.case_id).holder_area_id
    assert holder == world.areas["community_a"].id  # the head of its committee
    args = (world.areas["grid_a1"].id, world.areas["community_b"].id)
    error = refused(session, Refused, structure.move_area, *args, **by)
    assert isinstance(error, Refused) and error.reasons[0].code == "area_left_behind"
    assert error.reasons[0].params == {"count": 1}
    later = world.at + timedelta(minutes=5)
    told = {"ground": "court", "path": "court", "told": "已由法院受理", "may_flare_up": False}
    with db.transaction(session):
        take_step(session, taken.case_id, "refuse", actor=world.actor(session, "head_a"), at=later, data=told)
    with db.transaction(session):
        structure.move_area(session, *args, **by)
    assert paths(session) == paths_by_parents(session)


@pytest.mark.parametrize(
    "area, parent", [("street_a", "grid_a1"), ("street_a", "street_a"), ("community_a", "community_b"), ("street_a", "community_c")]
)
def test_no_area_lies_below_itself_or_a_lower_one(
    session: Session, world: World, by: dict[str, Any], area: str, parent: str
) -> None:
    refused(session, Invalid, structure.move_area, world.areas[area].id, world.areas[parent].id, **by)


def test_a_code_that_is_taken_is_refused(session: Session, world: World, by: dict[str, Any]) -> None:
    ids = world.areas["grid_a1"].id, world.areas["community_b"].id
    refused(session, AlreadyThere, structure.move_area, *ids, code=world.areas["grid_b1"].code, **by)
    refused(session, AlreadyThere, structure.add_area, world.areas["grid_b1"].code, "新网格", "grid", world.areas["community_b"], **by)
    refused(session, NotFound, structure.move_area, 10**6, ids[1], **by)


def test_renaming_says_what_changed_once(session: Session, world: World, by: dict[str, Any]) -> None:
    area = world.areas["grid_a1"]
    with db.transaction(session):
        assert structure.change_area(session, area.id, name="阿房一网格", households=658, shops=77, **by) == [
            "name", "households", "shops",
        ]  # fmt: skip
    count = len(notes(session))
    with db.transaction(session):
        assert structure.change_area(session, area.id, name="阿房一网格", households=658, **by) == []
    assert len(notes(session)) == count
    assert session.get(Area, area.id).sort_key.startswith("a fang")
    refused(session, Invalid, structure.change_area, area.id, name=" ", **by)
    refused(session, Invalid, structure.change_area, area.id, households=-1, **by)


@pytest.mark.parametrize("who", ["security_admin", "audit_admin", "street_secretary_a", "inspector_a"])
def test_only_the_system_administrator_changes_the_structure(session: Session, world: World, who: str) -> None:
    by: Any = {"actor": world.actor(session, who), "at": world.at}
    street, day = world.areas["street_a"], world.today
    team, post = world.teams["general_a"], world.posts["worker_a1"]
    refused(session, NotAllowed, structure.add_area, "500199009", "新街道", "street", world.areas["district"], **by)
    refused(session, NotAllowed, structure.change_area, street.id, name="别名", **by)
    refused(session, NotAllowed, structure.move_area, world.areas["community_a"].id, world.areas["street_b"].id, **by)
    refused(session, NotAllowed, structure.add_department, "X", "某所", street, **by)
    refused(session, NotAllowed, structure.add_committee, world.areas["grid_a1"], "某调委会", **by)
    refused(session, NotAllowed, structure.add_team, street, "labour", "劳动纠纷调解队", ("07",), **by)
    refused(session, NotAllowed, structure.add_post, "mediator", area_id=street.id, **by)
    refused(session, NotAllowed, posts.close_post, post.id, last_on=day, **by)
    refused(session, NotAllowed, teams.change_team, team.id, name="别名", categories=(), active=True, **by)
    refused(session, NotAllowed, teams.add_member, team.id, world.accounts["mediator_a"].id, from_on=day, **by)
    refused(session, NotAllowed, teams.set_roster, team.id, {day: []}, **by)


# --- committees, departments, posts


def test_committees_and_departments_are_renamed_and_never_doubled(session: Session, world: World, by: dict[str, Any]) -> None:
    street = world.areas["street_a"]
    refused(session, AlreadyThere, structure.add_committee, street, "又一个调委会", **by)
    refused(session, AlreadyThere, structure.add_department, "HOUSING", "又一个房管所", street, **by)
    committee = found.find_committee(session, street.id)
    with db.transaction(session):
        structure.change_committee(session, committee.id, name="新名调委会", short_name="新", **by)
        structure.change_department(session, world.departments["housing"].id, name="住建所", **by)
    assert found.find_committee(session, street.id).short_name == "新"
    assert [d.name for d, _ in found.departments_at(session, street.id)] == ["住建所", "城管所"]
    assert [n["what"] for n in notes(session)[-2:]] == ["committee", "department"]


def test_a_held_post_is_not_closed_and_a_closed_one_not_held(session: Session, world: World, by: dict[str, Any]) -> None:
    post, today = world.posts["worker_a1"], world.today
    refused(session, Invalid, posts.close_post, post.id, last_on=today, **by)
    security: Any = {"actor": world.actor(session, "security_admin"), "at": world.at}
    held = session.scalar(select(Appointment).where(Appointment.post_id == post.id))
    with db.transaction(session):
        appointments.relieve(session, held.id, last_on=today, **security)
        posts.close_post(session, post.id, last_on=today, **by)
    account = world.accounts["no_post"].id
    tomorrow = today + timedelta(days=1)
    assert found.load_posts(session, world.areas["grid_a1"].id, today)[0].closed_on in (None, today)
    assert post.id not in {line.id for line in found.load_posts(session, world.areas["grid_a1"].id, tomorrow)}
    with pytest.raises(Invalid), db.transaction(session):
        appointments.appoint(session, account, post.id, from_on=tomorrow, **security)
    with db.transaction(session):
        posts.reopen_post(session, post.id, **by)
        appointments.appoint(session, account, post.id, from_on=tomorrow, **security)
    assert [n["how"] for n in notes(session)[-2:]] == ["closed", "reopened"]


# --- teams


def test_what_a_team_takes_changes_who_is_found(session: Session, world: World, by: dict[str, Any]) -> None:
    team = world.teams["neighbour_a"]
    with db.transaction(session):
        taken = world.open_dispute(session, "worker_a1", "grid_a1", "楼上漏水", category="0299")

    def groups() -> set[str]:
        case = session.get(Case, taken.case_id)
        return {c.group for c in candidates_for(session, [case], world.today)[case.id] if c.team_id == team.id}

    assert groups() == {"team_of_category"}
    with db.transaction(session):
        assert teams.change_team(session, team.id, name="邻里队", categories=["07"], active=True, **by) == ["name", "categories"]
    assert groups() == set()
    with db.transaction(session):
        teams.change_team(session, team.id, name="邻里队", categories=[], active=True, **by)
    assert groups() == {"general_team"} and session.get(Team, team.id).general
    with db.transaction(session):
        teams.change_team(session, team.id, name="邻里队", categories=[], active=False, **by)
    assert groups() == set()
    refused(session, Invalid, teams.change_team, team.id, name="邻里队", categories=["0777"], active=True, **by)
    assert list(session.scalars(select(TeamCategory.category).where(TeamCategory.team_id == team.id))) == []


def test_members_come_with_days_and_capacity(session: Session, world: World, by: dict[str, Any]) -> None:
    team, today = world.teams["neighbour_a"], world.today
    head, mediator = world.accounts["head_a"].id, world.accounts["mediator_a"].id
    with db.transaction(session):
        row = teams.add_member(session, team.id, head, from_on=today, to_on=today + timedelta(days=30), capacity=5, **by)
    refused(session, AlreadyThere, teams.add_member, team.id, head, from_on=today + timedelta(days=30), **by)
    with db.transaction(session):
        teams.add_member(session, team.id, head, from_on=today + timedelta(days=31), **by)
        teams.change_capacity(session, row.id, 8, **by)
    assert [(m.capacity, m.name) for m in on_teams.load_members(session, [team.id], today, today) if m.account_id == head][0][0] == 8
    for account in ("no_post", "system_admin"):
        refused(session, Invalid, teams.add_member, team.id, world.accounts[account].id, from_on=today, **by)
    refused(session, Invalid, teams.add_member, team.id, mediator, from_on=today, to_on=today - timedelta(days=1), **by)
    for capacity in (0, 201):
        refused(session, Invalid, teams.change_capacity, row.id, capacity, **by)
    security: Any = {"actor": world.actor(session, "security_admin"), "at": world.at}
    with db.transaction(session):
        accounts.set_active(session, world.accounts["secretary_a"].id, False, **security)
    refused(session, Invalid, teams.add_member, team.id, world.accounts["secretary_a"].id, from_on=today, **by)


def test_a_member_who_leaves_is_off_the_roster_afterwards(session: Session, world: World, by: dict[str, Any]) -> None:
    team, today = world.teams["neighbour_a"], world.today
    member = next(m for m in on_teams.load_members(session, [team.id], today) if m.login == "mediator_a")
    days = {today + timedelta(days=n): [member.account_id] for n in range(4)}
    with db.transaction(session):
        assert teams.set_roster(session, team.id, days, **by) == sorted(days)
        teams.end_member(session, member.id, last_on=today + timedelta(days=1), **by)
    left = session.scalars(select(DutyDay.on_date).where(DutyDay.account_id == member.account_id).order_by(DutyDay.on_date))
    assert list(left) == [today, today + timedelta(days=1)]
    refused(session, Invalid, teams.set_roster, team.id, {today + timedelta(days=2): [member.account_id]}, **by)


def test_the_roster_says_which_days_changed(session: Session, world: World, by: dict[str, Any]) -> None:
    team, today = world.teams["neighbour_a"], world.today
    one, two = (world.accounts[login].id for login in ("mediator_a", "mediator_b"))
    tomorrow = today + timedelta(days=1)
    with db.transaction(session):
        teams.set_roster(session, team.id, {today: [one, two], tomorrow: [two]}, **by)
    with db.transaction(session):
        assert teams.set_roster(session, team.id, {today: [two, one], tomorrow: []}, **by) == [tomorrow]
    assert notes(session)[-1] == {"team": team.id, "days": {tomorrow.isoformat(): []}}
    assert on_teams.load_roster(session, team.id, today, tomorrow) == {(today, one), (today, two)}
    refused(session, Invalid, teams.set_roster, team.id, {today: [world.accounts["mediator_c"].id]}, **by)
    refused(session, Invalid, teams.set_roster, team.id, {today: [one], today + timedelta(days=400): [one]}, **by)
    count = len(notes(session))
    with db.transaction(session):
        assert teams.set_roster(session, team.id, {today: [one, two]}, **by) == []
    assert len(notes(session)) == count


def test_a_declared_tie_bars_and_can_be_taken_back(session: Session, world: World) -> None:
    with db.transaction(session):
        person = Person(name="某甲", created_at=world.at)
        session.add(person)
    mediator = world.accounts["mediator_a"].id
    own: Any = {"actor": world.actor(session, "mediator_a"), "at": world.at}
    with db.transaction(session):
        teams.declare_relation(session, mediator, person.id, "relative", **own)
        teams.declare_relation(session, mediator, person.id, "relative", **own)
    assert notes(session)[-1] == {
        "what": "relation", "how": "added", "account": mediator, "person": person.id, "kind": "relative",
    }  # fmt: skip
    assert [n["what"] for n in notes(session)].count("relation") == 1
    for who in ("mediator_b", "worker_a1", "system_admin"):
        actor: Any = {"actor": world.actor(session, who), "at": world.at}
        refused(session, NotAllowed, teams.withdraw_relation, mediator, person.id, **actor)
    refused(session, Invalid, teams.declare_relation, mediator, person.id, "friend", **own)
    with db.transaction(session):
        teams.withdraw_relation(session, mediator, person.id, actor=world.actor(session, "head_a"), at=world.at)
    assert session.get(Relation, (mediator, person.id)) is None


# --- as the administrator sees it


def test_the_tree_counts_posts_and_households(session: Session, world: World, by: dict[str, Any]) -> None:
    grid_1, grid_2 = world.areas["grid_a1"], world.areas["grid_a2"]
    with db.transaction(session):
        structure.change_area(session, grid_1.id, households=800, shops=100, **by)
        structure.change_area(session, grid_2.id, households=516, shops=53, **by)
        structure.add_post(session, "grid_worker", area_id=grid_1.id, **by)
    lines = {line.id: line for line in found.load_tree(session, None, world.today, Standard())}
    assert [line.level for line in lines.values()][:4] == ["district", "street", "community", "grid"]
    first, community = lines[grid_1.id], lines[world.areas["community_a"].id]
    assert (first.posts, first.filled, first.vacant) == (3, 2, 1)
    assert (first.load.percent, first.load.verdict) == (80.0, "over")
    assert (float(community.load.per_grid), community.load.percent, community.grids.over) == (734.5, 46.9, 2)
    assert lines[world.areas["community_b"].id].load.verdict == "unknown"
    assert lines[world.areas["district"].id].grids.grids == 8
    only = found.load_tree(session, world.areas["street_b"].id, world.today, Standard())
    assert {line.depth for line in only} == {0, 1, 2} and len(only) == 7


def test_two_moves_at_once_are_both_made_and_both_on_record(app: Flask, world: World) -> None:
    """The second one waits for the first and then sees it."""
    with app.extensions["sessions"]() as session, db.transaction(session):
        at: Any = {"actor": SETUP, "at": world.at}
        one = structure.add_area(session, "500198", "甲区", "district", None, **at)
        two = structure.add_area(session, "500197001", "乙街道", "street", one, **at)
    start = threading.Barrier(2)
    outcomes: list[object] = []

    def move(area: int, parent: int) -> None:
        with app.extensions["sessions"]() as session:
            start.wait()
            try:
                with db.transaction(session):
                    structure.move_area(session, area, parent, actor=SETUP, at=world.at)
                outcomes.append("moved")
            except CasemgrError as error:
                outcomes.append(type(error))

    threads = [
        threading.Thread(target=move, args=(world.areas["community_a"].id, two.id)),
        threading.Thread(target=move, args=(world.areas["community_b"].id, two.id)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["moved", "moved"]
    with app.extensions["sessions"]() as session:
        assert paths(session) == paths_by_parents(session)
        assert audit.verify(session)[1] == []

