"""Addresses in templates: those of `url_for`, made once and remembered. A page holds a hundred, most of them on every page."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request, url_for

KEPT = 4096
LONGEST = 200  # characters of a value: what is longer came from outside, and is no address of every page


def attach(app: Flask) -> None:
    """Let the templates of `app` ask for addresses without making them anew."""
    app.jinja_env.globals["url_for"] = remembering()


def address_of(endpoint: str, **values: Any) -> str:
    """The same address for Python."""
    return str(current_app.jinja_env.globals["url_for"](endpoint, **values))  # type: ignore[operator]


def address_of_case(endpoint: str, case_id: int) -> str:
    """The address of one of many matters, put together: a rule that ends with the id."""
    return f"{address_of(endpoint, case_id=0)[:-1]}{case_id:d}"


def remembering() -> Callable[..., str]:
    """A `url_for` that remembers. What depends on more than its arguments and the prefix of the application is made anew."""

    @lru_cache(KEPT)
    def made(prefix: str, endpoint: str, values: tuple[tuple[str, type, Any], ...]) -> str:
        return url_for(endpoint, **{name: value for name, _, value in values})

    def address(endpoint: str, **values: Any) -> str:
        if endpoint.startswith(".") or any(name.startswith("_") or is_long(value) for name, value in values.items()):
            return url_for(endpoint, **values)
        try:
            return made(request.script_root, endpoint, tuple((name, type(value), value) for name, value in values.items()))
        except TypeError:  # a list among the values
            return url_for(endpoint, **values)

    return address


def is_long(value: Any) -> bool:
    """Whether a value is too long a text to be remembered by the thousand."""
    return isinstance(value, str) and len(value) > LONGEST
