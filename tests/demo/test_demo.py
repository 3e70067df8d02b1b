"""The demo built small on both databases: what it holds, and that nothing in it could not have happened."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.config import load_settings
from casemgr.demo import build, mark, people, plan
from casemgr.keys import Keyring
from casemgr.models import Account, Area, AreaPath, Attachment, Case, Dispute, Notice, Outgoing, Request, RungFired
from casemgr.policy import visible
from casemgr.queries.actors import load_actor
from casemgr.services import files, tally
from casemgr.services.passwords import is_right, rules_of
from casemgr.services.recount import verify_deadlines
from tests import databases
from tests.conftest import values_for_tests
from workflows.guards import local_date

SCALE = 0.02
WEDNESDAY = datetime(2026, 11, 18, 2, 40, tzinfo=UTC)  # 10:40 in Shanghai


def built(url: str, folder: Path, now: datetime, scale: float) -> Session:
    """A session on a database with the demo in it."""
    settings = load_settings(**values_for_tests(url, folder), _env_file=None)
    session = db.make_session(db.make_engine(url, durable=False))()
    session.info.update(keys=Keyring(settings.sealing_keys, settings.index_key), files=folder)
    with db.transaction(session):
        made = build.build(session, now=now, rules=rules_of(settings), scale=scale)
    assert made.refused == ()
    session.expunge_all()
    return session


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The demo as of a Wednesday morning; the tests only read it."""
    folder = tmp_path_factory.mktemp("demo")
    if request.param == "sqlite":
        url = databases.copy_sqlite(request.getfixturevalue("sqlite_template"), folder)
        yield from closing(built(url, folder, WEDNESDAY, SCALE))
    else:
        with databases.postgres_database(request.getfixturevalue("postgres_template")) as url:
            yield from closing(built(url, folder, WEDNESDAY, SCALE))


def closing(session: Session) -> Iterator[Session]:
    """The session, and its connections given back afterwards."""
    yield session
    session.close()
    session.get_bind().dispose()  # type: ignore[union-attr]


def of_the_reference_street(session: Session) -> list[tuple[Case, Dispute]]:
    """Its disputes."""
    street = select(Area.id).where(Area.code == "500197001").scalar_subquery()
    inside = select(AreaPath.descendant_id).where(AreaPath.ancestor_id == street)
    query = select(Case, Dispute).join(Dispute, Dispute.case_id == Case.id).where(Case.area_id.in_(inside))
    return [(case, detail) for case, detail in session.execute(query)]


def test_places_and_people(demo: Session) -> None:
    street = demo.scalars(select(Area).where(Area.code == "500197001")).one()
    levels = Counter(
        demo.scalars(
            select(Area.level).join(AreaPath, AreaPath.descendant_id == Area.id).where(AreaPath.ancestor_id == street.id)
        )
    )
    assert levels == {"street": 1, "community": 5, "grid": 47, "microgrid": 233}
    assert street.households == 9064
    assert len(people.find_logins(demo)) == len(plan.street_data()["logins"])


def test_told_logins_have_the_told_password_and_the_others_have_not(demo: Session) -> None:
    settings = load_settings(**values_for_tests("sqlite:///x", Path("x")), _env_file=None)
    rules = rules_of(settings)
    told = {login.account_id for login in people.find_logins(demo)}
    hashes = {(account.id in told, account.password_hash) for account in demo.scalars(select(Account))}
    assert len(hashes) == 2
    assert {known: is_right(rules, hash, build.PASSWORD) for known, hash in hashes} == {True: True, False: False}


def test_the_closed_year(demo: Session) -> None:
    year = [
        (case, detail) for case, detail in of_the_reference_street(demo) if local_date(case.registered_at).year == 2025
    ]
    planned = plan.amounts(SCALE)
    assert len(year) == planned.found
    assert sum(detail.outcome == "settled" for _, detail in year) == planned.settled
    assert all(case.closed_at for case, _ in year)


