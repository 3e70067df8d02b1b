"""The database: engine, session, the one commit, and every line that knows SQLite from PostgreSQL."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, ClassVar, cast

import orjson
from sqlalchemy import (
    JSON,
    Date,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Table,
    create_engine,
    event,
    func,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from casemgr import postgres
from casemgr.errors import Busy, Unsure

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

LARGEST_ID = 2_147_483_647  # what the id of a row can be on PostgreSQL
PATIENT, HURRIED = 30_000, 50  # how long SQLite waits for another writer, in milliseconds
NEW = " ON CONFLICT DO NOTHING"  # of rows to insert only those that break no unique key
PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN")

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def utc(value: datetime | None) -> datetime | None:
    """An instant as UTC. Refuses naive datetimes."""
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError(f"naive datetime {value!r}: instants are aware")
    return value.astimezone(UTC)


@lru_cache(8192)  # the rows of a change bear few instants
def instant_as_text(value: datetime | None) -> str | None:
    """An instant as SQLite keeps it: 2026-03-02 01:00:00.000000, in UTC without saying so."""
    return None if value is None else utc(value).isoformat(" ", "microseconds")[:26]  # type: ignore[union-attr]


def text_as_instant(value: str | None) -> datetime | None:
    """The other way."""
    return None if value is None else datetime.fromisoformat(value + "+00:00")


def json_text(value: Any) -> str:
    """JSON as the databases keep it."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant on both databases. Refuses naive datetimes."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return instant_as_text if dialect.name == "sqlite" else utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        return text_as_instant if dialect.name == "sqlite" else utc


class Base(DeclarativeBase):
    """The base of all tables."""

    __table__: ClassVar[Table]
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Instant, dict[str, Any]: Json, list[Any]: Json}


def make_engine(url: str, *, durable: bool = True, pool_size: int = 8, pooler: bool = False) -> Engine:
    """An engine for sqlite:///path or postgresql+psycopg://…; `durable` False is for throw-away test databases only.

    The connection given back last is taken first: what it remembers is warm, and no more are opened and filled than are needed at once.
    `pooler`: another pooler stands between and gives each transaction any connection, so none keeps prepared statements.
    """
    same: dict[str, Any] = {"pool_size": pool_size, "max_overflow": pool_size, "pool_use_lifo": True}
    same |= {"json_serializer": json_text, "json_deserializer": orjson.loads}
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": 30}, **same)
        listen_sqlite(engine, "FULL" if durable else "OFF")
        return engine
    return postgres.make_engine(url, pooler=pooler, **same)


def listen_sqlite(engine: Engine, synchronous: str) -> None:
    """WAL, foreign keys, and BEGIN IMMEDIATE for all but read-only connections: without it updates are lost silently."""

    @event.listens_for(engine, "connect")
    def _(dbapi: Any, record: Any) -> None:
        dbapi.isolation_level = None
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", f"busy_timeout={PATIENT}"):
            dbapi.execute("PRAGMA " + pragma)

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        options, dbapi = connection.get_execution_options(), cast(Any, connection.connection.dbapi_connection)
        reading = bool(options.get("reading"))
        dbapi.execute(f"PRAGMA query_only={reading}")  # such a one could not write anyway while another does
        if reading:
            connection.exec_driver_sql("BEGIN")
        else:
            begin_writing(connection, HURRIED if options.get("hurried") else PATIENT)


def begin_writing(connection: Connection, patience: int) -> None:
    """Take the write lock, asked for every millisecond: SQLite by itself sleeps far longer than anyone holds it. Raises OperationalError."""
    dbapi: Any = connection.connection.dbapi_connection
    dbapi.execute("PRAGMA busy_timeout=0")
    try:
        for _ in range(patience):
            try:
                dbapi.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
            time.sleep(0.001)
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # what is wrong is told as of any statement
    finally:
        dbapi.execute(f"PRAGMA busy_timeout={PATIENT}")


def make_session(engine: Engine, *, reading: bool = False, hurried: bool = False) -> sessionmaker[Session]:
    """Sessions that never expire what they loaded; `reading` ones take no write lock.

    `hurried` ones write, but on SQLite give up at once (OperationalError) when somebody else is writing.
    """
    bound = engine.execution_options(reading=reading, hurried=hurried) if reading or hurried else engine
    return sessionmaker(bound, expire_on_commit=False)


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """The only commit: all of the block, or nothing of it. Raises Unsure where the database went away over the commit."""
    try:
        yield session
        session.flush()
    except BaseException:
        undo(session)
        raise
    try:
        session.commit()
    except DBAPIError as error:
        undo(session)
        if error.connection_invalidated:
            raise Unsure() from error
        raise
    session.info["committed"] = True


def passing(error: BaseException, session: Session | None) -> Busy | Unsure | None:
    """What to tell where the database was gone or busy for a moment; None for any other error, which is a fault."""
    if not isinstance(error, OperationalError | InterfaceError | TimeoutError) and not getattr(error, "connection_invalidated", False):
        return None
    if (name := getattr(getattr(error, "orig", None), "sqlite_errorname", "")) and not name.startswith(PASSING):
        return None
    return Unsure() if session is not None and session.info.get("committed") else Busy()


