"""What must be right besides being quick: numbers of the boards against a plain recount, and how late the sweep came."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bench.ground.build import Place
from bench.sweeps import as_instant, sql_time
from casemgr import db
from casemgr.jobs.site import open_site
from casemgr.queries.actors import load_actor
from casemgr.services import tally
from casemgr.services.cases import Seed, open_case
from workflows.guards import local_date

FIRED = "SELECT due_at, fired_at FROM rungs_fired WHERE fired_at >= :since"
LEFT = "SELECT next_rung_at FROM deadlines WHERE next_rung_at >= :since AND next_rung_at <= :now"
POST = "SELECT a.id, p.area_id FROM accounts a JOIN appointments x ON x.account_id = a.id JOIN posts p ON p.id = x.post_id WHERE a.login = :login"
RED = {"people": 30}  # so many make a matter red, and a red one is to be accepted within
TO_ACCEPT = timedelta(hours=2)
TEXT = "三十余户业主反映电梯连续停运，老人上下楼困难，要求物业当日答复。"


def board_numbers(place: Place) -> dict[str, Any]:
    """Every number kept for boards, against what all matters give when they are counted one by one."""
    site = open_site(place.settings)
    with site.readings() as session:
        numbers, wrong = tally.verify(session, datetime.now(UTC))
    site.engine.dispose()
    return {"numbers": numbers, "wrong": len(wrong), "first": [str(one) for one in wrong[:3]]}


def begin_falling_due(place: Place, now: datetime, seconds: int, login: str = "worker") -> int:
    """Red matters registered through the door two hours ago and less, so that in each of so many seconds from now on the time to
    accept one of them runs out, and its rung falls due; how many."""
    site = open_site(place.settings)
    with site.readings() as session:
        account, area = session.execute(sa.text(POST), {"login": login}).first()
        actor = load_actor(session, account, local_date(now))
    seed = Seed(area, {"text": TEXT, "area_id": area, "channel": "grid"}, facts=RED)
    for second in range(seconds):
        with site.sessions() as session, db.transaction(session):
            open_case(session, "dispute", seed, actor=actor, at=now - TO_ACCEPT + timedelta(seconds=second))
    site.engine.dispose()
    return seconds


def lateness(place: Place, now: datetime) -> dict[str, Any]:
    """How many seconds after its instant a rung fired that fell due while the scheduler ran beside the load; one that has not
    fired by now is late until now at least."""
    since = now - timedelta(minutes=10)
    engine = sa.create_engine(place.url)
    with engine.connect() as connection:
        begun = "SELECT count(*), min(started_at) FROM job_runs WHERE job = 'sweep' AND started_at >= :since"
        sweeps, started = connection.execute(sa.text(begun), {"since": sql_time(place, since)}).one()
        begun_at = as_instant(started) if started else now
        fired = connection.execute(sa.text(FIRED), {"since": sql_time(place, since)}).all()
        left = connection.execute(sa.text(LEFT), {"since": sql_time(place, begun_at), "now": sql_time(place, now)}).scalars().all()
    engine.dispose()
    pairs = [(as_instant(due), as_instant(at)) for due, at in fired] + [(as_instant(due), now) for due in left]
    late = sorted((at - due).total_seconds() for due, at in pairs if due >= begun_at)
    told: dict[str, Any] = {"rungs": len(late), "all_fired": len(fired), "left": len(left), "sweeps": sweeps}
    if late:
        told |= {"p50": round(late[len(late) // 2], 1), "p99": round(late[round(0.99 * (len(late) - 1))], 1)}
    return told
