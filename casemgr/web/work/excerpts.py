"""The few sentences of a text that say most, with the words that led to a suggestion marked. Display only."""

import re
from collections.abc import Collection, Iterable

SENTENCE = re.compile(r"[^。！？；!?;\n,，]+[。！？；!?;\n,，]*")
Piece = tuple[str, bool]  # words, and whether they are marked


def excerpt(text: str, marks: Collection[str], length: int, known: str = "") -> list[Piece]:
    """The sentences of a text that say something new: those with marks that `known` (a title) and the sentences chosen
    before do not hold, the most telling first; the beginning where there is none. At most `length` characters, in the order
    of the text, with "…" where something is left out."""
    parts = [found.group() for found in SENTENCE.finditer(text.strip())]
    chosen: list[int] = []
    said, left = known, length
    while fresh := [n for n in range(len(parts)) if n not in chosen and len(parts[n]) <= left and news(parts[n], marks, said)]:
        best = max(fresh, key=lambda n: (news(parts[n], marks, said), -n))
        chosen.append(best)
        said, left = said + parts[best], left - len(parts[best])
    return marked(joined(parts, sorted(chosen) or [0], length), marks) if parts else []


def news(part: str, marks: Collection[str], said: str) -> int:
    """How many of the marks a sentence holds that were not said yet."""
    return sum(mark in part and mark not in said for mark in marks)


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


def in_both(one: str, other: str, least: int = 3) -> list[str]:
    """The parts of a text, of `least` characters and more, that stand in another as they are, each once."""
    found, start = [], 0
    while start + least <= len(one):
        end = start + least
        if one[start:end] not in other or not one[start:end].isalnum():
            start += 1
            continue
        while end < len(one) and one[end].isalnum() and one[start : end + 1] in other:
            end += 1
        found.append(one[start:end])
        start = end
    return list(dict.fromkeys(found))
