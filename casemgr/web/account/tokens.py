"""Tokens of the API: one's own made and revoked, everybody's seen and revoked by the security administrator. Never the value."""

from datetime import timedelta

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from casemgr import db
from casemgr.errors import Invalid
from casemgr.models import Account, ApiToken
from casemgr.queries.case_page import post_names
from casemgr.queries.tokens import list_tokens
from casemgr.services.tokens import create_token, own_posts, revoke_token
from casemgr.web.access import guarded, today
from casemgr.web.account.people import get_row, said_post
from casemgr.web.forms.faults import put_faults
from casemgr.web.forms.tokens import WRITE, TokenForm

bp = Blueprint("tokens", __name__)
USUAL = timedelta(days=90)


@bp.get("/account/tokens")
@guarded("work")
def show() -> str:
    """One's own tokens, and the form for another."""
    return own_page(token_form())


@bp.post("/account/tokens")
@guarded("work")
def create() -> str | tuple[str, int]:
    """Make a token; it is on the answer, and nowhere else afterwards."""
    form = token_form()
    if form.validate():
        try:
            with db.transaction(g.session):
                row, told = create_token(
                    g.session, form.name.data, form.post.data, may_write=form.scope.data == WRITE,
                    expires_on=form.expires_on.data, actor=g.actor, at=g.at,
                )  # fmt: skip
        except Invalid as error:
            put_faults(form, error)
        else:
            return own_page(token_form(fresh=True), row, told)
    return own_page(form), 422


@bp.post("/account/tokens/<int:token_id>/revoke")
@guarded("work")
def revoke(token_id: int) -> Response:
    """End one of one's own."""
    with db.transaction(g.session):
        revoke_token(g.session, token_id, actor=g.actor, at=g.at)
    flash(gettext("The token is revoked."), "done")
    return redirect(url_for("tokens.show"))


@bp.get("/accounts/<int:account_id>/tokens")
@guarded("accounts")
def of_account(account_id: int) -> str:
    """The tokens of an account, for its administrator."""
    account = get_row(Account, account_id)
    return render_template(
        "tokens/of_account.html", account=account, tokens=list_tokens(g.session, account_id, today()), said_post=said_post
    )


@bp.post("/accounts/tokens/<int:token_id>/revoke")
@guarded("accounts")
def revoke_any(token_id: int) -> Response:
    """End anybody's."""
    with db.transaction(g.session):
        account_id = revoke_token(g.session, token_id, actor=g.actor, at=g.at)
    flash(gettext("The token is revoked."), "done")
    return redirect(url_for("tokens.of_account", account_id=account_id))


def token_form(*, fresh: bool = False) -> TokenForm:
    """The form with the person's own posts; `fresh` for another token after one was made."""
    posts = own_posts(g.actor)
    usual = {"expires_on": today() + USUAL, "post": next((post.post_id for post in posts), None)}
    form = TokenForm(formdata=None, data=usual) if fresh else TokenForm(data=usual)
    places = post_names(g.session, [post.post_id for post in posts])
    form.post.choices = [SelectChoice(p.post_id, said_post(p.role, p.name, places[p.post_id][1])) for p in posts]
    return form


def own_page(form: TokenForm, made: ApiToken | None = None, told: str = "") -> str:
    """The page of one's own tokens; with the value of the one just made, this once."""
    tokens = list_tokens(g.session, g.actor.account_id, today())
    return render_template("tokens/show.html", form=form, tokens=tokens, said_post=said_post, made=made, told=told)
