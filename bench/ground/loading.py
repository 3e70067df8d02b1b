"""Writing rows by the hundred thousand: COPY on PostgreSQL, executemany on SQLite, with indexes and triggers put back afterwards."""

import io
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import psycopg

from bench.ground.plates import Row, quoted
from bench.ground.stamping import Batch

BYTEA = "\\\\x"


class Loader(Protocol):
    """A way into an empty, migrated database."""

    def write(self, batch: Batch) -> None:
        """Add rows by table, as SQLite keeps them."""

    def close(self) -> None:
        """Put back what was taken away."""


class IntoSqlite:
    """The file without its secondary indexes and triggers until the rows are there."""

    def __init__(self, path: str, columns: dict[str, Sequence[str]]) -> None:
        """Nobody else has the file open."""
        self.base = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000", "temp_store=MEMORY"):
            self.base.execute(f"PRAGMA {pragma}")
        kept = "type IN ('index', 'trigger') AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        self.later = self.base.execute(f"SELECT type, name, sql FROM sqlite_master WHERE {kept}").fetchall()
        for kind, name, _ in self.later:
            self.base.execute(f'DROP {kind} "{name}"')
        self.into = {
            name: f"INSERT INTO {name} ({', '.join(quoted(cols))}) VALUES ({', '.join('?' * len(cols))})" for name, cols in columns.items()
        }
        self.base.execute("BEGIN")

    def write(self, batch: Batch) -> None:
        for name, rows in batch.items():
            self.base.executemany(self.into[name], rows)

    def close(self) -> None:
        self.base.execute("COMMIT")
        for _, _, sql in self.later:
            self.base.execute(sql)
        self.base.execute("ANALYZE")
        self.base.execute("PRAGMA journal_mode=WAL")
        self.base.close()


class IntoPostgres:
    """One transaction without foreign keys, indexes and triggers until the rows are there."""

    def __init__(self, dsn: str, columns: dict[str, Sequence[str]]) -> None:
        """Nobody else uses the database."""
        self.base = psycopg.connect(dsn, autocommit=True)
        self.columns = columns
        for setting in ("TimeZone = 'UTC'", "synchronous_commit = off", "maintenance_work_mem = '512MB'", "session_replication_role = replica"):
            self.base.execute(f"SET {setting}")
        self.later = self.take_away()

    def take_away(self) -> list[str]:
        """Drop foreign keys, keys and indexes of the tables that are filled; what makes them again, in order."""
        mine = "n.nspname = 'public' AND c.relname <> 'alembic_version'"
        foreign = self.base.execute(
            "SELECT c.relname, k.conname, pg_get_constraintdef(k.oid), k.contype FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
            f"JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {mine} AND k.contype IN ('f', 'p', 'u') "
            "ORDER BY array_position(ARRAY['f', 'u', 'p'], k.contype::text)"
        ).fetchall()
        again = {"p": [], "u": [], "f": []}
        for table, name, definition, kind in foreign:
            self.base.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
            again[kind].append(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}')
        indexes = self.base.execute(
            "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.schemaname = 'public' AND i.tablename <> 'alembic_version'"
        ).fetchall()
        for name, _ in indexes:
            self.base.execute(f'DROP INDEX "{name}"')
        return again["p"] + again["u"] + [definition for _, definition in indexes] + again["f"]

    def write(self, batch: Batch) -> None:
        for name, rows in batch.items():
            columns = ", ".join(quoted(self.columns[name]))
            with self.base.cursor().copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
                for at in range(0, len(rows), 2000):
                    copy.write(lines(rows[at : at + 2000]))

    def close(self) -> None:
        for statement in self.later:
            self.base.execute(statement)
        self.base.execute("SELECT setval(pg_get_serial_sequence(c.table_name, 'id'), 1) FROM information_schema.columns c WHERE false")
        tables = self.base.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'id' AND column_default LIKE 'nextval%'"
        ).fetchall()
        for (table,) in tables:
            self.base.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))")
        self.base.execute("VACUUM ANALYZE")
        self.base.close()


ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def lines(rows: Iterable[Row]) -> str:
    """Rows as COPY reads them."""
    out = io.StringIO()
    for row in rows:
        out.write("\t".join([cell(value) for value in row]))
        out.write("\n")
    return out.getvalue()


def cell(value: Any) -> str:
    """One value as COPY reads it."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(ESCAPES) if not value.isalnum() else value
    if isinstance(value, bytes):
        return BYTEA + value.hex()
    return str(value)
