"""Ties between mediators and parties: declared at a matter, where the party is known, and listed with a way to take them back.

A tie keeps the mediator from all matters of that person; one already in hand is given up by a step of that matter.
"""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from casemgr.web.forms.base import PageForm
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired

from casemgr.models import Party
from casemgr.queries import pickers
from casemgr.queries.ties import declares_for, ties_of
from casemgr.services import teams
from casemgr.services.drafts import Draft
from casemgr.web.access import guarded, today
from casemgr.web.changes import Page, answer, done_or_said, tried
from casemgr.web.forms.offers import SIDE_WORDS
from casemgr.web.locales import gettext
from casemgr.web.matters import parts
from casemgr.web.matters.cases import get_draft

bp = Blueprint("ties", __name__)


class TieForm(PageForm):
    """Who has what tie to which party."""

    account = SelectField(validators=[InputRequired()], coerce=int)
    party = RadioField(validators=[InputRequired()], coerce=int)
    kind = RadioField(validators=[InputRequired()])

    def __init__(self, people: list[tuple[int, str]], parties: list[tuple[int, str]], **given: Any) -> None:
        super().__init__(**given)
        self.account.label.text, self.account.choices = gettext("Mediator"), people
        self.party.label.text, self.party.choices = gettext("Party"), parties
        self.kind.label.text = gettext("What kind of tie")
        self.kind.choices = [(kind, gettext(words)) for kind, words in teams.RELATIONS.items()]


@bp.get("/ties")
@guarded("ties")
def show() -> str:
    """The ties that the reader has declared or declares for others."""
    people = declares_for(g.session, g.actor, today())
    lines = ties_of(g.session, [id for id, _ in people])
    return render_template("ties/show.html", lines=lines, kinds=teams.RELATIONS, several=len(people) > 1)


@bp.post("/ties/<int:account_id>/<int:person_id>/end")
@guarded("ties")
def end(account_id: int, person_id: int) -> Response:
    """Take back a tie declared in error."""
    listed = {(t.account_id, t.person_id) for t in ties_of(g.session, [id for id, _ in declares_for(g.session, g.actor, today())])}
    if (account_id, person_id) not in listed:
        flash(gettext("There is no such tie any more."), "warn")
        return redirect(url_for("ties.show"))
    change = lambda: teams.withdraw_relation(g.session, account_id, person_id, actor=g.actor, at=g.at)  # noqa: E731
    return done_or_said(change, gettext("The tie is taken back."), url_for("ties.show"))


@bp.route("/cases/<int:case_id>/tie", methods=["GET", "POST"])
@guarded("ties")
def declare(case_id: int) -> Page:
    """Declare a tie to a party of this matter."""
    draft = get_draft(case_id)
    people = declares_for(g.session, g.actor, today())
    parties = [(id, f"{name}({gettext(SIDE_WORDS[side])})") for id, name, side in pickers.parties_of(g.session, case_id)]
    form = TieForm(people, parties, data={"account": likely(draft, people)})
    if request.method == "POST" and form.validate() and declared(form):
        return done(draft, form.account.data)
    return answer(render_template("ties/declare.html", case=draft.row, title=parts.title_of(draft), form=form))


def likely(draft: Draft, people: list[tuple[int, str]]) -> int | None:
    """Whom it is about as a rule: the reader himself, else the mediator of the matter."""
    ids = dict(people)
    return next((id for id in (g.actor.account_id, draft.row["handler_id"]) if id in ids), None)


def declared(form: TieForm) -> bool:
    """Declare it, or put what was refused at its field."""
    person = g.session.get_one(Party, form.party.data).person_id
    change = lambda: teams.declare_relation(  # noqa: E731
        g.session, form.account.data, person, form.kind.data, actor=g.actor, at=g.at
    )
    return tried(form, change, "kind")


def done(draft: Draft, account: int) -> Response:
    """Back to the matter, and on to giving it up where it is in the hands of whoever has the tie."""
    flash(gettext("The tie is declared: no matter of this person is given to this mediator any more."), "done")
    if draft.row["handler_id"] == account:
        flash(gettext("This matter is still in these hands: ask for another mediator, or decline it."), "warn")
    return redirect(url_for("cases.show", case_id=draft.row["id"]))
