"""One act on the matters ticked in the list: a preview that says which can and why the others cannot, then a report by line."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, render_template, request

from casemgr import db
from casemgr.errors import CasemgrError, Invalid
from casemgr.queries import pickers
from casemgr.queries.mediators import mediators_at, open_loads
from casemgr.services.answers import clean
from casemgr.services.bulk import ACTS, MOST, Act, Line, perform, preview
from casemgr.web.access import guarded, today
from casemgr.web.forms.faults import put_faults
from casemgr.web.forms.steps import StepForm, form_for, look_of
from casemgr.web.locales import gettext
from casemgr.web.matters.parts import title_of
from casemgr.web.sayings import say_all, say_error

bp = Blueprint("bulk", __name__)
NONE_TICKED = "Tick at least one matter in the list, then choose what to do."
Answer = str | tuple[str, int]


@bp.get("/matters/together")
@guarded("bulk")
def show() -> Answer:
    """What the act would do: the matters it fits, the others with the reason, and the questions of the step."""
    act, lines = previewed()
    return page(act, lines, form_of(act, fitting(lines)))


@bp.post("/matters/together")
@guarded("bulk")
def send() -> Answer:
    """Do it, and say line by line what came of it. Faulty answers bring the form back with all that was typed."""
    act, lines = previewed()
    ready = fitting(lines)
    form = form_of(act, ready)
    try:
        answers = form.answers()
        clean(act.step, answers)
    except Invalid as error:
        put_faults(form, error)
        return page(act, lines, form), 422
    picked = {line.draft.row["id"]: line.draft.row["version"] for line in ready}
    with db.transaction(g.session):
        outcomes = perform(g.session, act, picked, answers, actor=g.actor, at=g.at)
    report = [Line(line.draft, line.error or refusal(outcomes[line.draft.row["id"]])) for line in lines]
    return render_template("lists/done.html", act=act, lines=report, title_of=title_of, why=why, back=request.args.get("back", ""))


def previewed() -> tuple[Act, list[Line]]:
    """The act and the ticked matters. Raises Invalid when there is no such act or nothing is ticked."""
    act = ACTS.get(request.values.get("act", ""))
    picked = ticked(request.values.getlist("line"))
    if act is None or not picked:
        raise Invalid(message=NONE_TICKED)
    return act, preview(g.session, g.actor, act, picked, at=g.at)


def ticked(marks: list[str]) -> dict[int, int]:
    """Case -> version as the list showed it, from marks of the form "42:7"."""
    pairs = (mark.partition(":") for mark in marks[:MOST])
    return {id: int(version) for text, _, version in pairs if (id := db.as_id(text)) and version.isdecimal()}


def fitting(lines: list[Line]) -> list[Line]:
    """The matters nothing stands against."""
    return [line for line in lines if line.error is None]


def refusal(outcome: Any) -> CasemgrError | None:
    """The error of an outcome, if it is one."""
    return outcome if isinstance(outcome, CasemgrError) else None


def form_of(act: Act, ready: list[Line]) -> StepForm:
    """The questions of the step, with what fits all the matters to choose from."""
    areas = {line.draft.row["id"]: [area for area, _ in line.draft.path] for line in ready}
    offers = {"handler_id": mediators(areas), "team_id": teams(areas)} if act.name == "assign" else {}
    return form_for(act.step.asks, offers)()


def mediators(areas: Mapping[int, list[int]]) -> list[tuple[str, str]]:
    """Whoever could take at least one of the matters, with his open matters, and how many of these he could take if not all."""
    able: dict[int, int] = {}
    for accounts in mediators_at(g.session, areas, today()).values():
        for account in accounts:
            able[account] = able.get(account, 0) + 1
    loads = open_loads(g.session)
    named = pickers.names_of(g.session, able)
    return [(str(id), said(name, loads.get(id, 0), able[id], len(areas))) for id, name in named]


def said(name: str, load: int, able: int, whole: int) -> str:
    """A mediator as offered."""
    words = gettext("%(name)s · %(load)s open", name=name, load=load)
    return words if able == whole else f"{words} · " + gettext("for %(able)s of the %(whole)s", able=able, whole=whole)


def teams(areas: Mapping[int, list[int]]) -> list[tuple[str, str]]:
    """The teams over all of the matters."""
    over = set.intersection(*map(set, areas.values())) if areas else set()
    return [(str(id), name) for id, name in pickers.teams_at(g.session, over)]


def why(error: CasemgrError) -> str:
    """Why a matter cannot, in one line."""
    return " ".join(say_all(error)) or say_error(error)


def page(act: Act, lines: list[Line], form: StepForm) -> str:
    """The preview."""
    return render_template(
        "lists/together.html", act=act, lines=lines, ready=fitting(lines), form=form, fields=act.step.asks, look_of=look_of,
        title_of=title_of, why=why, back=request.values.get("back", ""),
    )  # fmt: skip
