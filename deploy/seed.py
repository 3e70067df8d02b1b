"""A street with its people and no matter yet, for the drills: places, posts, and tokens of the API to write with.

`python -m deploy.seed TOKENS` in the environment of an installation whose database is empty; prints them as JSON.
"""

import json
import sys
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from casemgr import db, schema
from casemgr.clock import SystemClock
from casemgr.config import load_settings
from casemgr.demo.build import PASSWORD
from casemgr.demo.people import add_people
from casemgr.demo.street import add_street
from casemgr.jobs.site import open_site
from casemgr.models import Account, Area, AreaPath
from casemgr.queries.actors import load_actor
from casemgr.services.passwords import rules_of
from casemgr.services.tokens import create_token, own_posts
from workflows.guards import local_date

WRITERS = "operator"  # the login of the command centre in the invented street


def seed(count: int) -> dict[str, Any]:
    """Fill the database; {"tokens": as many, "areas": ids of the street's grids, "login", "password"}."""
    settings = load_settings(argon2_memory_kib=8192, argon2_time_cost=1, argon2_parallelism=1)
    site, now = open_site(settings), SystemClock().now()
    day = local_date(now)
    schema.upgrade(site.engine)
    with site.sessions() as session, db.transaction(session):
        street = add_street(session, now)
        add_people(session, street, rules_of(settings), PASSWORD, now)
        area = street.streets[0].id
    with site.sessions() as session, db.transaction(session):
        account = session.scalars(select(Account).where(Account.login == WRITERS)).one()
        actor = load_actor(session, account.id, day)
        post = own_posts(actor)[0].post_id
        tokens = [
            create_token(session, f"drill {n}", post, may_write=True, expires_on=day + timedelta(days=30), actor=actor, at=now)[1]
            for n in range(count)
        ]
        below = session.scalars(
            select(Area.id).join(AreaPath, AreaPath.descendant_id == Area.id).where(AreaPath.ancestor_id == area, Area.level == "grid")
        ).all()
    return {"tokens": tokens, "street": area, "areas": list(below), "login": WRITERS, "password": PASSWORD}


if __name__ == "__main__":
    print(json.dumps(seed(int(sys.argv[1]))))
