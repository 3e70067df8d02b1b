"""Reads every message of a file and says what it seems to be and why: for measuring, and for a look before an import.
Nothing is stored; the rules of reading are workflows.triage."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from casemgr.intake.cells import SHANGHAI
from casemgr.intake.rows import Row
from workflows.triage import Clue, Reading, Words, read

Translate = Callable[[str], str]


def read_row(row: Row, *, words: Words, rules: Mapping[str, Any]) -> Reading:
    """What the row's title and text seem to be, as of the local day it came in."""
    sent_on = row.received_at.astimezone(SHANGHAI).date() if row.received_at else None
    return read(row.title, row.text, words=words, rules=rules, sent_on=sent_on)


def read_all(rows: Iterable[Row], *, words: Words, rules: Mapping[str, Any], translate: Translate) -> dict[str, Any]:
    """Outside number (a row without one: "row N") -> kind, team, tier, category and why, in the words of `translate`."""
    return {
        row.number or f"row {row.line}": in_words(read_row(row, words=words, rules=rules), translate)
        for row in rows
        if row.title or row.text
    }


def in_words(reading: Reading, translate: Translate) -> dict[str, Any]:
    """A reading with its reasons as sentences: {"kind", "team", "tier", "category", "why": {what: [sentence, …]}}."""
    return {
        "kind": reading.kind,
        "team": reading.team,
        "tier": reading.tier,
        "category": reading.category,
        "why": {what: [sentence(clue, translate) for clue in clues] for what, clues in reading.why.items()},
    }


def sentence(clue: Clue, translate: Translate) -> str:
    """A clue as one sentence with the words of the message in it."""
    return translate(clue.sentence) % {"words": "、".join(clue.words)} if clue.words else translate(clue.sentence)
