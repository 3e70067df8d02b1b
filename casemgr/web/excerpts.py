"""The few sentences of a text that say most, with the words that led to a suggestion marked. Display only."""

import re
from collections.abc import Collection, Iterable

SENTENCE = re.compile(r"[^。！？；!?;\n,，]+[。！？；!?;\n,，]*")
Piece = tuple[str, bool]  # words, and whether they are marked


def excerpt(text: str, marks: Collection[str], length: int) -> list[Piece]:
    """The beginning of the text, or its sentences with most of the marks where the beginning has fewer: at most `length`
    characters, in the order of the text, with "…" where something is left out."""
    parts = [found.group() for found in SENTENCE.finditer(text.strip())]
    ranked = sorted(range(len(parts)), key=lambda n: (-weight(parts[n], marks), n))
    chosen: list[int] = []
    left = length
    for number in ranked:
        if len(parts[number]) <= left or not chosen:
            chosen.append(number)
            left -= len(parts[number])
    return marked(joined(parts, sorted(chosen), length), marks)


def weight(part: str, marks: Collection[str]) -> int:
    """How many of the marks a sentence holds."""
    return sum(mark in part for mark in marks)


def joined(parts: list[str], chosen: list[int], length: int) -> str:
    """The chosen sentences, with dots for what lies between them."""
    words, last = "", -1
    for number in chosen:
        words += ("" if number == last + 1 else "…") + parts[number].replace("\n", " ")
        last = number
    cut = words if len(words) <= length + 2 else words[: length + 1]
    return cut if last == len(parts) - 1 and cut == words else cut.rstrip("，,。 ") + "…"


def marked(words: str, marks: Iterable[str]) -> list[Piece]:
    """The words in pieces, those that are marks apart."""
    known = sorted({mark for mark in marks if mark}, key=len, reverse=True)
    if not known:
        return [(words, False)]
    pieces = re.split("(" + "|".join(map(re.escape, known)) + ")", words)
    return [(piece, piece in known) for piece in pieces if piece]
