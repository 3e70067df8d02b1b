"""Parts of pages that follow from recorded facts alone: drawn once for the same facts and words, then remembered.

The key is everything the part is made from, so that a part is never older than its facts. Bounded, one store of each kind an
application.
"""

from collections.abc import Callable, Hashable
from typing import Any

from flask import current_app, g, request
from markupsafe import Markup

from casemgr.latest import Latest
from casemgr.web import modes
from casemgr.web.locales import present

PARTS, ROWS, ACTS, TIMELINES, NAMED = "parts", "rows", "acts", "timelines", "named"
MOST = {PARTS: 128, ROWS: 2048, ACTS: 4096, TIMELINES: 256, NAMED: 1024}  # of some 30, 2, 0.3, 20 and 2 kB each
NAME = "remembered parts"


def kept(kind: str) -> Latest:
    """The store of one kind of the application at work."""
    stores: dict[str, Latest] | None = current_app.extensions.get(NAME)
    if stores is None:
        stores = current_app.extensions.setdefault(NAME, {name: Latest(most) for name, most in MOST.items()})
    return stores[kind]


def remembered(key: Hashable, draw: Callable[[], Markup], kind: str = PARTS) -> Markup:
    """The part of this key, drawn if it is not remembered."""
    return kept(kind).get(key, draw)  # type: ignore[no-any-return]


def seen_as() -> tuple[str, str, bool]:
    """What a part of a page looks like beside its facts: language, prefix of addresses, mode."""
    return present(), request.script_root, modes.is_on("face_to_face")


def drawn(template: str, **context: Any) -> Markup:
    """A template that is a part of a page, without what the frame round every page is made from."""
    return Markup(current_app.jinja_env.get_template(template).render(clock_now=g.at, **context))  # noqa: S704 - drawn by what escapes
