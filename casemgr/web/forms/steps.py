"""The form of a step, made from its field specs. It keeps what was typed as it was typed; services.answers judges it.

Labels, hints and choices are translated here; what the pickers offer comes in as an argument (forms/offers.py).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, BinaryIO

from casemgr.web.forms.base import PageForm
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import DateInput, DateTimeLocalInput

from casemgr.errors import Invalid
from casemgr.services.answers import NO_CHOICE
from casemgr.web.locales import gettext, present
from workflows.guards import ZONE
from workflows.model import Field

Offer = Sequence[tuple[str, str]] | Mapping[str, Sequence[tuple[str, str]]]  # (value, words); or group -> such
Store = Callable[[BinaryIO, str], str]
CHIPS = 12  # more choices than this stand in a list to open
PICKED = ("account", "team", "department", "area", "party", "room", "accounts", "parties", "departments")  # from rows that forms/offers.py finds
MANY = ("choices", "accounts", "parties", "departments")
QUARTERS = ("starts_at",)  # planned on full quarters of an hour
KEPT_FIELDS = 4096  # fields remembered: more than the processes ask, in all languages
KEPT = "_kept"  # suffix of the hidden field that keeps a file already stored, should the form come back


class Needed:
    """Marks a field as one that must be filled in. The judging is left to services.answers."""

    field_flags = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        """Nothing to judge here."""


class StepForm(PageForm):
    """The form of a step: `specs` are its fields, `prefilled` what stood in it when it was opened."""

    specs: tuple[Field, ...] = ()
    prefilled: Mapping[str, str] = {}
    seen_version = HiddenField()
    seen_seq = HiddenField()

    class Meta(PageForm.Meta):  # type: ignore[name-defined,misc]
        """The judging is left to services.answers, so no sentence of wtforms is ever said."""

        def get_translations(self, form: Any) -> None:
            """None are read."""

    def answers(self) -> dict[str, Any]:
        """What was answered, for services.answers. Optional answers left as they were are left out.

        Raises Invalid for a choice that was not offered.
        """
        found, faulty = {}, []
        for spec in self.specs:
            value = self.value_of(spec)
            if value in ("", None, []) or (not spec.required and value == self.prefilled.get(spec.name)):
                continue
            if spec.kind in PICKED and not self.was_offered(spec, value):
                faulty.append(spec.name)
            found[spec.name] = value
        if faulty:
            raise Invalid({name: [NO_CHOICE] for name in faulty})
        return found

    def value_of(self, spec: Field) -> Any:
        """The answer to one question, as typed; a local time gets its zone, a file the name it was stored under."""
        if spec.kind == "file":
            return self[spec.name + KEPT].data
        value = self[spec.name].data
        return with_zone(value) if spec.kind == "instant" and value else value

    def was_offered(self, spec: Field, value: str) -> bool:
        """Whether a picked id, or each of them, stood among those to choose from."""
        offered = {choice[0] for choice in self[spec.name].iter_choices()}
        return offered.issuperset(value if spec.kind in MANY else [value])

    def store_files(self, store: Store) -> None:
        """Store what was uploaded, once, and remember its name in the form. Raises Invalid at the right field."""
        for spec in self.specs:
            upload = self[spec.name].data if spec.kind == "file" else None
            if not upload or not getattr(upload, "filename", ""):
                continue
            try:
                self[spec.name + KEPT].data = store(upload.stream, upload.filename)
            except Invalid as error:
                raise Invalid({spec.name: error.fields.get("file", ())}) from error

    def kept_name(self, name: str) -> str:
        """The person's own name of a file already stored for this field, or nothing."""
        return (self[name + KEPT].data or "").partition("|")[2]


def with_zone(text: str) -> str:
    """A local date and time as typed, with the zone; what is none stays as it is and is judged later."""
    try:
        typed = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (typed if typed.tzinfo else typed.replace(tzinfo=ZONE)).isoformat()


def form_for(
    fields: Iterable[Field], offers: Mapping[str, Offer], *, prefilled: Mapping[str, str] | None = None,
    on_record: Mapping[str, str] | None = None, base: type[StepForm] = StepForm,
) -> type[StepForm]:  # fmt: skip
    """The form class of these fields. `offers` are the choices of pickers, by field; `prefilled` are typed in already;
    `on_record` are words on what is known so far, shown beside the question."""
    specs, shown = tuple(fields), on_record or {}
    body: dict[str, Any] = {"specs": specs, "prefilled": prefilled or {}}
    for spec in specs:
        offer, known = offers.get(spec.name, ()), shown.get(spec.name, "")
        body[spec.name] = made(spec, offer, known) if offer or known else made_in(present(), spec)
        if spec.kind == "file":
            body[spec.name + KEPT] = HiddenField()
    return type("MadeForm", (base,), body)


@lru_cache(KEPT_FIELDS)
def made_in(language: str, spec: Field) -> Any:
    """The field of a spec in the present language, named by `language`, with nothing of the matter at hand in it."""
    return made(spec, (), "")


