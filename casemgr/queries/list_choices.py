"""What the filters of the list offer and how they are called: teams and mediators with open matters in scope, saved views."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Account, Area, Case, SavedView, Team
from casemgr.policy import Actor, visible

MOST = 300
NAMED: dict[str, Any] = {"area": Area, "lead": Area, "team": Team, "handler": Account}  # filter -> the rows it names


def teams_at_work(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """(id, name) of the teams that have open matters in the actor's scope."""
    return called(session, Team, busy(actor, Case.team_id))


def handlers_at_work(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """(id, name) of whoever handles open matters in the actor's scope."""
    return called(session, Account, busy(actor, Case.handler_id))


def busy(actor: Actor, column: Any) -> Any:
    """A select of what stands in a column of open matters."""
    return select(column).where(visible(actor), Case.closed_at.is_(None), column.is_not(None))


def called(session: Session, table: Any, ids: Any) -> list[tuple[int, str]]:
    """(id, name) of rows, by name."""
    query = select(table.id, table.name).where(table.id.in_(ids)).order_by(table.name, table.id).limit(MOST)
    return [(id, name) for id, name in session.execute(query)]


def name_of(session: Session, filter: str, id: int) -> str:
    """What the row that a filter points at is called; "" when there is none."""
    table = NAMED[filter]
    return session.scalar(select(table.name).where(table.id == id)) or ""


def views_of(session: Session, account_id: int | None) -> Sequence[SavedView]:
    """The saved views of an account, by name."""
    return session.scalars(select(SavedView).where(SavedView.account_id == account_id).order_by(SavedView.name)).all()
