"""Robots of chat groups against servers that check their signatures; choices, quiet hours, caps and refusals."""

import dataclasses
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.jobs import outbox, robots
from casemgr.jobs.site import Site
from casemgr.models import Case, NoticeChoice, Outgoing, Robot
from casemgr.services.telling import write_notices
from tests.jobs.far_end import SECRET, TOKEN, FarEnd, far_end
from tests.jobs.world import START, Street, accepted, step
from workflows.notice_groups import ROBOTS

MINUTE = timedelta(minutes=1)
NIGHT = START + timedelta(hours=14)  # 23:00 in Shanghai
ON_SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture
def end() -> Iterator[FarEnd]:
    with far_end() as end:
        yield end


@pytest.fixture
def site(site: Site, end: FarEnd) -> Site:
    return with_settings(site, **end.settings)


def with_settings(site: Site, **values: object) -> Site:
    return dataclasses.replace(site, settings=site.settings.model_copy(update=values))


def robot(session: Session, kind: str = "dingtalk", secret: str = SECRET, token: str = TOKEN, **whose: Any) -> int:
    keys = session.info["keys"]
    row = Robot(
        kind=kind, token=keys.seal(token, "robots.token"), secret=keys.seal(secret, "robots.secret"), created_at=START, **whose,
    )  # fmt: skip
    with db.transaction(session):
        session.add(row)
    return row.id


def secretary(street: Street) -> int:
    return street.people["secretary", "community"].id


def tell(session: Session, street: Street, count: int = 1, *, at: datetime = START, urgent: bool = False, code: str = "digest.vacant") -> None:
    """So many notices to the secretary of the community."""
    row = {
        "account_id": secretary(street), "case_id": None, "seq": None, "code": code, "params": {"posts": 1, "matters": 2},
        "urgent": urgent, "created_at": at, "read_at": None,
    }  # fmt: skip
    for _ in range(count):
        with db.transaction(session):
            write_notices(session, [row])


def states(site: Site, channel: str = "dingtalk") -> list[str]:
    with site.readings() as session:
        return list(session.scalars(select(Outgoing.state).where(Outgoing.channel == channel).order_by(Outgoing.id)))


@pytest.mark.parametrize(("db_url", "kind"), [("sqlite", kind) for kind in ROBOTS], indirect=["db_url"])
def test_a_message_is_signed_as_its_robot_wants_it(site: Site, session: Session, street: Street, end: FarEnd, kind: str) -> None:
    robot(session, kind, account_id=street.people["head", "community"].id)
    (id,) = accepted(session, street)
    assert outbox.run_robots(site, START + MINUTE).counts == {"sent": 1} and states(site, kind) == ["sent"]
    assert "调〔2026〕102003-000001" in end.texts[0] and f"{site.settings.base_url}/cases/{id}" in end.texts[0]
    assert not any(word in text for text in end.texts for word in ("漏水", "head.community"))


@ON_SQLITE
@pytest.mark.parametrize(("kind", "said"), [("dingtalk", "errcode 310000: sign not match"), ("feishu", "code 19021: sign match fail")])
def test_a_wrong_secret_is_a_refusal_though_the_answer_is_200(
    site: Site, session: Session, street: Street, end: FarEnd, kind: str, said: str
) -> None:
    robot(session, kind, secret="wrong", account_id=secretary(street))
    tell(session, street)
    assert outbox.run_robots(site, START).counts == {"failed": 1} and not end.texts
    with site.readings() as reading:
        assert reading.scalar(select(Outgoing.error).where(Outgoing.channel == kind)).startswith(said)