def made(spec: Field, offer: Offer, known: str) -> Any:
    """The WTForms field of a spec."""
    help_words = " ".join(filter(None, (
        gettext(spec.hint) if spec.hint else "",
        gettext("On record: %(value)s.", value=known) if known else "",
    )))  # fmt: skip
    about: dict[str, Any] = {
        "label": gettext(spec.label),
        "description": help_words,
        "validators": [Needed()] if spec.required else [],
    }
    return MAKERS[spec.kind](spec, offer, about)


def line(spec: Field, offer: Offer, about: dict[str, Any]) -> Any:
    """One line."""
    return StringField(**about)


def chosen(spec: Field, offer: Offer, about: dict[str, Any]) -> Any:
    """One of the choices of the workflow: chips for a few, a list to open for many."""
    kind = RadioField if len(spec.choices) <= CHIPS else SelectField
    return kind(choices=choices_in(present(), spec), validate_choice=False, **about)


@lru_cache(KEPT_FIELDS)
def choices_in(language: str, spec: Field) -> tuple[SelectChoice, ...]:
    """The choices of the workflow for a question in the present language, named by `language`."""
    words = [SelectChoice(choice.value, gettext(choice.label)) for choice in spec.choices]
    if len(words) <= CHIPS:
        return (*words, *unsaid(spec))
    return (SelectChoice("", ""), *by_class(words))


def by_class(words: Sequence[SelectChoice]) -> list[SelectChoice]:
    """Choices of a classification in two levels, the second under the first: a code of two figures heads its class."""
    heads = {word.value: word.label for word in words if len(word.value) == 2}
    return [SelectChoice(word.value, word.label, optgroup=heads.get(word.value[:2])) for word in words]


def picked(spec: Field, offer: Offer, about: dict[str, Any]) -> Any:
    """One of the rows offered."""
    return SelectField(choices=choices_of(offer), validate_choice=False, **about)


def choices_of(offer: Offer) -> list[SelectChoice]:
    """The rows offered as choices, after none."""
    groups = offer if isinstance(offer, Mapping) else {"": offer}
    choices = [SelectChoice(value, words, optgroup=head or None) for head, rows in groups.items() for value, words in rows]
    return [SelectChoice("", ""), *choices]


def picked_many(spec: Field, offer: Offer, about: dict[str, Any]) -> Any:
    """Any of the rows offered."""
    rows = [row for some in offer.values() for row in some] if isinstance(offer, Mapping) else offer
    return SelectMultipleField(choices=[SelectChoice(*row) for row in rows], validate_choice=False, **about)


def at_time(spec: Field, offer: Offer, about: dict[str, Any]) -> Any:
    """A date and a time."""
    quarters = {"render_kw": {"step": 900}} if spec.name in QUARTERS else {}
    return StringField(widget=DateTimeLocalInput(), **about, **quarters)


def yes_or_no(spec: Field, offer: Offer, about: dict[str, Any]) -> Any:
    """Yes, no, or not said: a box that is merely not ticked would say no for a person who was not asked."""
    words = [SelectChoice("yes", gettext("Yes")), SelectChoice("no", gettext("No")), *unsaid(spec)]
    return RadioField(choices=words, validate_choice=False, **about)


def unsaid(spec: Field) -> list[SelectChoice]:
    """A way back from an answer given by mistake, where none is needed."""
    return [] if spec.required else [SelectChoice("", "")]


def several(spec: Field, offer: Offer, about: dict[str, Any]) -> Any:
    """Any of the choices."""
    words = [SelectChoice(choice.value, gettext(choice.label)) for choice in spec.choices]
    return SelectMultipleField(choices=words, validate_choice=False, **about)


MAKERS: dict[str, Callable[[Field, Offer, dict[str, Any]], Any]] = {
    "text": line,
    "length": line,
    "integer": line,
    "money": line,
    "longtext": lambda spec, offer, about: TextAreaField(**about),
    "date": lambda spec, offer, about: StringField(widget=DateInput(), **about),
    "instant": at_time,
    "boolean": yes_or_no,
    "choice": chosen,
    "choices": several,
    "file": lambda spec, offer, about: FileField(**about),
    **dict.fromkeys(PICKED, picked),
    **dict.fromkeys(("accounts", "parties", "departments"), picked_many),
}

# How templates/macros/forms.html shows each kind.
LOOKS = {
    "text": "text", "length": "text", "longtext": "longtext", "date": "date", "instant": "datetime",
    "integer": "integer", "money": "money", "boolean": "choice", "choices": "choices", "file": "file",
    **dict.fromkeys(PICKED, "select"), **dict.fromkeys(MANY, "choices"),
}  # fmt: skip


def look_of(spec: Field) -> str:
    """The kind of control, in the words of the macro `field`."""
    return LOOKS.get(spec.kind) or ("choice" if len(spec.choices) <= CHIPS else "select")
