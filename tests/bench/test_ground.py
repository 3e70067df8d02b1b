"""The ground of the measurements: a few matters copied by the builder verify like any that lived, and are counted and found."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from bench.ground import build
from casemgr import audit
from casemgr.jobs.site import open_site
from casemgr.models import Case
from casemgr.search import grams, kept_grams
from casemgr.services import tally
from casemgr.services.recount import verify_deadlines

CASES = 60


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Sixty matters in two copies of the street, from the smallest demo."""
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    place = build.place_of(CASES, "sqlite")
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    build.make(place, CASES, datetime.now(UTC), copies=2, scale=0.01)
    return place


def test_what_was_copied_verifies(place):
    site = open_site(place.settings)
    with site.readings() as session:
        events, faults = audit.verify(session)
        assert events > 5 * CASES and not faults
        assert not audit.verify_values(session)
        count, differing = verify_deadlines(session)
        assert count > CASES and not differing
        assert not tally.verify(session, datetime.now(UTC))[1]
        assert not session.execute(text("PRAGMA foreign_key_check")).all()
        cases = session.scalars(select(Case)).all()
        assert CASES <= len(cases) < CASES + 6
        numbers = [case.number for case in cases if case.number]
        assert len(set(numbers)) == len(numbers)
        assert session.scalar(select(func.count(func.distinct(Case.street_id)))) >= 2
        assert {len(case.title) for case in cases} <= {0, 20} and {len(case.text) for case in cases} <= {0, 200}
        kept = kept_grams(session, select(Case.id))
        assert all(set(grams(f"{case.title}\n{case.text}")) <= kept[case.id] for case in cases)
    site.engine.dispose()
