"""The desk: what waits for a person, apart by post, by whom he stands in for, and by when it falls due. Reads only.

The lines themselves are queries.lines; scope is policy.visible as everywhere.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, false, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from casemgr.models import Area, Case
from casemgr.policy import Actor, Held, visible, waits
from casemgr.queries.lines import (
    COLUMNS, ORDERS, PAGE, STATEMENTS, Page, beyond, key_values, lines_query, page_of, waiting_for, waiting_ways, way,
)  # fmt: skip
from casemgr.queries.prepared import Prepared
from casemgr.queries.standing import Stamp, standing
from workflows.guards import ZONE, local_date

GROUPS = ("late", "today", "week", "later", "open")  # by when it falls due; "open" has no time limit that runs
DECIDE = "decide"
MOST_COUNTED = 1000
KEPT = 128  # choices of actors remembered: they cost more to make than to ask
DUTY = (Case.holder_role, Case.holder_area_id, Case.holder_department_id, Case.holder_id, Case.team_id, Case.process)


@dataclass(frozen=True, slots=True)
class Duty:
    """Whose turn a matter is: the role that holds it, at which area or department or by which person; its team and process."""

    role: str
    area_id: int | None
    department_id: int | None
    account_id: int | None
    team_id: int | None
    process: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page of lines; of each matter how long its trail is, and whose turn it is. Nothing about a matter changes but with an
    entry of its trail."""

    page: Page
    entries: Mapping[int, int]
    duties: Mapping[int, Duty]


@dataclass(frozen=True, slots=True)
class Ends:
    """The instants at which the groups end: now, the end of today, the end of the seventh day. A due time of midnight is
    still of the day before."""

    now: datetime
    today: datetime
    week: datetime

    def group(self, due_at: datetime | None) -> str:
        """The group of a due time."""
        if due_at is None:
            return "open"
        if due_at <= self.now:
            return "late"
        return "today" if due_at <= self.today else "week" if due_at <= self.week else "later"


def ends_of(at: datetime) -> Ends:
    """The ends as of an instant."""
    midnight = datetime.combine(local_date(at) + timedelta(days=1), time(0), ZONE)
    return Ends(at, midnight, midnight + timedelta(days=6))


BESIDE = (Case.trail_seq, Case.holder_area_id, Case.holder_department_id, Case.holder_id, Case.team_id)


def load_waiting(
    session: Session, actor: Actor, condition: ColumnElement[bool], by: str, *, after: str = "", before: str = ""
) -> Waiting:
    """One page of what waits for the actor under a choice, for which the condition stands; one query. Raises ValueError for a
    broken key."""
    order, key, ascending = ORDERS["due"], before or after, not before
    values = key_values(order, key) if key else {}

    def made() -> Prepared:
        wanted = [condition, visible(actor), *([beyond(order, ascending)] if key else ())]
        firsts = [
            select(Case.id).where(one, *wanted).order_by(*way(order, ascending)).limit(PAGE + 1).subquery()
            for one in waiting_ways(actor)
        ] or [select(Case.id).where(false()).subquery()]
        query = lines_query().add_columns(*BESIDE, *order.columns).where(Case.id.in_(union_all(*(select(first.c.id) for first in firsts))))
        return Prepared(query.order_by(*way(order, ascending)).limit(PAGE + 1))

    rows = STATEMENTS.get((actor, "waiting", by, ascending, bool(key)), made).run(session, values).all()
    entries, duties, first = {}, {}, len(COLUMNS) + 5
    for row in rows:
        entries[row[0]], area, department, person, team = row[first : first + len(BESIDE)]
        duties[row[0]] = Duty(row[7], area, department, person, team, row[1])
    return Waiting(page_of(list(rows), order, after, before), entries, duties)


def count_duties(session: Session, actor: Actor, ends: Ends) -> Counter[tuple[Duty, str]]:
    """How many matters wait for the actor, by duty and group; one query. Of each way in which they wait no more than the first
    MOST_COUNTED are counted."""
    query = STATEMENTS.get(("duties", actor), lambda: Prepared(duties_query(actor)))
    rows = query.run(session, {"now": ends.now, "today": ends.today, "week": ends.week})
    return Counter({(Duty(*row[:6]), row[6]): row[7] for row in rows})


