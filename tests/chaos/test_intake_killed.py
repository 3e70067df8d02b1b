"""flask intake killed with -9 in the middle, again and again, then run to the end: every row exactly once."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from casemgr import audit, db
from casemgr.models import Case, ImportBatch, ImportRow, IncomingItem, Party
from tests.conftest import MONDAY
from tests.intake.samples import make_sessions, make_street, message, write_csv

ROOT = Path(__file__).parents[2]
ROWS, KILLS = 1_600, 2

pytestmark = pytest.mark.chaos


def start(path, environ):
    words = [sys.executable, "-m", "flask", "--app", "wsgi", "intake", str(path), "--channel", "mailbox", "--json"]
    return subprocess.Popen(words, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def rows_done(readings):
    with readings() as session:
        return session.scalar(select(func.count()).select_from(ImportRow))


def kill_in_the_middle(process, readings, more_than):
    """Kill it as soon as it has written more rows."""
    deadline = time.monotonic() + 60
    try:
        while rows_done(readings) <= more_than:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_killed_and_run_again_takes_each_row_exactly_once(engine, environ, tmp_path):
    sessions = make_sessions(engine, tmp_path)
    readings = db.make_session(engine, reading=True)  # looking must not wait for the run that writes
    make_street(sessions, MONDAY)
    path = write_csv(tmp_path / "a.csv", [message(n) for n in range(ROWS)])
    for _ in range(KILLS):
        kill_in_the_middle(start(path, environ), readings, rows_done(readings))
    before = rows_done(readings)
    assert 0 < before < ROWS
    last = start(path, environ)
    out, err = last.communicate(timeout=200)
    assert last.returncode == 0, err
    printed = json.loads(out)
    assert (printed["rows"], printed["created"], printed["existing"]) == (ROWS, ROWS - before, before)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(IncomingItem)) == ROWS
        assert session.scalar(select(func.count(func.distinct(IncomingItem.key)))) == ROWS
        assert session.scalar(select(func.count()).select_from(Party)) == ROWS
        numbers = session.scalars(select(Case.number).order_by(Case.number)).all()
        assert [int(number[-6:]) for number in numbers] == list(range(1, ROWS + 1))
        outcomes = session.execute(select(ImportRow.outcome, func.count()).group_by(ImportRow.outcome)).all()
        assert [tuple(row) for row in outcomes] == [("created", ROWS)]
        assert session.scalars(select(ImportBatch)).one().finished_at is not None
        assert audit.verify(session)[1] == []
