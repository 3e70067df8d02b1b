"""Answers to what a step asks, checked and typed by its fields: the same for a page, the API, an import and a job."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from casemgr.errors import Invalid, Sentence
from workflows.lengths import LengthError, parse_length
from workflows.model import Field, Step

TEXT_LIMIT = {"text": 300, "longtext": 20_000}
NUMBER_LIMIT = 2_000_000_000
MOST_PICKED = 50
IN_WORDS = ("text", "longtext", "file")  # personal: kept apart from the trail
SEALED = ("phone", "id_number", "address")  # kept sealed with the person, and nowhere else

MISSING = "Please fill this in."
UNKNOWN = "This field is not asked here."
NO_CHOICE = "Please choose one of the answers offered."
NO_NUMBER = "Please enter a whole number."
TOO_LOW = "Please enter at least %(minimum)s."
TOO_HIGH = "Please enter at most %(maximum)s."
TOO_SHORT = "Please write at least %(minimum)s characters."
TOO_LONG = "Please write at most %(maximum)s characters."
NO_DATE = "Please enter a date such as 2026-03-15."
NO_INSTANT = "Please enter a date and time."
NO_LENGTH = "Please enter a length such as 7 days."


class Wrong(ValueError):
    """One answer that cannot be used, with the sentence that says why."""

    def __init__(self, message: str, **params: Any) -> None:
        self.sentence = Sentence(message, **params)
        super().__init__(self.sentence)


def clean(step: Step, data: Mapping[str, Any]) -> dict[str, Any]:
    """The answers typed, optional ones left out when empty. Raises Invalid with all faulty fields at once."""
    fields = {f.name: f for f in step.asks}
    faults: dict[str, list[str]] = {name: [UNKNOWN] for name in data if name not in fields}
    answers = {}
    for name, field in fields.items():
        value = data.get(name)
        try:
            if is_empty(value):
                if field.required and not (field.kind == "boolean" and value is False):
                    raise Wrong(MISSING)
                continue
            answers[name] = READ[field.kind](field, value)
        except Wrong as wrong:
            faults.setdefault(name, []).append(wrong.sentence)
    if faults:
        raise Invalid(faults)
    return answers


def is_empty(value: Any) -> bool:
    """Nothing was answered."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def read_text(field: Field, value: Any) -> str:
    """Words, without control characters."""
    if not isinstance(value, str):
        raise Wrong(MISSING)
    words = value.strip()
    if not words.isprintable():
        words = "".join(c for c in words if c.isprintable() or c in "\n\t")
    limit = field.maximum or TEXT_LIMIT.get(field.kind, 300)
    if len(words) > limit:
        raise Wrong(TOO_LONG, maximum=limit)
    if field.minimum and len(words) < field.minimum:
        raise Wrong(TOO_SHORT, minimum=field.minimum)
    return words


def read_integer(field: Field, value: Any) -> int:
    """A whole number within bounds; true and false are not numbers."""
    try:
        if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
            raise ValueError
        number = int(value)
    except (TypeError, ValueError) as error:
        raise Wrong(NO_NUMBER) from error
    low, high = field.minimum or 0, NUMBER_LIMIT if field.maximum is None else field.maximum
    if number < low:
        raise Wrong(TOO_LOW, minimum=low)
    if number > high:
        raise Wrong(TOO_HIGH, maximum=high)
    return number


def read_boolean(field: Field, value: Any) -> bool:
    """Yes or no."""
    if isinstance(value, bool):
        return value
    if value in ("yes", "true", "1", "on", "y"):
        return True
    if value in ("no", "false", "0", "n"):
        return False
    raise Wrong(NO_CHOICE)


def read_choice(field: Field, value: Any) -> str:
    """One of the choices."""
    if value not in [choice.value for choice in field.choices]:
        raise Wrong(NO_CHOICE)
    return str(value)


def read_choices(field: Field, value: Any) -> list[str]:
    """Some of the choices, in the order of the field."""
    given = [value] if isinstance(value, str) else value
    offered = [choice.value for choice in field.choices]
    if not isinstance(given, list | tuple) or not set(given) <= set(offered):
        raise Wrong(NO_CHOICE)
    return [choice for choice in offered if choice in given]


def read_ids(field: Field, value: Any) -> list[int]:
    """Several ids, each once, in the order given."""
    given = value if isinstance(value, list | tuple) else [value]
    if len(given) > MOST_PICKED:
        raise Wrong(NO_CHOICE)
    return list(dict.fromkeys(read_integer(field, one) for one in given))


def read_date(field: Field, value: Any) -> date:
    """A date, from ISO text or as one."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Wrong(NO_DATE) from error
    if not 1900 <= found.year <= 2200:
        raise Wrong(NO_DATE)
    return found


def read_instant(field: Field, value: Any) -> datetime:
    """An aware instant, from ISO text with its zone or as one."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise Wrong(NO_INSTANT) from error
    if found.tzinfo is None or not 1900 <= found.year <= 2200:
        raise Wrong(NO_INSTANT)
    return found


def read_length(field: Field, value: Any) -> str:
    """A length as written, once it can be read."""
    try:
        return str(parse_length(value if isinstance(value, str) else ""))
    except LengthError as error:
        raise Wrong(NO_LENGTH) from error


READ: dict[str, Callable[[Field, Any], Any]] = {
    "text": read_text,
    "longtext": read_text,
    "file": read_text,
    "integer": read_integer,
    "money": read_integer,
    "account": read_integer,
    "team": read_integer,
    "department": read_integer,
    "area": read_integer,
    "party": read_integer,
    "room": read_integer,
    "accounts": read_ids,
    "departments": read_ids,
    "parties": read_ids,
    "boolean": read_boolean,
    "choice": read_choice,
    "choices": read_choices,
    "date": read_date,
    "instant": read_instant,
    "length": read_length,
}


def as_json(value: Any) -> Any:
    """The answer as JSON keeps it: dates and instants as ISO text."""
    return value.isoformat() if isinstance(value, date) else value


def split(step: Step, answers: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answers in codes (for the trail) and those in words (for the erasable table), as JSON."""
    kinds = {f.name: f.kind for f in step.asks}
    codes = {n: as_json(v) for n, v in answers.items() if kinds.get(n) not in IN_WORDS and n not in SEALED}
    words = {n: v for n, v in answers.items() if kinds.get(n) in IN_WORDS and n not in SEALED}
    return codes, words
