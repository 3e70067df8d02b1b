"""The page on which an agreement is written from building blocks. Every press of a button keeps all of it first, so that
nothing typed is lost; it works without JavaScript."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, g, jsonify, redirect, render_template, request, url_for
from casemgr.web.forms.base import PageForm

from casemgr import db, policy
from casemgr.errors import Invalid, NotFound
from casemgr.models import Agreement
from casemgr.queries import case_page
from casemgr.queries.agreements import AgreementRow, agreement_of, party_names
from casemgr.services.agreements import MOST_CLAUSES, Content, keep_agreement, may_write
from casemgr.services.answers import read_date
from casemgr.services.drafts import Draft
from casemgr.web import words
from casemgr.web.access import guarded
from casemgr.web.changes import Page
from casemgr.web.locales import gettext
from casemgr.web.matters import cards, parts
from casemgr.web.matters.cases import get_draft
from casemgr.web.sayings import say
from workflows import WORKFLOWS
from workflows.clauses import BOTH, Block, fitting, last_day, packaged
from workflows.model import Field

bp = Blueprint("agreements", __name__)
FIRST = ("copies", "remedy")  # stand in a new agreement: hardly any goes without
DAY = Field("perform_on", "date", "")


@bp.get("/cases/<int:case_id>/agreement")
@guarded("work")
def show(case_id: int) -> Page:
    """The agreement: to be written by the mediator, to be read by who sees the matter."""
    draft = get_draft(case_id)
    if draft.flow.name != "dispute":
        raise NotFound()
    return page(draft)


@bp.post("/cases/<int:case_id>/agreement")
@guarded("work")
def write(case_id: int) -> Page:
    """Keep what was typed; then add a block, take one out, or go on to record it signed."""
    draft = get_draft(case_id)
    content = typed(draft)
    try:
        with db.transaction(g.session):
            keep_agreement(g.session, draft.view(), content, actor=g.actor, at=g.at)
    except Invalid as error:
        faults = [say(sentence) for sentences in error.fields.values() for sentence in sentences]
        return page(draft, content, faults), 422
    if "sign" in request.form:
        return redirect(url_for("steps.show", case_id=case_id, step="agree_written"))  # type: ignore[return-value]
    flash(gettext("Kept at %(time)s.", time=words.clock_time(g.at)), "done")
    return redirect(url_for("agreements.show", case_id=case_id, _anchor=request.form.get("to") or None))  # type: ignore[return-value]


@bp.post("/cases/<int:case_id>/agreement/kept")
@guarded("work")
def keep(case_id: int) -> Response:
    """Keep what is typed, every few seconds (js/drafts.js); the local time at which it was kept."""
    draft = get_draft(case_id)
    with db.transaction(g.session):
        keep_agreement(g.session, draft.view(), typed(draft), actor=g.actor, at=g.at)
    return jsonify(kept_at=words.clock_time(g.at))


def typed(draft: Draft) -> Content:
    """The form as content: clauses in their order, less the one taken out, with the one added."""
    clauses = [clause_typed(number) for number in range(MOST_CLAUSES) if request.form.get(f"c{number}") in packaged()]
    out = request.form.get("remove", "")
    kept = [clause for number, clause in clauses if str(number) != out]
    if (added := request.form.get("add", "")) in packaged():
        kept.append({"key": added, "values": suggested(draft, packaged()[added])})
    issues, perform_how = (request.form.get(name, "").strip() for name in ("issues", "perform_how"))
    return Content(issues, kept, perform_how, day_typed(kept), copies_typed(kept))


def copies_typed(clauses: list[dict[str, Any]]) -> int:
    """The copies that the clause on them names, else one for each side and one for the committee."""
    counts = [clause["values"].get("count", "") for clause in clauses if clause["key"] == "copies"]
    return int(counts[0]) if counts and counts[0].isdecimal() and len(counts[0]) < 3 else Content().copies


def clause_typed(number: int) -> tuple[int, dict[str, Any]]:
    """One clause of the form, with its place there."""
    key = request.form[f"c{number}"]
    values = {blank.name: request.form.get(f"c{number}-{blank.name}", "") for blank in packaged()[key].blanks}
    return number, {"key": key, "values": values}


def day_typed(clauses: list[dict[str, Any]]) -> Any:
    """The day typed, else the last day that a clause names."""
    text = request.form.get("perform_on", "").strip()
    try:
        return read_date(DAY, text) if text else last_day(clauses)
    except ValueError:
        return last_day(clauses)


def suggested(draft: Draft, block: Block) -> dict[str, str]:
    """Blanks that answer themselves: one party on each side, copies for all of them."""
    sides = {side: [p.id for p in draft.parties if p.side == side] for side in cards.SIDES}
    one = {side: str(ids[0]) for side, ids in sides.items() if len(ids) == 1}
    gives, takes = one.get("respondent", ""), one.get("applicant", "")
    count = str(sum(map(len, sides.values())) + 1) if block.key == "copies" else ""
    known = {"payer": gives, "who": gives, "payee": takes, "whom": takes, "count": count}
    kinds = {blank.name: blank.kind for blank in block.blanks}
    return {name: value for name, value in known.items() if name in kinds and (kinds[name] == "party") != (name == "count")}


def page(draft: Draft, content: Content | None = None, faults: list[str] | None = None) -> str:
    """The page, with what was typed where that could not be kept."""
    view, case_id = draft.view(), draft.row["id"]
    row = g.session.get(Agreement, case_id)
    found = agreement_of(g.session, case_id)
    raw = list(content.clauses if content else row.clauses if row else beginning(draft))
    names = party_names(g.session, case_id)
    first, others = fitting(draft.row["category"])
    lacking = cards.lacking_for_agreement(case_page.parties_of(g.session, case_id))
    complete_party = WORKFLOWS["dispute"].step("complete_party")
    return render_template(
        "cases/agreement.html", case=draft.row, title=parts.title_of(draft), writing=may_write(g.actor, view),
        content=content or row, found=found, form=PageForm(), faults=faults or (), lines=lines_of(raw, found), names=names, both=BOTH,
        first=first, others=others, lacking=lacking, may_complete=policy.may_take(g.actor, complete_party, view),
        may_papers=policy.may(g.actor, "papers", view),
    )  # fmt: skip


def beginning(draft: Draft) -> list[dict[str, Any]]:
    """A new agreement."""
    return [{"key": key, "values": suggested(draft, packaged()[key])} for key in FIRST]


def lines_of(raw: list[Mapping[str, Any]], found: AgreementRow | None) -> list[dict[str, Any]]:
    """The clauses of the form, in the order of the agreement, each with its block and what is wrong with it."""
    ordered = sorted(raw, key=lambda one: packaged()[one["key"]].order)
    clauses = list(found.clauses) if found and len(found.clauses) == len(ordered) else []
    return [
        {
            "block": packaged()[one["key"]], "values": one["values"], "number": clauses[n].number if clauses else "",
            "faulty": clauses[n].faulty if clauses else (), "missing": clauses[n].missing if clauses else (),
        }
        for n, one in enumerate(ordered)
    ]  # fmt: skip
