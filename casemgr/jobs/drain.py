"""Accepted matters that nobody has been given yet go to free mediators, the most pressing first (services.routing)."""

from datetime import datetime

from casemgr import db
from casemgr.jobs.site import Done, Site
from casemgr.services import routing


def run(site: Site, at: datetime) -> Done:
    """One bounded round; the next run takes what is left."""
    with site.sessions() as session, db.transaction(session):
        drained = routing.drain(session, at=at)
    counts = {"routed": drained.routed, "nobody": drained.nobody, "refused": drained.refused}
    return Done({name: count for name, count in counts.items() if count})
