"""How the demo knows its own database: the first entry of the settings' chain says so, and cannot be altered unseen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, inspect, select
from sqlalchemy.orm import Session, sessionmaker

from casemgr import audit
from casemgr.models import Event
from casemgr.policy import SETUP
from casemgr.services.books import settings_stream

KIND = "settings.structure_changed"
WHAT = "demo"


@dataclass(frozen=True, slots=True)
class Mark:
    """When the demo in this database was built, as which instant of its own, and at what scale."""

    built_at: datetime
    scale: float


def put_mark(session: Session, *, at: datetime, now: datetime, scale: float) -> None:
    """Mark an empty database as the demo's."""
    data = {"what": WHAT, "built_at": now.isoformat(), "scale": str(scale)}
    audit.record(session, settings_stream(session), KIND, actor=SETUP, at=at, data=data)


def find_mark(session: Session) -> Mark | None:
    """The mark, or None: nothing here was built by the demo."""
    query = select(Event.data).where(Event.stream == "settings", Event.seq == 1, Event.kind == KIND)
    data: dict[str, Any] = session.scalars(query).first() or {}
    if data.get("what") != WHAT:
        return None
    return Mark(datetime.fromisoformat(data["built_at"]), float(data["scale"]))


def is_empty(engine: Engine, readings: sessionmaker[Session]) -> bool:
    """Whether nothing has ever been done in this database: no table, or none of ours with an event in it."""
    tables = set(inspect(engine).get_table_names())
    if not tables:
        return True
    if Event.__tablename__ not in tables:
        return False
    with readings() as session:
        return session.scalars(select(Event.seq).limit(1)).first() is None
