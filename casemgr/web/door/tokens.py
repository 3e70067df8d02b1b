"""Forms and visits of the door: a cookie of its own, tokens that only its own pages have, and the proof against robots.

Nothing here touches the log-in of the house.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from flask import current_app, g
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from casemgr.services.door_codes import Visit, find_visit, rules_of_door
from casemgr.web.cookies import cookie, drop_cookie, put_cookie
from workflows.door import is_worked

BROWSER = "door"
VISIT = "door_visit"
PATH = "/door"


@dataclass(frozen=True, slots=True)
class FormToken:
    """A form that was handed out: when, and the nonce that makes it one of its kind."""

    made_at: datetime
    nonce: str


def serializer() -> URLSafeSerializer:
    """What signs forms."""
    return URLSafeSerializer(current_app.config["WTF_CSRF_SECRET_KEY"], salt="door.form", signer_kwargs={"digest_method": sha256})


def hand_out(bound_to: str = "") -> str:
    """The token of a new form; `bound_to` is the cookie without which it is worth nothing."""
    return serializer().dumps([int(g.at.timestamp()), secrets.token_urlsafe(16), digest(bound_to)])  # type: ignore[no-any-return]


def read(written: str, bound_to: str = "") -> FormToken | None:
    """The form behind a token; None where it is forged, another's, or too old."""
    try:
        made, nonce, owner = serializer().loads(written)
    except (BadSignature, ValueError):
        return None
    found = FormToken(datetime.fromtimestamp(made, UTC), nonce)
    held = timedelta(hours=rules_of_door(g.session).form_hours)
    return found if owner == digest(bound_to) and g.at - found.made_at <= held else None


def digest(text: str) -> str:
    """A short digest of a cookie."""
    return sha256(text.encode()).hexdigest()[:16] if text else ""


def seconds_missing(token: FormToken, answer: str) -> int:
    """How many seconds a form is still too young, unless a moment of work was done for it; 0 when it may go through."""
    rules = rules_of_door(g.session)
    if is_worked(token.nonce, answer, rules.work_bits):
        return 0
    return max(0, rules.form_seconds - int((g.at - token.made_at).total_seconds()))


def puzzle_of(written: str) -> dict[str, str | int]:
    """What the page's script needs to do that work."""
    token = read(written)
    return {"nonce": token.nonce, "bits": rules_of_door(g.session).work_bits} if token else {}


# --- cookies


def browser() -> str:
    """The cookie that ties the form for a code to this browser; a new one where there is none yet."""
    return cookie(BROWSER, PATH) or secrets.token_urlsafe(16)


def put(response: Response, name: str, value: str) -> Response:
    """Set a cookie of the door, until the browser closes."""
    put_cookie(response, name, value, path=PATH)
    return response


def drop_visit(response: Response) -> Response:
    """Forget the visit on this device."""
    drop_cookie(response, VISIT, path=PATH)
    return response


def visit_token() -> str:
    """The token of the visit, as the browser sent it."""
    return cookie(VISIT, PATH)[:100]


def current_visit() -> Visit | None:
    """The visit of this request, while it holds."""
    return find_visit(g.session, visit_token(), at=g.at)
