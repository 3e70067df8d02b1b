"""What follows from the structure and from who holds which post, remembered in this process until either changes."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from casemgr.models import SettingsStream, TallyMark
from casemgr.queries.prepared import Prepared

T = TypeVar("T")
Stamp = tuple[Any, ...]
MOST = 500  # answers remembered
# Every change of areas and teams is an event of the settings' stream; the mark "posts" rises with appointments, posts and accounts.
STANDS = Prepared(select(TallyMark.value, select(SettingsStream.trail_seq).scalar_subquery()).where(TallyMark.name == "posts"))
KEPT: WeakKeyDictionary[Engine, tuple[Any, dict[Hashable, Any]]] = WeakKeyDictionary()


def stamp_of(session: Session) -> Stamp:
    """As of which change structure and posts stand. Whoever reads it before anything else may keep what he reads under it."""
    return tuple(STANDS.run(session, {}).first() or ())


def standing(session: Session, key: Hashable, load: Callable[[], T], stamp: Stamp | None = None) -> T:
    """What `load` gives, or gave for this key since the structure and the posts changed last; one small query, none where the
    caller read the stamp."""
    stamp = stamp_of(session) if stamp is None else stamp
    engine = session.get_bind().engine
    kept = KEPT.get(engine)
    if kept is None or kept[0] != stamp or len(kept[1]) >= MOST:
        kept = KEPT[engine] = (stamp, {})
    if key not in kept[1]:
        kept[1][key] = load()
    found: T = kept[1][key]
    return found
