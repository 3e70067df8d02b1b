"""Workbooks of lists that were asked for: claimed one by one, written in the scope their asker has at that moment, removed later.

A run that was killed leaves its claim to run out; whoever comes next writes the file anew.
"""

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.documents.list_book import Mark, Translate, write_list
from casemgr.documents.order_book import write_orders
from casemgr.jobs.claims import is_free
from casemgr.jobs.mails import translations
from casemgr.jobs.site import Done, Site, late_by
from casemgr.jobs.slots import local_day
from casemgr.logs import get_logger
from casemgr.models import Export
from casemgr.policy import Actor
from casemgr.queries.actors import load_actor
from casemgr.queries.asked import asked_by
from casemgr.queries.export_lines import case_ids, load_lines
from casemgr.queries.order_lines import leads, load_orders
from casemgr.services.exports import DONE, FAILED, REMOVED, WAITING, note_made
from workflows.roles import POST_ROLES

NAME = "exports"
Line = TypeVar("Line")
TABLE = Export.__table__
LEASE = timedelta(minutes=5)
LEFT = timedelta(days=1)  # a file that no row names by then was left by a run that was killed
MOST_TRIES = 3
MOST_A_RUN = 10
TOLD_EVERY = 500  # rows between two notes of how far it is
log = get_logger(__name__)


class Overtaken(Exception):
    """The claim ran out and another worker has the export now."""


def run(site: Site, at: datetime) -> Done:
    """Make what waits, remove what is old. Nothing to do takes no write lock."""
    remove_left(site, at - LEFT)
    with site.readings() as session:
        if session.scalar(select(Export.id).where(or_(Export.state == WAITING, is_old(site, at))).limit(1)) is None:
            return Done({})
    counts = {"exports": 0, "failed": give_up(site), "removed": remove_old(site, at)}
    first: datetime | None = None
    for _ in range(MOST_A_RUN):
        export = claim(site)
        if export is None:
            break
        first = first or export.asked_at
        counts["exports" if made(site, export, at) else "failed"] += 1
    return Done({name: count for name, count in counts.items() if count}, late_by(at, first))


def give_up(site: Site) -> int:
    """Give up exports whose every try ended with the process that made it, as where memory is too small; how many."""
    with site.sessions() as session, db.transaction(session):
        spent = update(TABLE).where(is_left(db.now(session)), TABLE.c.attempts >= MOST_TRIES)
        return session.connection().execute(spent.values(state=FAILED, error="killed")).rowcount


def claim(site: Site) -> Export | None:
    """The next export that nobody works on, counted as tried once more."""
    with site.sessions() as session, db.transaction(session):
        now = db.now(session)
        query = select(Export).where(is_left(now)).order_by(Export.id).limit(1)
        export = session.scalars(db.lock_rows(session, query, skip=True)).first()
        if export:
            export.claimed_by, export.claimed_until, export.attempts = site.worker, now + LEASE, export.attempts + 1
        return export


def is_left(now: datetime) -> ColumnElement[bool]:
    """The condition that an export waits and nobody works on it."""
    return and_(TABLE.c.state == WAITING, is_free(TABLE, now))


def made(site: Site, export: Export, at: datetime) -> bool:
    """Write one; False when it failed. It is tried again when the claim runs out, given up after a few tries, or when its
    asker is no longer there."""
    folder = site.settings.exports_dir
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{uuid.uuid4().hex}.xlsx"
    try:
        with site.readings() as session:
            actor = load_actor(session, export.account_id, local_day(site.settings, at))
            if actor is None:
                raise LookupError("no such account")
            written = write(site, session, export, actor, path, at)
        finish(site, export, written, path, actor, at)
    except Overtaken:
        path.unlink(missing_ok=True)
        return False
    except Exception as error:
        path.unlink(missing_ok=True)
        log.exception("export.failed", export=export.id)
        state = FAILED if export.attempts >= MOST_TRIES or isinstance(error, LookupError | ValueError) else WAITING
        note(site, export, state=state, error=type(error).__name__)
        return False
    return True


def write(site: Site, session: Session, export: Export, actor: Actor, path: Path, at: datetime) -> int:
    """The workbook of the list as it stands; the number of rows. Raises ValueError for arguments that ask for nothing."""
    asked = asked_by(export.args)
    say = translations(export.locale).gettext
    wanted = asked.where(session, actor, at)
    ids = case_ids(session, actor, and_(wanted, leads()) if asked.form == "outside" else wanted, asked.order)
    note(site, export, total=len(ids), done=0)
    mark = Mark(who(actor, say), at, len(ids))
    if asked.form == "outside":
        write_orders(path, told(site, export, load_orders(session, actor, ids)), mark, say)
    else:
        write_list(path, told(site, export, load_lines(session, actor, ids)), mark, say)
    return len(ids)


def told(site: Site, export: Export, lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, and every so often how many are written. Raises Overtaken."""
    for number, line in enumerate(lines):
        if number and number % TOLD_EVERY == 0:
            note(site, export, done=number)
        yield line


def note(site: Site, export: Export, **values: Any) -> None:
    """Write down how far an export is, and keep the claim. Raises Overtaken when it is another's."""
    with site.sessions() as session, db.transaction(session):
        kept = {"claimed_until": db.now(session) + LEASE, **values}
        mine = update(TABLE).where(TABLE.c.id == export.id, TABLE.c.claimed_by == site.worker, TABLE.c.state == WAITING)
        if session.connection().execute(mine.values(**kept)).rowcount != 1:
            raise Overtaken()


def finish(site: Site, export: Export, rows: int, path: Path, actor: Actor, at: datetime) -> None:
    """It is there: the row says so, the trail too. Raises Overtaken."""
    with open(path, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    with site.sessions() as session, db.transaction(session):
        fresh = session.scalars(db.lock_rows(session, select(Export).where(Export.id == export.id))).one()
        if fresh.claimed_by != site.worker or fresh.state != WAITING:
            raise Overtaken()
        fresh.state, fresh.done, fresh.total, fresh.made_at = DONE, rows, rows, at
        fresh.stored, fresh.size, fresh.claimed_by, fresh.claimed_until, fresh.error = path.name, path.stat().st_size, "", None, ""
        note_made(session, fresh, sha256, actor=actor, at=at)


def who(actor: Actor, say: Translate) -> str:
    """The asker as the workbook names him: name and posts."""
    posts = dict.fromkeys(post.name or say(POST_ROLES[post.role]) for post in actor.posts)
    return " · ".join((actor.name, *posts))


def is_old(site: Site, at: datetime) -> ColumnElement[bool]:
    """The condition on Export that its file is to be removed."""
    return and_(Export.state == DONE, Export.made_at <= at - timedelta(days=site.settings.export_days))


def remove_old(site: Site, at: datetime) -> int:
    """Remove workbooks some days after they were made; how many."""
    with site.sessions() as session, db.transaction(session):
        old = session.scalars(select(Export).where(is_old(site, at))).all()
        for export in old:
            (site.settings.exports_dir / export.stored).unlink(missing_ok=True)
            export.state, export.removed_at = REMOVED, at
    return len(old)


def remove_left(site: Site, before: datetime) -> None:
    """Remove what runs that were killed before an instant have left."""
    paths = [path for path in site.settings.exports_dir.glob("*.xlsx") if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before]
    if not paths:
        return
    with site.readings() as session:
        kept = set(session.scalars(select(Export.stored).where(Export.stored.in_([path.name for path in paths]))))
    for path in paths:
        if path.name not in kept:
            path.unlink(missing_ok=True)
