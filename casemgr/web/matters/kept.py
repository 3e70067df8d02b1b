"""What is typed into the form of a step, kept every few seconds by js/drafts.js; only who may send the form may keep it."""

from flask import Blueprint, Response, flash, g, jsonify, redirect, request, url_for

from casemgr import db
from casemgr.services.kept import forget_text, keep_text
from casemgr.web import words
from casemgr.web.access import guarded
from casemgr.web.locales import gettext
from casemgr.web.matters.steps import Task, request_task, step_task

bp = Blueprint("kept", __name__)


@bp.post("/cases/<int:case_id>/steps/<step>/kept")
@guarded("work")
def keep(case_id: int, step: str) -> Response:
    """Keep the form of a step; the local time at which it was kept."""
    return kept(step_task(case_id, step))


@bp.post("/cases/<int:case_id>/requests/<step>/kept")
@guarded("work")
def keep_request(case_id: int, step: str) -> Response:
    """Keep the form that asks for a step."""
    return kept(request_task(case_id, step))


@bp.post("/cases/<int:case_id>/steps/<step>/afresh")
@guarded("work")
def afresh(case_id: int, step: str) -> Response:
    """Begin the form of a step afresh."""
    return begun_afresh(step_task(case_id, step), "steps.show")


@bp.post("/cases/<int:case_id>/requests/<step>/afresh")
@guarded("work")
def afresh_request(case_id: int, step: str) -> Response:
    """Begin the form of a request afresh."""
    return begun_afresh(request_task(case_id, step), "steps.show_request")


def kept(task: Task) -> Response:
    """Keep the answers as typed, but for files."""
    names = [spec.name for spec in task.fields if spec.kind != "file"]
    typed = {name: request.form.getlist(name) for name in names}
    with db.transaction(g.session):
        keep_text(g.session, g.actor.account_id, task.draft.row["id"], task.form_name, typed, at=g.at)
    return jsonify(kept_at=words.clock_time(g.at))


def begun_afresh(task: Task, endpoint: str) -> Response:
    """Forget what was kept, then the empty form."""
    case_id = task.draft.row["id"]
    with db.transaction(g.session):
        forget_text(g.session, g.actor.account_id, case_id, task.form_name)
    flash(gettext("The form is empty again."), "done")
    return redirect(url_for(endpoint, case_id=case_id, step=task.step.name))  # type: ignore[return-value]
