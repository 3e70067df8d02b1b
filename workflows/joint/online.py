"""Messages as they come in, one by one: each meets only those before it. Which group it belongs to, and why in words.

`places` serves whoever keeps messages and finds candidates himself; `Gathering` keeps everything in memory.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from workflows.joint.grouping import HINT, JOIN, closeness, marks_of
from workflows.joint.likeness import Reason, reasons, score
from workflows.joint.profiles import Profile, grams
from workflows.joint.rarity import TELLING, Rarity, Weighed, general_grams, grams_of, weighed
from workflows.reading.words import Words

Key = TypeVar("Key", bound=Hashable)

AGED = 1.1  # once there are so many times more messages, everything is weighed anew
COMPARED = 200  # candidates of a message that are compared, those with most in common


@dataclass(frozen=True, slots=True)
class Place(Generic[Key]):
    """A group a message may belong to, how close it is (above 0: rather the same matter), its member that is nearest by its
    place in the group, and why those two."""

    group: Key
    close: float
    nearest: int
    reasons: tuple[Reason, ...]


def places(one: Weighed, groups: Mapping[Key, Sequence[Weighed]], least: float = JOIN) -> list[Place[Key]]:
    """The groups that a message may belong to, the closest first; none where it is a matter of its own. A group is the messages
    joined so far, or one message alone."""
    found = []
    for group, members in groups.items():
        marks = [score(one, member) for member in members]
        close = closeness([0], range(len(members)), lambda _, n, marks=tuple(marks): marks[n])  # type: ignore[misc]
        if close >= least:
            nearest = marks.index(max(marks))
            found.append(Place(group, close, nearest, reasons(one, members[nearest])))
    return sorted(found, key=lambda place: -place.close)


class Gathering:
    """Messages and their groups in memory, with an index of grams.

    A message that binds two groups joins them where they are close enough with it.
    """

    def __init__(self, words: Words, least: float = JOIN) -> None:
        self._least = least
        self._general = general_grams(words)
        self._messages: list[Weighed] = []
        self._group_of: list[int] = []
        self._members: dict[int, list[int]] = {}
        self._counts, self._subjects = Counter[str](), Counter[str]()
        self._holders: dict[str, list[int]] = defaultdict(list)
        self._titled: dict[str, list[int]] = defaultdict(list)
        self._senders: dict[str, list[int]] = defaultdict(list)
        self._scores: dict[tuple[int, int], float] = {}
        self._rarity, self._weighed_at = Rarity(0, {}, {}, self._general), 0

    def add(self, one: Profile) -> Place[int] | None:
        """Take a message in; the group it joined and why, None where it is the first of its own. Messages are numbered as they
        come, groups by their first message."""
        self._refresh()
        number, message, all_grams = len(self._messages), weighed(one, self._rarity), grams_of(one)
        near = {self._group_of[other] for other in self._candidates(one, all_grams)}
        found = places(message, {group: [self._messages[n] for n in self._members[group]] for group in near}, self._least)
        self._keep(number, message, all_grams)
        self._group_of.append(found[0].group if found else number)
        self._members.setdefault(self._group_of[number], []).append(number)
        for other in found[1:]:
            self._bind(self._group_of[number], other.group)
        return found[0] if found else None

    def groups(self) -> list[list[int]]:
        """The groups as numbers of messages."""
        return sorted(self._members.values())

    def group(self, number: int) -> list[int]:
        """The messages of the group that a message belongs to."""
        return self._members[self._group_of[number]]

    def _candidates(self, one: Profile, all_grams: set[str]) -> Iterable[int]:
        """The messages with most in common, by telling grams that stand in the title of the one or of the other."""
        hints: dict[int, float] = defaultdict(float)
        for gram, weight in marks_of(one, self._rarity).items():
            for other in self._holders.get(gram, ()):
                hints[other] += weight
        for gram in all_grams & self._titled.keys():
            weight = self._rarity.weight(gram) - TELLING
            for other in self._titled[gram] if weight > 0 else ():
                hints[other] += weight
        for other in self._senders.get(one.sender, ()):
            hints[other] += HINT
        best = heapq.nlargest(COMPARED, hints.items(), key=lambda pair: pair[1])
        return [other for other, hint in best if hint >= HINT]

    def _keep(self, number: int, message: Weighed, all_grams: set[str]) -> None:
        one = message.profile
        self._messages.append(message)
        self._counts.update(all_grams)
        self._subjects.update(one.subjects.keys())
        for gram in all_grams:
            self._holders[gram].append(number)
        for gram in grams(one.title):
            self._titled[gram].append(number)
        if one.sender:
            self._senders[one.sender].append(number)

    def _bind(self, group: int, other: int) -> None:
        """Join two groups where they are close enough."""
        if closeness(self._members[group], self._members[other], self._between) < self._least:
            return
        low, high = sorted((group, other))
        for number in self._members[high]:
            self._group_of[number] = low
        self._members[low] = sorted(self._members[low] + self._members.pop(high))

    def _between(self, a: int, b: int) -> float:
        key = (a, b) if a < b else (b, a)
        if key not in self._scores:
            self._scores[key] = score(self._messages[a], self._messages[b])
        return self._scores[key]

    def _refresh(self) -> None:
        """Weigh everything anew once there are many more messages."""
        if len(self._messages) < AGED * self._weighed_at + 1:
            return
        self._weighed_at = len(self._messages)
        self._rarity = Rarity(len(self._messages), self._counts, self._subjects, self._general)
        self._messages = [weighed(message.profile, self._rarity) for message in self._messages]
        self._scores.clear()
