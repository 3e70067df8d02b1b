"""The sorting desk 受理分派台: what came in, red first, with what its words suggest and why; a person says what it is.

One key an item: as suggested, or as another kind; what is likely the same goes as one; the last act can be undone.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casemgr.db import as_id, transaction
from casemgr.errors import CasemgrError, Invalid
from casemgr.queries.joint_review import known_like
from casemgr.queries.shifts import kept_notes, unread_notes
from casemgr.queries.sorting import Item, count_unsorted, last_sorted, load_item, load_unsorted
from casemgr.services.cases import Taken
from casemgr.services.incoming import sort_as_one, sort_many, undo_many
from casemgr.services.shifts import acknowledge, write_note
from casemgr.web.access import get_case, guarded
from casemgr.web.changes import answer
from casemgr.web.forms.faults import put_faults
from casemgr.web.forms.shifts import NoteForm
from casemgr.web.locales import gettext, ngettext
from casemgr.web.overview.lines import line_words
from casemgr.web.sayings import say, say_all, say_error
from casemgr.web.work.excerpts import Piece, excerpt
from workflows.categories import DISPUTE_CATEGORIES
from workflows.dispute_asks import TRIGGERS
from workflows.incoming import INCOMING, KINDS
from workflows.triage import SENTENCES

bp = Blueprint("sorting", __name__)
MOST_AT_ONCE = 100
SHIFT = timedelta(hours=8)  # so long the last act is offered to be undone; later it is found by its number
SHORT, LONG = 50, 160  # characters shown of a text, and of one that may be red
KEPT = ("kind", "tier")  # what an address keeps from one act to the next
KIND_WORDS = {choice.value: choice.label for choice in KINDS}
TRIGGER_WORDS = {choice.value: choice.label for choice in TRIGGERS}
OTHER_WAYS = tuple(INCOMING.step(name) for name in ("answer", "refer", "join", "pass_on", "annotate"))


@bp.get("/sorting")
@guarded("sort")
def show() -> str:
    """A page of unsorted items; ?kind= and ?tier= narrow by what is suggested, ?at= is the item to go on with."""
    kind, tier = request.args.get("kind", ""), request.args.get("tier", "")
    try:
        groups, after = load_unsorted(g.session, g.actor, kind=kind, tier=tier, after=request.args.get("after", ""))
    except ValueError as error:
        raise Invalid(message="This address is not complete. Start again from the first page.") from error
    here = request.args.get("at", type=as_id)
    current = next((group.head.id for group in groups if group.head.id == here), groups[0].head.id if groups else None)
    return render_template(
        "sorting/show.html", groups=groups, after=after, kind_on=kind, tier_on=tier, on=in_force(kind, tier),
        counts=count_unsorted(g.session, g.actor), kind_choices=kind_choices(), current=current,
        undoable=last_sorted(g.session, g.actor, g.at - SHIFT), notes=unread_notes(g.session, g.actor, g.at), **words(),
    )  # fmt: skip


@bp.get("/sorting/<int:case_id>")
@guarded("sort")
def item(case_id: int) -> str:
    """One item with its whole text, the suggestion, and every way to sort it."""
    get_case(case_id)
    return render_template(
        "sorting/item.html", item=load_item(g.session, g.actor, case_id), ways=OTHER_WAYS,
        known=known_like(g.session, g.actor, case_id), **words(), **line_words(),
    )  # fmt: skip


@bp.post("/sorting/accept")
@guarded("sort")
def accept() -> Response:
    """Sort the items as suggested, or as the kind said; one that cannot be is said and stays."""
    ids, kind = items_sent(), request.form.get("as", "")
    with transaction(g.session):
        outcomes = sort_many(g.session, ids, kind, actor=g.actor, at=g.at)
    done = ngettext("%(num)d item sorted as suggested.", "%(num)d items sorted as suggested.", succeeded(outcomes))
    if kind:
        said = gettext(KIND_WORDS[kind])
        done = ngettext("%(num)d item sorted: %(kind)s.", "%(num)d items sorted: %(kind)s.", succeeded(outcomes), kind=said)
    return back(outcomes, done)


@bp.post("/sorting/group")
@guarded("sort")
def accept_group() -> Response:
    """Sort the items as one matter: the first as suggested, the others joined to it."""
    ids = items_sent()
    outcomes: list[Taken | CasemgrError]
    try:
        with transaction(g.session):
            outcomes = sort_as_one(g.session, ids, actor=g.actor, at=g.at)
    except CasemgrError as error:
        outcomes = [error]
    return back(outcomes, ngettext("%(num)d item sorted as one matter.", "%(num)d items sorted as one matter.", succeeded(outcomes)))


@bp.post("/sorting/undo")
@guarded("sort")
def undo_last() -> Response:
    """Take the last act at this desk back: its items wait again, and their trail says so."""
    items = last_sorted(g.session, g.actor, g.at - SHIFT)
    if not items:
        raise Invalid(message="There is nothing of yours to undo.")
    reason = gettext("Undone on the sorting desk by whoever had sorted it.")
    with transaction(g.session):
        outcomes = undo_many(g.session, [item.id for item in items], reason, actor=g.actor, at=g.at)
    done = ngettext("%(num)d item waits again to be sorted.", "%(num)d items wait again to be sorted.", succeeded(outcomes))
    return back(outcomes, done, items[-1].id)


@bp.route("/sorting/notes", methods=["GET", "POST"])
@guarded("sort")
def notes() -> Response | tuple[str, int]:
    """The hand-over notes of this desk, and a new one."""
    form = NoteForm()
    if request.method == "POST":
        try:
            with transaction(g.session):
                write_note(g.session, form.text.data or "", actor=g.actor, at=g.at)
        except Invalid as error:
            put_faults(form, error)
        else:
            flash(gettext("The next shift finds your note on the desk."), "done")
            return redirect(url_for("sorting.show"))
    return answer(render_template("sorting/notes.html", form=form, notes=kept_notes(g.session, g.actor)))


@bp.post("/sorting/notes/<int:note_id>/read")
@guarded("sort")
def read_note(note_id: int) -> Response:
    """Say that a note was read."""
    with transaction(g.session):
        acknowledge(g.session, note_id, actor=g.actor, at=g.at)
    return redirect(url_for("sorting.show"))


def items_sent() -> list[int]:
    """The items of the form. Raises Invalid for none."""
    ids = [id for text in request.form.getlist("item") if (id := as_id(text))][:MOST_AT_ONCE]
    if not ids:
        raise Invalid(message="Tick at least one item.")
    return list(dict.fromkeys(ids))


def succeeded(outcomes: Sequence[Taken | CasemgrError]) -> int:
    """How many of them were done."""
    return sum(isinstance(one, Taken) for one in outcomes)


def back(outcomes: Sequence[Taken | CasemgrError], done: str, go_on: int | None = None) -> Response:
    """To the desk, at the item to go on with, saying what was done and what was not."""
    refused = [one for one in outcomes if isinstance(one, CasemgrError)]
    if len(refused) < len(outcomes):
        flash(done, "done")
    for error in refused[:3]:
        flash(gettext("One item was not sorted: %(why)s", why=" ".join([say_error(error), *say_all(error)])), "error")
    kept = {name: value for name, value in request.args.items() if name in KEPT}
    return redirect(url_for("sorting.show", **kept, at=go_on or request.form.get("next", type=as_id)))  # type: ignore[arg-type]


def words() -> dict[str, Any]:
    """What the templates call to say a reading."""
    return {
        "clue_words": clue_words, "category_words": category_words, "kind_words": KIND_WORDS, "telling": telling,
        "clues_of": clues_of,
    }  # fmt: skip


def telling(item: Item) -> list[Piece]:
    """What is shown of an item's text beside its title: what is new in it, with the words behind the suggestion marked; more
    of one that may be red."""
    marks = {word for clue in clues_of(item) for word in clue[2]}
    return excerpt(item.text, marks, LONG if item.tier == "red" else SHORT, item.title)


def clues_of(item: Item) -> list[Any]:
    """The first clues of everything that is suggested."""
    why = item.reading.get("why") or {}
    return [clue for about in ("kind", "tier", "category", "team") for clue in why.get(about, ())[:3]]


def kind_choices() -> list[tuple[str, str]]:
    """The kinds to narrow by."""
    return [("", gettext("All")), *((value, gettext(label)) for value, label in KIND_WORDS.items())]


def in_force(kind: str, tier: str) -> list[tuple[str, str]]:
    """The filters in force as (words, the address without it)."""
    tiers = {"red": gettext("Red"), "orange": gettext("Orange"), "yellow": gettext("Yellow")}
    found = [(tiers[tier], url_for("sorting.show", kind=kind or None))] if tier in tiers else []
    return found + ([(gettext(KIND_WORDS[kind]), url_for("sorting.show", tier=tier or None))] if kind in KIND_WORDS else [])


def clue_words(clue: list[Any]) -> str:
    """One clue of a reading as a sentence with the words that led to it."""
    rule, subject, found = clue
    said = "、".join(found)
    if subject in TRIGGER_WORDS and found:
        return gettext("%(about)s: %(words)s", about=gettext(TRIGGER_WORDS[subject]), words=said)
    return say(SENTENCES[rule], {"words": said})


def category_words(code: str) -> str:
    """A dispute category in words."""
    return gettext(DISPUTE_CATEGORIES.get(code, "")) if code else ""
