"""Forms of the administrator of accounts."""

from flask_babel import lazy_gettext as _l
from casemgr.web.forms.base import PageForm
from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from casemgr.web.locales import LANGUAGES


class NewAccountForm(PageForm):
    """Who gets an account."""

    login = StringField(_l("Login"), [InputRequired(), Length(max=64)])
    name = StringField(_l("Name"), [InputRequired(), Length(max=100)])
    email = StringField(_l("E-mail for notices"), [Optional(), Length(max=254)])
    locale = SelectField(_l("Language"), choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()])


class AppointForm(PageForm):
    """Which post, from when to when."""

    post = IntegerField(_l("Post"), [InputRequired(_l("Choose a post."))])
    from_on = DateField(_l("First day"), [InputRequired()])
    to_on = DateField(_l("Last day"), [Optional()])


class LastDayForm(PageForm):
    """When something ends."""

    last_on = DateField(_l("Last day"), [InputRequired()])


class MandateForm(PageForm):
    """What may be inspected, when, and on what basis."""

    area = SelectField(_l("Place"), [InputRequired()], coerce=int)
    from_on = DateField(_l("First day"), [InputRequired()])
    to_on = DateField(_l("Last day"), [InputRequired()])
    basis = StringField(_l("Written basis"), [InputRequired(), Length(max=200)], description=_l("Number or title of the document."))
