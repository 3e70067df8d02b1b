"""Finds the words of a list in a text. Knows nothing of what the words mean."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FULL_WIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {0x3000: 0x20}
CAPITALS = {ord(letter): ord(letter.lower()) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
NORMAL = {code: CAPITALS.get(plain, plain) for code, plain in FULL_WIDTH.items()} | CAPITALS


def normal(text: str) -> str:
    """The text in half-width lower case, every character still at its place."""
    return text.translate(NORMAL)


Places = dict[str, list[int]]


class Scanner:
    """Several word lists, looked up in one pass over a text by the first two characters of each word."""

    def __init__(self, lists: Mapping[str, Iterable[str]], ignored: Iterable[str] = ()) -> None:
        """Words are normal() already and at least two characters long; an ignored word hides those it overlaps."""
        self._ignored = frozenset(ignored)
        self._names = tuple(lists)
        by_start: dict[str, dict[int, list[str]]] = {}
        for place, words in enumerate(lists.values()):
            for word in self._ignored.union(words):
                if len(word) < 2:
                    raise ValueError(f"a word needs two characters: {word!r}")
                by_start.setdefault(word[:2], {}).setdefault(place, []).append(word)
        self._by_start = {start: tuple((place, tuple(sorted(words, key=len, reverse=True)))
                                       for place, words in found.items()) for start, found in by_start.items()}

    def find(self, text: str) -> dict[str, Places]:
        """List -> word -> where it starts in `text` (normal); of overlapping words the first, then the longest."""
        by_start = self._by_start
        found: list[Places] = [{} for _ in self._names]
        free = [0] * len(self._names)
        for start, pair in enumerate(map(str.__add__, text, text[1:])):
            if pair in by_start:
                for place, words in by_start[pair]:
                    if start >= free[place]:
                        for word in words:
                            if text.startswith(word, start):
                                free[place] = start + len(word)
                                found[place].setdefault(word, []).append(start)
                                break
        return {name: {word: places for word, places in words.items() if word not in self._ignored}
                for name, words in zip(self._names, found, strict=True)}


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
