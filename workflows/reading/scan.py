"""Finds the words of a list in a text. Knows nothing of what the words mean."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import compress, count
from struct import unpack

FULL_WIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {0x3000: 0x20}
CAPITALS = {ord(letter): ord(letter.lower()) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
NORMAL = {chr(code): chr(CAPITALS.get(plain, plain)) for code, plain in (FULL_WIDTH | CAPITALS).items()}
BEYOND = re.compile("[\U00010000-\U0010ffff]")
CHANGED = re.compile(f"[{re.escape(''.join(NORMAL))}]")


def normal(text: str) -> str:
    """The text in half-width lower case, every character still at its place."""
    for char in set(CHANGED.findall(text)):
        text = text.replace(char, NORMAL[char])
    return text


def pairs_of(text: str) -> list[int]:
    """Each two neighbouring characters as one number; entry i stands for text[i:i + 2]."""
    if len(text) < 2:
        return []
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) != 2 * len(text):     # a character beyond the first plane takes two units: no word of the lists has one
        units = BEYOND.sub("\ufffd", text).encode("utf-16-le", "surrogatepass")
    numbers = [0] * (len(text) - 1)
    for offset in (0, 1):
        pairs = (len(text) - offset) // 2
        numbers[offset::2] = unpack(f"<{pairs}I", units[2 * offset:2 * offset + 4 * pairs])
    return numbers


class Searched:
    """A normal() text with its pairs of neighbouring characters, in their order and as a set."""

    __slots__ = ("pairs", "seen", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.pairs = pairs_of(text)
        self.seen = frozenset(self.pairs)


class Wanted:
    """Words of which one is looked for. Most texts that have none are told by the first two characters of the words."""

    __slots__ = ("_heads", "_short", "words")

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)
        self._heads = frozenset(pairs_of(word[:2])[0] for word in self.words if len(word) > 1)
        self._short = tuple(word for word in self.words if len(word) == 1)

    def may_stand_in(self, searched: Searched) -> bool:
        """False where none of the words can be in the text."""
        if not self._heads.isdisjoint(searched.seen):
            return True
        return bool(self._short) and any(char in searched.text for char in self._short)

    def first_in(self, searched: Searched) -> str | None:
        """The first of the words, in their order, that is in the text; None if there is none."""
        if not self.may_stand_in(searched):
            return None
        text = searched.text
        for word in self.words:
            if word in text:
                return word
        return None


Places = dict[str, list[int]]


class Scanner:
    """Several word lists, looked up in one pass over a text by the first two characters of each word."""

    def __init__(self, lists: Mapping[str, Iterable[str]], ignored: Iterable[str] = ()) -> None:
        """Words are normal() already and at least two characters long; an ignored word hides those it overlaps."""
        self._ignored = frozenset(ignored)
        self._names = tuple(lists)
        by_start: dict[int, dict[int, list[str]]] = {}
        for place, words in enumerate(lists.values()):
            for word in self._ignored.union(words):
                if len(word) < 2:
                    raise ValueError(f"a word needs two characters: {word!r}")
                by_start.setdefault(pairs_of(word[:2])[0], {}).setdefault(place, []).append(word)
        self._by_start = {start: tuple((place, tuple(sorted(words, key=len, reverse=True)))
                                       for place, words in found.items()) for start, found in by_start.items()}

    def find(self, searched: Searched) -> dict[str, Places]:
        """List -> word -> where it starts in the text; of overlapping words the first, then the longest."""
        by_start, text, pairs = self._by_start, searched.text, searched.pairs
        found: list[Places] = [{} for _ in self._names]
        free = [0] * len(self._names)
        for start in compress(count(), map(by_start.__contains__, pairs)):
            for place, words in by_start[pairs[start]]:
                if start >= free[place]:
                    for word in words:
                        if text.startswith(word, start):
                            free[place] = start + len(word)
                            found[place].setdefault(word, []).append(start)
                            break
        for places in found:
            for word in self._ignored.intersection(places):
                del places[word]
        return dict(zip(self._names, found, strict=True))


@dataclass(frozen=True, slots=True)
class Near:
    """One word of a first list followed, in the same sentence and within some characters, by one of a second."""

    owner: str
    weight: float
    first: Wanted
    then: Wanted
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, owner: str, weight: float, first: Iterable[str], then: Iterable[str], within: int) -> "Near":
        """The pattern for two word lists, both normal() already."""
        ahead, behind = Wanted(first), Wanted(then)
        heads, tails = ("|".join(map(re.escape, sorted(one.words, key=len, reverse=True))) for one in (ahead, behind))
        return cls(owner, weight, ahead, behind, re.compile(rf"(?:{heads})[^。！？!?；\n]{{0,{within}}}?(?:{tails})"))

    def find(self, searched: Searched) -> tuple[tuple[int, int], ...]:
        """Start and end of each occurrence in the text."""
        if not (self.first.may_stand_in(searched) and self.then.may_stand_in(searched)):
            return ()
        return tuple(match.span() for match in self.pattern.finditer(searched.text))
