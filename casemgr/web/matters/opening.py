"""The page that opens a matter of any process: the questions of its opening step as a form. Disputes have a page of their own."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from casemgr import db
from casemgr.errors import Invalid, NotAllowed, NotFound, Refused
from casemgr.models import Case
from casemgr.queries.areas import load_paths
from casemgr.queries.pickers import areas_within
from casemgr.services.opening import open_matter, opened_by_hand
from casemgr.web import sayings
from casemgr.web.access import get_case, guarded, today
from casemgr.web.forms.faults import put_faults
from casemgr.web.forms.offers import area_offer, offers_for
from casemgr.web.forms.steps import StepForm, form_for, look_of
from casemgr.web.locales import gettext
from casemgr.web.matters.steps import Answer
from casemgr.web.uploads import storing
from workflows.clock_steps import asked_of_people
from workflows.dispute_asks import FACT_QUESTIONS
from workflows.model import Field, Workflow
from workflows.view import CaseView

bp = Blueprint("opening", __name__)
AT_ONCE = 6  # questions that may stay unanswered and still stand open


@bp.get("/cases/new/<process>")
@guarded("work")
def show(process: str) -> Answer:
    """The form of a new matter; `on` in the address is the one it belongs to."""
    flow, on = wanted(process)
    return page(flow, on, made(flow, on))


@bp.post("/cases/new/<process>")
@guarded("work")
def send(process: str) -> Answer:
    """Open it. On any error the form comes back with all that was typed."""
    flow, on = wanted(process)
    form = made(flow, on)
    refusals: list[str] = []
    try:
        form.store_files(storing(g.session))
        with db.transaction(g.session):
            taken = open_matter(g.session, process, form.answers(), parent_id=on.id if on else None, actor=g.actor, at=g.at)
    except Invalid as error:
        put_faults(form, error)
    except Refused as error:
        refusals = sayings.say_all(error)
    else:
        flash(gettext("Registered as %(number)s.", number=taken.number) if taken.number else gettext("Registered."), "done")
        return redirect(url_for("cases.show", case_id=taken.case_id))
    return page(flow, on, form, refusals), 422


def wanted(process: str) -> tuple[Workflow, Case | None]:
    """The process, and the matter on which it is opened. Raises NotFound, NotAllowed."""
    id = request.args.get("on", type=db.as_id)
    on = get_case(id) if id is not None else None
    known = {flow.name: flow for flow in opened_by_hand(on=on.process if on else "")}
    if process not in known:
        raise NotFound()
    if not g.actor.has(*known[process].opens.by):
        raise NotAllowed()
    return known[process], on


def questions(flow: Workflow, on: Case | None) -> tuple[Field, ...]:
    """What is asked: not the place again where the matter it belongs to has one."""
    asked = asked_of_people(flow.opens)
    return tuple(spec for spec in asked if not (on and spec.name == "area_id"))


def made(flow: Workflow, on: Case | None) -> StepForm:
    """The form with what its pickers offer: the places of the actor's posts, and what lies beside them."""
    fields = questions(flow, on)
    places = [on.area_id] if on else [post.area_id for post in g.actor.posts if post.area_id is not None and post.role in flow.opens.by]
    paths = load_paths(g.session, places)
    view = CaseView(0, flow.name, "", area_path=next(iter(paths.values()), ()))
    offers: dict[str, Any] = dict(offers_for(g.session, view, fields, today()))
    if "area_id" in offers:
        offers["area_id"] = area_offer(areas_within(g.session, places))
    form_class = form_for(fields, offers)
    if request.method != "GET":
        return form_class()
    return form_class(data={"area_id": str(places[0])} if len(places) == 1 and "area_id" in offers else None)


def page(flow: Workflow, on: Case | None, form: StepForm, refusals: list[str] | None = None) -> str:
    """The page. What weighs on the colour stands folded away, as on the pages of steps, and so does what is seldom known."""
    fields = questions(flow, on)
    aside = [spec for spec in fields if spec in FACT_QUESTIONS]
    seldom = [spec for spec in fields if not spec.required and spec not in aside][AT_ONCE:]
    return render_template(
        "cases/new.html", flow=flow, on=on, form=form, fields=[spec for spec in fields if spec not in (*aside, *seldom)],
        seldom=seldom, aside=aside, look_of=look_of, refusals=refusals or [],
    )  # fmt: skip
