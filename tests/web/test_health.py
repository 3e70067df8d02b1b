"""/healthz and /readyz, and what every request gets."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from casemgr import logs
from casemgr.web.health import make_health
from casemgr.web.traffic import watch

SEEN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def pages(engine: Engine, *, trusted_proxies: int = 0) -> FlaskClient:
    app = Flask("health")
    watch(app, engine, trusted_proxies=trusted_proxies)
    app.register_blueprint(make_health(engine, heartbeat=lambda connection: SEEN))
    app.add_url_rule("/cases/<int:number>", view_func=lambda number: "ok", endpoint="case")
    return app.test_client()


@pytest.fixture
def nowhere() -> Iterator[Engine]:
    engine = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=2")
    yield engine
    engine.dispose()


def test_a_living_process_says_so_without_a_database(nowhere: Engine) -> None:
    answer = pages(nowhere).get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_ready_when_database_and_schema_are(engine: Engine) -> None:
    answer = pages(engine).get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "database": "ok", "schema": "ok", "scheduler": SEEN.isoformat()}


def test_not_ready_before_the_newest_migration(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    answer = pages(engine).get("/readyz")
    assert answer.status_code == 503
    assert answer.json["schema"] == "not at the newest migration"


def test_not_ready_without_a_database(nowhere: Engine) -> None:
    answer = pages(nowhere).get("/readyz")
    assert answer.status_code == 503
    assert answer.json["database"] == "no answer"


def test_a_request_is_logged_by_its_route(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO")
    answer = pages(engine).get("/cases/4711?phone=13800000000")
    text = capsys.readouterr().err
    handlers = logging.getLogger().handlers
    handlers[:] = [h for h in handlers if not isinstance(h, logs.Stderr)]
    entry = json.loads(text)
    assert (entry["method"], entry["route"], entry["status"]) == ("GET", "/cases/<int:number>", 200)
    assert entry["request_id"] == answer.headers["X-Request-ID"]
    assert "13800000000" not in text
    assert "4711" not in text


@pytest.mark.parametrize(("proxies", "taken"), [(0, False), (1, True)])
def test_only_a_trusted_proxy_names_the_request(engine: Engine, proxies: int, taken: bool) -> None:
    answer = pages(engine, trusted_proxies=proxies).get("/healthz", headers={"X-Request-ID": "from-outside-1"})
    assert (answer.headers["X-Request-ID"] == "from-outside-1") is taken
