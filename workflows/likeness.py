"""How alike two texts are: pure, by the pairs of neighbouring characters they share. No words, no places, no learnt model.

Whether two matters are the same one is for a person to say; this only puts what is likely the same side by side.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

LONGEST = 4000  # characters of a text that are looked at
SIMILAR = 0.20  # worth showing beside each other; of unrelated messages one pair in a thousand reaches 0.15
LIKELY_SAME = 0.30  # three of four repeats by one sender reach it, and few of what only shares a place


@dataclass(frozen=True, slots=True)
class Profile:
    """A text as the counts of its pairs of characters; `whole` is their sum."""

    pairs: Mapping[str, int]
    whole: int


def plain(text: str) -> str:
    """Letters, digits and Chinese characters alone, full-width forms made plain, in lower case."""
    return "".join(c for c in unicodedata.normalize("NFKC", text[:LONGEST]).lower() if c.isalnum())


def profile(title: str, text: str = "") -> Profile:
    """What likeness compares. The title, which names the matter, counts twice."""
    pairs: Counter[str] = Counter()
    for part in (title, title, text):
        words = plain(part)
        pairs.update(words[n : n + 2] for n in range(len(words) - 1))
    return Profile(pairs, pairs.total())


def likeness(a: Profile, b: Profile) -> float:
    """From 0 (no pair of characters in common) to 1 (the same pairs equally often); symmetric, 0 for an empty text.

    The Bhattacharyya coefficient of the two frequencies of pairs: the sum of sqrt(p q) over the pairs in common
    (A. Bhattacharyya, 1943). Long texts do not win by length, and a word said often counts by its root.
    """
    if not a.whole or not b.whole:
        return 0.0
    fewer, more = (a.pairs, b.pairs) if len(a.pairs) <= len(b.pairs) else (b.pairs, a.pairs)
    common = math.fsum(math.sqrt(count * more[pair]) for pair, count in fewer.items() if pair in more)
    return min(common / math.sqrt(a.whole * b.whole), 1.0)


def grouped(
    profiles: Sequence[Profile], least: float = LIKELY_SAME, apart: Callable[[int, int], bool] = lambda head, one: False
) -> list[list[int]]:
    """The places of the profiles in groups of what is likely the same, each group and the groups in the order given.

    The first of a group is what the others are compared with, so that a chain of small likenesses joins nothing; `apart`
    says of two places that they are not the same whatever their words. Heads are found by the pairs they hold, so
    only texts that share something are compared at all.
    """
    groups: list[list[int]] = []
    heads: dict[str, list[tuple[int, float]]] = {}
    for place, one in enumerate(profiles):
        marks = likenesses(one, heads, [profiles[group[0]].whole for group in groups])
        found = [(mark, -n) for n, mark in marks.items() if mark >= least and not apart(groups[n][0], place)]
        if found:
            groups[-max(found)[1]].append(place)
            continue
        for pair, count in one.pairs.items():
            heads.setdefault(pair, []).append((len(groups), math.sqrt(count)))
        groups.append([place])
    return groups


def likenesses(
    one: Profile, heads: Mapping[str, Collection[tuple[int, float]]], wholes: Sequence[int]
) -> dict[int, float]:
    """How alike a text is to each head that shares a pair with it; `heads` holds, by pair, the head and the root of its
    count."""
    common: dict[int, float] = {}
    for pair, count in one.pairs.items():
        root = math.sqrt(count)
        for head, held in heads.get(pair, ()):
            common[head] = common.get(head, 0.0) + root * held
    return {head: share / math.sqrt(one.whole * wholes[head]) for head, share in common.items()}
