"""The outbox: each mail once, retries with growing pauses, quiet hours, the cap, the switch, and no personal word in a mail."""

import dataclasses
import smtplib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import String, func, insert, select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.jobs import mails, outbox
from casemgr.jobs.site import Site
from casemgr.models import Notice, Outgoing
from casemgr.services.telling import write_notices
from tests.jobs.sink import Sink, mail_server
from tests.jobs.world import START, Street, accepted

MINUTE = timedelta(minutes=1)
NIGHT = START + timedelta(hours=14)  # 23:00 in Shanghai


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_server() as (sink, port):
        sink.port = port  # type: ignore[attr-defined]
        yield sink


@pytest.fixture
def site(site: Site, sink: Sink) -> Site:
    return with_settings(site, smtp_host="127.0.0.1", smtp_port=sink.port)  # type: ignore[attr-defined]


def with_settings(site: Site, **values: object) -> Site:
    return dataclasses.replace(site, settings=site.settings.model_copy(update=values))


def tell(session: Session, street: Street, *, at: datetime = START, urgent: bool = False, who: str = "secretary") -> None:
    """One notice to a person of the community, with its mail, about no matter."""
    account = street.people[who, "community"].id
    row = {
        "account_id": account, "case_id": None, "seq": None, "code": "digest.vacant", "params": {"posts": 1, "matters": 2},
        "urgent": urgent, "created_at": at, "read_at": None,
    }  # fmt: skip
    with db.transaction(session):
        write_notices(session, [row])


def states(site: Site) -> list[str]:
    with site.readings() as session:
        return list(session.scalars(select(Outgoing.state).order_by(Outgoing.id)))


def test_sends_what_waits_in_the_readers_words_without_personal_ones(
    site: Site, session: Session, street: Street, sink: Sink
) -> None:
    (id,) = accepted(session, street)
    done = outbox.run(site, START + MINUTE)
    assert done.counts["sent"] == len(sink.mails) == len(states(site)) == 2, "what only informs stays in the inbox"
    assert done.lateness == 60
    mail = sink.mails[0]
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Message-ID"].startswith("<casemgr.1.")
    say = mails.translations("zh_Hans").gettext
    assert mail["Subject"] == say("%(number)s waits to be accepted.") % {"number": "调〔2026〕102003-000001"}
    for part in ("plain", "html"):
        body = mail.get_body((part,))
        assert body and f"{site.settings.base_url}/cases/{id}" in body.get_content()
        assert "漏水" not in body.get_content()


def test_chinese_words_and_names_survive_the_way(site: Site, session: Session, street: Street, sink: Sink) -> None:
    tell(session, street)
    with site.readings() as reading:
        line = outbox.load_lines(reading, [1])[1]
    parcel = mails.Parcel(1, "mail:1", "a@example.org", "zh_Hans", 1, [line])
    with mails.Postman(site.settings) as postman:
        postman.send(mails.compose(parcel, site.settings, START, lambda msgid: "空缺岗位%(posts)s个" if "posts" in msgid else msgid))
    assert sink.mails[0]["Subject"] == "空缺岗位1个"
    assert "空缺岗位1个" in sink.mails[0].get_body(("html",)).get_content()


def test_nothing_the_second_time(site: Site, session: Session, street: Street, sink: Sink) -> None:
    tell(session, street)
    outbox.run(site, START)
    assert outbox.run(site, START).counts == {} and len(sink.mails) == 1


def test_catches_up_after_days_without_a_storm(site: Site, session: Session, street: Street, sink: Sink) -> None:
    for day in range(30):
        tell(session, street, at=START + timedelta(days=day))
    capped = with_settings(site, mail_hourly_cap=5)
    done = outbox.run(capped, START + timedelta(days=30))
    assert done.counts == {"sent": 5} and done.lateness > 0
    assert sorted(states(site)) == ["merged"] * 25 + ["sent"] * 5
    assert "26" in sink.mails[-1]["Subject"]
    tell(session, street, at=START + timedelta(days=30))
    assert outbox.run(capped, START + timedelta(days=30, minutes=1)).counts == {}, "no room for an hour"
    assert outbox.run(capped, START + timedelta(days=30, hours=1)).counts == {"sent": 1}


def test_one_bad_mail_does_not_stop_the_rest(site: Site, session: Session, street: Street, sink: Sink) -> None:
    for who in ("secretary", "head", "mediator"):
        tell(session, street, who=who)
    with db.transaction(session):
        session.execute(update(Notice).where(Notice.id == 1).values(code="no.such_sentence"))
    sink.answers["head.community@example.org"] = "550 no such mailbox"
    done = outbox.run(site, START)
    assert done.counts == {"retry": 1, "failed": 1, "sent": 1}
    assert states(site) == ["waiting", "failed", "sent"]


def test_refusals_for_now_are_tried_again_ever_later_and_given_up(
    site: Site, session: Session, street: Street, sink: Sink
) -> None:
    patient = with_settings(site, mail_attempts=3)
    tell(session, street)
    sink.answers[""] = "451 later"
    at = START
    for pause in (1, 2):
        assert outbox.run(patient, at).counts == {"retry": 1}
        assert outbox.run(patient, at + pause * MINUTE - timedelta(seconds=1)).counts == {}
        at += pause * MINUTE
    assert outbox.run(patient, at).counts == {"failed": 1} and states(site) == ["failed"]
    assert [outbox.pause(n) for n in (1, 2, 5, 40)] == [MINUTE, 2 * MINUTE, 16 * MINUTE, timedelta(hours=6)]


def test_an_unreachable_server_costs_no_tries(site: Site, session: Session, street: Street, sink: Sink) -> None:
    tell(session, street)
    gone = with_settings(site, smtp_port=1, mail_attempts=2)
    for minute in range(4):
        assert outbox.run(gone, START + minute * MINUTE).counts == {"unreachable": 1}
    assert outbox.run(site, START + 5 * MINUTE).counts == {"sent": 1}


