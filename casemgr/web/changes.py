"""A change that a form asks for: made in one transaction, or what was refused put back to the form."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import flash, g, redirect, request
from flask_babel import gettext
from casemgr.web.forms.base import PageForm
from werkzeug.wrappers import Response

from casemgr import db
from casemgr.errors import AlreadyThere, Invalid, Refused
from casemgr.web.forms.accounts import LastDayForm
from casemgr.web.forms.faults import put_faults
from casemgr.web.sayings import say_all, say_error

REFUSALS = (Invalid, AlreadyThere, Refused)
Page = Response | str | tuple[str, int]


def by() -> dict[str, Any]:
    """Who changes something, and when."""
    return {"actor": g.actor, "at": g.at}


def answer(page: str) -> tuple[str, int]:
    """A page with a form: 422 when it comes back with faults."""
    return page, 422 if request.method == "POST" else 200


def tried(form: PageForm, change: Callable[[], Any], field: str) -> bool:
    """Make the change; False with what was refused at its fields, a sentence of no field at the one named."""
    try:
        with db.transaction(g.session):
            change()
    except Invalid as error:
        put_faults(form, error)
        return False
    except (AlreadyThere, Refused) as error:
        form[field].errors = [*form[field].errors, *(say_all(error) or [say_error(error)])]
        return False
    return True


def done_or_said(change: Callable[[], Any], done: str, back: str, *, failed: str = "") -> Response:
    """Make a change that has no page of its own, and go back (or to `failed`) saying what was done, or why not."""
    try:
        with db.transaction(g.session):
            change()
    except REFUSALS as error:
        flash(" ".join(say_all(error) or [say_error(error)]), "error")
        return redirect(failed or back)
    flash(done, "done")
    return redirect(back)


def with_last_day(change: Callable[[date], Any], done: str, back: str) -> Response:
    """The same, with the last day that the form names."""
    form = LastDayForm()
    if not form.validate():
        flash(gettext("Give the last day as a date."), "error")
        return redirect(back)
    return done_or_said(lambda: change(form.last_on.data), done, back)
