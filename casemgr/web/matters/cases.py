"""The page of one case with its files and contacts, why its deadlines fall when they do, who held it when. Steps: steps.py."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, g, render_template, request, send_file, url_for

from casemgr import db, policy
from casemgr.errors import Invalid, NotAllowed, NotFound
from casemgr.models import Attachment
from casemgr.queries import case_page
from casemgr.queries.rooms import sitting_of
from casemgr.services.drafts import Draft, load_drafts
from casemgr.services.opening import openable
from casemgr.services.papers import PAPERED
from casemgr.services.steps import along_of
from casemgr.services.unmasking import note_reading, unmask
from casemgr.web.access import READS, get_case, get_sight, guarded, recording, site_settings
from casemgr.web.forms.faults import put_faults
from casemgr.web.forms.steps import form_for
from casemgr.web.locales import gettext
from casemgr.web.matters import cards, panel, parts, wording
from casemgr.web.processes import CARDS
from casemgr.web.matters.joining import joining
from casemgr.web.matters.told import Timeline, pieces
from casemgr.web.matters.times import deadline_stories, ledger_lines, ledgers_beside
from workflows.asks import REASON
from workflows.bases import basis_of
from workflows.model import Field

bp = Blueprint("cases", __name__)
LONGEST_RECORD = 2000  # entries on one printed record
WHY_LOOK = (Field("reason", "longtext", "Why do you need it?", minimum=2, maximum=REASON.maximum),)


def get_draft(case_id: int, *, taking: str = "", replayed: bool = True) -> Draft:
    """The matter with all that its rules see, if the actor may see it. Raises NotFound. A look at a confidential one is put
    on record. `taking`: the step about to be taken on it; where that brings no other matter along, it is locked at once."""
    case = get_sight(case_id)
    note_look(case, "case")
    alone = bool(taking) and along_of(case.process, taking) is None
    return load_drafts(g.session, [case_id], lock=alone, replayed=replayed)[case_id]


def note_look(case: Any, what: str) -> None:
    """Keep who looks at a confidential matter (a Case, or what get_sight gives), in a small transaction of its own. What is sent was looked at before."""
    if case.confidential and request.method in READS:
        with recording() as session:
            by = "api" if request.blueprint == "api" else ""
            note_reading(session, case.id, what, actor=g.actor, at=g.at, about=by)


@bp.get("/cases/<int:case_id>")
@guarded("work")
def show(case_id: int) -> str:
    """The case: what it is, what can be done now, parties, what happened, deadlines, who is responsible, files."""
    draft = get_draft(case_id, replayed=False)
    before, acts = request.args.get("before", type=db.as_id), request.args.get("show") == "acts"
    timeline = Timeline(draft, before, legal_acts(draft) if acts else ())
    context = shown(draft, timeline.told.ids, timeline.told.by)
    drawn = timeline.draw(context["names"], context["by_event"])
    return render_template("cases/show.html", acts=acts, before=before, older=timeline.told.older, timeline=drawn, **context)


@bp.get("/cases/<int:case_id>/record")
@guarded("work")
def record(case_id: int) -> str:
    """Everything that happened, from the first entry on, on paper: who, when, what, on what basis; or the legal acts alone."""
    draft = get_draft(case_id, replayed=False)
    acts = request.args.get("show") == "acts"
    kinds = legal_acts(draft) if acts else ()
    events = case_page.events_of(g.session, case_id, kinds=kinds, limit=LONGEST_RECORD)
    context = shown(draft, wording.ids_named(events), case_page.told_by(g.session, case_id))
    told = parts.timeline(case_id, events, context["names"], g.at, context["by_event"])
    context["entries"] = [entry for entry in reversed(told) if not entry["quiet"]]
    people = [gettext("%(side)s %(name)s", side=one["side"], name=one["name"]) for one in context["parties"]]
    return render_template(
        "cases/record.html", acts=acts, party_words=gettext("; ").join(people), state_words=gettext(draft.state.label), **context
    )


def legal_acts(draft: Draft) -> tuple[str, ...]:
    """The kinds of entries that stand on an article of law."""
    flow = draft.flow
    return tuple({step.event for step in (flow.opens, *flow.steps) if basis_of(flow.name, step.name)} | {flow.opens.event})


def shown(draft: Draft, named: Mapping[str, Collection[int]], told_by: str | None) -> dict[str, Any]:
    """The context of the page; `named` are the ids that its timeline names."""
    row, view, case_id = draft.row, draft.view(), draft.row["id"]
    parties = case_page.parties_of(g.session, case_id)
    files = case_page.files_of(g.session, case_id)
    asked = case_page.requests_of(g.session, case_id)
    sitting = sitting_of(g.session, case_id) if row["facts"].get("session_at") else None
    ids = parts.ids_of(draft, named, asked)
    ids["accounts"] |= set(sitting.guests) if sitting else set()
    names = case_page.load_names(g.session, **ids, parties={party.id: party.name for party in parties})
    by_event: dict[int, list[Any]] = {}
    for file in files:
        by_event.setdefault(file.seq, []).append(file)
    return {
        "case": row, "head": parts.head_of(draft, names), "panel": panel.panel(g.actor, view, g.at),
        "correction": panel.correction(g.actor, view, g.at),
        "session": cards.session_facts(sitting, names) if sitting else None,
        "session_over": bool(sitting and sitting.ends_at <= g.at),
        "evidence": cards.evidence_lines(pieces(draft, files), names.parties, case_id),
        "parties": parts.sides(parties, g.session.info["keys"], g.at, row["process"] == "dispute"), "may_unmask": policy.may(g.actor, "unmask", view),
        "may_give_code": site_settings().door_enabled and policy.may(g.actor, "give_code", view),
        "may_declare": policy.may(g.actor, "ties"),
        "names": names, "by_event": by_event,
        "clocks": parts.clocks_of(draft, g.at), "duties": parts.duties_of(g.session, draft, names, g.at, told_by),
        "files": files, "may_seal": policy.may(g.actor, "papers", view), "may_papers": row["process"] in PAPERED and policy.may(g.actor, "papers", view),
        "requests": parts.requests_shown(asked, names),
        "request_facts": parts.request_facts(draft, names, g.at) if row["process"] == "request" else (),
        "detail_facts": parts.detail_facts(draft, names, g.at),
        "belonging": parts.matters_shown(case_page.belonging_to(g.session, g.actor, case_id)),
        "openings": [(gettext(flow.label), url_for("opening.show", process=flow.name, on=case_id)) for flow in openable(g.actor, on=row["process"])]
        if not row["closed_at"] else [],
        "process_card": CARDS[row["process"]](g.session, draft, g.actor, g.at) if row["process"] in CARDS else None,
        "joining": joining(g.session, draft, g.actor),
        "belongs_to": case_page.find_related(g.session, g.actor, row["parent_id"]),
    }  # fmt: skip


@bp.get("/cases/<int:case_id>/deadlines")
@guarded("work")
def deadlines(case_id: int) -> str:
    """Why every deadline is due then: facts, arithmetic in words, rungs past and coming."""
    draft = get_draft(case_id)
    stories = deadline_stories(g.session, draft, g.at)
    return render_template("cases/deadlines.html", case=draft.row, title=parts.title_of(draft), stories=stories)


@bp.get("/cases/<int:case_id>/holders")
@guarded("work")
def holders(case_id: int) -> str:
    """Who held the case when, and how its deadlines stood: every second since registration, with totals."""
    draft = get_draft(case_id)
    lines, sums = ledger_lines(g.session, draft, g.at)
    beside = [
        (gettext(one.flow.label), one.row, sums) for one, sums in ledgers_beside(g.session, g.actor, draft, g.at)
    ]
    return render_template(
        "cases/holders.html", case=draft.row, title=parts.title_of(draft), lines=lines, sums=sums, beside=beside
    )


@bp.get("/cases/<int:case_id>/files/<int:file_id>")
@guarded("work")
def file(case_id: int, file_id: int) -> Response:
    """A file of the case, always as a download under its own name."""
    answer, _ = file_sent(case_id, file_id)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def file_sent(case_id: int, file_id: int, **sending: Any) -> tuple[Response, Attachment]:
    """A file of a case as a download that runs nothing, and its row; the look is noted. Raises NotFound."""
    case = get_case(case_id)
    found = case_page.find_file(g.session, case_id, file_id)
    folder: Path = g.session.info["files"]
    if found is None or not (folder / found.stored).is_file():
        raise NotFound()
    note_look(case, "file")
    path = (folder / found.stored).resolve()
    answer = send_file(path, mimetype=found.media_type, as_attachment=True, download_name=found.name, **sending)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer, found


@bp.get("/cases/<int:case_id>/parties/<int:party_id>/contact")
@guarded("work")
def ask_contact(case_id: int, party_id: int) -> str:
    """The form that asks why the full contact is needed."""
    return contact_page(case_id, party_id, form_for(WHY_LOOK, {})())


@bp.post("/cases/<int:case_id>/parties/<int:party_id>/contact")
@guarded("work")
def show_contact(case_id: int, party_id: int) -> str | tuple[str, int]:
    """The full contact of a party, once; the look and its reason are on record."""
    form = form_for(WHY_LOOK, {})()
    get_case(case_id)
    try:
        with db.transaction(g.session):
            found = unmask(g.session, case_id, party_id, form.reason.data or "", actor=g.actor, at=g.at)
    except Invalid as error:
        put_faults(form, error)
        return contact_page(case_id, party_id, form), 422
    return contact_page(case_id, party_id, form, found)


def contact_page(case_id: int, party_id: int, form: Any, found: Mapping[str, str] | None = None) -> str:
    """The page of one party's contact. Raises NotFound, NotAllowed."""
    draft = get_draft(case_id)
    party = next((p for p in case_page.parties_of(g.session, case_id) if p.id == party_id), None)
    if party is None:
        raise NotFound()
    if not policy.may(g.actor, "unmask", draft.view()):
        raise NotAllowed()
    return render_template("cases/contact.html", case=draft.row, party=party, form=form, found=found)
