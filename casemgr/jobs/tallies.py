"""Changes of the numbers of boards are added to the tallies, bounded pieces at a time; what was never counted is counted.

Killed at any instant a piece is done or not; of two schedulers one folds. Boards read the changes not folded yet as well, so
nothing waits for this job but their speed.
"""

from datetime import datetime

from casemgr import db
from casemgr.jobs.site import Done, Site
from casemgr.services import tally

NAME = "tallies"
PIECES = 50  # a run


def run(site: Site, at: datetime) -> Done:
    """Fold until little is left."""
    with site.readings() as session:
        counted = tally.is_counted(session)
    if not counted:
        return count_anew(site, at)
    folded = 0
    for _ in range(PIECES):
        with site.sessions() as session, db.transaction(session):
            number = tally.fold(session, at)
        folded += number
        if number < tally.MOST:
            break
    return Done({"changes": folded} if folded else {})


def count_anew(site: Site, at: datetime) -> Done:
    """The first count, after an upgrade."""
    with site.sessions() as session, db.transaction(tally.steady(session)):
        count = tally.rebuild(session, at)
    return Done({"numbers": count} if count > 0 else {})
