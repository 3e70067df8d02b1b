"""The form of a hand-over note at the sorting desk."""

from flask_babel import lazy_gettext as _l
from casemgr.web.forms.base import PageForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired


class NoteForm(PageForm):
    """What the next shift should know."""

    text = TextAreaField(_l("What the next shift should know"), [DataRequired()])
