"""Parts of pages that follow from recorded facts alone: drawn once for the same facts and words, then remembered.

The key is everything the part is made from, so that a part is never older than its facts. Bounded, one store of each kind an
application.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

from flask import current_app, g, request
from markupsafe import Markup

from casemgr.web import modes
from casemgr.web.locales import present

PARTS, ROWS, ACTS, TIMELINES, NAMED = "parts", "rows", "acts", "timelines", "named"
MOST = {PARTS: 128, ROWS: 2048, ACTS: 4096, TIMELINES: 256, NAMED: 1024}  # of some 30, 2, 0.3, 20 and 2 kB each
NAME = "remembered parts"


class Kept:
    """What was made last, by key."""

    def __init__(self, most: int) -> None:
        self.most, self.kept, self.lock = most, OrderedDict[Hashable, Any](), Lock()

    def find(self, key: Hashable) -> Any:
        """What is remembered under a key, or None."""
        with self.lock:
            found = self.kept.get(key)
            if found is not None:
                self.kept.move_to_end(key)
        return found

    def put(self, key: Hashable, made: Any) -> Any:
        """Remember something in the place of what was used longest ago."""
        with self.lock:
            self.kept[key] = made
            while len(self.kept) > self.most:
                self.kept.popitem(last=False)
        return made


def kept(kind: str) -> Kept:
    """The store of one kind of the application at work."""
    stores: dict[str, Kept] | None = current_app.extensions.get(NAME)
    if stores is None:
        stores = current_app.extensions.setdefault(NAME, {name: Kept(most) for name, most in MOST.items()})
    return stores[kind]


def remembered(key: Hashable, draw: Callable[[], str], kind: str = PARTS) -> Markup:
    """The part of this key, drawn if it is not remembered."""
    store = kept(kind)
    found: Markup | None = store.find(key)
    return found if found is not None else store.put(key, Markup(draw()))  # type: ignore[no-any-return]  # noqa: S704 - drawn by what escapes


def seen_as() -> tuple[str, str, bool]:
    """What a part of a page looks like beside its facts: language, prefix of addresses, mode."""
    return present(), request.script_root, modes.is_on("face_to_face")


def drawn(template: str, **context: Any) -> Markup:
    """A template that is a part of a page, without what the frame round every page is made from."""
    return Markup(current_app.jinja_env.get_template(template).render(clock_now=g.at, **context))  # noqa: S704 - drawn by what escapes
