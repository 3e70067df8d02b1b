"""The daily jobs: each does its work, nothing the second time, what was missed when it comes back, and bad items apart."""

import dataclasses
import os
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.jobs import digests, integrity, orphans, red_overdue, rollups, slots, sweep, weekly
from casemgr.jobs.site import Site
from casemgr.models import Account, Anchor, Appointment, Case, DailyNumber, DeadlineRow, Notice, Outgoing
from casemgr.policy import IMPORTER
from casemgr.services import imports
from casemgr.services.incoming import Message
from tests.jobs.world import START, Street, accepted, register, step

DAY = timedelta(days=1)
MORNING = START - timedelta(minutes=60)  # 08:00


def told(site: Site, code: str) -> list[tuple[str, dict[str, int]]]:
    """Who was told what by a code, in order."""
    query = select(Account.login, Notice.params).join(Notice, Notice.account_id == Account.id)
    with site.readings() as session:
        rows = session.execute(query.where(Notice.code == code).order_by(Notice.id)).all()
        return [(login, {name: value for name, value in params.items() if name != "first"}) for login, params in rows]


# Morning digests


def test_a_digest_counts_what_waits_for_a_person(site: Site, session: Session, street: Street) -> None:
    accepted(session, street, 3)
    register(session, street, 2)
    at = MORNING + 2 * DAY  # contact of the three is due by tonight, acceptance of the two was due yesterday
    assert digests.run(site, at).counts == {"digests": 2}
    assert told(site, "digest.morning") == [
        ("head.community", {"overdue": 2, "today": 0}),
        ("mediator.community", {"overdue": 0, "today": 3}),
    ]
    with site.readings() as reading:
        assert reading.scalars(select(Outgoing.id).where(Outgoing.not_before == at)).all() != []


def test_a_digest_comes_once_a_day(site: Site, session: Session, street: Street) -> None:
    register(session, street)
    at = MORNING + 2 * DAY
    digests.run(site, at)
    assert digests.run(site, at + timedelta(hours=3)).counts == {}
    assert len(told(site, "digest.morning")) == 1


def test_after_days_missed_there_is_one_digest(site: Site, session: Session, street: Street) -> None:
    register(session, street)
    for at in (MORNING + 2 * DAY, MORNING + 9 * DAY):
        digests.run(site, at)
    assert len(told(site, "digest.morning")) == 2


