"""The form that takes the yearly arrangement of holidays."""

from flask_babel import lazy_gettext as _l
from casemgr.web.forms.base import PageForm
from flask_wtf.file import FileField
from wtforms import TextAreaField
from wtforms.validators import Length, Optional


class HolidayForm(PageForm):
    """The text, or a file of it."""

    text = TextAreaField(
        _l("Text of the announcement, or a table"), [Optional(), Length(max=60_000)],
        description=_l("The announcement as it was published, or lines such as “2027-01-01 休 元旦” and “2027-01-03 班”."),
    )  # fmt: skip
    file = FileField(_l("Or a file"), description=_l("Excel, CSV, text, or a holiday table of casemgr (TOML)."))

    def validate(self, extra_validators: object = None) -> bool:
        """Something must be there."""
        fine = bool(super().validate(extra_validators))
        if fine and not (self.text.data or "").strip() and not self.file.data:
            self.text.errors = [_l("Paste the text, or choose a file.")]
            return False
        return fine
