"""The form that all others are: it takes a file where it has a field for files, words elsewhere, and nothing from a body in JSON."""

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import FileField

SENT = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class PageForm(FlaskForm):
    """A form of a page. A file sent under the name of a field for words counts as not sent, and the other way round."""

    class Meta(FlaskForm.Meta):  # type: ignore[name-defined,misc]
        """What is read of a request."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """What was sent, for the fields to read; what somebody hands over himself as it is."""
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            if request.method not in SENT:
                return None
            if not request.files:
                return request.form
            files = {field.name for field in form if isinstance(field, FileField)}
            sent: list[tuple[str, Any]] = [one for one in request.form.items(multi=True) if one[0] not in files]
            sent += [(name, file) for name, file in request.files.items(multi=True) if name in files]
            return MultiDict(sent)
