"""Webhooks against a server that checks the signature: queued with the event, sent once, tried again, replayed."""

import dataclasses
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import Invalid
from casemgr.jobs import webhooks as job
from casemgr.jobs.site import Site
from casemgr.models import Case, Delivery
from casemgr.policy import SETUP
from casemgr.services import webhooks
from casemgr.services.cases import open_cases
from tests.jobs.far_end import FarEnd, far_end
from tests.jobs.world import START, Street, accepted, register, seeds_of, step

MINUTE = timedelta(minutes=1)
BY: dict[str, Any] = {"actor": SETUP, "at": START}
ON_SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture
def end() -> Iterator[FarEnd]:
    with far_end() as end:
        yield end


@pytest.fixture
def site(site: Site, end: FarEnd) -> Site:
    return dataclasses.replace(site, settings=site.settings.model_copy(update=end.settings))


def hook(session: Session, street: Street, end: FarEnd, *, level: str = "street", kinds: tuple[str, ...] = (), path: str = "/hook") -> tuple[int, str]:
    with db.transaction(session):
        made, secret = webhooks.add_webhook(
            session, "大屏", end.url + path, street.areas[level].id, kinds, webhooks.origins(end.url), **BY
        )
    return made.id, secret


def arrived(end: FarEnd, secret: str) -> list[dict[str, Any]]:
    """What arrived, each with a signature as docs/notices.md tells programmes to check it, and fresh."""
    found = []
    for _, headers, body in end.requests:
        stamp = headers["X-Casemgr-Timestamp"]
        assert headers["X-Casemgr-Signature"] == f"v1={job.signature(secret, stamp, body)}"
        assert abs(time.time() - int(stamp)) < 300
        found.append(json.loads(body))
        assert headers["X-Casemgr-Delivery"] == str(found[-1]["delivery"])
    return found


def states(site: Site) -> list[tuple[str, int]]:
    with site.readings() as session:
        return [tuple(row) for row in session.execute(select(Delivery.state, Delivery.attempts).order_by(Delivery.id))]


