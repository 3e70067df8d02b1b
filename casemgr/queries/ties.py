"""Declared ties between mediators and persons, for whoever declares them. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from casemgr.models import Account, Appointment, Person, Post, Relation
from casemgr.policy import Actor, within
from casemgr.queries.actors import holding_on


@dataclass(frozen=True, slots=True)
class Tie:
    """One tie: whose, to whom, of what kind (services.teams.RELATIONS)."""

    account_id: int
    account: str
    person_id: int
    person: str
    kind: str


def declares_for(session: Session, actor: Actor, on: date) -> list[tuple[int, str]]:
    """(account id, name) of the mediators whose ties the actor declares: himself, and those of his committee or street."""
    areas = actor.areas("head", "operator")
    mine = Account.id == actor.account_id if actor.has("mediator", "head") else Account.id.is_(None)
    near = and_(Post.role.in_(("mediator", "head")), Post.area_id.in_(within(areas or (0,))))
    query = (
        select(Account.id, Account.name)
        .join(Appointment, Appointment.account_id == Account.id)
        .join(Post, Post.id == Appointment.post_id)
        .where(holding_on(on), Account.active.is_(True), or_(mine, near))
        .distinct()
        .order_by(Account.name, Account.id)
    )
    return [(row.id, row.name) for row in session.execute(query)]


def ties_of(session: Session, accounts: Collection[int]) -> list[Tie]:
    """The ties of these accounts, by name."""
    query = (
        select(Account.id, Account.name, Person.id, Person.name, Relation.kind)
        .select_from(Relation)
        .join(Account, Account.id == Relation.account_id)
        .join(Person, Person.id == Relation.person_id)
        .where(Relation.account_id.in_(accounts))
        .order_by(Account.name, Account.id, Person.name, Person.id)
    )
    return [Tie(*row) for row in session.execute(query)]