def test_a_mail_over_which_the_server_hangs_up_is_given_up_and_stops_nobody(
    site: Site, session: Session, street: Street, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = with_settings(site, mail_attempts=2)
    tell(session, street)
    whole = sink.handle_RCPT

    async def hang_up(server: Any, about: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address.startswith("secretary"):
            server.transport.close()
        return await whole(server, about, envelope, address, options)

    monkeypatch.setattr(sink, "handle_RCPT", hang_up)
    assert outbox.run(patient, START).counts == {"retry": 1, "unreachable": 1}
    tell(session, street, who="head")
    assert outbox.run(patient, START).counts == {"sent": 1}, "the other waits"
    assert outbox.run(patient, START + MINUTE).counts == {"failed": 1, "unreachable": 1}
    assert states(site) == ["failed", "sent"]


def test_an_address_in_letters_that_the_server_does_not_take_is_given_up(
    site: Site, session: Session, street: Street, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.transaction(session):
        street.people["secretary", "community"].email = "secretary@例子.cn"
    tell(session, street)
    tell(session, street, who="head")
    monkeypatch.setattr(smtplib.SMTP, "has_extn", lambda self, name: False)
    assert outbox.run(site, START).counts == {"failed": 1, "sent": 1} and states(site) == ["failed", "sent"]


@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
def test_more_waits_than_a_statement_has_parameters(site: Site, session: Session, street: Street, sink: Sink) -> None:
    tell(session, street)
    names = [column.name for column in Outgoing.__table__.columns if column.name not in ("id", "key")]
    with db.transaction(session):
        more = select(*(Outgoing.__table__.c[name] for name in names), func.generate_series(1, 66_000).cast(String))
        session.execute(insert(Outgoing).from_select([*names, "key"], more))
    assert outbox.run(site, START).counts == {"sent": site.settings.mail_hourly_cap}
    assert set(states(site)) == {"sent", "merged"}


def test_a_second_sender_waits_for_the_lanes_that_the_first_is_packing_for(
    site: Site, session: Session, street: Street, sink: Sink
) -> None:
    tell(session, street)
    ready = outbox.is_ready("mail", START, site.settings)
    with ThreadPoolExecutor(1) as pool:
        with site.sessions() as first, db.transaction(first):
            assert outbox.hold_lanes(first, outbox.next_lanes(first, ready))
            second = pool.submit(outbox.run, site, START)
            time.sleep(0.3)
        assert second.result().counts == {"sent": 1}


@pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
def test_a_first_sender_that_hangs_is_not_waited_for_without_end(
    site: Site, session: Session, street: Street, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(session, street)
    monkeypatch.setattr(outbox, "BETWEEN_LOOKS", 0.001)
    with site.sessions() as first, db.transaction(first):
        outbox.hold_lanes(first, outbox.next_lanes(first, outbox.is_ready("mail", START, site.settings)))
        assert outbox.run(site, START).counts == {}
    assert outbox.run(site, START).counts == {"sent": 1}


def test_at_night_only_urgent_mails_go(site: Site, session: Session, street: Street, sink: Sink) -> None:
    tell(session, street, at=NIGHT)
    tell(session, street, at=NIGHT, urgent=True)
    assert outbox.run(site, NIGHT).counts == {"sent": 1}
    assert states(site) == ["waiting", "sent"]
    morning = START + timedelta(hours=23)  # 08:00
    assert outbox.run(site, morning).lateness == 0 and states(site) == ["sent", "sent"]


def test_the_switch_holds_all_mail(site: Site, session: Session, street: Street, sink: Sink) -> None:
    tell(session, street, urgent=True)
    assert outbox.run(with_settings(site, mail_enabled=False), START).counts == {}
    assert states(site) == ["waiting"] and outbox.run(site, START).counts == {"sent": 1}


def test_without_a_mail_server_nothing_waits(site: Site, session: Session, street: Street) -> None:
    tell(session, street)
    assert outbox.run(with_settings(site, smtp_host=""), START).counts == {"dropped": 1}
    assert states(site) == ["dropped"]


def test_a_killed_senders_mail_is_sent_again_as_the_same_mail(
    site: Site, session: Session, street: Street, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(session, street)

    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "note", killed)
        with pytest.raises(KeyboardInterrupt):
            outbox.run(site, START)
    other = dataclasses.replace(site, worker="another")
    assert outbox.run(other, START).counts == {}, "still claimed"
    with db.transaction(session):
        session.execute(update(Outgoing).values(claimed_until=START))  # long ago by the database's clock
    assert outbox.run(other, START).counts == {"sent": 1}
    first, second = (mail["Message-ID"] for mail in sink.mails)
    assert first == second


def test_an_account_without_address_gets_none(site: Site, session: Session, street: Street, sink: Sink) -> None:
    tell(session, street)
    with db.transaction(session):
        street.people["secretary", "community"].active = False
    assert outbox.run(site, START).counts == {} and states(site) == ["dropped"]
    with site.readings() as reading:
        assert reading.scalar(select(func.count()).select_from(Notice)) == 1


def test_messages_long_done_with_are_forgotten_and_waiting_ones_never(site: Site, session: Session, street: Street) -> None:
    tell(session, street)
    outbox.run(site, START)
    tell(session, street, at=START + MINUTE, who="head")
    later = START + outbox.DONE_KEPT
    assert outbox.prune(site, later) == 0
    assert outbox.prune(site, later + MINUTE) == 1
    assert session.scalars(select(Outgoing.state)).all() == ["waiting"]
    assert session.scalar(select(func.count()).select_from(Notice)) == 2
