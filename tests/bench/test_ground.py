"""The ground of the measurements: a few matters copied by the builder verify like any that lived, and are counted and found."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from bench import checks, sweeps
from bench.ground import build
from casemgr import audit
from casemgr.jobs import sweep
from casemgr.jobs.site import open_site
from casemgr.models import Case, Outgoing
from casemgr.search import index_anew
from casemgr.services import tally
from casemgr.services.recount import verify_deadlines
from tests import databases
from tests.web.life import Life

CASES = 60


@pytest.fixture
def db_url(sqlite_template, tmp_path):
    """Matters live in SQLite, whatever they are copied into."""
    return databases.copy_sqlite(sqlite_template, tmp_path)


@pytest.fixture
def place(app, world, clock, sqlite_template, tmp_path, monkeypatch):
    """Sixty matters in two copies of the tests' street, from four that live there."""
    Life(app, world)
    Life(app, world).step("settle_on_spot", "worker_a1", settlement="双方当场和好。")
    for facts in ({}, {"people": 12}):
        Life(app, world).in_mediation(**facts)
    monkeypatch.setenv("BENCH_DIR", str(tmp_path / "bench"))
    monkeypatch.setattr(build, "fresh_database", lambda made: shutil.copyfile(sqlite_template, made.home / "casemgr.sqlite3"))
    place = build.place_of(CASES, "sqlite")
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    build.make(place, CASES, clock.now(), copies=2, lived=Path(app.extensions["engine"].url.database))
    return place


def index_of(session):
    """The pairs of characters and places that every matter is found by."""
    return {id: set(grams.split()) for id, grams in session.execute(text("SELECT case_id, grams FROM case_grams"))}


def test_what_was_copied_verifies(place, clock):
    site = open_site(place.settings)
    with site.readings() as session:
        events, faults = audit.verify(session)
        assert events > 5 * CASES and not faults
        assert not audit.verify_values(session)
        count, differing = verify_deadlines(session)
        assert count > CASES and not differing
        assert not tally.verify(session, clock.now())[1]
        assert not session.execute(text("PRAGMA foreign_key_check")).all()
        cases = session.scalars(select(Case)).all()
        assert CASES <= len(cases) < CASES + 6
        numbers = [case.number for case in cases if case.number]
        assert len(set(numbers)) == len(numbers)
        assert session.scalar(select(func.count(func.distinct(Case.street_id)))) >= 2
        assert {len(case.title) for case in cases} <= {0, 20} and {len(case.text) for case in cases} <= {0, 200}
        kept = index_of(session)
    with site.sessions() as session:
        index_anew(session, [case.id for case in cases])
        assert index_of(session) == kept
    site.engine.dispose()


def test_rungs_fall_due_second_by_second_and_everything_verifies(place, clock):
    begun = clock.now() + timedelta(seconds=1)
    assert checks.begin_falling_due(place, begun, 5, login="worker_a1") == 5
    site = open_site(place.settings)
    sweep.run(site, begun - timedelta(seconds=1))
    fired = [sweep.run(site, begun + timedelta(seconds=second)).counts["rungs"] for second in range(5)]
    assert fired == [1, 1, 1, 1, 1]
    with site.readings() as session:
        assert not verify_deadlines(session)[1] and not audit.verify(session)[1]
    site.engine.dispose()


def test_mails_are_about_a_notice_each(place, clock):
    wanted = sweeps.queue(place, 50, clock.now())
    site = open_site(place.settings)
    with site.readings() as session:
        about = session.scalars(select(Outgoing.notice_id).where(Outgoing.state == "waiting", Outgoing.key.like("bench:%"))).all()
    assert 0 < wanted == len(about) == len(set(about)) <= 50
    site.engine.dispose()
