"""Cookies of the pages: named, set and dropped in one way. No script reads them.

Over https their names begin with `__Host-`, or with `__Secure-` where they belong to a part of the addresses: a browser takes
such a cookie only when it is Secure and comes from this very host (RFC 6265bis, 4.1.3).
"""

from flask import current_app, request
from werkzeug.wrappers import Response


def full_name(name: str, path: str = "/", *, secure: bool) -> str:
    """What a cookie is called at the browser."""
    return ("__Host-" if path == "/" else "__Secure-") + name if secure else name


def is_secure() -> bool:
    """Whether this installation speaks https."""
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def put_cookie(response: Response, name: str, value: str, *, path: str = "/", max_age: int | None = None) -> None:
    """Set a cookie, for `max_age` seconds or until the browser closes."""
    secure = is_secure()
    response.set_cookie(
        full_name(name, path, secure=secure), value, max_age=max_age, path=path, httponly=True, samesite="Lax", secure=secure
    )


def drop_cookie(response: Response, name: str, *, path: str = "/") -> None:
    """Forget a cookie on this device."""
    secure = is_secure()
    response.delete_cookie(full_name(name, path, secure=secure), path=path, httponly=True, samesite="Lax", secure=secure)


def cookie(name: str, path: str = "/") -> str:
    """What the browser sent, "" where nothing."""
    sent, key = request.cookies, full_name(name, path, secure=is_secure())
    return sent[key] if key in sent else ""  # noqa: SIM401  get() raises inside, and costs ten times as much
