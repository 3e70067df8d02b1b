"""Teams as of a day: what they take, who is on them and on duty. Who may be given a matter is queries.mediators. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from casemgr.models import Absence, Account, Appointment, Area, AreaPath, DutyDay, Post, Team, TeamCategory, TeamMember
from casemgr.policy import AREA_ROLES, Actor
from casemgr.queries.actors import holding_on
from casemgr.queries.structure import PostLine, holders_of, open_post
from workflows.rota import Turn

MOST_FOUND = 40
SERVED_BEFORE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class TeamLine:
    """One team: where, what it takes, how many are on it today and who is on duty."""

    id: int
    area_id: int
    area: str
    key: str
    name: str
    general: bool
    active: bool
    categories: tuple[str, ...]
    members: int
    on_duty: tuple[str, ...]


def load_teams(session: Session, on: date, areas: Collection[int] | None = None) -> list[TeamLine]:
    """The teams at these areas (None: everywhere) as of a day: four queries."""
    query = select(Team, Area.name).join(Area, Area.id == Team.area_id).order_by(Area.code, Team.general, Team.id)
    rows = session.execute(query.where(Team.area_id.in_(areas)) if areas is not None else query).all()
    ids = [team.id for team, _ in rows]
    taken = categories_of(session, ids)
    counts = count_members(session, ids, on)
    duty = on_duty(session, ids, on)
    return [
        TeamLine(t.id, t.area_id, area, t.key, t.name, t.general, t.active, taken.get(t.id, ()), counts.get(t.id, 0),
                 duty.get(t.id, ()))
        for t, area in rows
    ]  # fmt: skip


def categories_of(session: Session, teams: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Team id -> the categories it takes, in order."""
    found: dict[int, tuple[str, ...]] = {}
    query = select(TeamCategory).where(TeamCategory.team_id.in_(teams)).order_by(TeamCategory.category)
    for row in session.scalars(query):
        found[row.team_id] = (*found.get(row.team_id, ()), row.category)
    return found


def member_on(on: date) -> ColumnElement[bool]:
    """The condition on TeamMember that it holds on a day."""
    return and_(TeamMember.from_on <= on, or_(TeamMember.to_on.is_(None), TeamMember.to_on >= on))


def count_members(session: Session, teams: Collection[int], on: date) -> dict[int, int]:
    """Team id -> how many are on it on a day."""
    query = select(TeamMember.team_id, func.count()).where(TeamMember.team_id.in_(teams), member_on(on))
    return {row[0]: row[1] for row in session.execute(query.group_by(TeamMember.team_id))}


