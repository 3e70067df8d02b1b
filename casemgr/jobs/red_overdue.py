"""The daily line on red matters overdue for settlement: to the street's secretary, and to the district above it.

It goes on until the matter is settled; the ladder itself ends with the card (house rule 3).
"""

from collections import Counter
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from casemgr.jobs import slots
from casemgr.jobs.digests import summary
from casemgr.jobs.site import Done, Site
from casemgr.models import Area, AreaPath, Case, DeadlineRow
from casemgr.services.books import load_books
from casemgr.services.telling import filled_posts, write_notices
from workflows.clocks import RUNNING
from workflows.roles import TIERS

NAME, CODE = "red_overdue", "digest.red_overdue"
TOLD = {"street": "secretary", "district": "supervisor"}


def run(site: Site, at: datetime) -> Done:
    """Queue today's lines, once a day."""
    return slots.once(site, NAME, at, lambda session: write_lines(session, at))


def write_lines(session: Session, at: datetime) -> Counter[str]:
    """One notice to each person answerable for an area with such matters."""
    late = late_by_area(session, at)
    fill = filled_posts(session, {area for area, _ in late}, load_books(session).calendar.local(at).date())
    rows = [
        summary(account, CODE, at, count=count, days=max((at - since).days, 0))
        for (area, role), (count, since) in late.items()
        for account in fill.get((role, area), ())
    ]
    write_notices(session, rows)
    return +Counter(lines=len(rows))


def late_by_area(session: Session, at: datetime) -> dict[tuple[int, str], tuple[int, datetime]]:
    """(area, role to be told) -> how many there are, and since when the longest is late."""
    query = (
        select(Area.id, Area.level, func.count(), func.min(DeadlineRow.due_at))
        .select_from(Case)
        .join(DeadlineRow, DeadlineRow.case_id == Case.id)
        .join(AreaPath, AreaPath.descendant_id == Case.area_id)
        .join(Area, Area.id == AreaPath.ancestor_id)
        .where(Case.process == "dispute", Case.closed_at.is_(None), Case.history.is_(False))
        .where(Case.tier == TIERS[-1], Case.tier_confirmed.is_(True))
        .where(DeadlineRow.key == "settle", DeadlineRow.status == RUNNING, DeadlineRow.due_at <= at)
        .where(Area.level.in_(TOLD), or_(Area.level == "street", Case.confidential.is_(False)))
        .group_by(Area.id, Area.level)
    )
    return {(area, TOLD[level]): (count, since) for area, level, count, since in session.execute(query) if since}
