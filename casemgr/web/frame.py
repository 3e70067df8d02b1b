"""What base.html shows round every page: the main pages by the actor's rights, who they are, unread notices, language."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import get_locale
from sqlalchemy import bindparam, func, select

from casemgr import policy
from casemgr.models import Notice
from casemgr.policy import Actor
from casemgr.web.access import factor_due
from casemgr.web.locales import LANGUAGES, gettext, sentence
from workflows.roles import POST_ROLES


@dataclass(frozen=True, slots=True)
class Entry:
    """A main page: English msgid, endpoint, the act it needs, its icon. Shown once its endpoint exists."""

    label: str
    endpoint: str
    act: str
    icon: str


MAIN = (
    Entry("My desk", "desk.show", "work", "desk"),
    Entry("Sorting", "sorting.show", "sort", "sort"),
    Entry("Compare", "joint.show", "joint", "joint"),
    Entry("Matters", "lists.show", "work", "cases"),
    Entry("Warning board", "board.show", "board", "board"),
    Entry("Whistles", "whistles.show", "whistles", "whistle"),
    Entry("Register", "register.show", "register", "register"),
    Entry("Teams", "teams.show_list", "see_teams", "teams"),
    Entry("Rooms", "rooms.show", "see_rooms", "place"),
    Entry("A person's data", "persons.find", "person_data", "person"),
    Entry("Structure", "structure.show", "structure", "place"),
    Entry("Accounts", "accounts.show_list", "accounts", "person"),
    Entry("Jobs", "jobs.show", "jobs", "jobs"),
    Entry("Keeping", "retention.show", "retention", "settings"),
    Entry("Trail", "trail.show", "trail", "trail"),
    Entry("Settings", "settings.show", "settings", "settings"),
    Entry("Connections", "connections.show", "connections", "notice"),
)
LINKS = {  # name in base.html -> endpoint
    "home": "home.show",
    "search": "lists.show",
    "notices": "notices.show",
    "account": "auth.account",
    "logout": "auth.logout",
    "login": "auth.login",
    "language": "auth.language",
}
BELONGS = {  # pages of one matter stand under the list
    "absences": "desk", "handing": "desk", "cases": "lists", "steps": "lists", "agreements": "lists", "ties": "teams",
    "holidays": "settings",
}  # fmt: skip
INSPECTOR = POST_ROLES["inspector"]
MOST_COUNTED = 100  # unread notices: above, a page says "99+"
STAFF_ONLY = ("search", "notices")
UNREAD = select(func.count()).select_from(
    select(Notice.id).where(Notice.account_id == bindparam("account"), Notice.read_at.is_(None)).limit(MOST_COUNTED).subquery()
)


def attach(app: Flask) -> None:
    """Give every template of `app` the frame."""
    app.context_processor(frame)


def frame() -> dict[str, Any]:
    """The context of base.html (docs/look.md)."""
    actor: Actor | None = g.get("actor")
    staff = actor is not None and policy.may(actor, "work")
    address: Any = current_app.jinja_env.globals["url_for"]
    return {
        "nav": main_pages(actor) if actor else [],
        "actor": {"id": actor.account_id, "name": actor.name, "posts": said_posts(actor)} if actor else None,
        "registers": actor is not None and policy.may(actor, "register"),
        "unread": count_unread(actor) if actor and staff else 0,
        "locale": get_locale() or current_app.config["BABEL_DEFAULT_LOCALE"],
        "clock_now": g.get("at"),
        "links": {
            name: address(endpoint)
            for name, endpoint in LINKS.items()
            if endpoint in current_app.view_functions and (staff or name not in STAFF_ONLY)
        },
        "languages": list(LANGUAGES.items()),
        "request_id": g.get("request_id"),
        "factor_until": factor_due(g.login, actor) if actor else None,
    }


def main_pages(actor: Actor) -> list[tuple[str, str, bool, str]]:
    """The main pages that exist and are the actor's: (label, address, whether this is it, icon)."""
    here = (request.endpoint or "").split(".")[0]
    found = [e for e in MAIN if e.endpoint in current_app.view_functions and policy.may(actor, e.act)]
    address: Any = current_app.jinja_env.globals["url_for"]
    return [(sentence(e.label), address(e.endpoint), is_here(e, here), e.icon) for e in found]


def is_here(entry: Entry, blueprint: str) -> bool:
    """Whether the page shown belongs to this entry: the page itself, or another page of its area."""
    if request.endpoint in {e.endpoint for e in MAIN}:
        return entry.endpoint == request.endpoint
    return entry.endpoint.split(".")[0] == BELONGS.get(blueprint, blueprint)


def home_of(actor: Actor) -> str | None:
    """The address of the actor's first main page; None when no page is theirs."""
    pages = main_pages(actor)
    return pages[0][1] if pages else None


def said_posts(actor: Actor) -> str:
    """The actor's posts in words."""
    names = [post.name or sentence(POST_ROLES[post.role]) for post in actor.posts if post.for_id is None]
    names += [gettext("for %(name)s", name=name) for _, name in actor.absent]
    if not actor.posts and actor.mandates:
        names = [sentence(INSPECTOR)]
    return " · ".join(dict.fromkeys(names))


def count_unread(actor: Actor) -> int:
    """How many notices the actor has not read; counted no further than a page shows."""
    if "session" not in g:
        return 0
    return int(g.session.scalar(UNREAD, {"account": actor.account_id}) or 0)
