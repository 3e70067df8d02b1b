"""Workbooks of lists: asked for, fetched, forgotten. A job makes them (casemgr.jobs.exports) in the scope its asker then has."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.errors import AlreadyThere, NotFound
from casemgr.models import Export
from casemgr.policy import Actor
from casemgr.services.accounts import get_account
from casemgr.services.unmasking import note_reading

WAITING, DONE, FAILED, REMOVED = "waiting", "done", "failed", "removed"
MOST_WAITING = 3
SHOWN = 20
TOO_MANY = "Three of your workbooks are being made already. Wait for one of them."


def ask_export(session: Session, args: Mapping[str, str], *, locale: str, actor: Actor, at: datetime) -> Export:
    """Ask for a workbook of the list with these arguments. Raises AlreadyThere while too many are being made."""
    mine = select(Export).where(Export.account_id == actor.account_id, Export.state == WAITING)
    if len(session.scalars(mine.limit(MOST_WAITING)).all()) >= MOST_WAITING:
        raise AlreadyThere(message=TOO_MANY)
    export = Export(account_id=actor.account_id, args=dict(args), locale=locale, asked_at=at)
    session.add(export)
    session.flush()
    return export


def exports_of(session: Session, actor: Actor) -> Sequence[Export]:
    """The latest workbooks the actor asked for, newest first."""
    query = select(Export).where(Export.account_id == actor.account_id).order_by(Export.id.desc()).limit(SHOWN)
    return session.scalars(query).all()


def find_export(session: Session, id: int, actor: Actor) -> Export:
    """A finished workbook of the actor's own. Raises NotFound."""
    export = session.get(Export, id)
    if export is None or export.account_id != actor.account_id or export.state != DONE:
        raise NotFound()
    return export


def note_fetched(session: Session, export: Export, *, actor: Actor, at: datetime) -> None:
    """Put on record that the workbook left the house."""
    account = get_account(session, export.account_id)
    audit.record(session, account, "account.export_fetched", actor=actor, at=at, data={"export": export.id})
    note_reading(session, 0, "export", actor=actor, at=at, about=f"export {export.id}")


def note_made(session: Session, export: Export, sha256: str, *, actor: Actor, at: datetime) -> None:
    """Put on record what was written: how many rows, of which filters, and the digest of the file. Words searched for stay out."""
    told = {name: value for name, value in export.args.items() if name != "q"} | ({"search": True} if "q" in export.args else {})
    data = {"export": export.id, "rows": export.done, "sha256": sha256, "filters": told}
    audit.record(session, get_account(session, export.account_id), "account.exported", actor=actor, at=at, data=data)
