"""Old matters: once a day those whose time is over are proposed; what two administrators released is erased, some a run."""

from collections import Counter
from datetime import datetime

from casemgr import db
from casemgr.jobs import slots
from casemgr.jobs.site import Done, Site
from casemgr.logs import get_logger
from casemgr.services import erasing, retention

NAME, PROPOSE = "erase", "propose"
MOST = 200  # matters a run
log = get_logger(__name__)


def propose(site: Site, at: datetime) -> Done:
    """Once a day. Nothing is erased by it."""
    return slots.once(site, PROPOSE, at, lambda session: {"proposed": n} if (n := retention.propose(session, at=at)) else {})


def run(site: Site, at: datetime) -> Done:
    """Erase what was released, each matter in a transaction of its own; one that fails is logged and stops nobody else."""
    with site.readings() as session:
        ids = erasing.due(session, MOST)
    counts: Counter[str] = Counter()
    for id in ids:
        try:
            with site.sessions() as session, db.transaction(session):
                counts["erased"] += erasing.erase(session, id, at=at)
        except Exception:
            log.exception("erase.failed", case=id)
            counts["failed"] += 1
    with site.sessions() as session, db.transaction(session):
        retention.finish(session, at=at)
    return Done(dict(+counts))
