"""Cursors: where a list goes on, signed and bound to the list they came from, so that nobody builds on what is inside."""

import hashlib
from collections.abc import Mapping

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from casemgr.errors import Invalid

BROKEN = "This cursor does not belong to this list. Start again without it."


def signer() -> URLSafeSerializer:
    """What signs, with the key of this installation."""
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="api-cursor")


def mark_of(of: Mapping[str, object]) -> str:
    """A list, in short: its address and arguments."""
    return hashlib.sha256(repr(sorted(of.items())).encode("utf-8", "replace")).hexdigest()[:12]


def cursor_to(key: str | None, of: Mapping[str, object]) -> str | None:
    """The cursor for a key of a list; None at its end."""
    return signer().dumps([key, mark_of(of)]) if key is not None else None


def key_in(cursor: str | None, of: Mapping[str, object]) -> str:
    """The key that a cursor of this list holds; "" without one. Raises Invalid for any other."""
    if cursor is None:
        return ""
    try:
        key, mark = signer().loads(cursor)
    except (BadData, ValueError, TypeError):
        raise Invalid({"cursor": [BROKEN]}) from None
    if mark != mark_of(of):
        raise Invalid({"cursor": [BROKEN]})
    return str(key)