@ON_SQLITE
@pytest.mark.parametrize(
    ("answer", "counts", "state"),
    [
        ((500, "oops"), {"retry": 1}, "waiting"),
        ((200, "<html>"), {"retry": 1}, "waiting"),
        ((200, {"errcode": -1, "errmsg": "busy"}), {"retry": 1}, "waiting"),
        ((302, "", {"Location": "http://127.0.0.1:1/"}), {"failed": 1}, "failed"),
        ((404, ""), {"failed": 1}, "failed"),
        ("hang", {"retry": 1, "unreachable": 1}, "waiting"),
        ("drop", {"retry": 1, "unreachable": 1}, "waiting"),
    ],
)
def test_what_a_far_end_may_do(
    site: Site, session: Session, street: Street, end: FarEnd, answer: Any, counts: dict[str, int], state: str
) -> None:
    robot(session, account_id=secretary(street))
    tell(session, street)
    end.answers.append(answer)
    hurried = with_settings(site, outbound_timeout_seconds=1) if answer == "hang" else site
    assert outbox.run_robots(hurried, START).counts == counts and states(site) == [state]
    if state == "waiting":
        assert outbox.run_robots(site, START + MINUTE - timedelta(seconds=1)).counts == {}
        assert outbox.run_robots(site, START + MINUTE).counts == {"sent": 1} and len(end.texts) == 1


@ON_SQLITE
@pytest.mark.parametrize("answer", [(429, "", {"Retry-After": "300"}), (200, {"errcode": 130101, "errmsg": "send too fast"}, {"Retry-After": "300"})])
def test_too_many_holds_up_the_one_receiver(site: Site, session: Session, street: Street, end: FarEnd, answer: Any) -> None:
    robot(session, account_id=secretary(street))
    robot(session, account_id=street.people["head", "community"].id)
    tell(session, street, 3)
    end.answers.append(answer)
    assert outbox.run_robots(site, START).counts == {"throttled": 1, "retry": 1} and len(end.requests) == 1
    assert outbox.run_robots(site, START + 4 * MINUTE).counts == {}
    assert outbox.run_robots(site, START + 5 * MINUTE).counts == {"sent": 3}


