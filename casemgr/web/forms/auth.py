"""Forms of one's own account."""

from flask_babel import lazy_gettext as _l
from casemgr.web.forms.base import PageForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length


class LoginForm(PageForm):
    """Login and password."""

    login = StringField(_l("Login"), [InputRequired(), Length(max=64)])
    secret = PasswordField(_l("Password"), [InputRequired(), Length(max=256)])
    next = HiddenField()


class PasswordForm(PageForm):
    """The old password and the new one, twice."""

    old = PasswordField(_l("Present password"), [InputRequired(), Length(max=256)])
    new = PasswordField(_l("New password"), [InputRequired(), Length(max=256)])
    again = PasswordField(_l("New password again"), [InputRequired(), EqualTo("new", _l("The two are not the same."))])


class CodeForm(PageForm):
    """A code of the second factor, or a recovery code."""

    code = StringField(_l("One-time code"), [InputRequired(), Length(max=64)])
