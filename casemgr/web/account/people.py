"""Pages of the security administrator: accounts, their posts, mandates, passwords, locks. No matter is seen from here."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from casemgr import db
from casemgr.errors import AlreadyThere, CasemgrError, Invalid, NotFound
from casemgr.models import Account, Appointment, Mandate
from casemgr.queries import accounts as found
from casemgr.queries.handing import count_held
from casemgr.queries.logins import list_logins
from casemgr.services import accounts, appointments, factors, logins
from casemgr.web.access import guarded, site_settings, today
from casemgr.web.account.auth import rules
from casemgr.web.changes import Page, answer, done_or_said
from casemgr.web.forms.accounts import AppointForm, LastDayForm, MandateForm, NewAccountForm
from casemgr.web.forms.faults import put_faults
from casemgr.web.sayings import say
from casemgr.web.structure.wording import said_post
from casemgr.web.words import day
from workflows.roles import POST_ROLES

bp = Blueprint("accounts", __name__, url_prefix="/accounts")


@bp.context_processor
def words() -> dict[str, Any]:
    """What the templates of these pages say the same everywhere."""
    return {"said_post": said_post, "today": today()}


def get_row(model: Any, id: int) -> Any:
    """A row of a table of accounts. Raises NotFound."""
    row = g.session.get(model, id)
    if row is None:
        raise NotFound()
    return row


def address_of(account_id: int) -> str:
    """The page of an account."""
    return url_for("accounts.show", account_id=account_id)


def to_account(account_id: int, done: str) -> Response:
    """Back to the page of the account, saying what was done."""
    flash(done, "done")
    return redirect(address_of(account_id))


@bp.get("")
@guarded("accounts")
def show_list() -> str:
    """All accounts, fifty a page, narrowed by words and by what is up with them."""
    q, show = request.args.get("q", "").strip(), request.args.get("show", "")
    page = request.args.get("page", type=db.as_id) or 1
    lines, more = found.list_accounts(g.session, q, show, at=g.at, on=today(), page=page)

    def address(number: int) -> str:
        return url_for("accounts.show_list", q=q or None, show=show or None, page=number)

    return render_template(
        "accounts/list.html", lines=lines, q=q, show=show, page=page,
        newer=address(page - 1) if page > 1 else None, older=address(page + 1) if more else None,
    )  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@guarded("accounts")
def create() -> Page:
    """Make an account; its temporary password is on the answer, and nowhere else afterwards."""
    form = NewAccountForm(locale=current_app.config["BABEL_DEFAULT_LOCALE"]) if request.method == "GET" else NewAccountForm()
    if request.method == "POST" and form.validate():
        try:
            with db.transaction(g.session):
                account, told = accounts.create_account(
                    g.session, form.login.data.strip(), form.name.data, email=form.email.data or "",
                    locale=form.locale.data, actor=g.actor, at=g.at, rules=rules(),
                )  # fmt: skip
        except (Invalid, AlreadyThere) as error:
            put_error(form, error, "login")
        else:
            return render_template("accounts/password.html", account=account, told=told, new=True)
    return answer(render_template("accounts/new.html", form=form))


def put_error(form: Any, error: CasemgrError, name: str) -> None:
    """Put what a service refused to the fields of the form; a sentence without fields to the one named."""
    if isinstance(error, Invalid):
        put_faults(form, error)
    else:
        form[name].errors = [*form[name].errors, say(error.message, error.params)]


@bp.get("/<int:account_id>")
@guarded("accounts")
def show(account_id: int) -> str:
    """One account."""
    account = get_row(Account, account_id)
    return render_template(
        "accounts/show.html", account=account, oneself=account.id == g.actor.account_id,
        locked=bool(account.locked_until and account.locked_until > g.at),
        holdings=found.holdings_of(g.session, account_id), mandates=found.mandates_of(g.session, account_id),
        logins=list_logins(g.session, account_id, at=g.at, limits=current_app.extensions["login_limits"]),
        factor_since=found.factor_since(g.session, account_id), outside=site_settings().oidc_label,
        subjects=found.subjects_of(g.session, account_id), yesterday=today() - timedelta(days=1), open_matters=count_held(g.session, account_id),
    )  # fmt: skip


@bp.post("/<int:account_id>/reset")
@guarded("accounts")
def reset(account_id: int) -> str:
    """A temporary password, told once."""
    with db.transaction(g.session):
        told = accounts.reset_password(g.session, account_id, actor=g.actor, at=g.at, rules=rules())
        account = get_row(Account, account_id)
    return render_template("accounts/password.html", account=account, told=told, new=False)


@bp.post("/<int:account_id>/unlock")
@guarded("accounts")
def unlock(account_id: int) -> Response:
    """End a lock."""
    with db.transaction(g.session):
        accounts.unlock(g.session, account_id, actor=g.actor, at=g.at)
    return to_account(account_id, gettext("The account is no longer locked."))


@bp.post("/<int:account_id>/active")
@guarded("accounts")
def switch(account_id: int) -> Response:
    """Switch the account off or on."""
    active = request.form.get("active") == "1"
    with db.transaction(g.session):
        accounts.set_active(g.session, account_id, active, actor=g.actor, at=g.at)
    return to_account(account_id, gettext("The account is on.") if active else gettext("The account is off."))


@bp.post("/<int:account_id>/logins/end")
@guarded("accounts")
def end_logins(account_id: int) -> Response:
    """End every log-in at once, or the one that is named."""
    which = request.form.get("which", "")
    with db.transaction(g.session):
        if which:
            account = accounts.other_account(g.session, account_id, g.actor)
            logins.end_one(g.session, account, which, actor=g.actor, at=g.at)
        else:
            accounts.end_logins(g.session, account_id, actor=g.actor, at=g.at)
    return to_account(account_id, gettext("It has ended.") if which else gettext("All log-ins of the account have ended."))


@bp.post("/<int:account_id>/second-factor/reset")
@guarded("accounts")
def reset_factor(account_id: int) -> Response:
    """Take the second factor of somebody who lost the device, with a reason."""
    get_row(Account, account_id)
    return done_or_said(
        lambda: factors.reset(g.session, account_id, request.form.get("reason", ""), actor=g.actor, at=g.at),
        gettext("The second factor is reset. Make sure it was really them who asked."), address_of(account_id),
    )  # fmt: skip


@bp.post("/<int:account_id>/outside")
@guarded("accounts")
def link_outside(account_id: int) -> Response:
    """Whom the outside log-in means by this account: one subject, or with none no longer anybody."""
    get_row(Account, account_id)
    issuer, subject = site_settings().oidc_issuer, request.form.get("subject", "")
    return done_or_said(
        lambda: accounts.link_outside(g.session, account_id, issuer, subject, actor=g.actor, at=g.at),
        gettext("Linked.") if subject.strip() else gettext("No longer linked."), address_of(account_id),
    )  # fmt: skip


@bp.route("/<int:account_id>/appoint", methods=["GET", "POST"])
@guarded("accounts")
def appoint(account_id: int) -> Page:
    """Choose a post, found by role and place, and its days."""
    account = get_row(Account, account_id)
    accounts.demand(g.actor, account.id)
    form = AppointForm() if request.method == "POST" else AppointForm(from_on=today())
    if request.method == "POST" and form.validate():
        try:
            with db.transaction(g.session):
                appointments.appoint(
                    g.session, account_id, form.post.data, from_on=form.from_on.data, to_on=form.to_on.data,
                    actor=g.actor, at=g.at,
                )  # fmt: skip
        except (Invalid, AlreadyThere) as error:
            put_error(form, error, "post")
        else:
            return to_account(account_id, gettext("Appointed."))
    role, area = request.args.get("role", ""), request.args.get("area", type=db.as_id)
    posts, more = found.find_posts(g.session, role=role, area=area, on=today())
    page = render_template(
        "accounts/appoint.html", account=account, form=form, posts=posts, more=more, role=role, area=area,
        roles=POST_ROLES, areas=found.areas_of_levels(g.session, found.MANDATE_LEVELS),
    )  # fmt: skip
    return answer(page)


@bp.post("/appointments/<int:appointment_id>/relieve")
@guarded("accounts")
def relieve(appointment_id: int) -> Response:
    """End an appointment after a day."""
    row = get_row(Appointment, appointment_id)
    return end(row.account_id, lambda day: appointments.relieve(g.session, appointment_id, last_on=day, actor=g.actor, at=g.at))


@bp.post("/mandates/<int:mandate_id>/end")
@guarded("accounts")
def end_mandate(mandate_id: int) -> Response:
    """End a mandate after a day."""
    row = get_row(Mandate, mandate_id)
    return end(row.account_id, lambda day: appointments.end_mandate(g.session, mandate_id, last_on=day, actor=g.actor, at=g.at))


def end(account_id: int, change: Any) -> Response:
    """Read the last day from the form and make the change."""
    form = LastDayForm()
    if not form.validate():
        flash(gettext("Give the last day as a date."), "error")
        return redirect(url_for("accounts.show", account_id=account_id))
    with db.transaction(g.session):
        change(form.last_on.data)
    return to_account(account_id, gettext("It ends with %(day)s.", day=day(form.last_on.data, g.at)))


@bp.route("/<int:account_id>/mandate", methods=["GET", "POST"])
@guarded("accounts")
def mandate(account_id: int) -> Page:
    """Give a mandate to inspect."""
    account = get_row(Account, account_id)
    accounts.demand(g.actor, account.id)
    form = MandateForm() if request.method == "POST" else MandateForm(from_on=today())
    form.area.choices = [SelectChoice(id, name) for id, name, _ in found.areas_of_levels(g.session, found.MANDATE_LEVELS)]
    if request.method == "POST" and form.validate():
        try:
            with db.transaction(g.session):
                appointments.give_mandate(
                    g.session, account_id, form.area.data, from_on=form.from_on.data, to_on=form.to_on.data,
                    basis=form.basis.data, actor=g.actor, at=g.at,
                )  # fmt: skip
        except Invalid as error:
            put_faults(form, error)
        else:
            return to_account(account_id, gettext("The mandate is given."))
    page = render_template("accounts/mandate.html", account=account, form=form)
    return answer(page)
