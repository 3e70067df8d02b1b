"""A line of the word file: words parted by blanks, and what is said when one cannot be used."""

from workflows.reading.scan import normal


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
