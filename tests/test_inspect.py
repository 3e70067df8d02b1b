"""`flask inspect`: what is wrong with an installation is found in its real settings, database and files."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text, update

import casemgr
from casemgr import db
from casemgr.clock import FixedClock
from casemgr.config import load_settings
from casemgr.demo.build import PASSWORD
from casemgr.jobs.runs import run_recorded
from casemgr.jobs.site import open_site
from casemgr.jobs.table import JOBS
from casemgr.models import Account
from tests.conftest import values_for_tests
from tests.world import World


def look(app: Flask, *args: str) -> tuple[dict[str, Any], int]:
    """The findings by subject, and the exit code."""
    told = app.test_cli_runner().invoke(args=["inspect", "--json", "--lang", "en", *args])
    assert told.exception is None or isinstance(told.exception, SystemExit), told.output
    return {row["subject"]: row for row in json.loads(told.output)}, told.exit_code


def test_a_living_installation_has_no_fault(app: Flask, world: World, clock: FixedClock, tmp_path: Path) -> None:
    app.extensions["settings"].files_dir.mkdir(parents=True)
    app.extensions["settings"].data_dir.chmod(0o750)
    clock.advance(db_clock(app) - clock.now())
    site = open_site(app.extensions["settings"], app.extensions["engine"])
    for name in ("sweep", "integrity"):
        run_recorded(site, JOBS[name], clock.now)
    found, _ = look(app)
    for subject in (
        "schema",
        "guards",
        "clocks",
        "scheduler",
        "nightly check",
        "integrity",
        "anchor",
        "leases",
        "demo passwords",
    ):
        assert found[subject]["level"] == "ok", found[subject]
    assert found["durability"]["message"].startswith(("SQLite: journal_mode wal", "PostgreSQL: "))
    clock.advance(timedelta(minutes=6))
    found, code = look(app)
    assert code == 1 and {s for s, row in found.items() if row["level"] == "fault"} >= {"scheduler", "clocks"}


def db_clock(app: Flask) -> Any:
    with app.extensions["readings"]() as session:
        return db.now(session)


def test_guards_that_are_gone_and_the_demo_s_password_are_faults(app: Flask, world: World) -> None:
    hash = app.extensions["passwords"].hasher.hash(PASSWORD)
    with app.extensions["sessions"]() as session, db.transaction(session):
        session.execute(
            update(Account).where(Account.id == world.accounts["audit_admin"].id).values(password_hash=hash)
        )
        session.execute(
            text(
                "DROP TRIGGER events_no_update"
                if db.is_sqlite(session)
                else "ALTER TABLE events DISABLE TRIGGER events_recorded"
            )
        )
    found, code = look(app)
    assert code == 1
    assert found["guards"]["level"] == "fault" and "events_" in found["guards"]["hint"]
    assert found["demo passwords"]["level"] == "fault" and "audit" in found["demo passwords"]["message"]


def test_a_database_without_tables_is_one_fault_and_no_traceback(tmp_path: Path) -> None:
    settings = load_settings(**values_for_tests(f"sqlite:///{tmp_path}/fresh.sqlite3", tmp_path), _env_file=None)
    app = casemgr.create_app(settings)
    told = app.test_cli_runner().invoke(args=["inspect", "--lang", "en"])
    assert told.exit_code == 1 and "→ Run: flask --app wsgi migrate" in told.output
    app.extensions["engine"].dispose()
