"""The page of jobs: what ran, what failed, what is late, whether a scheduler lives; for the administrators alone."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import Engine

from casemgr import db
from casemgr.clock import FixedClock
from casemgr.config import Settings
from casemgr.jobs import runs, timetable
from casemgr.jobs.site import Done, Job, Site, open_site
from casemgr.jobs.table import JOBS
from casemgr.models import Outgoing
from tests.world import World


def broken(site: Site, at: object) -> Done:
    raise ZeroDivisionError


def test_a_silent_scheduler_is_told_first(app: Flask, world: World) -> None:
    page = world.client(app, "system_admin").get("/jobs?lang=en").text
    assert "The scheduler is silent" in page and "never" in page


def test_runs_failures_and_mails_are_shown(
    app: Flask, world: World, settings: Settings, engine: Engine, clock: FixedClock
) -> None:
    site = open_site(settings, engine)
    timetable.hold(site)
    for job in JOBS.values():
        runs.run_recorded(site, job, clock.now)
    runs.run_recorded(site, Job("sweep", "", broken), clock.now)
    runs.run_recorded(site, Job("outbox", "", lambda site, at: Done({"sent": 3}, 7200)), clock.now)
    with site.sessions() as session, db.transaction(session):
        account = world.accounts["system_admin"].id
        mail = {"channel": "mail", "account_id": account, "not_before": clock.now() - timedelta(hours=3)}
        session.add_all(Outgoing(key=f"{n}", body={}, **mail) for n in range(4))
    page = world.client(app, "audit_admin").get("/jobs?lang=en").text
    assert "The scheduler is silent" not in page
    assert "ZeroDivisionError" in page and "sent 3" in page and "2 hours" in page
    assert site.worker in page and "every 60 seconds" in page and "daily at 07:45" in page


def test_nobody_else_sees_it(app: Flask, world: World) -> None:
    for who in ("security_admin", "street_operator_a"):
        assert world.client(app, who).get("/jobs").status_code == 403
    assert app.test_client().get("/jobs").status_code == 302