def test_the_running_year(demo: Session) -> None:
    open_now = [case for case, _ in of_the_reference_street(demo) if case.closed_at is None]
    assert len(open_now) > len(plan.running_open(SCALE))  # and the one that many report, and those of other processes
    assert {case.state for case in open_now} >= {"registered", "assigned", "in_mediation", "suspended", "agreed", "performed"}
    assert {case.tier for case in open_now} == {"yellow", "orange", "red"}
    assert demo.scalar(select(func.count()).select_from(Request).join(Case, Case.id == Request.case_id).where(Case.state == "asked"))
    reds = [case for case in open_now if case.tier == "red"]
    assert {case.patron_id is None for case in reds} == {True, False}


def test_messages_of_this_morning_wait(demo: Session) -> None:
    items = demo.scalars(select(Case).where(Case.process == "incoming")).all()
    waiting = [item for item in items if item.state == "registered"]
    this_morning = [item for item in waiting if WEDNESDAY - timedelta(hours=9) < item.registered_at <= WEDNESDAY]
    assert len(this_morning) >= plan.amounts(SCALE).unsorted  # and what came in at the door before
    assert len(waiting) > len(this_morning)


def test_nothing_was_altered_and_every_due_time_follows_from_its_facts(demo: Session) -> None:
    count, faults = audit.verify(demo)
    assert count > 500
    assert faults + audit.verify_values(demo) == []
    count, differences = verify_deadlines(demo)
    assert count > 100
    assert differences == []


def test_boards_are_told_what_the_matters_give(demo: Session) -> None:
    numbers, found = tally.verify(demo, WEDNESDAY)
    assert found == [] and numbers > 200


def test_ladders_were_climbed(demo: Session) -> None:
    acts = set(demo.scalars(select(RungFired.act)))
    assert {"remind", "raise_overdue"} <= acts
    assert demo.scalar(select(func.max(RungFired.fired_at))) <= WEDNESDAY
    assert demo.scalar(select(func.count()).select_from(RungFired).where(RungFired.fired_at < RungFired.due_at)) == 0


def test_the_past_is_not_mailed(demo: Session) -> None:
    assert demo.scalar(select(func.count()).select_from(Notice))
    assert set(demo.scalars(select(Outgoing.state))) <= {"dropped"}


def test_agreements_have_their_papers(demo: Session) -> None:
    attachments = demo.scalars(select(Attachment)).all()
    assert attachments
    for attachment in attachments:
        path = demo.info["files"] / attachment.stored
        assert files.STORED.fullmatch(attachment.stored)
        assert path.stat().st_size == attachment.size
        assert attachment.uploaded_by is not None


def test_scope_keeps_the_neighbour_out(demo: Session) -> None:
    actors = {login.login: load_actor(demo, login.account_id, local_date(WEDNESDAY)) for login in people.find_logins(demo)}
    seen = {
        login: set(demo.scalars(select(Case.id).where(visible(actor)))) for login, actor in actors.items() if actor
    }
    assert seen["street.secretary"]
    assert seen["neighbour"]
    assert not seen["street.secretary"] & seen["neighbour"]
    confidential = set(demo.scalars(select(Case.id).where(Case.confidential.is_(True))))
    assert seen["supervisor"] >= (seen["street.secretary"] | seen["neighbour"]) - confidential
    assert seen["system"] == seen["security"] == seen["audit"] == set()
    assert seen["inspector"]


def test_it_knows_its_own_database(demo: Session) -> None:
    found = mark.find_mark(demo)
    assert found == mark.Mark(WEDNESDAY, SCALE)


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 1, 9, 6, 0, tzinfo=UTC),  # a young year
        datetime(2026, 10, 10, 22, 10, tzinfo=UTC),  # before dawn on a Sunday, after a Saturday that was worked
    ],
)
def test_it_can_be_built_on_any_day(now: datetime, sqlite_template: Path, tmp_path: Path) -> None:
    session = built(databases.copy_sqlite(sqlite_template, tmp_path), tmp_path, now, 0.01)
    year = [d for case, d in of_the_reference_street(session) if local_date(case.registered_at).year == local_date(now).year - 1]
    assert sum(detail.outcome == "settled" for detail in year) >= plan.amounts(0.01).settled
    assert audit.verify(session)[1] == []
    assert verify_deadlines(session)[1] == []
    for _ in closing(session):
        pass
