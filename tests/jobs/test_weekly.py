"""The weekly digest, the numbers of an area for its groups, and what a digest says outside."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.jobs import digests, mails, weekly
from casemgr.jobs.site import Site
from casemgr.models import Account, Case, Notice, NoticeChoice, Outgoing, Robot
from casemgr.queries.mails import load_lines
from tests.jobs.world import START, Street, accepted, register

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
DAY = timedelta(days=1)
MORNING = START - timedelta(hours=1)  # Monday, 08:00 in Shanghai


def told(site: Site) -> dict[str, dict[str, int]]:
    """Login -> the numbers of the weekly digests, the last one of each."""
    query = select(Account.login, Notice.params).join(Notice, Notice.account_id == Account.id)
    with site.readings() as session:
        return dict(session.execute(query.where(Notice.code == weekly.CODE).order_by(Notice.id)).all())


def test_a_week_in_numbers_for_whoever_sees_them(site: Site, session: Session, street: Street) -> None:
    first, _ = accepted(session, street, 2)
    register(session, street, at=START + DAY)
    with db.transaction(session):
        session.execute(update(Case).where(Case.id == first).values(closed_at=START + 2 * DAY))
    done = weekly.run(site, MORNING + 7 * DAY)
    found = told(site)
    assert done.counts == {"digests": len(found)} and "system_admin.street" not in found
    assert found["secretary.street"] == {"come": 3, "closed": 1, "open": 2, "overdue": 2}
    assert found["grid_worker.grid"] == found["secretary.street"], "all of it lies in this grid"


def test_once_a_week_and_caught_up(site: Site, session: Session, street: Street) -> None:
    register(session, street)
    assert weekly.run(site, MORNING + 9 * DAY).counts, "Monday and Tuesday were missed"
    for day in (9, 10, 13):
        assert weekly.run(site, MORNING + day * DAY).counts == {}
    assert weekly.run(site, MORNING + 14 * DAY).counts


def test_one_that_fails_does_not_stop_the_rest(site: Site, session: Session, street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    register(session, street)
    head, whole = street.people["head", "community"].id, weekly.load_actor

    def broken(session, account, on):
        if account == head:
            raise RuntimeError
        return whole(session, account, on)

    monkeypatch.setattr(weekly, "load_actor", broken)
    counts = weekly.run(site, MORNING + 7 * DAY).counts
    assert counts["failed"] == 1 and counts["digests"] == len(told(site)) > 2 and "head.community" not in told(site)


def test_a_group_gets_the_numbers_of_its_area_once(site: Site, session: Session, street: Street) -> None:
    keys = session.info["keys"]
    with db.transaction(session):
        for level in ("street", "grid"):
            session.add(Robot(kind="wecom", area_id=street.areas[level].id, token=keys.seal("t", "robots.token"), told=["digest"], created_at=START))
    accepted(session, street, 2, facts={"people": 40})
    register(session, street)
    with db.transaction(session):  # a group counts nothing of what is confidential
        session.execute(update(Case).where(Case.id == register(session, street)[0].case_id).values(confidential=True))
    at = MORNING + 3 * DAY
    digests.run(site, at)
    with db.transaction(session):
        assert digests.tell_groups(session, at, at + DAY) == 0, "once a day"
        bodies = session.scalars(select(Outgoing.body).where(Outgoing.robot_id.is_not(None))).all()
    assert [body["params"] for body in bodies] == [{"open": 3, "red": 2, "today": 0, "overdue": 3, "unsorted": 0}] * 2


def test_a_day_caught_up_late_takes_no_digest_from_the_next(site: Site, session: Session, street: Street) -> None:
    with db.transaction(session):
        token = session.info["keys"].seal("t", "robots.token")
        session.add(Robot(kind="wecom", area_id=street.areas["street"].id, token=token, told=["digest"], created_at=START))
    for at in (MORNING + DAY + timedelta(hours=2), MORNING + 2 * DAY - timedelta(minutes=15)):  # 10:00, and 07:45, still the day before in UTC
        digests.run(site, at)
    assert len(session.scalars(select(Outgoing.id).where(Outgoing.robot_id.is_not(None))).all()) == 2


def test_a_digest_outside_names_what_presses_in_the_readers_language(site: Site, session: Session, street: Street) -> None:
    (id,) = accepted(session, street)
    head = street.people["mediator", "community"].id
    with db.transaction(session):
        session.add(NoticeChoice(account_id=head, channels={"act": []}))
        session.get(Account, head).locale = "en"
    digests.run(site, MORNING + 2 * DAY)
    with site.readings() as reading:
        row, key = reading.execute(select(Outgoing.id, Outgoing.key).where(Outgoing.account_id == head).order_by(Outgoing.id.desc())).first()
        parcel = mails.Parcel(row, key, "a@example.org", "en", 1, [load_lines(reading, [row])[row]])
    body = mails.compose(parcel, site.settings, START).get_body(("plain",)).get_content()
    assert "Today: 1 matters fall due, 0 are overdue." in body
    assert "调〔2026〕102003-000001: First contact, 03-04 24:00" in body and f"/cases/{id}" in body and "漏水" not in body
