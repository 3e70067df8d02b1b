"""The sorting desk 受理分派台: what came in, red first, with what its words suggest and why; a person says what it is."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from casemgr.db import transaction
from casemgr.errors import CasemgrError, Invalid
from casemgr.queries.sorting import count_unsorted, load_item, load_unsorted
from casemgr.services.incoming import sort_many
from casemgr.web.access import get_case, guarded
from casemgr.web.sayings import say, say_error
from workflows.categories import DISPUTE_CATEGORIES
from workflows.dispute_asks import TRIGGERS
from workflows.incoming import INCOMING, KINDS
from workflows.triage import SENTENCES

bp = Blueprint("sorting", __name__)
MOST_AT_ONCE = 100
KIND_WORDS = {choice.value: choice.label for choice in KINDS}
TRIGGER_WORDS = {choice.value: choice.label for choice in TRIGGERS}
OTHER_WAYS = tuple(INCOMING.step(name) for name in ("answer", "refer", "join", "pass_on", "annotate"))


@bp.get("/sorting")
@guarded("sort")
def show() -> str:
    """A page of unsorted items; ?kind= and ?tier= narrow by what is suggested."""
    kind, tier = request.args.get("kind", ""), request.args.get("tier", "")
    try:
        items, after = load_unsorted(g.session, g.actor, kind=kind, tier=tier, after=request.args.get("after", ""))
    except ValueError as error:
        raise Invalid(message="This address is not complete. Start again from the first page.") from error
    return render_template(
        "sorting/show.html", items=items, after=after, kind_on=kind, tier_on=tier, on=in_force(kind, tier),
        counts=count_unsorted(g.session, g.actor), kind_choices=kind_choices(), **words(),
    )  # fmt: skip


@bp.get("/sorting/<int:case_id>")
@guarded("sort")
def item(case_id: int) -> str:
    """One item with its whole text, the suggestion, and every way to sort it."""
    get_case(case_id)
    return render_template(
        "sorting/item.html", item=load_item(g.session, g.actor, case_id), ways=OTHER_WAYS, **words()
    )


@bp.post("/sorting/accept")
@guarded("sort")
def accept() -> Response:
    """Sort the ticked items as suggested; one that cannot be is said and stays."""
    ids = [int(id) for id in request.form.getlist("item") if id.isdigit()][:MOST_AT_ONCE]
    if not ids:
        raise Invalid(message="Tick at least one item.")
    with transaction(g.session):
        outcomes = sort_many(g.session, ids, actor=g.actor, at=g.at)
    refused = [o for o in outcomes if isinstance(o, CasemgrError)]
    done = len(outcomes) - len(refused)
    if done:
        flash(ngettext("%(num)d item sorted as suggested.", "%(num)d items sorted as suggested.", done), "done")
    for error in refused[:3]:
        flash(gettext("One item was not sorted: %(why)s", why=say_error(error)), "error")
    return redirect(url_for("sorting.show", **{k: v for k, v in request.args.items() if k in ("kind", "tier")}))  # type: ignore[arg-type]


def words() -> dict[str, Any]:
    """What the templates call to say a reading."""
    return {"clue_words": clue_words, "category_words": category_words, "kind_words": KIND_WORDS}


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
