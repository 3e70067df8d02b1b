"""Finds the words of a list in a text. Knows nothing of what the words mean."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

FULL_WIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {0x3000: 0x20}
CAPITALS = {ord(letter): ord(letter.lower()) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
NORMAL = {code: CAPITALS.get(plain, plain) for code, plain in FULL_WIDTH.items()} | CAPITALS


def normal(text: str) -> str:
    """The text in half-width lower case, every character still at its place."""
    return text.translate(NORMAL)


class Scanner:
    """A word list, ready to be looked up by the first two characters of each word."""

    def __init__(self, words: Iterable[str], ignored: Iterable[str] = ()) -> None:
        """`words` are normal() already and at least two characters long; an ignored word hides those it overlaps."""
        self._ignored = frozenset(ignored)
        by_start: dict[str, list[str]] = {}
        for word in self._ignored.union(words):
            if len(word) < 2:
                raise ValueError(f"a word needs two characters: {word!r}")
            by_start.setdefault(word[:2], []).append(word)
        self._by_start = {start: tuple(sorted(found, key=len, reverse=True)) for start, found in by_start.items()}

    def find(self, text: str) -> dict[str, tuple[int, ...]]:
        """Each word found in `text` (normal) with its positions; of overlapping words the first, then the longest."""
        by_start = self._by_start
        found: dict[str, list[int]] = {}
        free = 0
        for start, pair in enumerate(map(str.__add__, text, text[1:])):
            if start < free or pair not in by_start:
                continue
            for word in by_start[pair]:
                if text.startswith(word, start):
                    if word not in self._ignored:
                        found.setdefault(word, []).append(start)
                    free = start + len(word)
                    break
        return {word: tuple(places) for word, places in found.items()}


@dataclass(frozen=True, slots=True)
class Near:
    """One word of a first list followed, in the same sentence and within some characters, by one of a second."""

    owner: str
    weight: float
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, owner: str, weight: float, first: Iterable[str], then: Iterable[str], within: int) -> "Near":
        """The pattern for two word lists, both normal() already."""
        heads, tails = ("|".join(map(re.escape, sorted(words, key=len, reverse=True))) for words in (first, then))
        return cls(owner, weight, re.compile(rf"(?:{heads})[^。！？!?；\n]{{0,{within}}}?(?:{tails})"))

    def find(self, text: str) -> tuple[tuple[int, int], ...]:
        """Start and end of each occurrence in a normal text."""
        return tuple(match.span() for match in self.pattern.finditer(text))
