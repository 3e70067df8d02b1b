"""Leave and deputy: who is away when, who stands in; recorded by oneself or by head or secretary of the place."""

from datetime import timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from casemgr import db
from casemgr.errors import AlreadyThere, Invalid, NotAllowed
from casemgr.queries.absences import Person, absences_from, find_person, people_below, possible_deputies
from casemgr.services.absences import end_absence, record_absence
from casemgr.web.access import guarded, today
from casemgr.web.changes import answer
from casemgr.web.forms.desk import AbsenceForm
from casemgr.web.forms.faults import put_faults
from casemgr.web.locales import gettext
from casemgr.web.sayings import say
from workflows.roles import POST_ROLES

bp = Blueprint("absences", __name__)


@bp.route("/desk/absences", methods=["GET", "POST"])
@guarded("leave")
def show() -> Response | tuple[str, int]:
    """The absences to know of, and the form for a new one; ?who= is the person who will be away."""
    own = find_person(g.session, g.actor.account_id or 0, today())
    people = people_below(g.session, own, today()) if own else []
    absent = next((one for one in people if one.account_id == request.args.get("who", type=db.as_id)), own)
    form = absence_form(absent)
    if request.method == "POST" and absent is None:
        raise NotAllowed()
    if request.method == "POST" and absent and form.validate() and recorded(form, absent):
        flash(gettext("The absence of %(name)s is recorded.", name=absent.name), "done")
        return redirect(url_for("absences.show"))
    known = [one.account_id for one in people] + ([own.account_id] if own else [])
    page = render_template(
        "desk/absences.html", form=form, absent=absent, own=own, people=people, said_posts=said_posts,
        lines=absences_from(g.session, known, today()), recordable=set(known), today=today(),
    )  # fmt: skip
    return answer(page)


@bp.post("/desk/absences/<int:absence_id>/end")
@guarded("leave")
def end(absence_id: int) -> Response:
    """Somebody is back: the absence ended with yesterday."""
    with db.transaction(g.session):
        end_absence(g.session, absence_id, last_on=today() - timedelta(days=1), today=today(), actor=g.actor, at=g.at)
    flash(gettext("The absence has ended; nobody stands in any more."), "done")
    return redirect(url_for("absences.show"))


def absence_form(absent: Person | None) -> AbsenceForm:
    """The form, with those who may stand in for somebody."""
    form = AbsenceForm() if request.method == "POST" else AbsenceForm(from_on=today())
    deputies = possible_deputies(g.session, absent, today()) if absent else []
    offered = [SelectChoice(one.account_id, f"{one.name} ({said_posts(one)})") for one in deputies]
    form.deputy_id.choices = [SelectChoice("", ""), *offered] if offered else []
    return form


def recorded(form: AbsenceForm, absent: Person) -> bool:
    """Record it; what is refused stands in the form."""
    try:
        with db.transaction(g.session):
            record_absence(
                g.session, absent.account_id, deputy_id=form.deputy_id.data, from_on=form.from_on.data,
                to_on=form.to_on.data, today=today(), actor=g.actor, at=g.at,
            )  # fmt: skip
    except Invalid as error:
        put_faults(form, error)
    except AlreadyThere as error:
        form.from_on.errors = [say(error.message, error.params)]
    else:
        return True
    return False


def said_posts(person: Person) -> str:
    """The posts of a person in words."""
    return gettext(", ").join(f"{place} {gettext(POST_ROLES[role])}".strip() for role, place in person.words)
