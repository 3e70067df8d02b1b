"""The schema's history: bringing a database to the newest migration, and telling whether it is there.

The only importer of Alembic outside migrations/.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from casemgr.later import Later

if TYPE_CHECKING:
    from alembic import command, config, migration, script
else:
    command, config, migration, script = (Later(f"alembic.{part}") for part in ("command", "config", "migration", "script"))

MIGRATIONS = Path(__file__).parent.parent / "migrations"
LOCK = 0x0CA5E  # two upgrades of one PostgreSQL database at once: the second waits


def alembic_config(connection: Connection | None = None) -> "config.Config":
    """Alembic's configuration, bound to a connection whose transaction the migrations join."""
    made = config.Config(attributes={"connection": connection} if connection is not None else {})
    made.set_main_option("script_location", str(MIGRATIONS))
    return made


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run every migration up to `revision` that the database has not had, all or none."""
    with migrating(engine) as connection:
        command.upgrade(alembic_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Undo migrations down to `revision` ("base": all of them), all or none."""
    with migrating(engine) as connection:
        command.downgrade(alembic_config(connection), revision)


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """A connection in one transaction, alone in it; on SQLite tables may be rebuilt without cascading."""
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            pragma(connection, "foreign_keys=OFF")
        try:
            with connection.begin():
                if not sqlite:
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
                yield connection
                if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise RuntimeError(f"the migration leaves rows of {broken[0]} that point at nothing")
        finally:
            if sqlite:
                pragma(connection, "foreign_keys=ON")


def pragma(connection: Connection, setting: str) -> None:
    """Set a SQLite pragma outside any transaction: inside one it would be ignored."""
    dbapi = connection.connection.dbapi_connection
    if dbapi is not None:
        dbapi.cursor().execute(f"PRAGMA {setting}")


@cache
def head() -> str:
    """The newest revision in migrations/."""
    return script.ScriptDirectory.from_config(alembic_config()).get_current_head() or ""


@cache
def known() -> frozenset[str]:
    """Every revision in migrations/."""
    return frozenset(one.revision for one in script.ScriptDirectory.from_config(alembic_config()).walk_revisions())


def suits(revision: str | None) -> bool:
    """Whether a database at this revision is one this programme can work with: at the newest one, or migrated by a newer
    programme, whose migrations only add (docs/operating.md, Upgrading)."""
    return revision == head() or (revision is not None and revision > head() and revision not in known())


def at_head(connection: Connection) -> bool:
    """Whether this database has had every migration this programme knows."""
    return suits(migration.MigrationContext.configure(connection).get_current_revision())


def fault_of(engine: Engine) -> str:
    """Why this programme cannot work with this database's schema, in one sentence that says what to do; "" when it can."""
    with engine.connect() as connection:
        found = migration.MigrationContext.configure(connection).get_current_revision()
    if suits(found):
        return ""
    if found is None:
        return "The database has no tables yet. Make them with: flask --app wsgi migrate"
    return f"The database is at migration {found}, this programme needs {head()}. Bring it there with: flask --app wsgi migrate"