def test_events_are_told_once_in_their_order_without_words(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    _, secret = hook(session, street, end)
    (id,) = accepted(session, street)
    assert job.run(site, START).counts == {"sent": 4} and job.run(site, START + MINUTE).counts == {}
    told = arrived(end, secret)
    assert [(t["event"], t["seq"]) for t in told] == [
        ("dispute.registered", 1), ("dispute.accepted", 2), ("dispute.assigned", 3), ("dispute.taken", 4),
    ]  # fmt: skip
    assert told[0]["case"] == {"id": id, "number": "调〔2026〕102003-000001", "process": "dispute"}
    assert not any(word in body.decode() for _, _, body in end.requests for word in ("漏水", "example.org", "mediator"))


@ON_SQLITE
def test_only_its_area_its_processes_and_nothing_confidential(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    hook(session, street, end, kinds=("request", "incoming"))
    hook(session, street, end, level="grid")
    register(session, street)
    register(session, street, history=True)
    with site.readings() as reading:
        assert len(reading.scalars(select(Delivery.webhook_id)).all()) == 1, "the grid's, and no history"
    with db.transaction(session):
        session.execute(update(Case).values(confidential=True))
    step(session, 1, "accept", street.actor(session, "head", "community"), at=START, category="0201", people=40)
    assert [state for state, _ in states(site)] == ["waiting"], "nothing more of what is confidential now"


@ON_SQLITE
def test_an_event_that_is_rolled_back_is_never_told(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    hook(session, street, end)
    worker = street.actor(session, "grid_worker", "grid")
    with pytest.raises(RuntimeError), db.transaction(session):
        open_cases(session, "dispute", seeds_of(street, 1, {}), actor=worker, at=START)
        assert len(session.scalars(select(Delivery.id)).all()) == 1
        raise RuntimeError
    assert job.run(site, START).counts == {}


@ON_SQLITE
def test_failures_are_tried_again_ever_later_given_up_and_replayed(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    id, secret = hook(session, street, end)
    short = dataclasses.replace(site, settings=site.settings.model_copy(update={"webhook_attempts": 3}))
    register(session, street)
    end.answers += [(500, ""), (302, "", {"Location": "/"}), (404, "")]
    at = START
    for pause in (1, 2):
        assert job.run(short, at).counts == {"retry": 1}
        assert job.run(short, at + pause * MINUTE - timedelta(seconds=1)).counts == {}
        at += pause * MINUTE
    assert job.run(short, at).counts == {"failed": 1} and states(site) == [("failed", 3)]
    with db.transaction(session):
        assert webhooks.replay(session, id, **BY) == 1
    assert job.run(short, at).counts == {"sent": 1}
    assert len({told["delivery"] for told in arrived(end, secret)}) == 1, "the same delivery throughout"


@ON_SQLITE
@pytest.mark.parametrize(("answer", "tried"), [("hang", 3), ((429, "", {"Retry-After": "120"}), 1)])
def test_a_silent_programme_costs_one_try_of_all_a_busy_one_of_the_first_and_holds_up_nobody_else(
    site: Site, session: Session, street: Street, end: FarEnd, answer: Any, tried: int
) -> None:
    hook(session, street, end)
    hurried = dataclasses.replace(site, settings=site.settings.model_copy(update={"outbound_timeout_seconds": 3}))
    with far_end() as other:
        with db.transaction(session):
            webhooks.add_webhook(session, "b", other.url, street.areas["street"].id, (), (other.url,), **BY)
        register(session, street, 3)
        end.answers.append(answer)
        assert job.run(hurried if answer == "hang" else site, START).counts["sent"] == 3 and len(other.requests) == 3 and len(end.requests) == 1
    assert sorted(states(site), reverse=True) == [("waiting", 1)] * tried + [("waiting", 0)] * (3 - tried) + [("sent", 1)] * 3
    assert job.run(site, START + 2 * MINUTE).counts == {"sent": 3}


@ON_SQLITE
def test_too_many_costs_a_try_of_the_one_refused_and_is_given_up_in_the_end(
    site: Site, session: Session, street: Street, end: FarEnd
) -> None:
    hook(session, street, end)
    short = dataclasses.replace(site, settings=site.settings.model_copy(update={"webhook_attempts": 3}))
    register(session, street, 3)
    at = START
    for pause, counts in ((1, {"throttled": 1}), (2, {"throttled": 1}), (4, {"throttled": 1})):
        end.answers.append((429, "", {"Retry-After": "1"}))
        assert job.run(short, at).counts == counts
        assert job.run(short, at + pause * MINUTE - timedelta(seconds=1)).counts == {}, "ever longer"
        at += pause * MINUTE
    assert states(site) == [("failed", 3), ("waiting", 0), ("waiting", 0)]
    assert job.run(short, at).counts == {"sent": 2}


@ON_SQLITE
def test_a_paused_webhook_waits(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    id, _ = hook(session, street, end)
    register(session, street)
    with db.transaction(session):
        webhooks.set_active(session, id, False, **BY)
    register(session, street)
    assert job.run(site, START).counts == {}
    with db.transaction(session):
        webhooks.set_active(session, id, True, **BY)
    assert job.run(site, START).counts == {"sent": 1}


def test_a_killed_senders_delivery_comes_again_under_the_same_id(
    site: Site, session: Session, street: Street, end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = hook(session, street, end)
    register(session, street)

    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(job, "note", killed)
        with pytest.raises(KeyboardInterrupt):
            job.run(site, START)
    other = dataclasses.replace(site, worker="another")
    assert job.run(other, START).counts == {}, "still claimed"
    with db.transaction(session):
        session.execute(update(Delivery).values(claimed_until=START))  # long ago by the database's clock
    assert job.run(other, START).counts == {"sent": 1}
    first, second = arrived(end, secret)
    assert first == second


@ON_SQLITE
def test_old_deliveries_are_forgotten(site: Site, session: Session, street: Street, end: FarEnd) -> None:
    _, secret = hook(session, street, end)
    register(session, street, 2)
    job.run(site, START)
    assert job.prune(site, START + timedelta(days=29)) == 0 and job.prune(site, START + timedelta(days=31)) == 1
    register(session, street)
    job.run(site, START)
    assert len({told["delivery"] for told in arrived(end, secret)}) == 3, "no id is ever given again"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/hook", "http://hooks.example.org/x", "https://hooks.example.org:444/x", "ftp://hooks.example.org/",
        "https://hooks.example.org@10.0.0.1/", "https://10.0.0.1/?https://hooks.example.org/", "https://hooks.example.org\\@x/",
        "https://hooks.example.org/#x", "",
    ],
)  # fmt: skip
def test_a_webhook_goes_only_where_it_may(address: str) -> None:
    with pytest.raises(Invalid):
        webhooks.read_address(address, ("https://hooks.example.org",))


def test_where_it_may_go() -> None:
    assert webhooks.read_address(" https://Hooks.example.org/a?b=c ", ("https://hooks.example.org",))
    with pytest.raises(Invalid, match="nowhere|check"):
        webhooks.read_address("https://hooks.example.org/", ())
