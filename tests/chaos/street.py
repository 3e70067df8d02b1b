"""The street of a run: the invented one of the tests, built into its database, with a token for everybody who works there."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from casemgr import create_app, db
from casemgr.config import Settings
from casemgr.jobs.site import Site, open_site
from casemgr.models import Account, Area
from casemgr.services.tokens import create_token
from tests.chaos.shifted import ShiftedClock
from tests.world import COMMUNITIES, World, build
from workflows.guards import local_date

ROLES = ("worker_{0}1", "worker_{0}2", "head_{0}", "mediator_{0}", "secretary_{0}", "grid_secretary_{0}1")


@dataclass(frozen=True)
class Street:
    """What clients know: tokens by login, ids of accounts by login and of areas by name (`grid_a1`), codes of areas."""

    tokens: dict[str, str]
    accounts: dict[str, int]
    areas: dict[str, int]
    codes: dict[str, str]


def make_street(settings: Settings, clock: ShiftedClock) -> Street:
    """Build it and make the tokens, committed."""
    app = create_app(settings, clock=clock)
    with app.extensions["sessions"]() as session:
        with db.transaction(session):
            world = build(session, app.extensions["passwords"], clock.now())
        with db.transaction(session):
            tokens = {who: token(session, world, who, clock) for who in logins()}
        accounts = dict(session.execute(select(Account.login, Account.id)).all())
        codes = dict(session.execute(select(Area.code, Area.id)).all())
    app.extensions["engine"].dispose()
    names = {name: row.id for name, row in world.areas.items()}
    by_id = {id: code for code, id in codes.items()}
    return Street(tokens, accounts, names, {name: by_id[id] for name, id in names.items()})


def logins() -> list[str]:
    """Who works in this street."""
    found = [role.format(community) for community in COMMUNITIES for role in ROLES]
    return [*found, *(f"street_{role}_{street}" for street in "ab" for role in ("head", "secretary", "operator", "mediator"))]


def token(session: Any, world: World, who: str, clock: ShiftedClock) -> str:
    """A token of a login for its first post."""
    actor, at = world.actor(session, who), clock.now()
    until = local_date(at) + timedelta(days=365)
    return create_token(session, "chaos", actor.posts[0].post_id, may_write=True, expires_on=until, actor=actor, at=at)[1]


def site_of(settings: Settings) -> Site:
    """The site as jobs see it, for looking at what is left."""
    return open_site(settings)
