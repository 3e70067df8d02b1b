"""What somebody sent, as pages read it: words without the character NUL, which no keyboard types and no PostgreSQL keeps."""

from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items

NUL = "\0"
MOST_ARGS = 2_000  # characters of an address that are kept


class Sent(ImmutableMultiDict[str, Any]):
    """Arguments, or fields of a form."""

    def __init__(self, mapping: Any = None) -> None:
        found = list(iter_multi_items(mapping)) if mapping else ()
        super().__init__([(clean(name), clean(value)) for name, value in found])


class SentRequest(Request):
    """A request with such words."""

    parameter_storage_class = Sent


def attach(app: Flask) -> None:
    """Let `app` read its requests so."""
    app.request_class = SentRequest


def arguments(query: str) -> dict[str, str]:
    """The arguments of an address that came in a field of a form; the last one of a name."""
    return dict(Sent(parse_qsl(query[:MOST_ARGS])).items(multi=True))


def clean(value: Any) -> Any:
    """Words without NUL; anything else, as a file, as it is."""
    return value.replace(NUL, "") if isinstance(value, str) and NUL in value else value