def test_a_digest_that_fails_does_not_stop_the_rest(
    site: Site, session: Session, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted(session, street)
    register(session, street)
    head, whole = street.people["head", "community"].id, digests.load_actor

    def broken(session, account, on):
        if account == head:
            session.execute(text("SELECT * FROM no_such_table"))
        return whole(session, account, on)

    monkeypatch.setattr(digests, "load_actor", broken)
    assert digests.run(site, MORNING + 2 * DAY).counts == {"digests": 1, "failed": 1}
    assert [who for who, _ in told(site, "digest.morning")] == ["mediator.community"]


@pytest.mark.parametrize(("job", "at"), [(digests, MORNING + 2 * DAY), (weekly, MORNING + 7 * DAY)])
def test_others_write_while_digests_are_read(
    site: Site, session: Session, street: Street, monkeypatch: pytest.MonkeyPatch, job: Any, at: datetime
) -> None:
    register(session, street)
    whole, hurried = job.load_actor, db.make_session(site.engine, hurried=True)

    def meanwhile(reading, account, on):
        with hurried() as writing, db.transaction(writing):
            slots.take(writing, f"of {account}", on, at)
        return whole(reading, account, on)

    monkeypatch.setattr(job, "load_actor", meanwhile)
    counts = job.run(site, at).counts
    assert counts["digests"] > 0 and "failed" not in counts


def test_nobody_is_told_of_what_he_may_not_see(site: Site, session: Session, street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    register(session, street, 1)
    register(session, street, 1, confidential=True)
    digests.run(site, MORNING + 2 * DAY)
    assert told(site, "digest.morning") == [("head.community", {"overdue": 2, "today": 0})]  # both wait for him
    monkeypatch.setattr(digests, "visible", lambda actor: Case.confidential.is_(False))
    digests.run(site, MORNING + 3 * DAY)
    assert told(site, "digest.morning")[-1] == ("head.community", {"overdue": 1, "today": 0})


# The line on red matters


def test_the_street_and_the_district_hear_of_red_matters_overdue(
    site: Site, session: Session, street: Street
) -> None:
    accepted(session, street, 2, facts={"people": 40})
    assert red_overdue.run(site, MORNING + 20 * DAY).counts == {}
    at = MORNING + 34 * DAY
    assert red_overdue.run(site, at).counts == {"lines": 2}
    assert red_overdue.run(site, at + timedelta(hours=1)).counts == {}
    assert red_overdue.run(site, at + 5 * DAY).counts == {"lines": 2}
    first = [("secretary.street", {"count": 2, "days": 3}), ("supervisor.district", {"count": 2, "days": 3})]
    assert sorted(told(site, "digest.red_overdue")[:2], key=str) == first


# Numbers of finished days


def numbers(site: Site, day: date) -> dict[tuple[str, str], int]:
    query = select(DailyNumber.tier, DailyNumber.measure, DailyNumber.value).where(DailyNumber.on_date == day, DailyNumber.measure != "open_below")
    with site.readings() as session:
        return {(tier, measure): value for tier, measure, value in session.execute(query)}


def lived(site: Site, session: Session, street: Street) -> None:
    """Five matters over ten days: one withdrawn on the third, one raised by a risk on the second, the rest by lateness."""
    ids = accepted(session, street, 5)
    head = street.actor(session, "head", "community")
    step(session, ids[0], "add_party", head, at=START, side="applicant", name="某甲")
    step(session, ids[0], "withdraw", head, at=START + 2 * DAY, statement="已自行和解", evidence="signature", party=1)
    step(session, ids[1], "record_fact", head, at=START + DAY, people=40)
    for day in range(1, 10):
        sweep.run(site, START + day * DAY)


def test_days_are_counted_as_they_ended(site: Site, session: Session, street: Street) -> None:
    lived(site, session, street)
    assert rollups.run(site, START + 10 * DAY).counts == {"days": 10}
    first = START.date()
    assert numbers(site, first) == {("yellow", "open"): 5, ("yellow", "registered"): 5}
    second = numbers(site, first + DAY)
    assert second == {("yellow", "open"): 4, ("red", "open"): 1, ("red", "raised_risk"): 1}
    assert numbers(site, first + 2 * DAY) == {("yellow", "open"): 3, ("red", "open"): 1, ("yellow", "closed"): 1}
    assert numbers(site, first + 8 * DAY) == {("orange", "open"): 3, ("red", "open"): 1, ("orange", "raised_overdue"): 3}


def test_days_counted_late_or_again_are_the_same(site: Site, session: Session, street: Street) -> None:
    lived(site, session, street)
    rollups.run(site, START + 10 * DAY)
    late = {day: numbers(site, START.date() + day * DAY) for day in range(10)}
    assert rollups.run(site, START + 10 * DAY).counts == {}
    zone = rollups.ZoneInfo("Asia/Shanghai")
    for day in range(10):
        with db.transaction(session):
            rollups.write_day(session, START.date() + day * DAY, zone)
    assert {day: numbers(site, START.date() + day * DAY) for day in range(10)} == late


def test_days_counted_each_night_are_the_same_as_days_caught_up(site: Site, session: Session, street: Street) -> None:
    ids = accepted(session, street, 3)
    nightly = {}
    for day in range(12):
        sweep.run(site, START + day * DAY)
        rollups.run(site, START + day * DAY + timedelta(hours=16))  # after midnight
        nightly[day] = numbers(site, START.date() + day * DAY)
    for day in range(12):
        with db.transaction(session):
            rollups.write_day(session, START.date() + day * DAY, rollups.ZoneInfo("Asia/Shanghai"))
    assert {day: numbers(site, START.date() + day * DAY) for day in range(12)} == nightly
    assert ids and nightly[11] != nightly[0]


def test_days_before_an_import_of_history_are_counted_anew(site: Site, session: Session, street: Street) -> None:
    register(session, street, 2)
    rollups.run(site, START + 6 * DAY)
    first = START.date()
    assert numbers(site, first + 4 * DAY) == {("", "open"): 2}
    grid = street.areas["grid"].id
    with db.transaction(session):
        batch = imports.begin_batch(
            session, sha256="a" * 64, name="old.xlsx", channel="mailbox", mapping="", area_id=grid, history=True, at=START + 3 * DAY
        )
        old = [imports.Arrival(n, f"old:{n}", Message(f"old:{n}", grid, "mailbox", f"旧件{n}", "楼道堆物")) for n in range(3)]
        imports.land(session, batch, old, actor=IMPORTER, at=START + 3 * DAY)
    assert rollups.run(site, START + 6 * DAY + timedelta(minutes=1)).counts == {"days": 3}
    query = select(DailyNumber.value).where(
        DailyNumber.on_date == first + 4 * DAY, DailyNumber.process == "incoming", DailyNumber.measure == "open"
    )
    with site.readings() as reading:
        assert sum(reading.scalars(query)) == 3
    assert numbers(site, first + 2 * DAY) == {("", "open"): 2}
    assert rollups.run(site, START + 6 * DAY + timedelta(minutes=2)).counts == {}


def test_a_long_gap_is_caught_up_in_pieces(site: Site, session: Session, street: Street) -> None:
    register(session, street)
    at = START + 70 * DAY
    assert [rollups.run(site, at).counts.get("days", 0) for _ in range(4)] == [31, 31, 8, 0]


# Integrity


def test_the_nightly_check_anchors_the_trail_and_finds_nothing(site: Site, session: Session, street: Street) -> None:
    register(session, street)
    done = integrity.run(site, START + DAY)
    assert done.counts["faults"] == done.counts["vacant"] == 0 and done.counts["events"] > 10
    assert integrity.run(site, START + DAY + timedelta(hours=1)).counts == {}
    accepted(session, street, at=START + 2 * DAY)
    later = integrity.run(site, START + 9 * DAY)
    assert later.counts["faults"] == 0 and later.counts["events"] < done.counts["events"], "only what grew is walked"
    with site.readings() as reading:
        first, second = reading.scalars(select(Anchor).order_by(Anchor.on_date))
        assert second.prev == first.digest and second.on_date == (START + 8 * DAY).date()


def test_what_was_altered_is_found_and_told(site: Site, session: Session, street: Street) -> None:
    ids = accepted(session, street, 3)
    integrity.run(site, START + DAY)
    with db.transaction(session):
        session.execute(update(DeadlineRow).where(DeadlineRow.case_id == ids[0]).values(due_at=START + 90 * DAY))
        session.execute(update(Case).where(Case.id == ids[1]).values(trail_hash="0" * 64))
        session.execute(update(DeadlineRow).where(DeadlineRow.case_id == ids[2]).values(next_rung_at=None))
    step_anyway(session, street, ids[0])
    with site.readings() as reading:
        assert audit.verify(reading)[1]
    counts = integrity.run(site, START + 2 * DAY).counts
    assert counts["faults"] >= 3
    assert [who for who, _ in told(site, "integrity.broken")] == ["system_admin.street", "audit_admin.street"]


def step_anyway(session: Session, street: Street, id: int) -> None:
    step(session, id, "record_note", street.actor(session, "head", "community"), at=START + DAY, note="看过")


def test_altered_event_in_a_chain_that_grew_is_found(site: Site, session: Session, street: Street) -> None:
    ids = accepted(session, street, 2)
    with site.readings() as reading:
        assert audit.verify_since(reading, START) == audit.verify_since(reading, START)
        assert audit.verify_since(reading, START)[1] == []
        assert audit.verify_since(reading, START + DAY) == (0, [])
    with db.transaction(session):
        session.execute(update(Case).where(Case.id == ids[0]).values(trail_seq=Case.trail_seq - 1))
    with site.readings() as reading:
        assert [fault.stream_id for fault in audit.verify_since(reading, START)[1]] == [ids[0]]


def test_an_empty_post_that_matters_wait_for_is_an_alarm_to_whoever_stands_above(
    site: Site, session: Session, street: Street
) -> None:
    register(session, street, 2)
    with db.transaction(session):
        head = street.people["head", "community"].id
        session.execute(update(Appointment).where(Appointment.account_id == head).values(to_on=START.date()))
    assert integrity.run(site, START + 2 * DAY).counts["vacant"] == 1
    params = {"posts": 1, "matters": 2}
    assert told(site, "digest.vacant") == [("operator.street", params), ("secretary.community", params)]


# Files


def test_files_that_belong_to_nothing_go_after_a_day(site: Site, session: Session, street: Street) -> None:
    folder = site.settings.files_dir
    folder.mkdir(parents=True, exist_ok=True)
    names = {"old": "0" * 32 + ".jpg", "part": "1" * 32 + ".pdf.part", "new": "2" * 32 + ".jpg", "kept": "3" * 32 + ".png"}
    for name in (*names.values(), "local-secrets.json", "readme.jpg"):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (0, 0))
    os.utime(folder / names["new"])  # just now by the clock of the folder, whatever that of matters says
    (id,) = accepted(session, street)
    with db.transaction(session):
        session.execute(
            orphans.Attachment.__table__.insert(),
            [{"case_id": id, "seq": 1, "name": "a", "media_type": "image/png", "size": 1, "sha256": "", "stored": names["kept"],
              "uploaded_at": START}],
        )  # fmt: skip
    at = START + DAY + timedelta(hours=1)
    assert orphans.run(site, at).counts == {"removed": 2}
    left = {path.name for path in folder.iterdir()}
    assert {names["new"], names["kept"], "local-secrets.json", "readme.jpg"} <= left
    assert not left & {names["old"], names["part"]}
    assert orphans.run(site, at + 7 * DAY).counts == {}
    os.utime(folder / names["new"], (0, 0))
    assert orphans.run(site, at).counts == {"removed": 1}


def test_files_that_another_scheduler_sweeps_at_the_same_time_are_no_failure(
    site: Site, session: Session, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = site.settings.files_dir
    folder.mkdir(parents=True, exist_ok=True)
    for digit in "01":
        (folder / f"{digit * 32}.jpg").write_bytes(b"x")
        os.utime(folder / f"{digit * 32}.jpg", (0, 0))
    looked = orphans.Path.is_file

    def is_file(path):
        there = looked(path)
        path.unlink()
        return there

    monkeypatch.setattr(orphans.Path, "is_file", is_file)
    assert orphans.run(site, START).counts == {}


def test_a_file_that_cannot_be_removed_does_not_stop_the_rest(
    site: Site, session: Session, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = site.settings.files_dir
    folder.mkdir(parents=True, exist_ok=True)
    for digit in "012":
        (folder / f"{digit * 32}.jpg").write_bytes(b"x")
        os.utime(folder / f"{digit * 32}.jpg", (0, 0))
    whole = orphans.Path.unlink

    def unlink(path, missing_ok=False):
        if path.name.startswith("1"):
            raise PermissionError
        whole(path, missing_ok)

    monkeypatch.setattr(orphans.Path, "unlink", unlink)
    assert orphans.run(site, START + 3 * DAY).counts == {"removed": 2, "failed": 1}


def test_jobs_take_the_sites_own_zone(site: Site) -> None:
    elsewhere = dataclasses.replace(site, settings=site.settings.model_copy(update={"timezone": "UTC"}))
    late = datetime.fromisoformat("2026-03-02T23:00+08:00")
    assert rollups.slots.local_day(site.settings, late) == rollups.slots.local_day(elsewhere.settings, late)
    assert rollups.slots.local_day(site.settings, late + timedelta(hours=2)).day == 3
