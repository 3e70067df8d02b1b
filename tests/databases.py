"""Throw-away databases for tests: built once by the migrations, then copied for every test."""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from casemgr import db, schema

URL = "CASEMGR_TEST_POSTGRES_URL"
WITHOUT = "CASEMGR_TEST_ALLOW_SQLITE_ONLY"
NUMBERS = itertools.count(1)


def make_sqlite_template(folder: Path) -> Path:
    """A migrated, empty SQLite file."""
    path = folder / "template.sqlite3"
    engine = db.make_engine(f"sqlite:///{path}", durable=False)
    schema.upgrade(engine)
    engine.dispose()
    return path


def copy_sqlite(template: Path, folder: Path) -> str:
    """The URL of a fresh copy of the template."""
    copy = folder / "test.sqlite3"
    shutil.copyfile(template, copy)
    return f"sqlite:///{copy}"


def server_url() -> sa.URL:
    """Where the PostgreSQL for tests listens. Skips only when that was asked for; else its absence is a failure."""
    if url := os.environ.get(URL):
        return sa.make_url(url)
    if os.environ.get(WITHOUT) == "1":
        pytest.skip(f"{WITHOUT}=1: without PostgreSQL")
    pytest.fail(f"{URL} is not set: run `make test`, or set {WITHOUT}=1 to test on SQLite alone.", pytrace=False)


def run_on_server(*statements: str) -> None:
    """Run statements that cannot stand in a transaction, such as CREATE DATABASE."""
    engine = sa.create_engine(server_url(), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@contextmanager
def postgres_database(template: str) -> Iterator[str]:
    """The URL of a fresh database made from a template, dropped at the end."""
    name = f"casemgr_{os.getpid()}_{next(NUMBERS)}"
    run_on_server(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield server_url().set(database=name).render_as_string(hide_password=False)
    finally:
        run_on_server(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def postgres_template() -> Iterator[str]:
    """The name of a migrated, empty database that fresh ones are made from."""
    with postgres_database("template0") as url:
        engine = db.make_engine(url, durable=False)
        schema.upgrade(engine)
        engine.dispose()
        yield str(sa.make_url(url).database)
