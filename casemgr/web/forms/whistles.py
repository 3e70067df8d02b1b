"""The form of a fixed unit."""

from flask_babel import lazy_gettext as _l
from casemgr.web.forms.base import PageForm
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length


class FixedUnitForm(PageForm):
    """Which department is in charge of what, and on what basis."""

    subject = SelectField(_l("Field of duty"), [InputRequired()], validate_choice=False)
    department_id = SelectField(_l("Department"), [InputRequired()], validate_choice=False)
    basis = StringField(_l("Basis"), [Length(max=200)], description=_l("For example the item of the list of powers."))
