"""The form for a new dispute: four questions, the rest folded away. Made from the same field specs as the steps."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from flask_babel import gettext, lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import HiddenField

from casemgr.db import as_id
from casemgr.errors import Invalid, Sentence
from casemgr.policy import Actor
from casemgr.queries.pickers import AreaRow, areas_within
from casemgr.services.answers import MISSING
from casemgr.web.forms.offers import area_offer
from casemgr.web.forms.steps import KEPT, Store, StepForm, choices_of, form_for
from casemgr.web.locales import present
from workflows import WORKFLOWS
from workflows.dispute_asks import ADD_PARTY, ON_THE_SPOT
from workflows.model import Choice, Field

OPENS = WORKFLOWS["dispute"].opens
MATTER = {spec.name: spec for spec in OPENS.asks}
PARTY = {spec.name: spec for spec in ADD_PARTY}
SETTLED = "settled"
MOST_PHOTOS = 9
RESULT = Field(
    "result", "choice", "How does it stand?",
    choices=(Choice("help", "Help is needed"), Choice(SETTLED, "Settled on the spot")),
)  # fmt: skip
HOW = Field("settlement", "longtext", "How it was settled", required=False, maximum=ON_THE_SPOT[0].maximum)
FIRST: tuple[Field, ...] = (
    MATTER["text"],
    MATTER["told_by"],
    MATTER["area_id"],
    MATTER["place"],
    Field("name", "text", "Who came with it", required=False, maximum=PARTY["name"].maximum),
    PARTY["phone"],
    RESULT,
    HOW,
)
MORE = tuple(MATTER[name] for name in ("title", "category", "channel", "found_by", "occurred_on", "confidential"))
PLUMBING = ("csrf_token", "account", "key", "photo")  # not part of what is said
TOO_MANY = "Please choose at most %(most)s photos."


class RegisterForm(StepForm):
    """The form of a new dispute.

    `key` names this sending once for all, `account` who wrote it, `person` a known person that was picked; `photo_kept`
    are the photos stored already, one a line, should the form come back.
    """

    first: tuple[Field, ...] = FIRST
    more: tuple[Field, ...] = MORE
    photo = MultipleFileField(_l("Photo"))
    photo_kept = HiddenField()
    person = HiddenField()
    account = HiddenField()
    key = HiddenField()

    def matter(self) -> dict[str, Any]:
        """The answers as services.registering takes them. Raises Invalid."""
        answers = self.answers()
        result = answers.pop("result", None)
        if result is None:
            raise Invalid({"result": [MISSING]})
        if result != SETTLED:
            answers.pop("settlement", None)
        elif not answers.get("settlement"):
            raise Invalid({"settlement": [MISSING]})
        person = self.person.data or ""
        picked = {"person": id} if (id := as_id(person)) else {}
        return {**answers, **picked, "photos": self.stored()}

    def stored(self) -> list[str]:
        """The photos that were stored already, as answers of kind file."""
        return [line for line in (self.photo_kept.data or "").splitlines() if line]

    def kept_photos(self) -> list[str]:
        """The person's own names of these."""
        return [line.partition("|")[2] for line in self.stored()]

    def store_files(self, store: Store) -> None:
        """Store the photos that were uploaded, once. Raises Invalid."""
        uploads = [upload for upload in self.photo.data or () if getattr(upload, "filename", "")]
        kept = self.stored()
        if len(kept) + len(uploads) > MOST_PHOTOS:
            raise Invalid({"photo": [Sentence(TOO_MANY, most=MOST_PHOTOS)]})
        try:
            kept += [store(upload.stream, upload.filename) for upload in uploads]
        except Invalid as error:
            raise Invalid({"photo": error.fields.get("file", ())}) from error
        self["photo" + KEPT].data = "\n".join(kept)


def digest_of(said: MultiDict[str, str], photos: Iterable[FileStorage]) -> str:
    """SHA-256 of what a form said and of its photos, in their order: the same sending has the same."""
    digest = hashlib.sha256()
    for name, value in sorted((n, v) for n, v in said.items(multi=True) if n not in PLUMBING):
        digest.update(f"{name}={value}\0".encode())
    for photo in photos:
        digest.update(hashlib.file_digest(photo.stream, "sha256").digest())  # type: ignore[arg-type]
        photo.stream.seek(0)
    return digest.hexdigest()


def register_form(session: Session, actor: Actor) -> RegisterForm:
    """The form, with the areas where this person may register; a grid worker stands in his own grid already."""
    rows = areas_within(session, actor.areas(*OPENS.by))
    own = [row for row in rows if row.level == "grid"]
    usual = {"area_id": str(own[0].id)} if len(own) == 1 else {}
    if actor.has("grid_worker"):
        usual["channel"] = "grid"
    usual |= {"account": str(actor.account_id), "key": new_key()}
    found = asked_in(present())(data=usual)
    found.area_id.choices = choices_of(area_offer(rows))
    found.area_id.label.text = gettext("Where")
    found.settlement.flags.required = True  # it is asked only of what was settled
    lies = {str(row.id): place_of(row) for row in rows}
    for choice in found.area_id.choices:
        choice.render_kw |= lies.get(choice.value, {})
    return found


@lru_cache
def asked_in(language: str) -> type[RegisterForm]:
    """The class of the form in the present language, named by `language`, without the areas: it follows from the workflow alone."""
    return form_for((*FIRST, *MORE), {}, base=RegisterForm)  # type: ignore[return-value]


def new_key() -> str:
    """What names a sending once for all."""
    return uuid.uuid4().hex


def place_of(row: AreaRow) -> Mapping[str, str]:
    """What the page knows of an area to find it by: its level, its estates and roads, its middle."""
    about = {"data-level": row.level, "data-name": row.name}
    if row.aliases:
        about["data-places"] = "|".join(row.aliases.splitlines())
    if row.latitude is not None and row.longitude is not None:
        about["data-at"] = f"{row.latitude} {row.longitude}"
    return about
