"""The database: engine, session, the one commit, and every line that knows SQLite from PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, Engine, MetaData, Table, create_engine, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

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
PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN")

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant on both databases. Refuses naive datetimes."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: instants are aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of all tables."""

    __table__: ClassVar[Table]
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Instant, dict[str, Any]: Json, list[Any]: Json}


def make_engine(url: str, *, durable: bool = True, pool_size: int = 8, pooler: bool = False) -> Engine:
    """An engine for sqlite:///path or postgresql+psycopg://…; `durable` False is for throw-away test databases only.

    `pooler`: another pooler stands between and gives each transaction any connection, so none keeps prepared statements.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": 30}, pool_size=pool_size, max_overflow=pool_size)
        listen_sqlite(engine, "FULL" if durable else "OFF")
        return engine
    given = {"prepare_threshold": None} if pooler else {}
    return create_engine(url, connect_args=given, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)


def listen_sqlite(engine: Engine, synchronous: str) -> None:
    """WAL, foreign keys, and BEGIN IMMEDIATE for all but read-only connections: without it updates are lost silently."""

    @event.listens_for(engine, "connect")
    def _(dbapi: Any, record: Any) -> None:
        dbapi.isolation_level = None
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", f"busy_timeout={PATIENT}"):
            dbapi.execute("PRAGMA " + pragma)

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("hurried"):
            connection.exec_driver_sql("BEGIN" if options.get("reading") else "BEGIN IMMEDIATE")
            return
        connection.exec_driver_sql(f"PRAGMA busy_timeout={HURRIED}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENT}")


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


def insert_new(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert those rows that break no unique key; the number inserted. Two writers never both succeed for one key."""
    if not rows:
        return 0
    make = sqlite.insert if is_sqlite(session) else postgresql.insert
    statement = make(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return session.connection().execute(statement, list(rows)).rowcount


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


def new_ids(session: Session, table: Table, count: int) -> list[int]:
    """Ids for `count` rows about to be inserted, nobody else's (SQLite: the write lock is held until the commit)."""
    if is_sqlite(session):
        last = session.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
        return list(range(last + 1, last + count + 1))
    found = session.execute(
        text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)"),
        {"table": table.name, "count": count},
    )
    return list(found.scalars())


def upsert(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows of like keys, or replace the columns of those that are there by primary key."""
    if not rows:
        return
    statement = (sqlite.insert if is_sqlite(session) else postgresql.insert)(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.connection().execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def as_id(text: str) -> int | None:
    """An id as it stands in a form: decimal digits and a row may have it; else None."""
    found = int(text) if text.isdecimal() and len(text) < 20 else 0
    return found if 0 < found <= LARGEST_ID else None


@contextmanager
def snapshot(connection: Connection) -> Iterator[None]:
    """A read-only transaction in which every select sees the same instant."""
    if connection.dialect.name != "sqlite":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        connection.begin()
    else:
        connection.execution_options(reading=True)
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
