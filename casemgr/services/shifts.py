"""Hand-over notes of the sorting desk: written by one shift, read by the next, kept as they were written."""

from datetime import datetime

from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import Invalid, NotAllowed, NotFound, Sentence
from casemgr.models import ShiftNote, ShiftNoteRead
from casemgr.policy import ACTS, Actor
from casemgr.services.answers import MISSING, TOO_LONG

LONGEST = 2000


def write_note(session: Session, text: str, *, actor: Actor, at: datetime) -> ShiftNote:
    """Leave a note at the desk of the actor's first sorting post. Raises NotAllowed, Invalid."""
    areas = actor.areas(*ACTS["sort"])
    if not areas or actor.account_id is None:
        raise NotAllowed()
    words = "".join(c for c in text.strip() if c.isprintable() or c in "\n\t")
    if not words:
        raise Invalid({"text": [MISSING]})
    if len(words) > LONGEST:
        raise Invalid({"text": [Sentence(TOO_LONG, maximum=LONGEST)]})
    note = ShiftNote(area_id=areas[0], text=words, written_by=actor.account_id, written_at=at)
    session.add(note)
    session.flush()
    return note


def acknowledge(session: Session, note_id: int, *, actor: Actor, at: datetime) -> None:
    """Say that one has read a note of the own desk; a second time changes nothing. Raises NotFound."""
    note = session.get(ShiftNote, note_id)
    if note is None or note.area_id not in actor.areas(*ACTS["sort"]):
        raise NotFound()
    db.insert_new(session, ShiftNoteRead.__table__, [{"note_id": note_id, "account_id": actor.account_id, "at": at}])
