"""A line of the word file: words parted by blanks, lists with a name, and what is said when one cannot be used."""

from collections.abc import Mapping

from workflows.reading.scan import normal

Named = Mapping[str, tuple[str, ...]]


class BadWords(ValueError):
    """The word file cannot be used; the message says which line of it and why."""


def checked(words: object, where: str, shortest: int = 2) -> list[str]:
    """The words of one line: a text in which blanks and line breaks part them. Raises BadWords."""
    if not isinstance(words, str):
        raise BadWords(f"{where}: must be a text of words parted by blanks")
    parted = words.split()
    for word in parted:
        if len(word) < shortest or word != normal(word):
            raise BadWords(f"{where}: {word!r} must be {shortest} characters or more, half-width and in lower case")
    return parted


def named_lists(raw: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """The lists of [list] by name; a word of them may be one character. Raises BadWords."""
    return {name: tuple(checked(words, f"list: {name}", 1)) for name, words in raw.items()}


def spelt_out(words: object, named: Named, where: str) -> tuple[str, ...]:
    """The words of one line, each once, with "@name" replaced by the words of that list. Raises BadWords."""
    found: dict[str, None] = {}
    for word in checked(words, where, 1):
        if word.startswith("@") and word[1:] not in named:
            raise BadWords(f"{where}: there is no list {word[1:]!r}")
        found.update(dict.fromkeys(named[word[1:]] if word.startswith("@") else (word,)))
    return tuple(found)
