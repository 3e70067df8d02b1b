"""Forms of the desk: an absence with its deputy, the reason of a hand-over."""

from flask_babel import lazy_gettext as _l
from casemgr.web.forms.base import PageForm
from wtforms import DateField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length


def number(value: str | None) -> int | None:
    """The id chosen; None where nothing is."""
    return int(value) if value else None


class AbsenceForm(PageForm):
    """From when to when, and who stands in."""

    from_on = DateField(_l("First day away"), [InputRequired()])
    to_on = DateField(_l("Last day away"), [InputRequired()])
    deputy_id = SelectField(_l("Who stands in"), [InputRequired(_l("Choose who stands in."))], coerce=number, choices=[])


class HandOverForm(PageForm):
    """Why the matters change hands; the receivers stand beside the lines."""

    reason = TextAreaField(_l("Why they change hands"), [InputRequired(), Length(max=1000)])
