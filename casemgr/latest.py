"""What was made last, by key: a bounded store for what takes longer to make than to keep. Threads share it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any


class Latest:
    """At most so many things, the latest used.

    Keys are compared in Python, so another thread may come in anywhere: an OrderedDict would not survive that without the lock.
    """

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

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What is remembered under a key, made where nothing is; by two threads at once, perhaps: they make the same."""
        found = self.find(key)
        return self.put(key, make()) if found is None else found
