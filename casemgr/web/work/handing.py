"""Handing over open matters: who gets which is proposed, changed by line or all at once, looked at, then done in one act."""

from typing import Any

from flask import Blueprint, g, render_template, request

from casemgr import db
from casemgr.errors import CasemgrError, Invalid, NotFound
from casemgr.models import Account
from casemgr.policy import Actor
from casemgr.queries.absences import posts_of
from casemgr.queries.desk import load_parents
from casemgr.queries.handing import asked_of, names_of, patron_of
from casemgr.queries.mediators import accounts_away, mediators_at, open_loads
from casemgr.services.cases import Taken
from casemgr.services.handing import ASSIGN, Line, approve_all, hand_over, preview, waiting_requests
from casemgr.web.access import guarded, today
from casemgr.web.forms.desk import HandOverForm
from casemgr.web.locales import gettext
from casemgr.web.matters.parts import title_of
from casemgr.web.sayings import say_all, say_error
from workflows.deputies import may_record

bp = Blueprint("handing", __name__)
TO = "to-"  # name of the field that holds the receiver of a matter
NONE_CHOSEN = "Choose who gets at least one of the matters."


@bp.get("/desk/hand-over")
@guarded("work")
def show() -> str:
    """The open matters in one's own name, or with ?account= in that of another, with who should get them."""
    account = whose()
    lines = preview(g.session, account.id, actor=g.actor, at=g.at, on=today())
    patron = patron_of(g.session, g.actor, account.id)
    if not (lines or patron or account.id == g.actor.account_id or recorded_by_me(account)):
        raise NotFound()
    asked = waiting_requests(g.session, g.actor, asked_of(g.session, g.actor))
    return page("desk/hand_over.html", account, lines, HandOverForm(), asked=asked, parents=parents_of(asked), patron=patron)


@bp.post("/desk/hand-over")
@guarded("work")
def send() -> str | tuple[str, int]:
    """First what would move where; sent again from there, done, with a report by line."""
    account, form = whose(), HandOverForm()
    lines = preview(g.session, account.id, actor=g.actor, at=g.at, on=today())
    receivers = chosen(lines)
    faulty = not form.validate()
    if not receivers:
        form.form_errors.append(gettext(NONE_CHOSEN))
    if faulty or not receivers:
        return page("desk/hand_over.html", account, lines, form, asked=[], parents={}, patron=[], receivers=receivers), 422
    if "sure" not in request.form:
        moving = [line for line in lines if line.draft.row["id"] in receivers]
        return page("desk/hand_over_preview.html", account, moving, form, receivers=receivers)
    with db.transaction(g.session):
        outcomes = hand_over(g.session, account.id, receivers, form.reason.data, actor=g.actor, at=g.at, on=today())
    moved, done = [line for line, _ in outcomes], sum(isinstance(outcome, Taken) for _, outcome in outcomes)
    return page("desk/hand_over_done.html", account, moved, form, receivers=receivers, outcomes=outcomes, done=done)


@bp.post("/desk/hand-over/approve")
@guarded("work")
def approve() -> str:
    """Approve the hand-overs ticked, in one act."""
    ids = [id for text in request.form.getlist("request") if (id := db.as_id(text))]
    if not ids:
        raise Invalid(message="Tick at least one hand-over.")
    drafts = {draft.row["id"]: draft for draft in waiting_requests(g.session, g.actor, ids)}
    with db.transaction(g.session):
        outcomes = approve_all(g.session, list(drafts), actor=g.actor, at=g.at)
    return render_template(
        "desk/hand_over_approved.html", drafts=drafts, outcomes=outcomes, refusal=refusal, parents=parents_of(drafts.values())
    )


def whose() -> Account:
    """The person whose matters these are. Raises NotFound."""
    given = request.values.get("account")
    id = db.as_id(given) if given else g.actor.account_id
    found: Account | None = g.session.get(Account, id) if id else None
    if found is None:
        raise NotFound()
    return found


def recorded_by_me(account: Account) -> bool:
    """Whether the actor is head or secretary over that person."""
    people = {one.account_id: one for one in posts_of(g.session, today(), accounts=[account.id, g.actor.account_id])}
    own, other = people.get(g.actor.account_id), people.get(account.id)
    return bool(own and other and may_record(own.posts, other.posts))


def chosen(lines: list[Line]) -> dict[int, int]:
    """Who gets which, as the form says: its own choice for a matter, else the one for all."""
    offered = mediators_at(g.session, {line.draft.row["id"]: areas_of(line) for line in lines}, today())
    found: dict[int, int] = {}
    for line in lines:
        id = line.draft.row["id"]
        to = request.form.get("all", type=db.as_id) or request.form.get(f"{TO}{id}", type=db.as_id)
        if to and not line.error and to in offered.get(id, ()):
            found[id] = to
    return found


def areas_of(line: Line) -> tuple[int, ...]:
    """The areas above a matter."""
    return tuple(area for area, _ in line.draft.path)


def page(template: str, account: Account, lines: list[Line], form: HandOverForm, **more: Any) -> str:
    """One of the pages, with the names and loads of everybody who could get a matter."""
    offered = mediators_at(g.session, {line.draft.row["id"]: areas_of(line) for line in lines}, today())
    away, loads = accounts_away(g.session, today()), open_loads(g.session)
    ids = {id for found in offered.values() for id in found} - {account.id}
    names = names_of(g.session, ids)
    order = sorted(names, key=lambda id: (id in away, loads.get(id, 0), names[id]))
    return render_template(
        template, account=account, own=account.id == g.actor.account_id, lines=lines, form=form, offered=offered, order=order,
        names=names, loads=loads, away=away, assign=ASSIGN, title_of=title_of, state_words=state_words, refusal=refusal,
        **{"receivers": {}, **more},
    )  # fmt: skip


def state_words(line: Line) -> str:
    """The state of a matter."""
    return gettext(line.draft.state.label)


def parents_of(drafts: Any) -> Any:
    """The matters that requests are about."""
    actor: Actor = g.actor
    return load_parents(g.session, actor, {draft.row["parent_id"] for draft in drafts})


def refusal(outcome: Taken | CasemgrError | None) -> str:
    """Why not, in words; nothing for what was done."""
    return " ".join([say_error(outcome), *say_all(outcome)]) if isinstance(outcome, CasemgrError) else ""
