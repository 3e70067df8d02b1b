"""What services refuse, put back to the fields of the form it came from."""

from casemgr.web.forms.base import PageForm

from casemgr.errors import Invalid
from casemgr.web.sayings import say


def put_faults(form: PageForm, error: Invalid) -> None:
    """Put every sentence of the error at its field; what has no field in this form stands above it."""
    for name, sentences in error.fields.items():
        words = [say(sentence) for sentence in sentences]
        if name in form:
            form[name].errors = [*form[name].errors, *words]
        else:
            form.form_errors.extend(words)
    if not error.fields:
        form.form_errors.append(say(error.message, error.params))