def duties_query(actor: Actor) -> Any:
    """The statement of count_duties."""
    firsts = [
        select(Case.id).where(one, visible(actor)).order_by(Case.due_order, Case.id).limit(MOST_COUNTED).subquery()
        for one in waiting_ways(actor)
    ]
    if not firsts:
        return select(*DUTY, literal(""), literal(0)).where(false())
    found = union_all(*(select(first.c.id) for first in firsts))
    due, end = Case.next_due_at, {name: bindparam(name, type_=Case.next_due_at.type) for name in ("now", "today", "week")}
    group = case(
        (due.is_(None), "open"), (due <= end["now"], "late"), (due <= end["today"], "today"), (due <= end["week"], "week"),
        else_="later",
    )  # fmt: skip
    return select(*DUTY, group, func.count()).where(Case.id.in_(found)).group_by(*DUTY, group)


def post_of(actor: Actor, duty: Duty) -> Held | None:
    """The post of the actor by which a matter waits for him: the one it waits for; for one in somebody's name his post at
    its team, else his first post of that role, else his first."""
    if duty.account_id is None:
        here = [post for post in actor.posts if post.role == duty.role and place_of(post) == (duty.area_id, duty.department_id)]
    else:
        here = posts_of(actor, duty.account_id)
        team = [post for post in here if duty.team_id is not None and post.team_id == duty.team_id]
        here = team or [post for post in here if post.role == duty.role] or here
    own = [post for post in here if post.for_id is None]
    return next(iter(own or here), None)


def place_of(post: Held) -> tuple[int | None, int | None]:
    """Where matters wait for a post: (area, None), or (None, department)."""
    return (None, post.department_id) if post.department_id is not None else (post.area_id, None)


def posts_of(actor: Actor, account_id: int) -> list[Held]:
    """The actor's own posts, or those of somebody he stands in for."""
    whose = None if account_id == actor.account_id else account_id
    return [post for post in actor.posts if post.for_id == whose]


def by_post(actor: Actor, post: Held) -> ColumnElement[bool]:
    """The condition that a matter waits for the actor by this post: the same as post_of says."""
    owner = post.for_id or actor.account_id or 0
    same = posts_of(actor, owner)
    teams = {other.team_id for other in same} - {None}
    of_no_team = or_(Case.team_id.is_(None), Case.team_id.not_in(teams))
    named = [Case.team_id == post.team_id] if post.team_id is not None else []
    if next(other for other in same if other.role == post.role) == post:
        named.append(and_(of_no_team, Case.holder_role == post.role))
    if same[0] == post:
        named.append(and_(of_no_team, Case.holder_role.not_in({other.role for other in same})))
    held = and_(Case.holder_id.is_(None), or_(false(), *waits(replace(actor, posts=(post,)))))
    return or_(held, and_(Case.holder_id == owner, or_(False, *named)))


@lru_cache(KEPT)
def chosen(actor: Actor, key: str) -> ColumnElement[bool] | None:
    """The condition of a choice on the desk: a post ("post-3"), a person stood in for ("for-7"), requests to decide
    ("decide"), or all (""). None for a choice there is not."""
    if not key:
        return waiting_for(actor)
    if key == DECIDE:
        return and_(waiting_for(actor), Case.process == "request")
    kind, _, id = key.partition("-")
    posts = [post for post in actor.posts if id == str(post.post_id if kind == "post" else post.for_id)]
    if kind == "post" and posts:
        return and_(waiting_for(actor), by_post(actor, next((p for p in posts if p.for_id is None), posts[0])))
    if kind == "for" and posts:
        return and_(waiting_for(actor), or_(*(by_post(actor, post) for post in posts)))
    return None


def load_parents(session: Session, actor: Actor, ids: Collection[int]) -> Mapping[int, tuple[str, str, str]]:
    """Number, title and tier of the matters that requests are about, by id; one query, none for no ids."""
    if not ids:
        return {}
    query = select(Case.id, Case.number, Case.title, Case.tier).where(Case.id.in_(ids), visible(actor))
    return {row[0]: (row[1] or "", row[2], row[3]) for row in session.execute(query)}


def load_places(session: Session, areas: frozenset[int], stamp: Stamp) -> Mapping[int, str]:
    """The names of areas by id, remembered while the structure stands."""
    query = select(Area.id, Area.name).where(Area.id.in_(areas))
    return standing(session, ("places", areas), lambda: {row[0]: row[1] for row in session.execute(query)}, stamp) if areas else {}
