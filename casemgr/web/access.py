"""Who asks, with which session, at what time, and whether this page is theirs: the start of every request.

Every endpoint carries exactly one mark: `guarded(act)`, `own` or `public`. One without a mark answers nobody.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from flask import Flask, Response, current_app, flash, g, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from casemgr import db, logs, policy
from casemgr.config import Settings
from casemgr.errors import NotAllowed, NotFound
from casemgr.models import Case
from casemgr.policy import ACTS, Actor
from casemgr.queries.actors import load_actor
from casemgr.queries.logins import Login
from casemgr.services import logins
from casemgr.services.factors import FactorRules
from casemgr.web.account.signed_in import current_login
from workflows.guards import local_date
from workflows.view import CaseView

log = logs.get_logger("casemgr.web")
View = TypeVar("View", bound=Callable[..., Any])
PUBLIC, OWN = "public", "own"
READS = ("GET", "HEAD", "OPTIONS")
API = "/api/"
DOOR = "door"  # the blueprint of the residents' door: nobody is logged in there
SET_RIGHT = ("auth", "second_factor")  # one's own pages that stay open while password or second factor must be set right


def guarded(act: str) -> Callable[[View], View]:
    """Mark a page as needing an act of policy.ACTS."""
    if act not in ACTS:
        raise ValueError(f"{act!r} is no act of casemgr.policy")
    return lambda view: mark(view, act)


def public(view: View) -> View:
    """Mark a page as open to everybody."""
    return mark(view, PUBLIC)


def own(view: View) -> View:
    """Mark a page as open to whoever is logged in: it is about their own account."""
    return mark(view, OWN)


def mark(view: View, guard: str) -> View:
    """Put the one mark on a view."""
    if hasattr(view, "guard"):
        raise ValueError(f"{view.__name__} has a guard already")
    view.guard = guard  # type: ignore[attr-defined]
    return view


def guard_of(app: Flask, endpoint: str) -> str | None:
    """The mark of an endpoint; None when it has none. Static files are public."""
    return PUBLIC if endpoint == "static" else getattr(app.view_functions[endpoint], "guard", None)


def asks_api() -> bool:
    """Whether a program asks: the API knows tokens and no cookie (casemgr/api/asking.py)."""
    return request.path.startswith(API)


def open_request() -> None:
    """Give the request its time, its session and its actor: g.at, g.session, g.login, g.actor (the last two may be None)."""
    extensions = current_app.extensions
    g.at = extensions["clock"].now()
    g.login = g.actor = None
    if request.endpoint == "static":
        return
    writes = request.method not in READS
    g.session = extensions["sessions" if writes else "readings"]()
    g.reading = extensions["readings"]() if writes and not db.side_by_side(g.session) else g.session
    with looking() as session:
        g.login = None if asks_api() or request.blueprint == DOOR else current_login()
        if g.login:
            note_seen(g.login)
            g.actor = load_actor(session, g.login.account_id, today())


@contextmanager
def looking() -> Iterator[Session]:
    """The session for what is read before anything is changed: it takes no write lock, which on SQLite one has at a time."""
    try:
        yield g.reading
    finally:
        if g.reading is not g.session:
            g.reading.close()


@contextmanager
def recording() -> Iterator[Session]:
    """A transaction of its own for what a page keeps although it only shows, as that somebody looked: its reading never writes."""
    with current_app.extensions["sessions"]() as session, db.transaction(session):
        yield session


def note_seen(login: Login) -> None:
    """Keep an idle log-in apart from a busy one, with one small write a minute. A busy database is not waited for."""
    if not logins.is_seen_due(login, g.at):
        return
    try:
        with current_app.extensions["hurried"]() as session, db.transaction(session):
            logins.note_seen(session, login, at=g.at)
    except OperationalError:
        log.info("not noted that somebody is there: the database was busy")


def close_request(error: BaseException | None = None) -> None:
    """Give the session back; what was not committed is undone."""
    session = g.pop("session", None)
    if session is not None:
        db.undo(session)
        session.close()


def permit() -> Response | None:
    """Let the request through, send it to the log-in or to a change of password, or raise NotAllowed."""
    if request.endpoint is None or asks_api():
        return None
    guard = guard_of(current_app, request.endpoint)
    if guard == PUBLIC:
        return None
    if guard is None:
        raise NotAllowed()
    if g.actor is None:
        return to_login()
    if guard == OWN and request.blueprint in SET_RIGHT:
        return None
    if must_change(g.login):
        flash(gettext("Choose a new password first."), "warn")
        return redirect(url_for("auth.password"))  # type: ignore[return-value]
    if must_set_factor(g.login, g.actor):
        flash(gettext("Set up the second factor first."), "warn")
        return redirect(url_for("second_factor.show"))  # type: ignore[return-value]
    if guard != OWN and not policy.may(g.actor, guard):
        raise NotAllowed()
    if any(isinstance(arg, int) and arg > db.LARGEST_ID for arg in (request.view_args or {}).values()):
        raise NotFound()
    return None


def to_login() -> Response:
    """To the log-in, and back here afterwards if this was a page."""
    back = request.full_path.rstrip("?") if request.method == "GET" and request.path != "/" else None
    return redirect(url_for("auth.login", next=back))  # type: ignore[return-value]


def must_change(login: Login) -> bool:
    """Whether the password is a temporary or an aged one. Whoever came by the outside service used none."""
    days = site_settings().password_max_days
    if login.way == logins.OUTSIDE:
        return False
    return login.must_change or bool(days and g.at - login.password_changed_at >= timedelta(days=days))


def factor_due(login: Login, actor: Actor) -> datetime | None:
    """Until when the second factor that the actor's posts need must be set up; None when nothing is missing."""
    rules: FactorRules = current_app.extensions["factor_rules"]
    checked = login.way == logins.OUTSIDE and site_settings().oidc_checks_factor
    if login.factor_since or checked or not actor.has(*rules.roles):
        return None
    return (login.factor_asked_at or g.at) + rules.grace


def must_set_factor(login: Login, actor: Actor) -> bool:
    """Whether the second factor must be set up before anything else."""
    due = factor_due(login, actor)
    return due is not None and due <= g.at


def site_settings() -> Settings:
    """The settings of this installation."""
    found: Settings = current_app.extensions["settings"]
    return found


def today() -> date:
    """The local date of this request."""
    return local_date(g.at)


def get_sight(case_id: int) -> Any:
    """Id, process and `confidential` of the matter of that id, if the actor may see it. Raises NotFound as get_case does."""
    query = select(Case.id, Case.process, Case.confidential).where(Case.id == case_id, policy.visible(g.actor))
    found = g.session.connection().execute(query).first()
    if found is None:
        raise NotFound()
    return found


def get_case(case_id: int) -> Case:
    """The matter of that id, if the actor may see it. Raises NotFound, the same whether it is unknown or out of sight."""
    session: Session = g.session
    actor: Actor = g.actor
    found = session.scalar(select(Case).where(Case.id == case_id, policy.visible(actor)))
    if found is None:
        raise NotFound()
    return found


def demand(act: str, view: CaseView) -> None:
    """Raise NotAllowed unless the actor has a duty on this matter that an act of policy.CASE_ACTS needs."""
    if not policy.may(g.actor, act, view):
        raise NotAllowed()
