"""Parts of pages that follow from their numbers alone: drawn once for the same numbers and words, then remembered.

The key is everything the part is made from, so that a part is never older than its numbers. Bounded, one store an application.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from flask import current_app
from markupsafe import Markup

MOST = 128  # of some 30 kB each
NAME = "remembered parts"


class Parts:
    """The parts drawn last, by key."""

    def __init__(self) -> None:
        self.kept: OrderedDict[Hashable, Markup] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Hashable, draw: Callable[[], str]) -> Markup:
        """The part of this key, drawn if it is not remembered."""
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
                return self.kept[key]
        part = Markup(draw())  # noqa: S704 - drawn by a template, which escapes
        with self.lock:
            self.kept[key] = part
            while len(self.kept) > MOST:
                self.kept.popitem(last=False)
        return part


def remembered(key: Hashable, draw: Callable[[], str]) -> Markup:
    """The part of this key in the store of the application at work."""
    store: Parts = current_app.extensions.setdefault(NAME, Parts())
    return store.get(key, draw)
