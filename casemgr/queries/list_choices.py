"""What the filters of the list offer and how they are called: teams and mediators of the actor's places, saved views."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from casemgr.models import Account, Appointment, Area, AreaPath, Post, SavedView, Team, TeamMember
from casemgr.policy import Actor, areas_of
from casemgr.queries.pickers import AreaRow
from casemgr.queries.prepared import Prepared
from casemgr.queries.scope import SHOWN, tree
from casemgr.queries.standing import standing

MOST = 300
NAMED: dict[str, Any] = {"area": Area, "lead": Area, "team": Team, "handler": Account}  # filter -> the rows it names
MINE: Any = bindparam("mine", expanding=True)
PLACES = (  # below these areas, and above them: a team of the street works in its communities
    select(AreaPath.descendant_id).where(AreaPath.ancestor_id.in_(MINE))
    .union(select(AreaPath.ancestor_id).where(AreaPath.descendant_id.in_(MINE)))
)
HERE = Team.area_id.in_(PLACES)
AT_POSTS = select(Appointment.account_id).join(Post, Post.id == Appointment.post_id).where(Post.role == "mediator", Post.area_id.in_(PLACES))
ON_TEAMS = select(TeamMember.account_id).join(Team, Team.id == TeamMember.team_id).where(HERE)
TEAMS = Prepared(select(Team.id, Team.name).where(HERE, Team.active.is_(True)).order_by(Team.name, Team.id).limit(MOST))
MEDIATORS = Prepared(
    select(Account.id, Account.name).where(or_(Account.id.in_(AT_POSTS), Account.id.in_(ON_TEAMS))).order_by(Account.name, Account.id).limit(MOST)
)
VIEWS = Prepared(
    select(SavedView.id, SavedView.name, SavedView.args, SavedView.first)
    .where(SavedView.account_id == bindparam("account")).order_by(SavedView.name)
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What an actor's places offer: areas with their depth in the tree; (id, name) of the teams that work there, and of whoever
    is or was a mediator there."""

    areas: Sequence[tuple[int, AreaRow]]
    teams: Sequence[tuple[int, str]]
    mediators: Sequence[tuple[int, str]]


NOTHING = Choices((), (), ())


def choices_here(session: Session, actor: Actor) -> Choices:
    """What the actor's places offer, the same object while structure and posts stand; nothing without places."""
    mine = tuple(area for area, _ in areas_of(actor))
    if not mine:
        return NOTHING

    def load() -> Choices:
        teams, mediators = ([(id, name) for id, name in asked.run(session, {"mine": mine})] for asked in (TEAMS, MEDIATORS))
        return Choices(tree(session, mine, SHOWN), teams, mediators)

    return standing(session, ("choices", mine), load)


def name_of(session: Session, filter: str, id: int) -> str:
    """What the row that a filter points at is called; "" when there is none."""
    table = NAMED[filter]
    return session.scalar(select(table.name).where(table.id == id)) or ""


def views_of(session: Session, account_id: int | None) -> Sequence[Any]:
    """The saved views of an account, by name: id, name, args, first."""
    return VIEWS.run(session, {"account": account_id}).all()
