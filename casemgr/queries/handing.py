"""Open matters in a person's name, to be handed over: whose, which, how many. Reads only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.models import Account, Appointment, Case, Request
from casemgr.policy import Actor, visible, within
from casemgr.queries.actors import holding_on
from casemgr.queries.lines import waiting_for
from casemgr.queries.prepared import Prepared, among, listed
from casemgr.queries.standing import Stamp, standing
from workflows.deputies import SUPERIORS

SOON = timedelta(days=14)
MOST = 100


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who has left his posts, or will soon, with open matters in his name. `last_on` is None once he has."""

    account_id: int
    name: str
    matters: int
    last_on: date | None = None


def held_by(account_id: int) -> tuple[object, ...]:
    """The conditions of the open matters in somebody's name."""
    return (Case.handler_id == account_id, Case.closed_at.is_(None), Case.process == "dispute")


def open_matters(session: Session, actor: Actor, account_id: int) -> Sequence[Case]:
    """The open matters in somebody's name that the actor may see, what falls due first on top; at most MOST."""
    query = select(Case).where(visible(actor), *held_by(account_id))  # type: ignore[arg-type]
    return session.scalars(query.order_by(Case.next_due_at.asc().nulls_last(), Case.id).limit(MOST)).all()


def patron_of(session: Session, actor: Actor, account_id: int) -> Sequence[Case]:
    """The open matters somebody is the patron of, as far as the actor sees them; at most MOST."""
    query = select(Case).where(visible(actor), Case.patron_id == account_id, Case.closed_at.is_(None))
    return session.scalars(query.order_by(Case.next_due_at.asc().nulls_last(), Case.id).limit(MOST)).all()


def count_held(session: Session, account_id: int) -> int:
    """How many open matters are in somebody's name. A number for his administrator, who sees none of them."""
    return int(session.scalar(select(func.count()).select_from(Case).where(*held_by(account_id))) or 0)  # type: ignore[arg-type]


def leavers_of(session: Session, actor: Actor, on: date, stamp: Stamp | None = None) -> list[Leaver]:
    """Those who hold no post two weeks from a day on, with open matters in places the actor is head or secretary of; one
    query, none where nobody leaves. Who is only away has a deputy and is not among them."""
    gone = leaving(session, on, stamp) if actor.areas(*SUPERIORS) else ()
    if not gone:
        return []
    rows = left_behind(actor, db.is_sqlite(session)).run(session, {"ids": listed(session, gone)})
    return [Leaver(id, name, number, day if day and day >= on else None) for id, name, number, day in rows]


@lru_cache(64)
def left_behind(actor: Actor, sqlite: bool) -> Prepared:
    """Account, name, number of open matters in that name where the actor is head or secretary, and last day at a post."""
    last = select(func.max(Appointment.to_on)).where(Appointment.account_id == Account.id, Appointment.to_on >= Appointment.from_on)
    here = (Case.area_id.in_(within(actor.areas(*SUPERIORS))), visible(actor), among(Case.handler_id, sqlite=sqlite))
    return Prepared(
        select(Account.id, Account.name, func.count(), last.scalar_subquery())
        .join(Case, Case.handler_id == Account.id)
        .where(Case.closed_at.is_(None), Case.process == "dispute", *here)
        .group_by(Account.id, Account.name)
        .order_by(Account.name)
    )


def leaving(session: Session, on: date, stamp: Stamp | None = None) -> tuple[int, ...]:
    """The accounts that hold no post two weeks from a day on."""

    def found() -> tuple[int, ...]:
        later = exists().where(Appointment.account_id == Account.id, holding_on(on + SOON))
        gone = select(Account.id).where(~and_(Account.active.is_(True), later)).order_by(Account.id)
        return tuple(session.scalars(gone))

    return standing(session, ("leaving", on), found, stamp)


def asked_of(session: Session, actor: Actor) -> Sequence[int]:
    """The open requests for another mediator that wait for the actor, what falls due first on top; at most MOST."""
    query = select(Case.id).join(Request, Request.case_id == Case.id).where(visible(actor), waiting_for(actor))
    query = query.where(Request.step == "replace_handler")
    return session.scalars(query.order_by(Case.next_due_at.asc().nulls_last(), Case.id).limit(MOST)).all()


def names_of(session: Session, ids: Collection[int]) -> dict[int, str]:
    """The names of accounts by id; one query."""
    return {row[0]: row[1] for row in session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))}
