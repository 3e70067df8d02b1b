"""How many persons stand behind the messages on one matter, each counted once, and since which day there are so many. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date

Marks = frozenset[str]  # what tells a person: the row, the ID number, the phone, each as a code
UNKNOWN: Marks = frozenset()


class Crowd:
    """Persons as they come in: `count` of them, each once. Two that share a mark are one person."""

    def __init__(self) -> None:
        self.count = 0
        self._above: dict[str, str] = {}

    def add(self, senders: Iterable[Marks]) -> None:
        """One message with those who stand behind it; without any, somebody unknown does."""
        for marks in tuple(senders) or (UNKNOWN,):
            tops = {self._top(mark) for mark in marks if mark in self._above}
            self.count += 1 - len(tops)
            top = min(tops, default=min(marks, default=""))
            self._above |= dict.fromkeys((*marks, *tops), top)

    def _top(self, mark: str) -> str:
        while self._above[mark] != mark:
            mark = self._above[mark]
        return mark


def people(messages: Iterable[Iterable[Marks]]) -> int:
    """How many different persons these messages come from."""
    crowd = Crowd()
    for senders in messages:
        crowd.add(senders)
    return crowd.count


def reached(messages: Iterable[tuple[date, Sequence[Marks]]], marks: Sequence[int]) -> dict[int, date]:
    """On which day there were so many persons, for each of the marks that was reached."""
    crowd, days = Crowd(), dict[int, date]()
    for day, senders in sorted(messages, key=lambda message: message[0]):
        crowd.add(senders)
        days |= {mark: day for mark in marks if mark not in days and crowd.count >= mark}
    return days
