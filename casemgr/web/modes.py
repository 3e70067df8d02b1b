"""How this device shows the pages: larger type, and face-to-face mode for a screen that a resident looks at too.

Kept in a cookie each; asked in one place: templates call `large_type()` and `face_to_face()`, and in face-to-face mode the
macro `tier` says nothing.
"""

from functools import partial

from flask import Blueprint, has_request_context, redirect, request
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from casemgr.errors import NotFound
from casemgr.web.access import public
from casemgr.web.account.auth import inside
from casemgr.web.cookies import cookie, drop_cookie, put_cookie

bp = Blueprint("modes", __name__)
DAY = 24 * 3600
MODES = {  # cookie and name in templates -> how long it lasts, in seconds
    "face_to_face": DAY,  # left on by mistake, it is off the next day
    "large_type": 365 * DAY,
}
ON = "on"


def is_on(mode: str) -> bool:
    """Whether the device of this request shows pages in that mode."""
    return has_request_context() and cookie(mode) == ON


@bp.record_once
def offer(state: BlueprintSetupState) -> None:
    """Let every template and macro ask."""
    state.app.jinja_env.globals |= {mode: partial(is_on, mode) for mode in MODES}


@bp.post("/modes/<mode>")
@public
def switch(mode: str) -> Response:
    """On or off, and back to the page."""
    if mode not in MODES:
        raise NotFound()
    answer = redirect(inside(request.form.get("next")))
    if request.form.get("to") == ON:
        put_cookie(answer, mode, ON, max_age=MODES[mode])
    else:
        drop_cookie(answer, mode)
    return answer
