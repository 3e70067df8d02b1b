"""The forms of the door. Their token is the door's own (tokens.py): no cookie of the house is read or set."""

from collections.abc import Iterable
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from casemgr.web.forms.base import PageForm
from flask_wtf.file import MultipleFileField
from sqlalchemy.orm import Session
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp

from casemgr.db import as_id
from casemgr.errors import Invalid, Sentence
from casemgr.queries.door_places import Place, places
from casemgr.services.answers import MISSING, NO_CHOICE, TOO_LONG
from casemgr.services.door import Report
from casemgr.web.door import tokens
from casemgr.web.forms.registering import TOO_MANY
from casemgr.web.forms.steps import Store
from casemgr.web.sayings import say
from workflows.asks import LONG

MOST_PHOTOS = 9
PHOTOS = (".jpg", ".jpeg", ".png")
ONLY_PHOTOS = "Please choose photos only (JPG or PNG)."
NO_PHONE = "Please write the telephone number in figures."
SHORT_NAME, SHORT_PLACE = 40, 100
MICRO = ("grid", "community")


def too_long(most: int) -> Length:
    """At most so many characters."""
    return Length(max=most, message=say(Sentence(TOO_LONG, maximum=most)))


class DoorForm(PageForm):
    """A form of the door: its token, the answer to the page's small piece of work, and a field that only robots fill in."""

    class Meta:
        csrf = False  # form_token is ours

    form_token = HiddenField()
    work = HiddenField()
    website = StringField(_l("Leave this empty"))


class ReportForm(DoorForm):
    """What, where, who if one likes, and whether the other side may know."""

    text = TextAreaField(_l("What is the matter?"))
    photo = MultipleFileField(_l("Photo"), validators=[Optional()])
    area_id = SelectField(_l("Which community?"), validate_choice=False)
    place = StringField(_l("Estate, building, road"))
    name = StringField(_l("Your name"))
    phone = StringField(_l("Your telephone"))
    open_name = RadioField(_l("May the other side know it was you?"), validate_choice=False)

    def uploads(self) -> list[Any]:
        """The photos that came with it."""
        return [upload for upload in self.photo.data or () if getattr(upload, "filename", "")]

    def report(self, store: Store) -> Report:
        """What was reported, its photos stored. Raises Invalid."""
        photos = stored(self.uploads(), store)
        return Report(
            int(self.area_id.data), self.text.data.strip(), (self.place.data or "").strip(), photos, (self.name.data or "").strip(),
            (self.phone.data or "").strip(), self.open_name.data == "yes",
        )  # fmt: skip


def stored(uploads: list[Any], store: Store) -> list[str]:
    """Uploads put into the store, photos alone and not too many. Raises Invalid at "photo" before anything is stored."""
    if len(uploads) > MOST_PHOTOS:
        raise Invalid({"photo": [Sentence(TOO_MANY, most=MOST_PHOTOS)]})
    if any(not upload.filename.lower().endswith(PHOTOS) for upload in uploads):
        raise Invalid({"photo": [ONLY_PHOTOS]})
    try:
        return [store(upload.stream, upload.filename) for upload in uploads]
    except Invalid as error:
        raise Invalid({"photo": error.fields.get("file", ())}) from error


def report_form(session: Session, chosen: str = "") -> ReportForm:
    """The form, with all communities to choose from; `chosen` is the code of the one on the poster."""
    found = places(session)
    usual = next((str(place.id) for place in found if chosen and place.code == chosen), "")
    form = ReportForm(data={"area_id": usual, "open_name": "no", "form_token": tokens.hand_out()})
    needed = InputRequired(say(MISSING))
    form.area_id.choices = [SelectChoice("", ""), *choices(found)]
    form.open_name.choices = [SelectChoice("no", gettext("No, keep it to yourselves")), SelectChoice("yes", gettext("Yes, they may know"))]
    form.text.validators = [needed, too_long(LONG)]
    form.area_id.validators = [needed]
    form.area_id.flags.required = form.text.flags.required = form.open_name.flags.required = True
    form.place.validators, form.name.validators = [too_long(SHORT_PLACE)], [too_long(SHORT_NAME)]
    form.phone.validators = [Optional(), too_long(30), Regexp(r"^[0-9+() -]{5,30}$", message=say(NO_PHONE))]
    return form


def choices(found: Iterable[Place]) -> list[SelectChoice]:
    """Communities with their grids under them, each with what a page can find it by."""
    return [
        SelectChoice(
            str(place.id), place.name, optgroup=place.group,
            render_kw={"data-level": place.level, "data-name": place.name, "data-places": "|".join(place.also)}
            | ({"data-at": place.at} if place.at else {}),
        )
        for place in found
    ]  # fmt: skip


def faults_of(form: ReportForm) -> bool:
    """Whether anything in it cannot be used; each fault stands at its field."""
    good = form.validate()
    offered = {choice[0] for choice in form.area_id.iter_choices()}
    if good and (form.area_id.data not in offered or not as_id(form.area_id.data)):
        form.area_id.errors = [say(NO_CHOICE)]
        return True
    return not good


class CodeForm(DoorForm):
    """The code on the receipt, or the one that a mediator gave."""

    code = StringField(_l("The code, 20 figures"))


class WordsForm(DoorForm):
    """Something said about one's matter: words, photos, or a rating with words."""

    words = TextAreaField(_l("In your own words"))
    photo = MultipleFileField(_l("Photo"), validators=[Optional()])
    rating = RadioField(_l("How was it?"), choices=[], validate_choice=False)
    consent = HiddenField()

    def uploads(self) -> list[Any]:
        """The photos that came with it."""
        return [upload for upload in request.files.getlist("photo") if upload.filename]
