"""The application as it is put together: its extensions, its headers, and its schema command."""

import subprocess
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from casemgr import db, schema
from casemgr.clock import FixedClock
from casemgr.config import Settings
from casemgr.models import JobRun

ROOT = Path(__file__).parent.parent
FLASK = [str(ROOT / ".venv/bin/flask"), "--app", "wsgi"]


def test_entry_points_find_what_they_pass_down(app: Flask, settings: Settings, clock: FixedClock) -> None:
    assert app.extensions["settings"] is settings
    assert app.extensions["clock"] is clock
    with app.extensions["sessions"]() as session, app.extensions["readings"]() as reading:
        assert session.execute(sa.text("SELECT 1")).scalar_one() == 1
        session.rollback()
        assert reading.execute(sa.text("SELECT 1")).scalar_one() == 1


def test_reading_waits_for_no_writer(app: Flask) -> None:
    with app.extensions["sessions"]() as writer, app.extensions["readings"]() as reader:
        writer.execute(sa.text("DELETE FROM leases"))
        assert reader.execute(sa.text("SELECT count(*) FROM leases")).scalar_one() == 0
        writer.rollback()


def test_ready_tells_when_a_scheduler_last_ran(app: Flask, client: FlaskClient, clock: FixedClock) -> None:
    assert client.get("/readyz").json["scheduler"] is None
    with app.extensions["sessions"]() as session, db.transaction(session):
        session.add(JobRun(job="sweep", started_at=clock.now(), finished_at=None))
    assert client.get("/readyz").json["scheduler"] == clock.now().isoformat()


def test_every_answer_carries_the_headers(client: FlaskClient) -> None:
    for path in ("/healthz", "/nowhere", "/static/css/base.css"):
        with client.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/healthz").headers["Cache-Control"] == "no-store"


def test_migrate_brings_an_empty_database_up(environ: dict[str, str], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/case.sqlite3"
    environ["CASEMGR_DATABASE_URL"] = url
    done = subprocess.run([*FLASK, "migrate"], cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    assert schema.head() in done.stdout
    engine = db.make_engine(url)
    with engine.connect() as connection:
        assert schema.at_head(connection)
    engine.dispose()


def test_production_says_what_it_misses_and_stops(tmp_path: Path) -> None:
    bare = {"PATH": "/usr/bin:/bin", "CASEMGR_ENVIRONMENT": "production", "CASEMGR_DATA_DIR": str(tmp_path)}
    done = subprocess.run([*FLASK, "migrate"], cwd=ROOT, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "CASEMGR_SECRET_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr
