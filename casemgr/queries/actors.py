"""An account as an actor: its posts and mandates on a day, and those it stands in for. Read anew for every request, so
a lost right is lost at once.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, and_, bindparam, func, literal, null, or_, select, text, union_all
from sqlalchemy.orm import Session

from casemgr.models import Absence, Account, Appointment, Area, Department, Mandate, Post, Team
from casemgr.policy import STAFF, Actor, Held
from casemgr.queries.areas import load_paths
from casemgr.queries.prepared import Prepared
from workflows.deputies import PostAt, fits_all

POST = (Post.id, Post.role, Post.area_id, Area.level, Post.team_id, Post.department_id, Post.name)
DAY: Any = bindparam("on", type_=Date)
OWN, AWAY, MANDATE = "a own", "b away", "c mandate"  # what a line of load_actor's query is, in its order


def load_actor(session: Session, account_id: int, on: date) -> Actor | None:
    """The actor behind an account on a day, or None when it is not active: one query, two more where he stands in."""
    rows = ACTOR.run(session, {"account": account_id, "on": on}).all()
    own = [row for row in rows if row[0] == OWN]
    if not own:
        return None
    posts = tuple(held(row[3:]) for row in own if row[3] is not None)
    absent, theirs = stood_in_for(session, posts, [row[1:] for row in rows if row[0] == AWAY]) if posts else ((), ())
    mandates = tuple(row[1] for row in rows if row[0] == MANDATE)
    return Actor("account", account_id, own[0][2], (*posts, *theirs), mandates, absent)


def held(row: Any, for_id: int | None = None) -> Held:
    """The columns of POST as a post."""
    post_id, role, area, level, team, department, name = row
    return Held(post_id, role, area, level or "", team, department, name or "", for_id)


def holding_on(on: Any) -> ColumnElement[bool]:
    """The condition on Appointment that it holds on a day."""
    return and_(Appointment.from_on <= on, or_(Appointment.to_on.is_(None), Appointment.to_on >= on))


def away_on(on: Any) -> ColumnElement[bool]:
    """The condition on Absence that it lasts on a day."""
    return and_(Absence.from_on <= on, Absence.to_on >= on)


def whole_actor() -> Any:
    """The statement of load_actor, built once: (what, account or area, name, POST…) for his own posts (one line without a
    post where he has none), those of whom he stands in for, and his mandates."""
    account, on = bindparam("account", type_=Integer), DAY
    own = (
        select(literal(OWN).label("what"), Account.id, Account.name, *POST)
        .outerjoin(Appointment, and_(Appointment.account_id == Account.id, holding_on(on)))
        .outerjoin(Post, Post.id == Appointment.post_id)
        .outerjoin(Area, Area.id == Post.area_id)
        .where(Account.id == account, Account.active.is_(True))
    )
    away = (
        select(literal(AWAY), Absence.account_id, Account.name, *POST)
        .join(Account, Account.id == Absence.account_id)
        .join(Appointment, and_(Appointment.account_id == Account.id, holding_on(on)))
        .join(Post, Post.id == Appointment.post_id)
        .outerjoin(Area, Area.id == Post.area_id)
        .where(Absence.deputy_id == account, away_on(on), Account.active.is_(True), Post.role.in_(STAFF))
    )
    nothing = [null() for _ in POST]
    mandates = select(literal(MANDATE), Mandate.area_id, literal(""), *nothing).where(
        Mandate.account_id == account, Mandate.from_on <= on, Mandate.to_on >= on
    )
    return union_all(own, away, mandates).order_by(text("1"), text("2"), text("4"))


def stood_in_for(
    session: Session, own: Iterable[Held], away: Sequence[Any]
) -> tuple[tuple[tuple[int, str], ...], tuple[Held, ...]]:
    """Of those away, with their posts (account, name, POST…), whom the holder of `own` stands in for, as (account, name),
    and the posts these hold; no query where nobody is away, else two.

    No administrator is stood in for, and nobody stands in for those whom an absent person stands in for himself. Posts
    may have changed since the absence was recorded: who does not fit any more stands in no more.
    """
    theirs = [held(row[2:], row[0]) for row in away]
    fitting = still_fitting(session, [post for post in own if post.role in STAFF], theirs) if theirs else frozenset()
    names = {row[0]: (row[0], row[1]) for row in away if row[0] in fitting}
    return tuple(names.values()), tuple(post for post in theirs if post.for_id in fitting)


def still_fitting(session: Session, own: Sequence[Held], theirs: Sequence[Held]) -> frozenset[int | None]:
    """Those of the absent persons with posts of `theirs` whom a holder of `own` may stand in for; two queries."""
    area = func.coalesce(Post.area_id, Team.area_id, Department.area_id)
    query = select(Post.id, area).outerjoin(Team, Team.id == Post.team_id).outerjoin(Department, Department.id == Post.department_id)
    places = dict(session.execute(query.where(Post.id.in_([post.post_id for post in (*own, *theirs)]))).all())
    paths = load_paths(session, {place for place in places.values() if place})

    def at(posts: Iterable[Held]) -> list[PostAt]:
        return [
            PostAt(post.role, paths.get(places[post.post_id], ()), post.department_id, post.team_id is not None) for post in posts
        ]

    absent = {post.for_id for post in theirs}
    return frozenset(id for id in absent if fits_all(at(post for post in theirs if post.for_id == id), at(own)))


ACTOR = Prepared(whole_actor())
