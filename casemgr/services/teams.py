"""Teams changed, their members with capacity and days, the duty roster, and ties that bar a mediator from a person.

Events of the settings' own chain. Who steps aside from one matter does so by a step of that matter (services.cases).
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.errors import AlreadyThere, Invalid, NotAllowed, NotFound
from casemgr.models import Account, DutyDay, Person, Relation, Team, TeamCategory, TeamMember
from casemgr.policy import Actor
from casemgr.services.appointments import admin_among, appointments_within, refuse_reversed
from casemgr.services.books import settings_stream
from casemgr.services.structure import begin, get_row, note, refuse_bad
from workflows.categories import DISPUTE_CATEGORIES

USUAL_CAPACITY, MOST_CAPACITY = 12, 200
LONGEST_ROSTER = timedelta(days=366)
RELATIONS = {  # Supreme Court rules on court-invited mediation art. 15: who must step aside
    "relative": "Relative",
    "interest": "Interest in the dispute",
    "other": "Another relation",
}
NO_CATEGORY = "There is no such category of disputes."
NO_CAPACITY = "A mediator carries 1 to 200 open matters."
NOT_ACTIVE = "This account cannot log in."
NO_WORKING_POST = "Only who holds a working post on the first day can be on a team."
MEMBER_ALREADY = "This person is on the team on some of these days already."
NOT_A_MEMBER = "On duty is only who is on the team on that day."
NO_RELATION = "There is no such kind of relation."


def change_team(
    session: Session, team_id: int, *, name: str, categories: Collection[str], active: bool, actor: Actor, at: datetime
) -> list[str]:
    """Rename a team, change what it takes (nothing: it is a general team), put it in or out of use; what changed."""
    begin(session, actor)
    team = get_row(session, Team, team_id)
    refuse_bad({"name": name})
    wanted = sorted(set(categories))
    if not DISPUTE_CATEGORIES.keys() >= set(wanted):
        raise Invalid({"categories": [NO_CATEGORY]})
    before = sorted(session.scalars(select(TeamCategory.category).where(TeamCategory.team_id == team.id)))
    changed = [c for c, new in (("name", name), ("active", active)) if getattr(team, c) != new]
    changed += ["categories"] if wanted != before else []
    if not changed:
        return []
    team.name, team.active, team.general = name, active, not wanted
    session.execute(delete(TeamCategory).where(TeamCategory.team_id == team.id))
    if wanted:
        session.execute(insert(TeamCategory), [{"team_id": team.id, "category": c} for c in wanted])
    session.flush()
    note(session, "team", "changed", actor=actor, at=at, id=team.id, key=team.key, fields=changed, categories=wanted)
    return changed


def add_member(
    session: Session, team_id: int, account_id: int, *, from_on: date, to_on: date | None = None, capacity: int = USUAL_CAPACITY,
    actor: Actor, at: datetime,
) -> TeamMember:  # fmt: skip
    """Put an account on a team for these days, both included. Raises NotAllowed, NotFound, Invalid, AlreadyThere."""
    begin(session, actor)
    team, account = get_row(session, Team, team_id), get_row(session, Account, account_id)
    refuse_reversed(from_on, to_on)
    refuse_capacity(capacity)
    if not account.active:
        raise Invalid({"account": [NOT_ACTIVE]})
    held = appointments_within(session, account.id, from_on, from_on)
    if not held or admin_among(held):
        raise Invalid({"account": [NO_WORKING_POST]})
    if memberships(session, team.id, account.id, from_on, to_on):
        raise AlreadyThere("member_already", MEMBER_ALREADY)
    row = TeamMember(team_id=team.id, account_id=account.id, capacity=capacity, from_on=from_on, to_on=to_on)
    session.add(row)
    session.flush()
    note(
        session, "member", actor=actor, at=at, team=team.id, account=account.id, capacity=capacity,
        from_on=from_on.isoformat(), to_on=to_on.isoformat() if to_on else None,
    )  # fmt: skip
    return row


def refuse_capacity(capacity: int) -> None:
    """Raise Invalid for a number of matters that nobody carries."""
    if not 1 <= capacity <= MOST_CAPACITY:
        raise Invalid({"capacity": [NO_CAPACITY]})


def memberships(
    session: Session, team_id: int, account_id: int, from_on: date, to_on: date | None
) -> list[TeamMember]:
    """The memberships of an account in a team that hold on any of these days."""
    query = select(TeamMember).where(
        TeamMember.team_id == team_id, TeamMember.account_id == account_id,
        or_(TeamMember.to_on.is_(None), (TeamMember.to_on >= from_on) & (TeamMember.to_on >= TeamMember.from_on)),
    )  # fmt: skip
    return list(session.scalars(query.where(TeamMember.from_on <= to_on) if to_on else query))


def change_capacity(session: Session, member_id: int, capacity: int, *, actor: Actor, at: datetime) -> None:
    """How many open matters a member carries on this team. Raises NotAllowed, NotFound, Invalid."""
    begin(session, actor)
    row = get_row(session, TeamMember, member_id)
    refuse_capacity(capacity)
    if row.capacity != capacity:
        row.capacity = capacity
        session.flush()
        note(session, "member", "changed", actor=actor, at=at, team=row.team_id, account=row.account_id, capacity=capacity)


def end_member(session: Session, member_id: int, *, last_on: date, actor: Actor, at: datetime) -> None:
    """Take a member off a team after a day, with the duty days beyond it; his matters stay with him."""
    begin(session, actor)
    row = get_row(session, TeamMember, member_id)
    row.to_on = min(last_on, row.to_on) if row.to_on else last_on
    beyond = (DutyDay.team_id == row.team_id, DutyDay.account_id == row.account_id, DutyDay.on_date > row.to_on)
    session.execute(delete(DutyDay).where(*beyond))
    session.flush()
    last = row.to_on.isoformat()
    note(session, "member", "ended", actor=actor, at=at, team=row.team_id, account=row.account_id, to_on=last)


# --- the roster


def set_roster(
    session: Session, team_id: int, days: Mapping[date, Collection[int]], *, actor: Actor, at: datetime
) -> list[date]:
    """Who of a team is on duty on these days, in place of what stood there; the days that changed.

    Days that are not named stay as they are. Raises NotAllowed, NotFound, Invalid.
    """
    begin(session, actor)
    team = get_row(session, Team, team_id)
    if not days:
        return []
    first, last = min(days), max(days)
    refuse_strangers(session, team.id, days)
    before: dict[date, set[int]] = {}
    stood = select(DutyDay.on_date, DutyDay.account_id).where(DutyDay.team_id == team.id, DutyDay.on_date.between(first, last))
    for on, account in session.execute(stood):
        before.setdefault(on, set()).add(account)
    changed = sorted(on for on, accounts in days.items() if before.get(on, set()) != set(accounts))
    if not changed:
        return []
    session.execute(delete(DutyDay).where(DutyDay.team_id == team.id, DutyDay.on_date.in_(changed)))
    rows = [{"team_id": team.id, "on_date": on, "account_id": a} for on in changed for a in sorted(set(days[on]))]
    if rows:
        session.execute(insert(DutyDay), rows)
    audit.record(
        session, settings_stream(session), "settings.roster_changed", actor=actor, at=at,
        data={"team": team.id, "days": {on.isoformat(): sorted(set(days[on])) for on in changed}},
    )  # fmt: skip
    return changed


def refuse_strangers(session: Session, team_id: int, days: Mapping[date, Collection[int]]) -> None:
    """Raise Invalid when somebody would be on duty on a day without being on the team, or the days are endless."""
    if max(days) - min(days) > LONGEST_ROSTER:
        raise Invalid({"days": [NOT_A_MEMBER]})
    spans: dict[int, list[tuple[date, date | None]]] = {}
    for row in session.scalars(select(TeamMember).where(TeamMember.team_id == team_id)):
        spans.setdefault(row.account_id, []).append((row.from_on, row.to_on))
    for on, accounts in days.items():
        for account in accounts:
            if not any(first <= on and (last is None or on <= last) for first, last in spans.get(account, ())):
                raise Invalid({"days": [NOT_A_MEMBER]})


# --- ties that bar


def declare_relation(
    session: Session, account_id: int, person_id: int, kind: str, *, actor: Actor, at: datetime
) -> None:
    """Keep a mediator from all matters of a person: declared by himself, or by who assigns matters. Again changes the kind.

    Raises NotAllowed, NotFound, Invalid. A matter already in his hands is given up by a step of that matter.
    """
    demand_declarer(actor, account_id)
    account, person = get_row(session, Account, account_id), get_row(session, Person, person_id)
    if kind not in RELATIONS:
        raise Invalid({"kind": [NO_RELATION]})
    settings_stream(session)
    row = session.get(Relation, (account.id, person.id))
    if row is not None and row.kind == kind:
        return
    if row is None:
        session.add(Relation(account_id=account.id, person_id=person.id, kind=kind))
    else:
        row.kind = kind
    session.flush()
    note(session, "relation", actor=actor, at=at, account=account.id, person=person.id, kind=kind)


def withdraw_relation(session: Session, account_id: int, person_id: int, *, actor: Actor, at: datetime) -> None:
    """Take back a tie that was declared in error. Raises NotAllowed, NotFound."""
    demand_declarer(actor, account_id)
    settings_stream(session)
    row = session.get(Relation, (account_id, person_id))
    if row is None:
        raise NotFound()
    session.delete(row)
    session.flush()
    note(session, "relation", "ended", actor=actor, at=at, account=account_id, person=person_id)


def demand_declarer(actor: Actor, account_id: int) -> None:
    """Raise NotAllowed unless it is about oneself, or the actor gives matters to mediators."""
    own = actor.account_id == account_id and actor.has("mediator", "head")
    if actor.kind == "account" and not own and not actor.has("head", "operator"):
        raise NotAllowed()
