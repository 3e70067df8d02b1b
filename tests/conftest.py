"""Fixtures for all tests. Whatever takes `db_url`, directly or not, runs on SQLite and on PostgreSQL."""

import base64
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.serving import make_server

import casemgr
from casemgr import db
from casemgr.clock import FixedClock
from casemgr.config import Settings, load_settings
from casemgr.keys import Keyring
from tests import databases
from tests.world import world  # noqa: F401  a fixture for all

KEEP = ("CASEMGR_TEST_", "CASEMGR_CHROMIUM")
for name in [n for n in os.environ if n.startswith("CASEMGR_") and not n.startswith(KEEP)]:
    del os.environ[name]  # the settings of whoever runs the tests are not the tests' settings

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 2026-03-02, a working Monday, 09:00 in Shanghai
KEY = base64.b64encode(b"k" * 32).decode()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long forms too")
    parser.addoption("--pictures", type=Path, help="keep pictures of the pages in this folder")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        items[:] = [item for item in items if not item.get_closest_marker("long")]


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Path | None:
    """Where pictures of the pages are kept, if they are."""
    folder: Path | None = request.config.getoption("--pictures")
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.make_sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    with databases.postgres_template() as name:
        yield name


@pytest.fixture(scope="session")
def postgres_emptied(postgres_template: str) -> Iterator[databases.Emptied]:
    with databases.Emptied(postgres_template) as lent:
        yield lent


@pytest.fixture(params=["sqlite", "postgresql"])
def db_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with the newest schema and nothing in it."""
    if request.param == "sqlite":
        yield databases.copy_sqlite(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        lent = request.getfixturevalue("postgres_emptied")
        yield lent.url
        lent.empty()


@pytest.fixture
def engine(db_url: str) -> Iterator[Engine]:
    engine = db.make_engine(db_url, durable=False)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine, tmp_path: Path) -> Iterator[Session]:
    key = base64.b64decode(KEY)
    with db.make_session(engine)(info={"keys": Keyring({"1": key}, key), "files": tmp_path / "data" / "files"}) as session:
        yield session


@pytest.fixture
def clock() -> FixedClock:
    """Stands at Monday 2026-03-02, 09:00 in Shanghai, until the test moves it."""
    return FixedClock(MONDAY)


@pytest.fixture
def settings(db_url: str, tmp_path: Path) -> Settings:
    return load_settings(**values_for_tests(db_url, tmp_path / "data"), _env_file=None)


@pytest.fixture
def environ(db_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment for a process of its own that works on the same database with the same settings."""
    values = values_for_tests(db_url, tmp_path / "data")
    return {**os.environ, **{f"CASEMGR_{name.upper()}": str(value) for name, value in values.items()}}


def values_for_tests(url: str, folder: Path) -> dict[str, Any]:
    """Settings of a test: fixed secrets, and password hashes that cost next to nothing."""
    return {
        "environment": "test",
        "database_url": url,
        "data_dir": folder,
        "secret_key": "tests " * 8,
        "data_keys": f"1:{KEY}",
        "blind_index_key": KEY,
        "argon2_memory_kib": 8,
        "argon2_time_cost": 1,
        "argon2_parallelism": 1,
        **dict.fromkeys(("heavy_per_minute", "search_per_minute", "open_per_minute"), 0),  # clocks of tests stand still
        **{f"{kind}_base": f"http://127.0.0.1:1/{kind}?" for kind in ("dingtalk", "wecom", "feishu")},  # nothing goes outside
    }


class Compiled(BytecodeCache):
    """Templates are compiled once for all applications that the tests make."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key + bucket.checksum in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key + bucket.checksum])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


COMPILED = Compiled()


class CompiledRule(Rule):
    """An address is compiled once for all applications that the tests make: half of what making one costs."""

    kept: ClassVar[dict[object, Any]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        key = (self.rule, self.subdomain, self.host, repr(self.defaults), append_unknown)
        if key not in self.kept:
            self.kept[key] = super()._compile_builder(append_unknown)
        return self.kept[key]


Flask.url_rule_class = CompiledRule


@pytest.fixture
def app(settings: Settings, clock: FixedClock) -> Iterator[Flask]:
    app = casemgr.create_app(settings, clock=clock)
    app.jinja_env.bytecode_cache = COMPILED
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@dataclass(frozen=True)
class LiveServer:
    """The application answering on a real port of this computer."""

    app: Flask
    url: str


@contextmanager
def serving(app: Flask) -> Iterator[LiveServer]:
    """Serve `app` from a thread of this process while the block runs."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield LiveServer(app, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def live_server(app: Flask) -> Iterator[LiveServer]:
    with serving(app) as server:
        yield server
