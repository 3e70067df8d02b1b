"""Files that no row names: left by a form that was never sent. Removed after a day; nothing else in the folder is touched."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from casemgr import db
from casemgr.jobs import slots
from casemgr.jobs.site import Done, Site
from casemgr.logs import get_logger
from casemgr.models import Attachment
from casemgr.services.files import STORED

NAME = "orphans"
GRACE = timedelta(days=1)
CHUNK = 500
log = get_logger(__name__)


def run(site: Site, at: datetime) -> Done:
    """Remove what is older than a day and belongs to no case."""
    old = sorted(old_files(site.settings.files_dir, GRACE))
    removed = failed = 0
    for start in range(0, len(old), CHUNK):
        some = old[start : start + CHUNK]
        with site.readings() as session:
            query = select(Attachment.stored).where(Attachment.stored.in_([path.name for path in some]))
            kept = set(session.scalars(query))
        for path in some:
            if path.name not in kept:
                gone = remove(path)
                removed, failed = removed + gone, failed + (not gone)
    with site.sessions() as session, db.transaction(session):
        slots.take(session, NAME, slots.local_day(site.settings, at), at)
    return Done({name: count for name, count in (("removed", removed), ("failed", failed)) if count})


def old_files(folder: Path, age: timedelta) -> Iterator[Path]:
    """Stored files, whole or broken off, last written so long ago by the clock of the folder itself: it may not be that of
    matters. Another scheduler may take them away meanwhile."""
    if not folder.is_dir():
        return
    with tempfile.TemporaryFile(dir=folder) as probe:
        before = os.fstat(probe.fileno()).st_mtime - age.total_seconds()
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if STORED.fullmatch(path.name.removesuffix(".part")) and path.is_file() and path.stat().st_mtime < before:
                yield path


def remove(path: Path) -> bool:
    """Remove one file; one that cannot be is told in the log and tried again tomorrow."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("orphan.kept", fault=type(error).__name__)
        return False
    return True
