"""The tallies: nothing lost and nothing double however they are folded, areas moved, faults found and put right."""

from threading import Thread

import pytest
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.jobs import tallies
from casemgr.jobs.site import Site, open_site
from casemgr.models import Account, Appointment, Tally, TallyChange, TallyMark
from casemgr.queries.tally import load_counted
from casemgr.services import structure, tally
from casemgr.services.cases import take_step
from tests.world import World

CHANGES, AREAS = 240, 12


@pytest.fixture
def site(settings, engine: Engine, world: World) -> Site:
    return open_site(settings, engine)


def lived(world: World, session: Session) -> None:
    """Matters at three grids, one of them accepted."""
    with db.transaction(session):
        for grid in ("a1", "a2", "b1", "a1"):
            taken = world.open_dispute(session, f"worker_{grid}", f"grid_{grid}", "楼上漏水", at=world.at)
        take_step(session, taken.case_id, "accept", actor=world.actor(session, "head_a"), at=world.at, data={"category": "0201"})


def no_difference(session: Session, world: World) -> None:
    numbers, found = tally.verify(session, world.at)
    assert found == [] and numbers > 10


def test_one_change_is_one_row_of_its_area(world: World, session: Session) -> None:
    lived(world, session)
    rows = session.execute(select(TallyChange.area_id, TallyChange.counts).order_by(TallyChange.id)).all()
    assert [area for area, _ in rows] == [world.areas[f"grid_{grid}"].id for grid in ("a1", "a2", "b1", "a1", "a1")]
    last = rows[-1].counts
    assert (last["place:suggested"], last["place:yellow"], last["dispute:class|02|yellow"]) == (-1, 1, 1)
    no_difference(session, world)


def test_folded_by_pieces_or_not_at_all_a_board_reads_the_same(world: World, session: Session, site: Site) -> None:
    lived(world, session)
    who, street = world.actor(session, "street_secretary_a"), world.areas["street_a"].id
    below = [area.id for name, area in world.areas.items() if area.parent_id == street]
    told = []
    for most in (0, 2, 1, 100):
        with db.transaction(session):
            tally.fold(session, world.at, most)
        found = load_counted(session, who, street, below, world.at)
        told.append(({f: +c for f, c in found.own.items() if +c}, {id: +c for id, c in found.below.items() if +c}))
        no_difference(session, world)
    assert told[0] == told[1] == told[2] == told[3] and told[0][0]["place"]["yellow"] == 1
    session.commit()
    assert tallies.run(site, world.at).counts == {}


def test_two_fold_and_one_is_killed_again_and_again(world: World, session: Session, engine: Engine) -> None:
    with db.transaction(session):
        rows = [{"area_id": list(world.areas.values())[n % AREAS].id, "counts": {"place:yellow": 1}} for n in range(CHANGES)]
        session.execute(insert(TallyChange.__table__), rows)
    sessions = db.make_session(engine)

    def fold(killed: int) -> None:
        for n in range(CHANGES):
            with sessions() as own:
                folded = tally.fold(own, world.at, 7)
                if killed and n % killed == 0:
                    own.rollback()
                else:
                    own.commit()
                if not folded and not own.scalar(select(func.count()).select_from(TallyChange)):
                    return

    threads = [Thread(target=fold, args=(killed,)) for killed in (0, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while tally.fold(session, world.at):
        pass
    counts = session.scalars(select(Tally.counts).where(Tally.area_id == world.areas["district"].id)).all()
    assert [found["yellow"] for found in counts] == [CHANGES]


def test_an_area_put_elsewhere_takes_its_numbers_along(world: World, session: Session) -> None:
    lived(world, session)
    with db.transaction(session):
        tally.fold(session, world.at, 3)
    with db.transaction(session):
        empty = next(a for name, a in world.areas.items() if name.startswith("grid_c"))
        structure.move_area(session, empty.id, world.areas["community_a"].id, actor=world.actor(session, "system_admin"), at=world.at)
    no_difference(session, world)


def test_a_number_that_is_wrong_is_found_and_counted_anew(world: World, session: Session, app, site: Site) -> None:
    lived(world, session)
    with db.transaction(session):
        tally.fold(session, world.at)
        wrong = (Tally.area_id == world.areas["street_a"].id) & (Tally.facet == "place")
        session.execute(update(Tally).where(wrong).values(counts={"yellow": 5}))
    runner = app.test_cli_runner()
    told = runner.invoke(args=["tally", "verify"])
    assert told.exit_code == 1 and f"area {world.areas['street_a'].id} place yellow: kept 5, counted 1" in told.output
    assert runner.invoke(args=["tally", "rebuild"]).exit_code == 0
    assert "no difference" in runner.invoke(args=["tally", "verify"]).output
    with db.transaction(session):
        session.execute(update(TallyMark).where(TallyMark.name == "fold").values(value=0))
    assert runner.invoke(args=["tally", "verify"]).exit_code == 1
    assert tallies.run(site, world.at).counts["numbers"] > 10
    no_difference(session, world)


def test_who_fills_a_post_is_read_anew_with_every_change(world: World, session: Session) -> None:
    def stamp() -> int:
        return session.scalar(select(TallyMark.value).where(TallyMark.name == "posts"))

    account, before = world.accounts["head_a"].id, stamp()
    for change in (
        update(Account).where(Account.id == account).values(active=False),
        update(Appointment).where(Appointment.account_id == account).values(to_on=world.today),
        delete(Appointment).where(Appointment.account_id == account),
    ):
        with db.transaction(session):
            session.execute(change)
        assert stamp() > before
        before = stamp()
    session.execute(update(Account).values(failed_count=1))
    assert stamp() == before
