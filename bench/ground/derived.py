"""What follows from the rows: search index, where a matter lies, counts. One place; each by the module that owns it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bench.ground.loading import IntoSqlite, Loader, lines
from casemgr import db
from casemgr.jobs import rollups, slots
from casemgr.jobs.site import Site
from casemgr.services import tally
from workflows.guards import ZONE, local_date

DAYS = 45  # finished days counted by area, process and tier; the days before are marked as counted


class Texts:
    """The search index, written with the rows."""

    def __init__(self, loader: Loader) -> None:
        """Through the same connection as the rows."""
        self.loader = loader

    def add(self, texts: Sequence[tuple[int, list[str]]]) -> None:
        """Cases and the grams to find them by, as casemgr.search keeps them."""
        if isinstance(self.loader, IntoSqlite):
            rows = [(id, " ".join(found)) for id, found in texts]
            self.loader.base.executemany("INSERT INTO case_search (rowid, grams) VALUES (?, ?)", rows)
            self.loader.base.executemany("INSERT INTO case_grams (case_id, grams) VALUES (?, ?)", rows)
            return
        rows = [(id, "{" + ",".join(sorted(set(found))) + "}") for id, found in texts]
        with self.loader.base.cursor().copy("COPY case_search (case_id, grams) FROM STDIN") as copy:
            copy.write(lines(rows))


def fill(site: Site, now: datetime) -> None:
    """Everything that is counted or looked up, after the rows."""
    with site.sessions() as session, db.transaction(session):
        tally.rebuild(session, now)
    count_days(site, now)


def count_days(site: Site, now: datetime) -> None:
    """The numbers of the last finished days, as the job counts them."""
    today = local_date(now)
    with site.sessions() as session, db.transaction(session):
        for back in range(1, 800):
            day = today - timedelta(days=back)
            if slots.take(session, rollups.DAY, day, now) and back <= DAYS:
                rollups.write_day(session, day, ZONE)
