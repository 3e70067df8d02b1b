"""Connections to PostgreSQL: a silent host is given up on, and what is prepared outlives a rollback.

psycopg forgets all prepared statements at every rollback, because one may have taken back a table that they name. Reading ends
with a rollback, so each page would have all its statements planned anew; the programme changes no tables while it serves.
"""

from typing import Any

from psycopg._preparing import PrepareManager
from sqlalchemy import Engine, create_engine, event, make_url

GONE = {  # a host that lost its power or its cable says nothing: give up on it after so long, in seconds and milliseconds
    "connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2, "tcp_user_timeout": 20_000,
}  # fmt: skip
MOST = 300  # statements that a connection keeps prepared; psycopg keeps 100


class Lasting(PrepareManager):
    """Keeps what was prepared until others are used more."""

    def clear(self) -> bool:
        """Nothing is forgotten."""
        return False


def make_engine(url: str, *, pooler: bool, **pool: Any) -> Engine:
    """An engine for postgresql+psycopg://…; `pooler`: see db.make_engine."""
    told = make_url(url).query
    given: dict[str, Any] = {name: value for name, value in GONE.items() if name not in told}
    given |= {"prepare_threshold": None} if pooler else {}
    engine = create_engine(url, connect_args=given, pool_pre_ping=True, **pool)
    event.listen(engine, "connect", outlive_rollback)
    return engine


def outlive_rollback(connection: Any, record: Any) -> None:
    """Keep what this connection prepares."""
    lasting = Lasting()
    lasting.prepare_threshold, lasting.prepared_max = connection.prepare_threshold, MOST
    connection._prepared = lasting
