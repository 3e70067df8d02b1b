"""Finds the English sentences that stand in rules and errors without a gettext call: labels, hints, messages.

A Babel extraction method, named in pyproject.toml. What the processes say is read from their definitions.
"""

import ast
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from collections.abc import Iterator
from typing import IO, Any

KEYWORDS = {"label", "follows", "hint", "counts_from", "message"}
TABLES = ("says", "refuses")  # of a workflow: sentences by code
POSITIONS = {"Choice": (1,), "State": (1,), "Step": (1,), "Field": (2,), "Deadline": (1, 2), "Workflow": (1,)}
POSITIONS |= {"Entry": (0,)}  # of the main pages

DEFINITIONS = b'"""The rules of casemgr: every process'  # how workflows/__init__.py begins

GETTEXT = {"gettext": 1, "_": 1, "_l": 1, "lazy_gettext": 1, "N_": 1, "ngettext": 2, "lazy_ngettext": 2}  # how many of the first arguments are sentences

Found = tuple[int, None, str, list[str]]


def extract(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """Every sentence of one Python file, with its line."""
    source = fileobj.read()
    if source.startswith(DEFINITIONS):
        yield from ((1, None, words, []) for words in sorted(defined() | in_rules()))
    for node in ast.walk(ast.parse(source)):
        for value in values(node):
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                yield value.lineno, None, value.value, []


def extract_both(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """The sentences given to gettext, and those that stand as constants and are said elsewhere."""
    yield from asked_for(ast.parse(fileobj.read()))
    fileobj.seek(0)
    for line, name, words, comments in extract(fileobj, keywords, comment_tags, options):
        if (words[0].isupper() and not words.isupper()) or words.startswith("%("):
            yield line, name, words, comments


def asked_for(tree: ast.AST) -> Iterator[Any]:
    """The sentences that stand in a call of gettext or ngettext themselves, not in a table it looks up."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GETTEXT:
            given = [a.value for a in node.args[: GETTEXT[node.func.id]] if isinstance(a, ast.Constant)]
            if len(given) == GETTEXT[node.func.id] and all(isinstance(words, str) for words in given):
                yield node.lineno, node.func.id, given[0] if len(given) == 1 else tuple(given), []


def defined() -> set[str]:
    """Every label, hint and sentence in the definitions of the processes."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from workflows import WORKFLOWS  # noqa: PLC0415 - found by the line above

    return set(spoken(list(WORKFLOWS.values())))


def in_rules() -> set[str]:
    """Every label that comes with the numbers: lengths, holidays, facts and triggers of the warning, clauses, teams."""
    from workflows import clauses, lengths, rulebook, warning  # noqa: PLC0415 - as in defined()
    from workflows.calendar import load_calendar  # noqa: PLC0415

    found = {label for pair in lengths.LABELS.values() for label in pair}
    found |= {name for _, name in load_calendar().names} | set(warning.CHOICE_LABELS.values())
    found |= {fact.label for fact in warning.FACTS} | {rule.sentence for rule in warning.TRIGGERS.values()}
    for block in clauses.packaged().values():
        found |= {block.label, *(blank.label for blank in block.blanks)}
    return found | {team["label"] for team in rulebook.packaged().raw["teams"].values()}


def spoken(thing: Any) -> Iterator[str]:
    """The words of a definition and of everything in it."""
    if isinstance(thing, list | tuple):
        for part in thing:
            yield from spoken(part)
    elif is_dataclass(thing):
        for field in fields(thing):
            value = getattr(thing, field.name)
            if field.name in KEYWORDS and isinstance(value, str) and value:
                yield value
            if field.name in TABLES:
                yield from value.values()
            yield from spoken(value)


def values(node: ast.AST) -> list[ast.expr]:
    """The expressions of this node that hold sentences."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        placed = [node.args[i] for i in POSITIONS.get(name, ()) if i < len(node.args)]
        return placed + [k.value for k in node.keywords if k.arg in KEYWORDS]
    if (
        isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id in KEYWORDS
        and node.value
    ):
        return [node.value]
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        if name in KEYWORDS or (name.isupper() and is_sentence(node.value) and " " in ast.literal_eval(node.value)):
            return [node.value]
        if name.isupper() and isinstance(node.value, ast.Dict):
            return [value for value in node.value.values if is_sentence(value)]
    return []


def is_sentence(value: ast.expr) -> bool:
    """Words for people, not a code: begins with a capital letter, or has a space in it."""
    text = value.value if isinstance(value, ast.Constant) else None
    if not isinstance(text, str) or not text.isascii() or text.startswith(("SELECT ", "INSERT ", "UPDATE ")):
        return False
    return text.startswith("%(") or (text[:1].isalpha() and (text[:1].isupper() or " " in text))
