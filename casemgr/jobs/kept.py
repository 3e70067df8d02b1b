"""Typed text that nobody came back to is forgotten after two weeks."""

from datetime import datetime

from casemgr.jobs import slots
from casemgr.jobs.site import Done, Site
from casemgr.services.kept import forget_old

NAME = "kept"


def run(site: Site, at: datetime) -> Done:
    """Once a day."""
    return slots.once(site, NAME, at, lambda session: {"removed": gone} if (gone := forget_old(session, at)) else {})
