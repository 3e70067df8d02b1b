"""Runs on record, leases, the timetable, the scheduler process and its commands."""

import dataclasses
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.clock import FixedClock, SystemClock
from casemgr.jobs import leases, runs, scheduler, timetable
from casemgr.jobs.site import Done, Job, Site
from casemgr.jobs.table import JOBS
from casemgr.models import JobRun, Lease
from casemgr.queries.runs import find_lease
from tests.jobs.world import START, Street, accepted

DAY = timedelta(days=1)
OFTEN = {name for name, job in JOBS.items() if not job.daily}
TTL = timedelta(seconds=30)


def recorded(site: Site) -> list[JobRun]:
    with site.readings() as session:
        return list(session.scalars(select(JobRun).order_by(JobRun.id)))


def another(site: Site) -> Site:
    return dataclasses.replace(site, worker="another")


# Runs


def test_a_run_is_on_record_with_what_it_did(site: Site, session: Session, street: Street) -> None:
    accepted(session, street)
    runs.run_recorded(site, JOBS["sweep"], lambda: START + 8 * DAY)
    (run,) = recorded(site)
    assert (run.job, run.error, run.idle, run.worker) == ("sweep", "", False, site.worker)
    assert run.counts["raise_overdue"] == 1 and run.lateness > 0 and run.finished_at == START + 8 * DAY


def test_a_run_that_fails_is_on_record_too(site: Site) -> None:
    def broken(site: Site, at: datetime) -> Done:
        raise KeyError("secret words of somebody")

    assert runs.run_recorded(site, Job("broken", "", broken), lambda: START) is None
    (run,) = recorded(site)
    assert run.error == "KeyError" and run.finished_at == START


def test_old_runs_are_forgotten_but_the_last_of_each_job_stays(site: Site) -> None:
    idle, busy = Job("idle", "", lambda site, at: Done()), Job("busy", "", lambda site, at: Done({"x": 1}))
    for day in (0, 1, 60):
        for job in (idle, busy):
            runs.run_recorded(site, job, lambda day=day: START + day * DAY)
    assert runs.prune(site, START + 60 * DAY).counts == {"forgotten": 2}
    assert runs.prune(site, START + 60 * DAY).counts == {}
    assert runs.prune(site, START + 400 * DAY).counts == {"forgotten": 2}
    assert [run.job for run in recorded(site)] == ["idle", "busy"]


# Leases


def test_a_lease_has_one_owner_until_it_runs_out(session: Session) -> None:
    with db.transaction(session):
        assert leases.keep(session, "timetable", "a", TTL) == 1
        assert leases.keep(session, "timetable", "b", TTL) is None
        assert leases.keep(session, "timetable", "a", TTL) == 1
    with db.transaction(session):
        session.execute(update(Lease).values(expires_at=db.now(session) - TTL))
        assert leases.keep(session, "timetable", "b", TTL) == 2
        assert leases.keep(session, "timetable", "a", TTL) is None
        leases.give_up(session, "timetable", "b")
    with db.transaction(session):
        assert leases.keep(session, "timetable", "a", TTL) == 3
        holder = find_lease(session, "timetable")
        assert holder and holder.owner == "a"


# The timetable


def daily(done: list[datetime], site: Site, error: bool = False) -> dict[str, Job]:
    def work(site: Site, at: datetime) -> Done:
        if error:
            raise ValueError
        return timetable.slots.once(site, "morning", at, lambda session: done.append(at) or {"done": 1})

    return {"morning": Job("morning", "", work, daily=time_of_day(9, 30))}


def test_daily_work_is_done_once_after_its_time_and_caught_up_when_late(site: Site) -> None:
    done: list[datetime] = []
    table = daily(done, site)
    for minutes in (0, 29, 30, 31, 600):  # from 09:00 on
        timetable.tick(site, table, lambda minutes=minutes: START + timedelta(minutes=minutes))
    assert done == [START + timedelta(minutes=30)]
    late = START + 3 * DAY + timedelta(hours=9)
    timetable.tick(site, table, lambda: late)
    timetable.tick(site, table, lambda: late + timedelta(hours=1))
    assert done[1:] == [late]
    assert [run.lateness for run in recorded(site)] == [0, 8.5 * 3600]


def test_only_the_holder_of_the_lease_runs_daily_work(site: Site) -> None:
    done: list[datetime] = []
    at = START + timedelta(hours=2)
    assert timetable.hold(another(site))
    timetable.tick(site, daily(done, site), lambda: at)
    assert done == []
    timetable.let_go(another(site))
    timetable.tick(site, daily(done, site), lambda: at)
    assert done == [at]


