"""Four schedulers on one database, killed at random with kill -9: every rung fires once, every notice and mail is there.

The proof reads the tables and compares them with what the pure rules give for the recorded facts.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.jobs import mails, outbox
from casemgr.jobs.site import Site, open_site
from casemgr.models import Account, Case, DeadlineFact, DeadlineRow, Event, JobRun, Notice, Outgoing, RungFired
from casemgr.services.books import Books, load_books
from casemgr.services.recount import verify_deadlines
from tests.jobs.sink import Sink, mail_server
from tests.jobs.world import Street, accepted, make_street
from workflows.notice_groups import INFORM, group_of
from workflows.clocks import RUNNING, ClockFact, replay
from workflows.ladder import Rung, rung_instants

ROOT = Path(__file__).parent.parent.parent
SECONDS = 12.0  # of killing
SCHEDULERS = 4
CASES, WAVE = 216, 12
PATIENCE = 90.0  # for what is left when nobody kills any more
AGES = (9, 20, 40)  # days since acceptance: late once, twice, three times
KINDS = ({}, {"people": 6}, {"people": 40})  # yellow, orange, red

WITH_MAIL = ("secretary.street",)
NOTHING = {"rungs": 0, "mails": 0}

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(280)]


@dataclass
class Gang:
    """The processes, and how often one was killed."""

    forker: subprocess.Popen[str]
    pids: list[int] = field(default_factory=list)
    kills: int = 0

    def start(self) -> None:
        assert self.forker.stdin and self.forker.stdout
        self.forker.stdin.write("\n")
        self.forker.stdin.flush()
        self.pids.append(int(self.forker.stdout.readline()))

    def kill_one(self) -> None:
        victim = self.pids.pop(random.randrange(len(self.pids)))
        os.kill(victim, signal.SIGKILL)
        self.kills += 1
        self.start()

    def stop(self) -> None:
        """Ask all of them to end, and see that they do."""
        for pid in self.pids:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 20
        while any(Path(f"/proc/{pid}").exists() for pid in self.pids) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not any(Path(f"/proc/{pid}").exists() for pid in self.pids), "SIGTERM was not obeyed"


@contextmanager
def gang(environ: dict[str, str]) -> Iterator[Gang]:
    """Four schedulers, started; whatever is left of them is killed at the end."""
    command = [sys.executable, "-m", "tests.chaos.forker"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, env=environ, text=True, **pipes) as forker:
        found = Gang(forker)
        try:
            for _ in range(SCHEDULERS):
                found.start()
            yield found
        finally:
            for pid in found.pids:
                if Path(f"/proc/{pid}").exists():
                    os.kill(pid, signal.SIGKILL)
            assert forker.stdin
            forker.stdin.close()
            forker.wait(10)


def hardened(environ: dict[str, str], port: int) -> dict[str, str]:
    """The settings of the schedulers: durable, busy, and no quiet hours."""
    values = {
        "ENVIRONMENT": "development", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": port, "SMTP_TIMEOUT_SECONDS": 1,
        "JOBS_SWEEP_SECONDS": 1, "JOBS_OUTBOX_SECONDS": 1, "JOBS_LEASE_SECONDS": 10, "MAIL_QUIET_FROM": "08:00",
        "MAIL_QUIET_TO": "08:00", "MAIL_HOURLY_CAP": 100_000, "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    return {**environ, **{f"CASEMGR_{name}": str(value) for name, value in values.items()}}


class Work(threading.Thread):
    """Puts matters that are late the moment they appear into the database until there are enough, beside the killing."""

    def __init__(self, site: Site, street: Street) -> None:
        super().__init__(daemon=True)
        self.site, self.street, self.made = site, street, 0

    def run(self) -> None:
        for turn in range(CASES // WAVE):
            at = datetime.now(UTC) - timedelta(days=AGES[turn % 3])
            with self.site.sessions() as session:
                accepted(session, self.street, WAVE, at=at, facts=KINDS[turn // 3 % 3])
            self.made += WAVE


def left(site: Site) -> dict[str, int | None]:
    """How much is due, and how much waits to be sent."""
    now = datetime.now(UTC)
    with site.readings() as session:
        due = select(func.count()).select_from(DeadlineRow).where(DeadlineRow.next_rung_at <= now)
        waiting = select(func.count()).select_from(Outgoing).where(Outgoing.state == "waiting")
        return {"rungs": session.scalar(due), "mails": session.scalar(waiting)}


@pytest.fixture
def durable(site: Site, environ: dict[str, str]) -> Iterator[Site]:
    """The site with an engine that syncs, as in production."""
    engine = db.make_engine(site.settings.database_url)
    yield open_site(site.settings, engine)
    engine.dispose()


def test_killed_schedulers_lose_and_double_nothing(durable: Site, environ: dict[str, str]) -> None:
    with durable.sessions() as session:
        street = make_street(session, at=datetime.now(UTC) - timedelta(days=60))
        with db.transaction(session):
            session.execute(update(Account).where(Account.login.not_in(WITH_MAIL)).values(email=""))
    with mail_server() as (sink, port), gang(hardened(environ, port)) as schedulers:
        end = time.monotonic() + SECONDS
        work = Work(durable, street)
        work.start()
        while time.monotonic() < end:
            time.sleep(random.uniform(0.2, 0.6))
            schedulers.kill_one()
        work.join()
        until = time.monotonic() + PATIENCE
        while left(durable) != NOTHING and time.monotonic() < until:
            time.sleep(0.3)
        assert left(durable) == NOTHING
        schedulers.stop()
        settings = {"smtp_host": "127.0.0.1", "smtp_port": port, "mail_hourly_cap": 100_000}
        last = replace(durable, settings=durable.settings.model_copy(update=settings))
        outbox.run(last, datetime.now(UTC))  # what a daily job may have written in the last moment
    with durable.readings() as session:
        books, cases = load_books(session), session.scalars(select(Case.id)).all()
        assert len(cases) == work.made == CASES and schedulers.kills >= 10
        prove_rungs(session, books)
        prove_notices(session, street)
        resent = prove_mails(session, sink, durable)
        assert resent <= schedulers.kills
        assert not audit.verify(session)[1] and not audit.verify_values(session)
        assert not verify_deadlines(session)[1]
        killed = session.scalar(select(func.count()).where(JobRun.finished_at.is_(None)))
        failed = session.scalars(select(JobRun.error).where(JobRun.error != "")).all()
        assert not failed, failed
        rungs = session.scalar(select(func.count()).select_from(RungFired))
    print(f"{len(cases)} cases, {rungs} rungs, {len(sink.mails)} mails, {schedulers.kills} kills ({killed} in a run), {resent} resent")


# What the rules give for the recorded facts


def facts_by_deadline(session: Session) -> dict[tuple[int, str], list[ClockFact]]:
    """(case, deadline) -> its facts in order."""
    found: dict[tuple[int, str], list[ClockFact]] = defaultdict(list)
    query = select(DeadlineFact).order_by(DeadlineFact.case_id, DeadlineFact.key, DeadlineFact.seq)
    for fact in session.scalars(query):
        found[fact.case_id, fact.key].append(ClockFact(fact.kind, fact.at, fact.data))
    return found


def expected_rungs(key: str, facts: list[ClockFact], books: Books, now: datetime) -> Iterator[tuple[int, Rung]]:
    """(epoch, rung) for all that must have fired: in each epoch what was due before it ended."""
    ends = [n for n, fact in enumerate(facts) if n and (fact.kind == "start" or fact.data.get("raised"))]
    given: set[tuple[str, str]] = set()
    for begin, end in zip([0, *ends], [*ends, len(facts)], strict=True):
        clock = replay(key, facts[:end], books.calendars)
        if facts[begin].kind == "start":
            given = set()
        over = facts[end].at if end < len(facts) else clock.ended_at or now
        if clock.facts is None or (end == len(facts) and clock.status != RUNNING and not clock.ended_at):
            continue
        rungs = books.rules.rungs("dispute", key, clock.tier)
        placed = rung_instants(
            books.calendars[clock.calendar], clock.facts, rungs, tier=clock.tier, epoch_start=clock.epoch_at,
            not_before=clock.not_before, given=given,
        )  # fmt: skip
        due = [(at, rung) for at, rung in zip(placed, rungs, strict=True) if at.at and at.at <= over and not at.skipped]
        yield from ((clock.epoch, rung) for _, rung in due)
        given |= {(rung.name, rung.act) for _, rung in due}


def prove_rungs(session: Session, books: Books) -> None:
    """What fired is exactly what must have, and every rung stands in exactly one event."""
    now = datetime.now(UTC)
    fired = {(r.case_id, r.key, r.epoch, r.rung): r for r in session.scalars(select(RungFired))}
    expected = {
        (case, key, epoch, rung.name)
        for (case, key), facts in facts_by_deadline(session).items()
        for epoch, rung in expected_rungs(key, facts, books, now)
    }
    assert fired.keys() == expected, {"missing": expected - fired.keys(), "surplus": fired.keys() - expected}
    told = Counter(
        (event.stream_id, *rung, event.seq)
        for event in session.scalars(select(Event).where(Event.stream == "case"))
        for rung in event.data.get("rungs", ())
    )
    assert told == Counter((*name, rung.seq) for name, rung in fired.items())
    assert all(rung.fired_at >= rung.due_at for rung in fired.values())
    raises = Counter(rung.case_id for rung in fired.values() if rung.act == "raise_overdue")
    assert max(raises.values()) <= 2 and len(raises) > 50


def prove_notices(session: Session, street: Street) -> None:
    """Everyone who must hear of a rung has one notice of its event, and each notice its one mail."""
    rules = load_books(session).rules
    mediator = street.people["mediator", "community"].id
    wants: set[tuple[int, int]] = set()
    for rung in session.scalars(select(RungFired)):
        audiences = {name: r.audience for tier in ("yellow", "orange", "red") for r in rules.rungs("dispute", rung.key, tier) for name in [r.name]}
        if "handler" in audiences.get(rung.rung, ()):
            wants.add((rung.case_id, rung.seq))
    notices = session.scalars(select(Notice)).all()
    heard = {(n.case_id, n.seq) for n in notices if n.account_id == mediator}
    assert wants <= heard, wants - heard
    every = {(rung.case_id, rung.seq) for rung in session.scalars(select(RungFired))}
    assert every <= {(n.case_id, n.seq) for n in notices}
    keys = Counter((n.account_id, n.case_id, n.seq) for n in notices if n.case_id and (n.case_id, n.seq) in every)
    assert set(keys.values()) == {1}, "told twice of one event"
    with_mail = {id for id, email in session.execute(select(Account.id, Account.email)) if email}
    mailed = Counter(session.scalars(select(Outgoing.notice_id)))
    outside = [n for n in notices if n.urgent or group_of(n.code) != INFORM]
    assert mailed == Counter(n.id for n in outside if n.account_id in with_mail)


def prove_mails(session: Session, sink: Sink, site: Site) -> int:
    """Every waiting mail went out, under its own id; how many came twice because a kill fell between sending and noting."""
    rows = session.execute(select(Outgoing, Account.email).join(Account, Account.id == Outgoing.account_id)).all()
    assert {row.state for row, _ in rows} == {"sent"}
    ids = {
        mails.message_id(mails.Parcel(row.id, row.key, email, "", 1, ()), site.settings): email for row, email in rows
    }
    arrived = Counter(mail["Message-ID"] for mail in sink.mails)
    assert arrived.keys() == ids.keys()
    assert all(ids[mail["Message-ID"]] == mail["To"] for mail in sink.mails)
    return sum(arrived.values()) - len(arrived)
