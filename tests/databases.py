"""Throw-away databases for tests: built once by the migrations, then copied for every test."""

import itertools
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from casemgr import db, schema
from casemgr.db import Base

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


SHAPE = """
SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
       (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'),
       (SELECT version_num FROM alembic_version)
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
SEEDED = ("tally_marks",)  # their rows come with the schema


class Emptied:
    """A database of PostgreSQL that one test after another uses: emptied after each, which costs far less than making one.

    A test that changed the schema leaves a database that nobody takes over.
    """

    def __init__(self, template: str) -> None:
        self.template = template

    def __enter__(self) -> "Emptied":
        with ExitStack() as stack:
            self.url = stack.enter_context(postgres_database(self.template))
            engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
            self.connection = stack.enter_context(engine.connect())
            self.shape = self.told(SHAPE)
            assert not self.told(SEQUENCES), "the schema brings numbered rows: put them back after emptying"
            self.first = {name: [dict(row) for row in self.connection.execute(select_all(name)).mappings()] for name in SEEDED}
            filled = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for (name,) in self.told(TABLES))
            self.filled = " UNION ALL ".join(filled)
            self.lent = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self.lent.close()

    def told(self, query: str) -> Sequence[Any]:
        """All rows of a query."""
        return self.connection.exec_driver_sql(query).all()

    def empty(self) -> None:
        """As it was when it was made."""
        self.told(OTHERS)
        if self.told(SHAPE) != self.shape:
            self.lent.close()
            self.__enter__()
            return
        clear = [f"DELETE FROM {name}" for (name,) in self.told(self.filled)]
        clear += [f"ALTER SEQUENCE {name} RESTART" for (name,) in self.told(SEQUENCES)]
        alone = "SET session_replication_role = replica"  # no trigger, no foreign key
        self.connection.exec_driver_sql("; ".join([alone, *clear, "RESET session_replication_role"]))
        for name, rows in self.first.items():
            self.connection.execute(sa.insert(Base.metadata.tables[name]), rows)


def select_all(name: str) -> sa.Select[Any]:
    """All rows of a table."""
    return sa.select(Base.metadata.tables[name])


@contextmanager
def postgres_template() -> Iterator[str]:
    """The name of a migrated, empty database that fresh ones are made from."""
    with postgres_database("template0") as url:
        engine = db.make_engine(url, durable=False)
        schema.upgrade(engine)
        engine.dispose()
        yield str(sa.make_url(url).database)
