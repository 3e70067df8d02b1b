"""What base.html shows round every page: the main pages by the actor's rights, who they are, unread notices, language."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import get_locale
from jinja2 import Environment
from sqlalchemy import bindparam, func, select

from casemgr import policy
from casemgr.models import Notice
from casemgr.policy import Actor
from casemgr.queries.prepared import Prepared
from casemgr.web.access import factor_due
from casemgr.web.around import MOST_COUNTED, Around, Drawing, Who, draw
from casemgr.web.locales import LANGUAGES, gettext, sentence
from casemgr.web.modes import is_on
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
STAFF_ONLY = ("search", "notices")
KEPT = 300  # frames: of a person under a main page, about 12 kB each
UNREAD = Prepared(select(func.count()).select_from(
    select(Notice.id).where(Notice.account_id == bindparam("account"), Notice.read_at.is_(None)).limit(MOST_COUNTED).subquery()
))  # fmt: skip


def attach(app: Flask) -> None:
    """Give every template of `app` the frame."""
    kept = lru_cache(KEPT)(partial(drawn, app.jinja_env))
    app.context_processor(partial(frame, kept))


def frame(kept: Callable[..., Around]) -> dict[str, Any]:
    """The context of base.html (docs/look.md); `kept` is `drawn`, remembered."""
    actor: Actor | None = g.get("actor")
    locale = str(get_locale() or current_app.config["BABEL_DEFAULT_LOCALE"])
    around = kept(actor, entry_of(request.endpoint), locale, is_on("large_type"), is_on("face_to_face"), request.script_root)
    unread = count_unread(actor) if actor and "notices" in around.drawing.links else 0
    return {
        "around": replace(around, unread=unread),
        "actor": around.drawing.actor,
        "registers": around.drawing.registers,
        "unread": unread,
        "locale": locale,
        "clock_now": g.get("at"),
        "links": around.drawing.links,
        "languages": around.drawing.languages,
        "request_id": g.get("request_id"),
        "factor_until": factor_due(g.login, actor) if actor else None,
    }


def drawn(
    jinja: Environment, actor: Actor | None, entry: str, locale: str, large: bool, facing: bool, prefix: str
) -> Around:
    """What stands round the pages of an actor under a main page, in the language spoken now: `locale`."""
    staff = actor is not None and policy.may(actor, "work")
    address: Any = jinja.globals["url_for"]
    links = {
        name: address(endpoint) for name, endpoint in LINKS.items()
        if endpoint in current_app.view_functions and (staff or name not in STAFF_ONLY)
    }  # fmt: skip
    nav = tuple((*page[:2], page[2] == entry, page[3]) for page in main_pages(actor)) if actor else ()
    return draw(jinja, Drawing(
        Who(actor.account_id, actor.name, said_posts(actor)) if actor else None, nav, links, tuple(LANGUAGES.items()), locale,
        registers=actor is not None and policy.may(actor, "register"), large=large, facing=facing,
    ))  # fmt: skip


def main_pages(actor: Actor) -> list[tuple[str, str, str, str]]:
    """The main pages that exist and are the actor's: (label, address, endpoint, icon)."""
    found = [e for e in MAIN if e.endpoint in current_app.view_functions and policy.may(actor, e.act)]
    address: Any = current_app.jinja_env.globals["url_for"]
    return [(sentence(e.label), address(e.endpoint), e.endpoint, e.icon) for e in found]


@cache
def entry_of(endpoint: str | None) -> str:
    """The main page that a page belongs to, "" for none: itself, or the one of its area."""
    if endpoint in {e.endpoint for e in MAIN}:
        return str(endpoint)
    area = (endpoint or "").split(".")[0]
    return next((e.endpoint for e in MAIN if e.endpoint.split(".")[0] == BELONGS.get(area, area)), "")


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
    return int(UNREAD.run(g.session, {"account": actor.account_id}).scalar() or 0)
