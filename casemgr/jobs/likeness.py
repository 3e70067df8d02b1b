"""What looks like a known matter, for the newest matters: each once, in small pieces, going on where the last run stopped."""

from collections import Counter
from datetime import datetime

from casemgr import db
from casemgr.jobs.site import Done, Site
from casemgr.services import suggesting

NAME = "likeness"
PIECES = 20  # of suggesting.AT_ONCE matters, in one run


def run(site: Site, at: datetime) -> Done:
    """Look at what nobody has looked at yet, and ask again what was put off until now."""
    counts: Counter[str] = Counter()
    with site.sessions() as session, db.transaction(session):
        counts["again"] = suggesting.ask_again(session, at)
    for _ in range(PIECES):
        with site.readings() as session:
            found = suggesting.look(session, at)
        if found is None:
            break
        with site.sessions() as session, db.transaction(session):
            counts["pairs"] += suggesting.keep(session, found)
        counts["looked"] += found.looked
    return Done(dict(+counts))
