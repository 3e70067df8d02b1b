"""Mediators who might take cases, with team, roster, load, and what bars them: a bounded number of queries for a batch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from casemgr.models import (
    Absence, Account, Appointment, AreaPath, Case, DutyDay, Event, Party, Post, Recusal, Relation, Team, TeamCategory, TeamMember,
)  # fmt: skip
from casemgr.queries.actors import away_on, holding_on
from casemgr.queries.areas import load_paths
from workflows.roles import committee_level
from workflows.routing import Candidate

COMMITTEE_CAPACITY = 12
TeamKey = tuple[int, bool, frozenset[str]]  # (area, general, categories) of a team


def candidates_for(session: Session, cases: Sequence[Case], on: date) -> dict[int, list[Candidate]]:
    """For each case, everyone its place and category allow, the barred ones included."""
    paths = load_paths(session, {case.area_id for case in cases})
    streets = {area for path in paths.values() for area, _ in path}
    teams = team_candidates(session, streets, on)
    committees = committee_candidates(session, streets, on)
    loads, away = open_loads(session), accounts_away(session, on)
    aside = barred(session, [case.id for case in cases])
    found = {}
    for case in cases:
        path = {level: area for area, level in paths[case.area_id]}
        near = [c for area in path.values() for c in of_teams(teams, area, case.category)]
        near += committees.get(path.get(committee_level(case.level)), [])
        found[case.id] = [with_load(one, loads, away, aside, case.id) for one in near]
    return found


def of_teams(teams: Sequence[tuple[TeamKey, Candidate]], area: int, category: str) -> list[Candidate]:
    """Members of an area's teams that take a category: those that name it, else those that name its class; and the general."""
    here = [(categories, general, one) for (at, general, categories), one in teams if at == area]
    named = category if any(category in categories for categories, _, _ in here) else category[:2]
    return [one for categories, general, one in here if general or named in categories]


def with_load(
    one: Candidate, loads: Mapping[int, int], away: Collection[int], aside: Mapping[str, set[tuple[int, int]]], case_id: int
) -> Candidate:
    """The candidate as he stands towards one case."""
    return replace(
        one, load=loads.get(one.account_id, 0), recused=(case_id, one.account_id) in aside["recused"],
        related=(case_id, one.account_id) in aside["related"], declined=(case_id, one.account_id) in aside["declined"],
        away=one.account_id in away,
    )  # fmt: skip


def team_candidates(session: Session, areas: Collection[int], on: date) -> list[tuple[TeamKey, Candidate]]:
    """Members of the teams of these areas on a day, each with (area, general, categories) of the team."""
    categories: dict[int, set[str]] = {}
    for team_id, category in session.execute(
        select(TeamCategory.team_id, TeamCategory.category)
        .join(Team, Team.id == TeamCategory.team_id)
        .where(Team.area_id.in_(areas))
    ):
        categories.setdefault(team_id, set()).add(category)
    duty = and_(
        DutyDay.team_id == TeamMember.team_id, DutyDay.account_id == TeamMember.account_id, DutyDay.on_date == on
    )
    query = (
        select(Team, TeamMember.account_id, TeamMember.capacity, DutyDay.on_date)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .join(Account, Account.id == TeamMember.account_id)
        .outerjoin(DutyDay, duty)
        .where(Team.area_id.in_(areas), Team.active.is_(True), Account.active.is_(True), TeamMember.from_on <= on)
        .where(or_(TeamMember.to_on.is_(None), TeamMember.to_on >= on))
    )
    found = []
    for team, account, capacity, on_duty in session.execute(query):
        group = "general_team" if team.general else "team_of_category"
        one = Candidate(account, group, team.id, team.name, capacity=capacity, on_duty=on_duty is not None)
        found.append(((team.area_id, team.general, frozenset(categories.get(team.id, ()))), one))
    return found


def committee_candidates(session: Session, areas: Collection[int], on: date) -> dict[int | None, list[Candidate]]:
    """Mediators of the committees at these areas on a day, by area."""
    query = (
        select(Post.area_id, Appointment.account_id)
        .join(Appointment, Appointment.post_id == Post.id)
        .join(Account, Account.id == Appointment.account_id)
        .where(Post.role == "mediator", Post.area_id.in_(areas), Account.active.is_(True), holding_on(on))
        .order_by(Appointment.account_id)
    )
    found: dict[int | None, list[Candidate]] = {}
    for area, account in session.execute(query):
        found.setdefault(area, []).append(Candidate(account, "of_the_committee", capacity=COMMITTEE_CAPACITY))
    return found


def open_loads(session: Session) -> dict[int, int]:
    """How many open cases each handler has."""
    query = select(Case.handler_id, func.count()).where(Case.closed_at.is_(None), Case.handler_id.is_not(None))
    return dict(session.execute(query.group_by(Case.handler_id)).all())  # type: ignore[arg-type]


def accounts_away(session: Session, on: date) -> frozenset[int]:
    """The accounts that are away on a day."""
    return frozenset(session.scalars(select(Absence.account_id).where(away_on(on))))


def barred(session: Session, case_ids: Collection[int]) -> dict[str, set[tuple[int, int]]]:
    """(case, account) pairs that stepped aside, those with a declared tie to a party, and those that gave it back."""
    recused = session.execute(select(Recusal.case_id, Recusal.account_id).where(Recusal.case_id.in_(case_ids)))
    related = session.execute(
        select(Party.case_id, Relation.account_id)
        .join(Relation, Relation.person_id == Party.person_id)
        .where(Party.case_id.in_(case_ids))
    )
    declined = session.execute(
        select(Event.stream_id, Event.actor_id)
        .where(Event.stream == "case", Event.stream_id.in_(case_ids), Event.kind == "dispute.declined")
    )  # fmt: skip
    return {"recused": pairs(recused), "related": pairs(related), "declined": pairs(declined)}


def pairs(rows: Iterable[Any]) -> set[tuple[int, int]]:
    """Rows of two ids as plain pairs."""
    return {(case, account) for case, account in rows if account is not None}


def mediators_at(session: Session, places: Mapping[int, Collection[int]], on: date) -> dict[int, frozenset[int]]:
    """For each case, by id with the areas of its path: every mediator of those areas and of their teams on a day."""
    areas = {area for path in places.values() for area in path}
    if not areas:
        return {}
    near = [(key[0], one.account_id) for key, one in team_candidates(session, areas, on)]
    for area, found in committee_candidates(session, areas, on).items():
        near += [(area or 0, one.account_id) for one in found]
    return {case: frozenset(account for area, account in near if area in path) for case, path in places.items()}


def mediators_near(session: Session, area_id: int, on: date) -> list[tuple[int, str]]:
    """(account id, name) of every mediator a case at this area could be given to: committees above it, and teams."""
    above = select(AreaPath.ancestor_id).where(AreaPath.descendant_id == area_id)
    areas = tuple(session.scalars(above))
    ids = {c.account_id for _, c in team_candidates(session, areas, on)}
    ids |= {c.account_id for found in committee_candidates(session, areas, on).values() for c in found}
    query = select(Account.id, Account.name).where(Account.id.in_(ids)).order_by(Account.name, Account.id)
    return list(session.execute(query))
