"""Runs the numbered migrations on the connection it is given, or (from the alembic command) on the database of the settings."""

from alembic import context
from sqlalchemy import Connection

from casemgr.config import load_settings
from casemgr.db import make_engine
from casemgr.models import Base


def ours(name: str | None, kind: str, parents: object) -> bool:
    """Tables that the models describe. The search index is made by the migrations alone, on each database its own."""
    return kind != "table" or name is None or not name.startswith(("case_search", "case_grams"))


def run(connection: Connection) -> None:
    """Run what was asked for in one transaction: all of the migrations or none."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        include_name=ours,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    settings = load_settings()
    engine = make_engine(settings.database_url, pooler=settings.database_pooler)
    with engine.begin() as connection:
        run(connection)
    engine.dispose()
