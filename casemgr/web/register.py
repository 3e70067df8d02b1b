"""Registering a dispute: what, where, who if known, settled on the spot or help needed. One form, one press."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from casemgr import db
from casemgr.errors import Invalid, Refused
from casemgr.services.registering import register_dispute
from casemgr.web import sayings
from casemgr.web.access import guarded
from casemgr.web.forms.faults import put_faults
from casemgr.web.forms.registering import register_form
from casemgr.web.uploads import storing

bp = Blueprint("register", __name__)


@bp.get("/cases/new")
@guarded("register")
def show() -> str:
    """The form for a new dispute."""
    return render_template("cases/new.html", form=register_form(g.session, g.actor))


@bp.post("/cases/new")
@guarded("register")
def add() -> Response | tuple[str, int]:
    """Register it. On an error nothing typed is lost."""
    form = register_form(g.session, g.actor)
    refusals: list[str] = []
    try:
        form.store_files(storing(g.session))
        with db.transaction(g.session):
            taken = register_dispute(g.session, form.matter(), actor=g.actor, at=g.at)
    except Invalid as error:
        put_faults(form, error)
    except Refused as error:
        refusals = sayings.say_all(error)
    else:
        flash(gettext("Registered as %(number)s.", number=taken.number), "done")
        return redirect(url_for("cases.show", case_id=taken.case_id))
    return render_template("cases/new.html", form=form, refusals=refusals), 422
