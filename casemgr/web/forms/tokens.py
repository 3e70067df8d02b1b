"""The form of a token for the API."""

from flask_babel import lazy_gettext as _l
from casemgr.web.forms.base import PageForm
from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from casemgr.services.tokens import NAME_LENGTH

READ, WRITE = "read", "write"


class TokenForm(PageForm):
    """What the token is for, at which post, how far and how long it goes."""

    name = StringField(
        _l("What is it for?"), [InputRequired(), Length(max=NAME_LENGTH)], description=_l("For example the programme that uses it.")
    )
    post = SelectField(_l("Post"), [InputRequired()], coerce=int)
    scope = RadioField(
        _l("It may"), [InputRequired()], default=READ,
        choices=[SelectChoice(READ, _l("Read only")), SelectChoice(WRITE, _l("Read and write"))],
    )  # fmt: skip
    expires_on = DateField(_l("Last day"), [InputRequired()], description=_l("At most a year ahead."))
