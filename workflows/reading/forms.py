"""The forms a message may have: which lists of words stand together in its title and text ([[form]] of the word file).

A form weighs for or against kinds of message, and may name the kind of dispute it would be. Pure, hand-written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workflows.categories import DISPUTE_CATEGORIES
from workflows.reading.lists import BadWords, Named, spelt_out
from workflows.reading.scan import Searched, Wanted

CONDITIONS = ("title", "title_also", "title_without", "text", "text_also", "text_without")
LISTS = frozenset(CONDITIONS)


@dataclass(frozen=True, slots=True)
class Form:
    """Words of which one must stand (or none may) in the title or anywhere, and what that speaks for.

    `kinds` are weights, below 0 against; `dispute` is a code of DISPUTE_CATEGORIES ("" = none) and `pull` its weight;
    `short` forms fit only a message of a sentence or two.
    """

    code: str
    short: bool
    wanted: tuple[tuple[bool, Wanted], ...]
    unwanted: tuple[tuple[bool, Wanted], ...]
    kinds: Mapping[str, float]
    dispute: str
    pull: float

    def find(self, title: Searched, whole: Searched) -> tuple[str, ...] | None:
        """The word of each list that is there, or None where the form does not fit."""
        found = []
        for in_title, words in self.wanted:
            word = words.first_in(title if in_title else whole)
            if word is None:
                return None
            found.append(word)
        for in_title, words in self.unwanted:
            if words.first_in(title if in_title else whole) is not None:
                return None
        return tuple(found)


def build_forms(raw: object, named: Named, kinds: Iterable[str]) -> tuple[Form, ...]:
    """The forms of a parsed word file; "@name" among the words stands for a list of [list]. Raises BadWords."""
    forms = tuple(_form(entry, named, frozenset(kinds)) for entry in (raw if isinstance(raw, list) else ()))
    codes = [form.code for form in forms]
    if len(set(codes)) != len(codes):
        raise BadWords("form: a code occurs twice")
    return forms


def _form(entry: Mapping, named: Named, kinds: frozenset[str]) -> Form:
    where = f"form {entry.get('code', '')}"
    if not entry.get("code") or set(entry) - LISTS - {"code", "short", "kinds", "dispute", "pull"}:
        raise BadWords(f"{where}: needs a code of its own and has only lines that are read")
    if type(entry.get("short", False)) is not bool:
        raise BadWords(f"{where}: short must be true or false")
    words = {name: Wanted(spelt_out(entry[name], named, f"{where}: {name}")) for name in CONDITIONS if name in entry}
    weights = entry.get("kinds", {})
    if set(weights) - kinds or not all(type(weight) in (int, float) for weight in weights.values()):
        raise BadWords(f"{where}: kinds must be kinds of message with a number")
    if entry.get("dispute", "") not in DISPUTE_CATEGORIES.keys() | {""} or type(entry.get("pull", 0)) not in (int, float):
        raise BadWords(f"{where}: dispute must be a dispute category and pull a number")
    wanted = tuple((name.startswith("title"), one) for name, one in words.items() if not name.endswith("without"))
    if not wanted:
        raise BadWords(f"{where}: needs words that must be there")
    unwanted = tuple((name.startswith("title"), one) for name, one in words.items() if name.endswith("without"))
    return Form(entry["code"], entry.get("short", False), wanted, unwanted, {kind: float(weight) for kind, weight in weights.items()},
                entry.get("dispute", ""), float(entry.get("pull", 0)))

