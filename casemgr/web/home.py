"""The address "/": to the first page of whoever comes."""

from flask import Blueprint, g, redirect, render_template
from werkzeug.wrappers import Response

from casemgr.web import frame
from casemgr.web.access import own

bp = Blueprint("home", __name__)


@bp.get("/")
@own
def show() -> Response | str:
    """The desk, the board or the administrator's page; without any post, a page that says so."""
    first = frame.home_of(g.actor)
    return redirect(first) if first else render_template("auth/no_post.html")
