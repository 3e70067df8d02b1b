"""Requests whose matter has closed lapse. The door does so at the closing; this takes what came in beside it."""

from collections import Counter
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from casemgr import db
from casemgr.errors import CasemgrError
from casemgr.jobs.site import Done, Site
from casemgr.models import Case
from casemgr.policy import SCHEDULER
from casemgr.services.cases import Ask, take_steps

BATCH = 200
ABOUT = aliased(Case)


def run(site: Site, at: datetime) -> Done:
    """Let every open request on a closed matter lapse."""
    counts: Counter[str] = Counter()
    after = 0
    while ids := stranded(site, after):
        after = ids[-1]
        with site.sessions() as session, db.transaction(session):
            asks = [Ask(id, "lapse", {"why": "closed"}) for id in ids]
            outcomes = take_steps(session, asks, actor=SCHEDULER, at=at)
        counts.update("refused" if isinstance(outcome, CasemgrError) else "lapsed" for outcome in outcomes)
    return Done(dict(counts))


def stranded(site: Site, after: int) -> list[int]:
    """The next open requests whose matter is closed."""
    query = (
        select(Case.id)
        .join(ABOUT, ABOUT.id == Case.parent_id)
        .where(Case.process == "request", Case.closed_at.is_(None), ABOUT.closed_at.is_not(None), Case.id > after)
        .order_by(Case.id)
        .limit(BATCH)
    )
    with site.readings() as session:
        return list(session.scalars(query))
