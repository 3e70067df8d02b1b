"""A notice as a sentence: its code and parameters put into words, the same on pages and in mails.

The sentences stand in sentences.py and, of one process alone, in its workflow. `translate` gives a msgid in the reader's language.
"""

from collections.abc import Callable, Mapping
from typing import Any

from workflows import WORKFLOWS
from workflows.sentences import SHARED, NOTICES, SENTENCES

Translate = Callable[[str], str]
SAYINGS = NOTICES | {code: words for flow in WORKFLOWS.values() for code, words in flow.says.items()} | {
    f"{process}.{event}": words for process in WORKFLOWS for event, words in SHARED.items()
}  # code of a notice -> its sentence
REFUSALS = SENTENCES | {code: words for flow in WORKFLOWS.values() for code, words in flow.refuses.items()}
UNNAMED = {"number": "A matter", "deadline": "a deadline"}  # what is not known, or not for this reader


def notice_sentence(code: str, params: Mapping[str, Any], number: str, translate: Translate = str) -> str:
    """What a notice says. Raises KeyError for a code that has no sentence."""
    words = {name: translate(word) for name, word in UNNAMED.items()} | dict(params)
    if number:
        words["number"] = number
    if params.get("deadline"):
        words["deadline"] = translate(deadline_label(code, params["deadline"]))
    return translate(SAYINGS[code]) % words


def deadline_label(code: str, key: str) -> str:
    """The msgid of the deadline a notice of a process is about."""
    flow = WORKFLOWS.get(code.partition(".")[0])
    labels = {deadline.key: deadline.label for deadline in flow.deadlines} if flow else {}
    return labels.get(key, UNNAMED["deadline"])
