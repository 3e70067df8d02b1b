"""What must be right besides being quick: numbers of the boards against a plain recount, and how late the sweep came."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bench.ground.build import Place
from bench.sweeps import as_instant, sql_time
from casemgr.jobs.site import open_site
from casemgr.services import tally

LATE = "SELECT due_at, fired_at FROM rungs_fired WHERE fired_at >= :since"


def board_numbers(place: Place) -> dict[str, Any]:
    """Every number kept for boards, against what all matters give when they are counted one by one."""
    site = open_site(place.settings)
    with site.readings() as session:
        numbers, wrong = tally.verify(session, datetime.now(UTC))
    site.engine.dispose()
    return {"numbers": numbers, "wrong": len(wrong), "first": [str(one) for one in wrong[:3]]}


def lateness(place: Place, now: datetime) -> dict[str, Any]:
    """How many seconds after its instant a rung fired that fell due while the scheduler ran beside the load."""
    since = now - timedelta(minutes=10)
    engine = sa.create_engine(place.url)
    with engine.connect() as connection:
        rows = connection.execute(sa.text(LATE), {"since": sql_time(place, since)}).all()
        runs = connection.execute(sa.text("SELECT count(*) FROM job_runs WHERE job = 'sweep' AND started_at >= :since"), {"since": sql_time(place, since)}).scalar()
        started = connection.execute(sa.text("SELECT min(started_at) FROM job_runs WHERE started_at >= :since"), {"since": sql_time(place, since)}).scalar()
    engine.dispose()
    begun = as_instant(started) if started else now
    late = sorted((as_instant(fired) - as_instant(due)).total_seconds() for due, fired in rows if as_instant(due) >= begun)
    told: dict[str, Any] = {"rungs": len(late), "all_fired": len(rows), "sweeps": runs}
    if late:
        told |= {"p50": round(late[len(late) // 2], 1), "p99": round(late[round(0.99 * (len(late) - 1))], 1)}
    return told
