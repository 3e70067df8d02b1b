"""Whistles 吹哨报到: for the street, which departments are called and how far each is; for a department, its own calls; and the
list of fixed units, which the command centre keeps."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casemgr import policy
from casemgr.db import as_id
from casemgr.models import Area
from casemgr.queries.areas import load_paths
from casemgr.queries.pickers import departments_at
from casemgr.queries.whistles import Blown, fixed_units, open_whistles, own_calls, tallies
from casemgr.services import fixed_units as units
from casemgr.services.opening import openable
from casemgr.web.access import guarded
from casemgr.web.changes import Page, answer, by, done_or_said, tried
from casemgr.web.forms.whistles import FixedUnitForm
from casemgr.web.locales import gettext
from casemgr.web.processes.whistle import call_words, due_next
from workflows.call import CALL
from workflows.whistle import WHISTLE
from workflows.whistle_asks import SUBJECTS

bp = Blueprint("whistles", __name__, url_prefix="/whistles")
STAGES = ("to_sign", "signed", "contacted", "reported_in", "objected", "in_arbitration")  # columns of the board


@bp.get("")
@guarded("whistles")
def show() -> str:
    """The open whistles of the actor's highest place with every department called; a liaison's own calls."""
    areas = [post.area_id for post in g.actor.posts if post.role in WATCHERS and post.area_id is not None]
    top = highest(areas)
    return render_template(
        "whistles/show.html", area=g.session.get(Area, top) if top else None,
        blown=open_whistles(g.session, g.actor, top) if top else [],
        tallies=tallies(g.session, g.actor, top, g.at) if top else [], stages=stages(),
        own=own_calls(g.session, g.actor), liaison=bool(g.actor.departments), state_words=state_words, clock_words=clock_words,
        may_blow=any(flow is WHISTLE for flow in openable(g.actor)), may_fix=policy.may(g.actor, "fixed_units"), **call_words(),
    )  # fmt: skip


WATCHERS = tuple(role for role in policy.ACTS["whistles"] if role != "liaison")


def highest(areas: list[int]) -> int | None:
    """The area that lies highest: the one whose path is shortest."""
    paths = load_paths(g.session, areas) if areas else {}
    return min(paths, key=lambda id: len(paths[id]), default=None)


def stages() -> list[tuple[str, str]]:
    """The columns of the board: state and its words."""
    return [(name, gettext(CALL.state(name).label)) for name in STAGES]


def state_words(whistle: Blown) -> str:
    """How far a whistle is."""
    return gettext(WHISTLE.state(whistle.state).label)


def clock_words(whistle: Blown) -> Mapping[str, Any] | None:
    """What falls due next on a whistle, as the macro `clock` takes it."""
    return due_next(WHISTLE, whistle.next_due_key, whistle.next_due_at)


@bp.route("/fixed", methods=["GET", "POST"])
@guarded("fixed_units")
def fixed() -> Page:
    """The list of fixed units of the actor's street, and a form that adds one."""
    areas = g.actor.areas(*policy.ACTS["fixed_units"])
    paths = load_paths(g.session, areas)
    form = FixedUnitForm()
    form.subject.choices = [("", ""), *((choice.value, gettext(choice.label)) for choice in SUBJECTS)]
    form.department_id.choices = [("", ""), *((str(id), name) for id, name in departments_at(g.session, [a for p in paths.values() for a, _ in p]))]
    if request.method == "POST" and form.validate() and tried(form, lambda: add(form, areas[0]), "department_id"):
        flash(gettext("It is on the list now."), "done")
        return redirect(url_for("whistles.fixed"))
    words = {choice.value: gettext(choice.label) for choice in SUBJECTS}
    return answer(render_template("whistles/fixed.html", form=form, rows=fixed_units(g.session, areas), words=words))


def add(form: FixedUnitForm, area: int) -> Any:
    """Put a department on the list."""
    department = as_id(form.department_id.data or "") or 0
    return units.fix(g.session, area, form.subject.data, department, form.basis.data or "", **by())


@bp.post("/fixed/<int:fixed_id>/remove")
@guarded("fixed_units")
def remove(fixed_id: int) -> Response:
    """Take a department off the list."""
    done = gettext("It is off the list. Calls made before stay as they were.")
    return done_or_said(lambda: units.unfix(g.session, fixed_id, **by()), done, url_for("whistles.fixed"))
