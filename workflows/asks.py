"""What the steps of several processes ask: the field specs they share, and short ways to write one.

Only questions stand here; what is required across fields is said by guards, what follows by the steps.
"""

from collections.abc import Iterable

from workflows.model import Choice, Field
from workflows.warning import CHOICE_LABELS, FACTS

LONG = 2000  # characters: GB/T 31000 gives 2,000 for every account of a matter
SHORT = 200
WHOLE = 250_000  # a message is kept whole; an import takes cells of up to 100,000
WORKED_OUT = frozenset(("category", "days_old", "failed_sessions"))  # facts that follow from other answers
FACT_KINDS = {"threat": "choices"}  # several threats may stand side by side


def one_of(**labels: str) -> tuple[Choice, ...]:
    """Choices from value=label, in the order written."""
    return tuple(Choice(value, label) for value, label in labels.items())


def text(name: str, label: str, required: bool = True, into: str = "event", hint: str = "") -> Field:
    """One line of text."""
    return Field(name, "text", label, required, maximum=SHORT, into=into, hint=hint)


def longtext(name: str, label: str, required: bool = True, into: str = "event", hint: str = "") -> Field:
    """An account of up to 2,000 characters."""
    return Field(name, "longtext", label, required, maximum=LONG, into=into, hint=hint)


def full_text(label: str, required: bool = True) -> Field:
    """The text of a matter itself: kept whole, whatever its length (house rule 4)."""
    return Field("text", "longtext", label, required, maximum=WHOLE, into="case")


def choice(
    name: str, label: str, choices: Iterable[Choice], required: bool = True, into: str = "event", hint: str = ""
) -> Field:
    """One of several answers."""
    return Field(name, "choice", label, required, choices=tuple(choices), into=into, hint=hint)


def yes_no(name: str, label: str, required: bool = True, into: str = "event", hint: str = "") -> Field:
    """Yes or no; not required means it may stay unanswered."""
    return Field(name, "boolean", label, required, into=into, hint=hint)


def on_date(name: str, label: str, required: bool = True, into: str = "event", hint: str = "") -> Field:
    """A legal date."""
    return Field(name, "date", label, required, into=into, hint=hint)


def file(name: str, label: str, required: bool = True, hint: str = "") -> Field:
    """A photo or a document."""
    return Field(name, "file", label, required, hint=hint)


def party(required: bool = True, label: str = "Party") -> Field:
    """One of the parties on record."""
    return Field("party", "party", label, required)


def fact_fields() -> tuple[Field, ...]:
    """A question for every fact of the warning that a person can know; each may stay unanswered."""
    return tuple(
        Field(
            fact.name,
            FACT_KINDS.get(fact.name, fact.kind),
            fact.label,
            required=False,
            minimum=0 if fact.kind in ("integer", "money") else None,
            choices=tuple(Choice(value, CHOICE_LABELS[value]) for value in fact.choices),
            into="fact",
        )
        for fact in FACTS
        if fact.name not in WORKED_OUT
    )


REASON = Field("reason", "longtext", "Reason", minimum=2, maximum=LONG)
EXPLANATION = longtext("explanation", "In your own words", required=False)
NOTE = longtext("note", "Note")
CHANNELS = one_of(
    mailbox="Mailbox", hotline="Hotline 12345", petition="Petition office", grid="Grid", visit="Visit", phone="Telephone",
    web="Online", door="Residents' door",
)
PATHS = one_of(
    arbitration="Arbitration", administrative="Administrative route", court="Court", police="The police",
    petition="Petition procedure", other="Other",
)
CONTACT_WAYS = one_of(phone="By telephone", visit="By a visit", meeting="At a meeting", message="By message")
EVIDENCE = one_of(
    signature="Signed paper", recording="Recording", message="Text message", witness="Said before a witness",
)
