"""Saved views of the list: named, one's own, one of them perhaps opened first. What a view shows is asked anew each time."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.errors import Invalid, NotFound
from casemgr.models import SavedView
from casemgr.policy import Actor
from casemgr.services.answers import MISSING

MOST = 20
LONGEST = 40  # characters of a name
TOO_LONG = "At most 40 characters, please."
TOO_MANY = "You have 20 saved views. Remove one first."


def save_view(
    session: Session, name: str, args: Mapping[str, str], *, first: bool, actor: Actor, at: datetime
) -> SavedView:
    """Keep a list under a name; a view of the same name is replaced. Raises Invalid (name)."""
    name = name.strip()
    if not name or len(name) > LONGEST:
        raise Invalid({"name": [TOO_LONG if name else MISSING]})
    views = own_views(session, actor)
    view = next((view for view in views if view.name == name), None)
    if view is None and len(views) >= MOST:
        raise Invalid({"name": [TOO_MANY]})
    if view is None:
        view = SavedView(account_id=actor.account_id, name=name, created_at=at)
        session.add(view)
    if first:
        for other in views:
            other.first = False
    view.args, view.first = dict(args), first
    session.flush()
    return view


def remove_view(session: Session, id: int, *, actor: Actor) -> str:
    """Forget a view of one's own; its name. Raises NotFound."""
    view = next((view for view in own_views(session, actor) if view.id == id), None)
    if view is None:
        raise NotFound()
    session.delete(view)
    session.flush()
    return view.name


def own_views(session: Session, actor: Actor) -> Sequence[SavedView]:
    """The actor's views."""
    return session.scalars(select(SavedView).where(SavedView.account_id == actor.account_id)).all()