def undo(session: Session) -> None:
    """Leave nothing half done in a session, whatever became of its connection."""
    try:
        session.rollback()
    except DBAPIError:
        session.invalidate()


def is_sqlite(session: Session) -> bool:
    """True when this session talks to SQLite."""
    return session.get_bind().dialect.name == "sqlite"


def insert_rows(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of like keys in one statement."""
    run_alone(session, inserting(session, table, rows))


def insert_new(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert those rows that break no unique key; the number inserted. Two writers never both succeed for one key."""
    return run_alone(session, inserting(session, table, rows, NEW))


def upsert(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of like keys, or replace the columns of those that are there by primary key."""
    run_alone(session, inserting(session, table, rows, replacing(table, rows)))


def write_together(session: Session, writes: Sequence["Write | None"]) -> list[int]:
    """Do all these writes; how many rows each touched. On PostgreSQL they are one statement, so one way there and back, and
    the same rows must not be in two of them."""
    wanted = [write for write in writes if write is not None]
    if is_sqlite(session) or len(wanted) < 2:
        return [run_alone(session, write) for write in writes]
    parts = ", ".join(f"w{n} AS ({write.statement} RETURNING 1)" for n, write in enumerate(wanted))  # noqa: S608
    counts = ", ".join(f"(SELECT count(*) FROM w{n})" for n in range(len(wanted)))  # noqa: S608
    found = iter(session.connection().exec_driver_sql(f"WITH {parts} SELECT {counts}", tuple(w.given for w in wanted)).one())  # noqa: S608
    return [0 if write is None else next(found) for write in writes]


def side_by_side(session: Session) -> bool:
    """Whether several transactions can write at once: not on SQLite, which has one writer, nor over one connection."""
    return isinstance(session.get_bind(), Engine) and not is_sqlite(session)


@dataclass(frozen=True, slots=True)
class Write:
    """A statement over many rows. They travel as one JSON document to PostgreSQL, as plain values to SQLite: both without
    SQLAlchemy's work on every value."""

    statement: str
    given: Any


def run_alone(session: Session, write: Write | None) -> int:
    """Do one write; the number of rows it touched."""
    if write is None:
        return 0
    given = write.given if is_sqlite(session) else (write.given,)
    return session.connection().exec_driver_sql(write.statement, given, execution_options={"preserve_rowcount": True}).rowcount


def inserting(session: Session, table: Table, rows: Sequence[Mapping[str, Any]], conflict: str = "") -> Write | None:
    """The insert of rows of like keys; None for no rows."""
    if not rows:
        return None
    rows = completed(table, rows)
    names = tuple(rows[0])
    lite = is_sqlite(session)
    return Write(written(table, names, lite) + conflict, lite_rows(table, names, rows) if lite else document(rows))


def replacing(table: Table, rows: Sequence[Mapping[str, Any]]) -> str:
    """What an insert of rows does where their primary key is there already: it replaces their columns."""
    keys = [column.name for column in table.primary_key]
    changed = ", ".join(f"{name} = excluded.{name}" for name in (rows[0] if rows else ()) if name not in keys)
    return f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"


def updating(session: Session, table: Table, names: Sequence[str], rows: Sequence[Mapping[str, Any]], seen: str) -> Write | None:
    """The update of these columns of rows, each found by `id` and by what its column `seen` was. The rows have the keys of
    `names`, `id` and `was`."""
    if not rows or not names:
        return None
    if is_sqlite(session):
        given = ", ".join(f"{name} = ?" for name in names)
        return Write(
            f"UPDATE {table.name} SET {given} WHERE id = ? AND {seen} = ?",  # noqa: S608
            lite_rows(table, (*names, "id", "was"), rows),
        )
    given = ", ".join(f"{name} = given.{name}" for name in names)
    shape = f"{shape_of(table, (*names, 'id'))}, was {type_of(table.c[seen])}"
    return Write(
        f"UPDATE {table.name} SET {given} FROM json_to_recordset(%s::json) AS given({shape}) "  # noqa: S608
        f"WHERE {table.name}.id = given.id AND {table.name}.{seen} = given.was",
        document(rows),
    )


def completed(table: Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The rows with the defaults of columns that they leave out."""
    missing = [column for column in defaulted(table) if column.name not in rows[0]]
    if not missing:
        return rows
    return [
        {**row, **{c.name: c.default.arg(None) if c.default.is_callable else c.default.arg for c in missing}} for row in rows
    ]


@cache
def defaulted(table: Table) -> tuple[Any, ...]:
    """The columns that have a default of their own."""
    return tuple(column for column in table.columns if column.default is not None)


@cache
def written(table: Table, names: tuple[str, ...], lite: bool) -> str:
    """The insert of rows with these columns."""
    columns = ", ".join(names)
    if lite:
        return f"INSERT INTO {table.name} ({columns}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
    shape = shape_of(table, names)
    return f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM json_to_recordset(%s::json) AS given({shape})"  # noqa: S608


def shape_of(table: Table, names: Sequence[str]) -> str:
    """Columns with their types, as PostgreSQL reads a document."""
    return ", ".join(f"{name} {type_of(table.c[name])}" for name in names)


def type_of(column: Any) -> str:
    """The type of a column on PostgreSQL."""
    return str(column.type.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]


def document(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as one JSON document; bytes as PostgreSQL writes them."""
    return orjson.dumps(rows, default=plain, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS).decode()


def plain(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, datetime):
        return utc(value).isoformat()  # type: ignore[union-attr]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def lite_rows(table: Table, names: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Rows as values that SQLite takes."""
    pick = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
    writers = lite_writers(table, names)
    found = []
    for row in rows:
        values = list(pick(row))
        for place, write in writers:
            if values[place] is not None:
                values[place] = write(values[place])
        found.append(tuple(values))
    return found


@cache
def lite_writers(table: Table, names: tuple[str, ...]) -> list[tuple[int, Callable[[Any], Any]]]:
    """The places of columns that SQLite wants as text, and how."""
    found: list[tuple[int, Callable[[Any], Any]]] = []
    for place, name in enumerate(names):
        kind = table.c[name].type if name in table.c else None
        if isinstance(kind, Instant):
            found.append((place, instant_as_text))
        elif isinstance(kind, JSON):
            found.append((place, json_text))
        elif isinstance(kind, Date):
            found.append((place, date.isoformat))
    return found


def lock_rows(
    session: Session, statement: Any, *, skip: bool = False, of: Any = None, shared: bool = False, read: bool = False
) -> Any:
    """The select with its rows locked to this transaction's end (SQLite: the whole database is, by BEGIN IMMEDIATE).

    `skip` leaves out rows that others hold; `of` names the one table of a join whose rows are locked; `shared` lets
    others go on inserting rows that refer to them, and with `read` any number hold them so: only a whole lock waits.
    """
    if is_sqlite(session):
        return statement
    return statement.with_for_update(skip_locked=skip, of=of, key_share=shared, read=read)


def now(session: Session) -> datetime:
    """The database's own clock. It serves leases only; case time comes from casemgr.clock."""
    if is_sqlite(session):
        stamp = session.execute(text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")).scalar_one()
        return datetime.fromisoformat(stamp).replace(tzinfo=UTC)
    return session.execute(func.clock_timestamp().select()).scalar_one().astimezone(UTC)


def seconds_between(session: Session, earlier: Any, later: Any) -> Any:
    """The seconds from one instant to another, as an expression."""
    if is_sqlite(session):
        return (func.julianday(later) - func.julianday(earlier)) * 86400
    return func.extract("epoch", later - earlier)


def gather_statistics(session: Session) -> None:
    """What SQLite chooses its indexes by, from a sample of each; PostgreSQL does this by itself."""
    if is_sqlite(session):
        session.execute(text("PRAGMA analysis_limit=1000"))
        session.execute(text("ANALYZE"))


def new_ids(session: Session, table: Table, count: int) -> list[int]:
    """Ids for `count` rows about to be inserted, nobody else's (SQLite: the write lock is held until the commit)."""
    if is_sqlite(session):
        last = session.connection().exec_driver_sql(f"SELECT coalesce(max(id), 0) FROM {table.name}").scalar_one()  # noqa: S608
        return list(range(last + 1, last + count + 1))
    wanted = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    return list(session.connection().exec_driver_sql(wanted, (table.name, count)).scalars())


def as_id(text: str) -> int | None:
    """An id as it stands in a form: decimal digits and a row may have it; else None."""
    found = int(text) if text.isdecimal() and len(text) < 20 else 0
    return found if 0 < found <= LARGEST_ID else None


@contextmanager
def snapshot(connection: Connection) -> Iterator[None]:
    """A read-only transaction in which every select sees the same instant."""
    alone: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    connection.execution_options(**({"reading": True} if connection.dialect.name == "sqlite" else alone))
    connection.begin()
    try:
        yield
    finally:
        connection.rollback()


def raw_columns(connection: Connection) -> dict[str, str]:
    """How instants and JSON are selected as text without a type in between: 2026-03-02?01:00:00.000000 in UTC, and JSON."""
    if connection.dialect.name == "sqlite":
        return {"at": "at", "data": "data", "value": "value"}
    return {
        "at": "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", "data": "data::text", "value": "value::text",
    }  # fmt: skip


def raw_rows(connection: Connection, sql: str, at_once: int) -> Iterator[Any]:
    """The rows of a select as the driver gives them, so many fetched at once: for walks over millions."""
    result = connection.execution_options(stream_results=True, max_row_buffer=at_once).exec_driver_sql(sql)
    for some in result.partitions(at_once):
        yield from some
