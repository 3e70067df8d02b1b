"""Who one is here: the token with its post, and the places where that post sees all."""

from datetime import date
from typing import Any

from flask import g
from pydantic import BaseModel
from pydantic import Field as Told

from casemgr.api.cases import Cursor
from casemgr.api.cursors import cursor_to, key_in
from casemgr.api.operations import Strict, operation
from casemgr.api.shapes import Named
from casemgr.models import ApiToken
from casemgr.queries.case_page import post_names
from casemgr.queries.scope import areas_in_scope
from casemgr.web.matters.wording import say_duty


class Me(BaseModel):
    """The person behind the token, its one post, and how far and how long it goes."""

    account: Named
    post_id: int
    role: str
    role_words: str
    place: str
    token: str
    may_write: bool
    expires_on: date


class AreaShown(BaseModel):
    """A place. `level`: district, street, community or grid; `depth` in the tree of what the post sees."""

    id: int
    code: str
    name: str
    level: str
    depth: int
    parent_id: int | None


class AreasShown(BaseModel):
    """A page of places, in the order of the tree."""

    items: list[AreaShown]
    next: str | None


class AreasQuery(Strict):
    """Where to go on."""

    cursor: Cursor | None = Told(None, description="`next` of another page of these places.")


@operation("GET", "/me", act="work", shows=Me)
def show_me() -> Me:
    """The token that asks: whose it is, at which post, until when."""
    token, post = g.session.get_one(ApiToken, g.bearer.token_id), g.actor.posts[0]
    _, where = post_names(g.session, [post.post_id])[post.post_id]
    return Me(
        account=Named(id=g.actor.account_id, name=g.actor.name), post_id=post.post_id, role=post.role,
        role_words=post.name or say_duty(post.role), place=where, token=token.name, may_write=token.may_write,
        expires_on=token.expires_on,
    )  # fmt: skip


@operation("GET", "/areas", act="work", shows=AreasShown, query=AreasQuery, problems=(422,))
def list_areas(query: Any) -> AreasShown:
    """The places where the post sees all, with the ids that other operations ask for; 400 a page."""
    of: dict[str, object] = {"areas": g.actor.posts[0].post_id}
    found, more = areas_in_scope(g.session, g.actor, after=key_in(query.cursor, of))
    return AreasShown(
        items=[AreaShown(id=a.id, code=a.code, name=a.name, level=a.level, depth=depth, parent_id=a.parent_id) for depth, a in found],
        next=cursor_to(more or None, of),
    )
