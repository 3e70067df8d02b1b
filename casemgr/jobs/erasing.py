"""Old matters: once a day those whose time is over are proposed; what two administrators released is erased, some a run."""

from datetime import datetime

from casemgr import db
from casemgr.jobs import slots
from casemgr.jobs.site import Done, Site
from casemgr.services import erasing, retention

NAME, PROPOSE = "erase", "propose"
MOST = 200  # matters a run


def propose(site: Site, at: datetime) -> Done:
    """Once a day. Nothing is erased by it."""
    return slots.once(site, PROPOSE, at, lambda session: {"proposed": n} if (n := retention.propose(session, at=at)) else {})


def run(site: Site, at: datetime) -> Done:
    """Erase what was released, each matter in a transaction of its own."""
    with site.readings() as session:
        ids = erasing.due(session, MOST)
    done = 0
    for id in ids:
        with site.sessions() as session, db.transaction(session):
            done += erasing.erase(session, id, at=at)
    with site.sessions() as session, db.transaction(session):
        retention.finish(session, at=at)
    return Done({"erased": done} if done else {})