@ON_SQLITE
def test_too_many_is_tried_ever_later_and_given_up_for_the_one_message(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    robot(session, account_id=secretary(street))
    tell(session, street, 2)
    short = with_settings(site, mail_attempts=3)
    at = START
    for pause, counts in ((1, {"throttled": 1, "retry": 1}), (2, {"throttled": 1, "retry": 1}), (4, {"throttled": 1, "failed": 1})):
        end.answers.append((429, "", {"Retry-After": "1"}))
        assert outbox.run_robots(short, at).counts == counts
        assert outbox.run_robots(short, at + pause * MINUTE - timedelta(seconds=1)).counts == {}, "the whole lane waits"
        at += pause * MINUTE
    assert states(site) == ["failed", "waiting"]
    assert outbox.run_robots(short, at).counts == {"sent": 1}


@ON_SQLITE
def test_an_unreachable_far_end_costs_no_tries(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    robot(session, account_id=secretary(street))
    tell(session, street)
    gone = with_settings(site, dingtalk_base="http://127.0.0.1:1/?access_token=", mail_attempts=2)
    for minute in range(4):
        assert outbox.run_robots(gone, START + minute * MINUTE).counts == {"unreachable": 1}
    assert outbox.run_robots(site, START + 5 * MINUTE).counts == {"sent": 1}


@ON_SQLITE
def test_a_person_chooses_what_comes_where_but_not_for_what_is_urgent(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    robot(session, account_id=secretary(street))
    with db.transaction(session):
        session.add(NoticeChoice(account_id=secretary(street), channels={"act": ["mail"], "inform": ["dingtalk"]}))
    tell(session, street)
    assert states(site) == [] and states(site, "mail") == ["waiting"]
    tell(session, street, code="dispute.closed")
    assert states(site) == ["waiting"] and states(site, "mail") == ["waiting"]
    tell(session, street, urgent=True)
    assert len(states(site)) == len(states(site, "mail")) == 2


@ON_SQLITE
def test_own_quiet_hours_may_be_shorter(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    robot(session, account_id=secretary(street))
    tell(session, street, at=NIGHT)
    assert outbox.run_robots(site, NIGHT).counts == {}
    with db.transaction(session):
        session.add(NoticeChoice(account_id=secretary(street), channels={}, quiet_from=23 * 60 + 30, quiet_to=7 * 60))
    assert outbox.run_robots(site, NIGHT + 30 * MINUTE).counts == {}, "23:30"
    assert outbox.run_robots(site, NIGHT + 29 * MINUTE).counts == {"sent": 1}, "23:29"


@ON_SQLITE
def test_the_switch_and_an_empty_base(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    robot(session, account_id=secretary(street))
    tell(session, street)
    assert outbox.run_robots(with_settings(site, robots_enabled=False), START).counts == {}
    assert outbox.run_robots(with_settings(site, dingtalk_base=""), START).counts == {"dropped": 1}


@ON_SQLITE
def test_a_group_hears_of_red_matters_by_number_alone(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    robot(session, area_id=street.areas["street"].id, told=["urgent"])
    robot(session, "wecom", area_id=street.areas["street"].id, told=["digest"])
    (id,) = accepted(session, street, facts={"people": 40})
    outbox.run_robots(site, START + MINUTE)
    assert states(site) and set(states(site)) == {"sent"} and states(site, "wecom") == []
    say = robots.translations("zh_Hans").gettext
    assert all("调〔2026〕102003-000001" in text and say("Red") in text and f"/cases/{id}" in text for text in end.texts)
    assert not any("漏水" in text for text in end.texts)
    before, lead = len(states(site)), street.actor(session, "secretary", "street")
    step(session, id, "instruct", lead, at=START + MINUTE, instruction="尽快处理")
    with db.transaction(session):
        session.execute(update(Case).values(confidential=True))
    step(session, id, "instruct", lead, at=START + 2 * MINUTE, instruction="加紧处理")
    assert len(states(site)) == before + 1, "nothing of what is confidential"


@ON_SQLITE
def test_a_killed_sender_sends_the_same_again(
    site: Site, session: Session, street: Street, end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    robot(session, account_id=secretary(street))
    tell(session, street)

    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "note", killed)
        with pytest.raises(KeyboardInterrupt):
            outbox.run_robots(site, START)
    other = dataclasses.replace(site, worker="another")
    assert outbox.run_robots(other, START).counts == {}, "still claimed"
    with db.transaction(session):
        session.execute(update(Outgoing).values(claimed_until=START))  # long ago by the database's clock
    assert outbox.run_robots(other, START).counts == {"sent": 1} and len(set(end.texts)) == 1 and len(end.texts) == 2


def test_the_cap_is_counted_exactly_whoever_sends(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    """Three senders at once stay within the cap together."""
    robot(session, account_id=secretary(street))
    tell(session, street, 9)
    capped = with_settings(site, mail_hourly_cap=4)
    workers = [dataclasses.replace(capped, worker=name) for name in ("one", "two", "three")]
    threads = [threading.Thread(target=outbox.run_robots, args=(worker, START)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox.run_robots(capped, START)
    assert len(end.texts) == 4 and sorted(states(site)) == ["merged"] * 5 + ["sent"] * 4
    assert [text for text in end.texts if text.startswith("6 ")], "the last place carries the other six"


def test_what_another_holds_counts_as_sent(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    robot(session, account_id=secretary(street))
    capped = with_settings(site, mail_hourly_cap=2)
    tell(session, street, 2)
    ready = outbox.is_ready("dingtalk", START, capped.settings)
    with db.transaction(session):
        parcels, _ = outbox.pack(session, dataclasses.replace(capped, worker="slow"), "dingtalk", START, ready)
    assert len(parcels) == 2
    tell(session, street, 2)
    assert outbox.run_robots(capped, START).counts == {} and not end.texts