def on_duty(session: Session, teams: Collection[int], on: date) -> dict[int, tuple[str, ...]]:
    """Team id -> names of those on duty on a day."""
    query = (
        select(DutyDay.team_id, Account.name)
        .join(Account, Account.id == DutyDay.account_id)
        .where(DutyDay.team_id.in_(teams), DutyDay.on_date == on)
        .order_by(Account.name, Account.id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for team, name in session.execute(query):
        found[team] = (*found.get(team, ()), name)
    return found


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One membership of a team."""

    id: int
    account_id: int
    team_id: int
    name: str
    login: str
    active: bool
    capacity: int
    from_on: date
    to_on: date | None

    def holds(self, on: date) -> bool:
        """Whether it holds on a day."""
        return self.from_on <= on and (self.to_on is None or self.to_on >= on)


def load_members(session: Session, teams: Collection[int], first: date, last: date | None = None) -> list[MemberLine]:
    """The memberships of these teams that hold on a day from `first` on (up to `last`), by name."""
    query = (
        select(
            TeamMember.id, Account.id, TeamMember.team_id, Account.name, Account.login, Account.active, TeamMember.capacity,
            TeamMember.from_on, TeamMember.to_on,
        )
        .join(Account, Account.id == TeamMember.account_id)
        .where(TeamMember.team_id.in_(teams), or_(TeamMember.to_on.is_(None), TeamMember.to_on >= first))
        .where(or_(TeamMember.to_on.is_(None), TeamMember.to_on >= TeamMember.from_on))
        .order_by(Account.name, Account.id, TeamMember.from_on)
    )  # fmt: skip
    rows = session.execute(query.where(TeamMember.from_on <= last) if last else query)
    return [MemberLine(*row) for row in rows]


def load_roster(session: Session, team_id: int, first: date, last: date) -> set[tuple[date, int]]:
    """(day, account id) of those on duty from a day to a day."""
    query = select(DutyDay.on_date, DutyDay.account_id).where(
        DutyDay.team_id == team_id, DutyDay.on_date.between(first, last)
    )
    return {(on, account) for on, account in session.execute(query)}


def load_turns(session: Session, team_id: int, first: date, last: date) -> list[Turn]:
    """Who may serve on a team from a day to a day, with the days away in it and the days served in the time before."""
    members = load_members(session, [team_id], first, last)
    ids = {member.account_id for member in members}
    served: dict[int, set[date]] = {}
    for on, account in load_roster(session, team_id, first - SERVED_BEFORE, first - timedelta(days=1)):
        served.setdefault(account, set()).add(on)
    away: dict[int, set[date]] = {}
    absent = select(Absence.account_id, Absence.from_on, Absence.to_on).where(
        Absence.account_id.in_(ids), Absence.from_on <= last, Absence.to_on >= first
    )
    for account, begins, ends in session.execute(absent):
        from_on, to_on = max(begins, first), min(ends, last)
        away.setdefault(account, set()).update(from_on + timedelta(days=n) for n in range((to_on - from_on).days + 1))
    return [
        Turn(m.account_id, m.from_on, m.to_on, frozenset(away.get(m.account_id, ())), frozenset(served.get(m.account_id, ())))
        for m in members if m.active
    ]  # fmt: skip


def find_people(session: Session, words: str, on: date) -> tuple[list[tuple[int, str, str]], bool]:
    """(account id, name, login) of those who hold a post today and whose name or login has the words; whether more do."""
    query = (
        select(Account.id, Account.name, Account.login)
        .where(Account.active.is_(True), Account.id.in_(select(Appointment.account_id).where(holding_on(on))))
        .order_by(Account.name, Account.id)
        .limit(MOST_FOUND + 1)
    )
    if words:
        query = query.where(or_(Account.name.contains(words, autoescape=True), Account.login.icontains(words, autoescape=True)))
    rows = [(row.id, row.name, row.login) for row in session.execute(query)]
    return rows[:MOST_FOUND], len(rows) > MOST_FOUND


def posts_of_team(session: Session, team_id: int, on: date) -> list[PostLine]:
    """The posts at a team itself."""
    query = select(Post.id, Post.role, Post.name, Post.closed_on).where(Post.team_id == team_id, open_post(on))
    rows = session.execute(query.order_by(Post.id)).all()
    names = holders_of(session, [row.id for row in rows], on)
    return [PostLine(row.id, row.role, row.name, "", row.closed_on, names.get(row.id, ())) for row in rows]


def areas_near(session: Session, actor: Actor) -> set[int]:
    """The areas whose teams an actor works with: his own, those above and those below."""
    mine = (*actor.areas(*AREA_ROLES), *actor.mandates)
    up = select(AreaPath.ancestor_id).where(AreaPath.descendant_id.in_(mine))
    down = select(AreaPath.descendant_id).where(AreaPath.ancestor_id.in_(mine))
    return set(session.scalars(up.union(down)))


def duty_pairs(session: Session, teams: Collection[int], on: date) -> set[tuple[int, int]]:
    """(team id, account id) of those on duty on a day."""
    query = select(DutyDay.team_id, DutyDay.account_id).where(DutyDay.team_id.in_(teams), DutyDay.on_date == on)
    return {(team, account) for team, account in session.execute(query)}
