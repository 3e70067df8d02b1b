"""Compare 多人反映同一事项: two matters that look alike beside each other, and a person says same, not the same, or later.

One key a pair; what looks like the same known matter is answered together. The words both have are marked.
"""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casemgr.db import as_id, transaction
from casemgr.errors import CasemgrError, Invalid, Refused
from casemgr.queries.joint_review import Side, count_waiting, load_reviews
from casemgr.services import suggesting
from casemgr.services.joint import name_representative
from casemgr.web.access import get_case, guarded
from casemgr.web.locales import gettext, ngettext
from casemgr.web.overview import lines
from casemgr.web.sayings import say_all, say_error
from casemgr.web.work.excerpts import Piece, in_both, marked
from workflows.joint.likeness import SENTENCES

bp = Blueprint("joint", __name__)
COMPARED = 600  # characters of a text that are shown and marked
MOST_AT_ONCE = 50
Pair = tuple[int, int]


@bp.get("/joint")
@guarded("joint")
def show() -> str:
    """The pairs that wait, in groups; ?at= is the head of the group to go on with."""
    reviews = load_reviews(g.session, g.actor)
    here = request.args.get("at", type=as_id)
    current = next((one.head.id for one in reviews if one.head.id == here), reviews[0].head.id if reviews else None)
    return render_template(
        "joint/show.html", reviews=reviews, current=current, waiting=count_waiting(g.session, g.actor), both=both,
        bound=COMPARED, reasons=reasons, **lines.line_words(),
    )  # fmt: skip


@bp.post("/joint")
@guarded("joint")
def answer() -> Response:
    """Keep the answer on the pairs of the form; one that cannot be joined is said and stays."""
    pairs, said = pairs_sent(), request.form.get("said", "")
    why = gettext("Compared side by side.")
    done, refused = 0, list[CasemgrError]()
    for newer, older in pairs:
        try:
            with transaction(g.session):
                suggesting.answer(g.session, newer, older, said, why, actor=g.actor, at=g.at)
            done += 1
        except CasemgrError as error:
            refused.append(error)
    if done:
        flash(SAID[said](done), "done")
    for one in refused[:3]:
        flash(gettext("One pair was not joined: %(why)s", why=" ".join([say_error(one), *say_all(one)])), "error")
    return redirect(url_for("joint.show", at=request.form.get("next", type=as_id)))


@bp.post("/joint/<int:case_id>/speak")
@guarded("work")
def speak(case_id: int) -> Response:
    """Make somebody behind a joined matter a representative at the known one."""
    get_case(case_id)
    try:
        with transaction(g.session):
            name_representative(g.session, case_id, as_id(request.form.get("party", "")) or 0, actor=g.actor, at=g.at)
        flash(gettext("The representative speaks for the side."), "done")
    except Refused as error:
        flash(" ".join(say_all(error)), "error")
    return redirect(url_for("cases.show", case_id=case_id, _anchor="joint"))


SAID: dict[str, Any] = {
    suggesting.SAME: lambda count: ngettext("%(num)d matter joined.", "%(num)d matters joined.", count),
    suggesting.DIFFERENT: lambda count: ngettext("%(num)d pair kept apart; it is not asked again.", "%(num)d pairs kept apart; they are not asked again.", count),
    suggesting.LATER: lambda count: ngettext("%(num)d pair put off.", "%(num)d pairs put off.", count),
}


def pairs_sent() -> list[Pair]:
    """The pairs of the form, each as "newer-older". Raises Invalid for none."""
    halves = [text.partition("-") for text in request.form.getlist("pair")[:MOST_AT_ONCE]]
    pairs = [(newer, older) for one, _, two in halves if (newer := as_id(one)) and (older := as_id(two))]
    if not pairs:
        raise Invalid(message="Tick at least one matter.")
    return list(dict.fromkeys(pairs))


def both(one: Side, other: Side) -> dict[str, list[Piece]]:
    """Title and beginning of a matter in pieces, those that stand in the other as well apart."""
    theirs = f"{other.title}\n{other.text[:COMPARED]}"
    text = one.text[:COMPARED]
    marks = in_both(f"{one.title}\n{text}", theirs)
    return {"title": marked(one.title, marks), "text": marked(text, marks)}


def reasons(why: Sequence[Any]) -> list[str]:
    """Why two matters look alike, in words."""
    said = [(SENTENCES[rule], "、".join(words)) for rule, words in why if rule in SENTENCES]
    return [gettext(sentence, words=words) if words else gettext(sentence) for sentence, words in said]
