"""Rules and calendars that a process keeps are those of the database that is asked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.policy import SETUP
from casemgr.services.books import load_books, load_calendar_days, packaged_calendar
from tests.conftest import MONDAY
from tests.databases import copy_sqlite


@pytest.fixture
def other(sqlite_template: Path, tmp_path: Path) -> Iterator[Session]:
    (tmp_path / "other").mkdir()
    engine = db.make_engine(copy_sqlite(sqlite_template, tmp_path / "other"), durable=False)
    with db.make_session(engine)() as session:
        yield session
    engine.dispose()


def test_each_database_has_its_own_calendar(session: Session, other: Session) -> None:
    for mine, day in ((session, date(2026, 3, 3)), (other, date(2026, 3, 4))):
        calendar = replace(packaged_calendar(), rest=frozenset({day}), work=frozenset(), names=())
        with db.transaction(mine):
            load_calendar_days(mine, calendar, "", actor=SETUP, at=MONDAY)
    assert load_books(session).calendar.rest == {date(2026, 3, 3)}
    assert load_books(other).calendar.rest == {date(2026, 3, 4)}
