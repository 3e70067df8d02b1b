"""What people and programs are told when the database goes away: that nothing was changed, or that it may have been."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from casemgr.models import Case
from tests.api.programs import program
from tests.world import World, log_in

GONE = "The database does not answer just now."


@contextmanager
def failing(app: Flask, moment: str) -> Iterator[None]:
    """While the block runs the database is gone at that moment: `before_cursor_execute` or `commit`."""

    def fail(*args: object) -> None:
        raise OperationalError("", {}, ConnectionError("gone"), connection_invalidated=True)

    event.listen(app.extensions["engine"], moment, fail)
    try:
        yield
    finally:
        event.remove(app.extensions["engine"], moment, fail)


def count(app: Flask) -> int:
    """How many matters there are."""
    with app.extensions["readings"]() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


@pytest.mark.parametrize(("moment", "code"), [("before_cursor_execute", "unavailable"), ("commit", "unsure")])
def test_a_program_hears_whether_it_may_have_been_done(app: Flask, world: World, moment: str, code: str) -> None:
    worker = program(app, world, "worker_a1")
    body = {"text": "三楼漏水到二楼。", "area_id": world.areas["grid_a1"].id}
    worker.get("/me")  # the share of the minute is in hand: a commit of its own
    with failing(app, moment):
        told = worker.post("/cases", body, Idempotency_Key="k1")
    assert (told.status_code, told.json["code"], told.headers["Retry-After"]) == (503, code, "2")
    assert count(app) == 0
    again = worker.post("/cases", body, Idempotency_Key="k1")
    assert (again.status_code, "Idempotent-Replayed" in again.headers, count(app)) == (201, False, 1)


def test_a_page_says_so_without_the_database(app: Flask, world: World) -> None:
    client = world.client(app, "worker_a1")
    with failing(app, "before_cursor_execute"):
        told = client.get("/desk?lang=en")
    assert told.status_code == 503
    assert GONE in told.text


def test_a_page_says_when_it_may_have_been_saved(app: Flask, world: World) -> None:
    with failing(app, "commit"):
        told = log_in(app.test_client(), "worker_a1")
    assert told.status_code == 503
    assert "保存时与数据库的连接中断" in told.text or "it may have been" in told.text
    assert log_in(app.test_client(), "worker_a1").status_code == 302