def test_daily_work_that_fails_is_tried_again_after_a_while(site: Site) -> None:
    for minutes in (60, 61, 69, 71):
        timetable.tick(site, daily([], site, error=True), lambda minutes=minutes: START + timedelta(minutes=minutes))
    assert [run.error for run in recorded(site)] == ["ValueError"] * 2


def test_every_job_runs_on_an_empty_database_and_twice(site: Site) -> None:
    for _ in range(2):
        for job in JOBS.values():
            assert runs.run_recorded(site, job, lambda: START + timedelta(hours=8)) is not None, job.name
    assert not [run.error for run in recorded(site) if run.error]


def test_every_daily_job_marks_its_day(site: Site) -> None:
    at = START + timedelta(hours=8)
    timetable.tick(site, JOBS, lambda: at)
    ran = [run.job for run in recorded(site)]
    assert sorted(ran) == sorted(name for name, job in JOBS.items() if job.daily)
    timetable.tick(site, JOBS, lambda: at + timedelta(minutes=30))
    assert [run.job for run in recorded(site)] == ran


# The process and the commands


def test_the_scheduler_forgives_no_missed_run_and_never_doubles_one(site: Site) -> None:
    made = scheduler.make_scheduler(site, FixedClock(START))
    made.start(paused=True)
    jobs = made.get_jobs()
    made.shutdown(wait=False)
    assert {job.id for job in jobs} == {n for n, j in JOBS.items() if not j.daily} | {"timetable", "lease"}
    assert {(job.misfire_grace_time, job.coalesce, job.max_instances) for job in jobs} == {(None, True, 1)}


def test_the_process_runs_jobs_and_ends_when_told(site: Site, environ: dict[str, str], tmp_path: Path) -> None:
    root = Path(__file__).parent.parent.parent
    command = [sys.executable, "-m", "casemgr.jobs"]
    said = tmp_path / "jobs.log"  # not a pipe: nobody empties it while the process runs
    with said.open("w") as log, subprocess.Popen(command, cwd=root, env=environ, stderr=log) as process:
        try:
            deadline = time.monotonic() + 120
            while not {run.job for run in recorded(site) if run.finished_at} >= OFTEN and time.monotonic() < deadline:
                time.sleep(0.2)
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
        finally:
            process.kill()
    told = said.read_text()
    assert process.returncode == 0, told
    assert {run.job for run in recorded(site)} >= OFTEN, told
    assert all(run.finished_at for run in recorded(site)), told
    assert '"scheduler.stopped"' in told, told
    with site.sessions() as session, db.transaction(session):
        assert leases.keep(session, "timetable", "next", TTL), told


def test_flask_job_runs_one_job_as_of_an_instant(app: Flask, session: Session, street: Street) -> None:
    accepted(session, street)
    runner = app.test_cli_runner()
    first = runner.invoke(args=["job", "sweep", "--at", "2026-03-05T09:00"])
    assert first.exit_code == 0 and "urge 1" in first.output
    assert "nothing to do" in runner.invoke(args=["job", "sweep", "--at", "2026-03-05T09:00+08:00"]).output
    assert "not an instant" in runner.invoke(args=["job", "sweep", "--at", "tomorrow"]).output
    assert "daily at 07:45" in runner.invoke(args=["jobs"]).output


@pytest.mark.parametrize("name", sorted(JOBS))
def test_every_job_says_when_it_runs(name: str, site: Site) -> None:
    job = JOBS[name]
    assert job.label and bool(job.every) != bool(job.daily)
    assert job.daily or scheduler.seconds_between(site, job) >= 1


def test_a_clock_put_back_lets_no_job_wait_until_it_gets_there_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made = scheduler.make_scheduler(site, FixedClock(START))
    watch = scheduler.Watch()
    assert watch.place_anew(made) == 0
    for job in made.get_jobs():
        job.modify(next_run_time=SystemClock().now() + timedelta(days=7))  # as if it had stood a week further
    apart = watch.look() - timedelta(days=7).total_seconds()
    monkeypatch.setattr(watch, "look", lambda: apart)
    assert round(watch.place_anew(made)) == -7 * 24 * 3600
    latest = SystemClock().now() + timedelta(seconds=scheduler.SOON)
    assert all(job.next_run_time <= latest for job in made.get_jobs())
