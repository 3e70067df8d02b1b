"""A page for every step of every process: its questions as a form, its answers through the door. Works without JavaScript.

Asking for a step that needs an approval has a page of its own here too. Which steps there are is the workflow's business.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casemgr import db, engine, policy
from casemgr.errors import AlreadyThere, Invalid, NotAllowed, NotFound, Refused, Stale
from casemgr.queries import case_page
from casemgr.queries.case_page import Names
from casemgr.services.cases import Taken, known_step
from casemgr.services.drafts import Draft
from casemgr.services.kept import Kept, find_kept, forget_text
from casemgr.services.requests import ask
from casemgr.services.steps import take
from casemgr.web import sayings
from casemgr.web.access import READS, guarded, today
from casemgr.web.forms.faults import put_faults
from casemgr.web.forms.offers import offers_for
from casemgr.web.forms.steps import MANY, PICKED, StepForm, form_for, look_of
from casemgr.web.locales import gettext
from casemgr.web.matters import extras, parts, wording
from casemgr.web.matters.cases import get_draft
from casemgr.web.uploads import storing
from workflows.asks import REASON
from workflows.clock_steps import asked_of_people
from workflows.dispute_asks import FACT_QUESTIONS
from workflows.model import Field, Step
from workflows.request import REQUEST_KINDS

bp = Blueprint("steps", __name__)
Answer = Response | tuple[str, int] | str
KNOWN_WORDS = ("text", "longtext")  # what is known in words is put into the field; codes and numbers stand beside it


@dataclass(frozen=True)
class Task:
    """What a page is for: the step on a case, its questions, the words on it, and what sending it does."""

    draft: Draft
    step: Step
    fields: tuple[Field, ...]
    title: str
    asking: bool = False

    @property
    def form_name(self) -> str:
        """Under what its typed text is kept."""
        return f"ask-{self.step.name}" if self.asking else self.step.name


@bp.get("/cases/<int:case_id>/steps/<step>")
@guarded("work")
def show(case_id: int, step: str) -> Answer:
    """The form of a step, or why it cannot be taken now."""
    return opened(step_task(case_id, step))


@bp.post("/cases/<int:case_id>/steps/<step>")
@guarded("work")
def send(case_id: int, step: str) -> Answer:
    """Take the step. On any error the form comes back with all that was typed."""
    return sent(step_task(case_id, step))


@bp.get("/cases/<int:case_id>/requests/<step>")
@guarded("work")
def show_request(case_id: int, step: str) -> Answer:
    """The form that asks for a step which needs an approval."""
    return opened(request_task(case_id, step))


@bp.post("/cases/<int:case_id>/requests/<step>")
@guarded("work")
def send_request(case_id: int, step: str) -> Answer:
    """Ask for it."""
    return sent(request_task(case_id, step))


def step_task(case_id: int, name: str) -> Task:
    """A step that this person may take, whether or not it is possible now. Raises NotFound, NotAllowed."""
    draft = get_draft(case_id, taking="" if request.method in READS else name)
    step = known_step(draft, name)
    if not policy.may_take(g.actor, step, draft.view()):
        raise NotAllowed()
    return Task(draft, step, asked_of_people(step), gettext(step.label))


def request_task(case_id: int, name: str) -> Task:
    """A step that this person may ask for. Raises NotFound, NotAllowed."""
    draft = get_draft(case_id)
    step = known_step(draft, name)
    if not step.request:
        raise NotFound()
    if policy.roles_of(g.actor, draft.view()).isdisjoint(REQUEST_KINDS[step.request].asked_by):
        raise NotAllowed()
    reason = () if any(spec.name == "reason" for spec in step.asks) else (REASON,)
    title = gettext("Ask for: %(step)s", step=gettext(step.label))
    return Task(draft, step, (*asked_of_people(step), *reason), title, asking=True)


def opened(task: Task) -> Answer:
    """The page with an empty form, or with the reasons why not."""
    reasons = engine.standing_reasons(task.step, task.draft.view(), g.at)
    kept = find_kept(g.session, g.actor.account_id, task.draft.row["id"], task.form_name)
    form = made(task, kept)
    form.seen_version.data, form.seen_seq.data = str(task.draft.row["version"]), str(task.draft.row["trail_seq"])
    said = [sayings.say_reason(reason) for reason in reasons]
    page = render(task, form, refusals=said, closed=bool(reasons), kept_at=kept.kept_at if kept else None)
    return (page, 422) if reasons else page


def sent(task: Task) -> Answer:
    """Take or ask, then back to the case; what is wrong is said on the same page."""
    form, refusals, changes, status = made(task), [], [], 422
    try:
        form.store_files(storing(g.session))
        with db.transaction(g.session):
            taken = perform(task, form)
            forget_text(g.session, g.actor.account_id, task.draft.row["id"], task.form_name)
    except Invalid as error:
        put_faults(form, error)
    except (Refused, AlreadyThere) as error:
        refusals = sayings.say_all(error) or [sayings.say_error(error)]
    except Stale as error:
        refusals, status = [sayings.say_error(error)], error.status
        changes = renewed(task, form)
    else:
        flash(gettext("Done: %(step)s", step=task.title), "done")
        return redirect(url_for("cases.show", case_id=back_to(task, taken)))
    return render(replace(task, draft=get_draft(task.draft.row["id"])), form, refusals=refusals, changes=changes), status


def perform(task: Task, form: StepForm) -> Taken:
    """The act itself. Raises what services.cases and services.requests raise."""
    case_id, answers = task.draft.row["id"], form.answers()
    if not task.asking:
        seen = db.as_id(form.seen_version.data or "")
        return take(g.session, case_id, task.step.name, answers, actor=g.actor, at=g.at, seen_version=seen, draft=task.draft)
    words = answers.get("reason", "")
    payload = answers if any(spec.name == "reason" for spec in task.step.asks) else {k: v for k, v in answers.items() if k != "reason"}
    return ask(g.session, case_id, task.step.request, task.step.name, payload, words, actor=g.actor, at=g.at)


def back_to(task: Task, taken: Taken) -> int:
    """Which case to show afterwards: the one acted on, for a decided request the one it was about."""
    row = task.draft.row
    return int(row["parent_id"] if row["process"] == "request" and row["parent_id"] else row["id"])


def renewed(task: Task, form: StepForm) -> list[dict[str, Any]]:
    """What happened since the page was made; the form now stands on the newest version, so sending it again is deliberate."""
    seen = db.as_id(form.seen_seq.data or "") or 0
    draft = get_draft(task.draft.row["id"])
    events = case_page.events_of(g.session, draft.row["id"], after=seen)
    ids: dict[str, Any] = wording.ids_named(events)
    names = case_page.load_names(g.session, **ids)
    form.seen_version.data, form.seen_seq.data = str(draft.row["version"]), str(draft.row["trail_seq"])
    return [{"what": e["title"], "by": e["by"], "at": e["at"]} for e in (wording.entry(event, names, g.at) for event in events)]


def made(task: Task, kept: Kept | None = None) -> StepForm:
    """The form of a task, with what is on record beside its questions or, where it is words, in them; and with what was
    typed before and kept."""
    view, known = task.draft.view(), on_record(task)
    offers = offers_for(g.session, view, task.fields, today())
    in_words = {spec.name: str(known[spec.name]) for spec in task.fields if spec.kind in KNOWN_WORDS and known.get(spec.name)}
    beside = {
        spec.name: wording.say_value(spec, known[spec.name], Names(), g.at)
        for spec in task.fields
        if spec.name in known and spec.name not in in_words and spec.kind not in PICKED
    }
    fixed = {spec.name: str(known[spec.name]) for spec in task.fields if spec.required and known.get(spec.name) and spec.kind == "choice"}
    made_class = form_for(task.fields, offers, prefilled=in_words, on_record=beside)
    if request.method != "GET":
        return made_class(data={**in_words, **fixed})
    aids = extras.known_answers(task.draft, task.step)
    typed = {spec.name: typed_before(spec, kept) for spec in task.fields if kept and spec.name in kept.fields}
    return made_class(data={**in_words, **fixed, **aids, **typed, **extras.asked_answers(task.step)})


def typed_before(spec: Field, kept: Kept) -> Any:
    """The answer to one question as it was kept: several for a question that takes several."""
    values = kept.fields[spec.name]
    return list(values) if spec.kind in MANY else values[0]


def on_record(task: Task) -> dict[str, Any]:
    """What is known already of the questions that go into facts or columns."""
    draft = task.draft
    places = {"fact": draft.row["facts"], "case": draft.row, "detail": draft.detail}
    known = {spec.name: places[spec.into].get(spec.name) for spec in task.fields if spec.into in places}
    return {name: value for name, value in known.items() if value not in (None, "", [])}


def render(
    task: Task, form: StepForm, *, refusals: Iterable[str] = (), changes: Iterable[dict[str, Any]] = (), closed: bool = False,
    kept_at: datetime | None = None,
) -> str:  # fmt: skip
    """The page of a task. A question to pick from that offers nothing is left out."""
    draft = task.draft
    fields = [spec for spec in task.fields if spec.kind not in ("room", "accounts", "parties") or has_offer(form, spec)]
    facts = [spec for spec in fields if spec in FACT_QUESTIONS]
    aside = facts if len(facts) < len(fields) else []
    folded = [spec for spec in fields if spec.kind == "accounts"]
    return render_template(
        "cases/step.html", case=draft.row, case_title=parts.title_of(draft), task=task, form=form,
        fields=[spec for spec in fields if spec not in (*aside, *folded)], aside=aside, folded=folded, look_of=look_of,
        refusals=list(refusals), changes=list(changes), closed=closed, kept_at=kept_at,
        beside=None if closed else extras.beside(draft, task.step, form),
    )  # fmt: skip


def has_offer(form: StepForm, spec: Field) -> bool:
    """Whether there is anything to pick."""
    return any(choice[0] for choice in form[spec.name].iter_choices())
