"""Face-to-face mode: for a screen that a resident looks at too. No colours and no words of risk while it is on.

Kept on this device; asked in one place: templates call `face_to_face()`, and the macro `tier` says nothing.
"""

from flask import Blueprint, current_app, has_request_context, redirect, request
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from casemgr.web.access import own
from casemgr.web.auth import inside

bp = Blueprint("face_to_face", __name__)
COOKIE, ON = "face_to_face", "on"
DAY = 24 * 3600  # a mode left on by mistake is off the next day


def is_on() -> bool:
    """Whether the screen of this request is shown to residents."""
    return has_request_context() and request.cookies.get(COOKIE) == ON


@bp.record_once
def offer(state: BlueprintSetupState) -> None:
    """Let every template and macro ask."""
    state.app.jinja_env.globals[COOKIE] = is_on


@bp.post("/face-to-face")
@own
def switch() -> Response:
    """On or off, and back to the page."""
    answer = redirect(inside(request.form.get("next")))
    if request.form.get("mode") == ON:
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        answer.set_cookie(COOKIE, ON, max_age=DAY, httponly=True, samesite="Lax", secure=secure)
    else:
        answer.delete_cookie(COOKIE)
    return answer
