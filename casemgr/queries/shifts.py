"""Hand-over notes of the sorting desks of an actor, with who has read them. Reads only."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from casemgr.models import Account, ShiftNote, ShiftNoteRead
from casemgr.policy import ACTS, Actor

FRESH = timedelta(days=3)  # so long a note nobody has read stands on the desk
PAGE = 50


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One note; `readers` are (name, when)."""

    id: int
    text: str
    by: str
    own: bool
    written_at: datetime
    readers: tuple[tuple[str, datetime], ...] = ()


def unread_notes(session: Session, actor: Actor, at: datetime) -> list[NoteLine]:
    """The fresh notes of others at the actor's desks that he has not read, the oldest first; one query."""
    read = exists().where(ShiftNoteRead.note_id == ShiftNote.id, ShiftNoteRead.account_id == actor.account_id)
    query = (
        notes_query(actor)
        .where(~read, ShiftNote.written_by != actor.account_id, ShiftNote.written_at >= at - FRESH)
        .order_by(ShiftNote.written_at, ShiftNote.id)
        .limit(5)
    )
    return [NoteLine(note.id, note.text, name, False, note.written_at) for note, name in session.execute(query)]


def kept_notes(session: Session, actor: Actor) -> list[NoteLine]:
    """The latest notes at the actor's desks with their readers; two queries."""
    query = notes_query(actor).order_by(ShiftNote.written_at.desc(), ShiftNote.id.desc()).limit(PAGE)
    rows = session.execute(query).all()
    readers = defaultdict(list)
    reads = (
        select(ShiftNoteRead.note_id, Account.name, ShiftNoteRead.at)
        .join(Account, Account.id == ShiftNoteRead.account_id)
        .where(ShiftNoteRead.note_id.in_([note.id for note, _ in rows]))
        .order_by(ShiftNoteRead.at)
    )
    for id, name, at in session.execute(reads):
        readers[id].append((name, at))
    return [
        NoteLine(note.id, note.text, name, note.written_by == actor.account_id, note.written_at, tuple(readers[note.id]))
        for note, name in rows
    ]


def notes_query(actor: Actor):  # type: ignore[no-untyped-def]
    """Notes at the actor's desks, each with its writer's name."""
    return (
        select(ShiftNote, Account.name)
        .join(Account, Account.id == ShiftNote.written_by)
        .where(ShiftNote.area_id.in_(actor.areas(*ACTS["sort"])))
    )
