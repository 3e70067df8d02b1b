"""The page of what is kept how long: years by process, disposals to be decided by two administrators, holds. No matter is shown."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import aliased
from werkzeug.wrappers import Response

from casemgr import db
from casemgr.errors import CasemgrError, Invalid, NotFound
from casemgr.models import Account, Case, Disposal, LegalHold
from casemgr.services import retention as services
from casemgr.services.books import load_books
from casemgr.web.access import guarded
from workflows import WORKFLOWS, rulebook
from workflows.retention import years_of

bp = Blueprint("retention", __name__, url_prefix="/keeping")
STATES = {
    "proposed": _l("Proposed"), "confirmed": _l("Confirmed, to be released by another person"), "released": _l("Being erased"),
    "done": _l("Erased"), "refused": _l("Refused"),
}  # fmt: skip
SHOWN = 50
WHY = _l("Please give a reason.")


@bp.get("")
@guarded("retention")
def show() -> str:
    """How long what is kept, what waits for a decision, what is held."""
    first, second = aliased(Account), aliased(Account)
    disposals = g.session.execute(
        select(Disposal, first.name, second.name)
        .outerjoin(first, first.id == Disposal.confirmed_by).outerjoin(second, second.id == Disposal.decided_by)
        .order_by(Disposal.id.desc()).limit(SHOWN)
    ).all()  # fmt: skip
    holds = g.session.execute(
        select(LegalHold, Case.number, Account.name).join(Case, Case.id == LegalHold.case_id)
        .outerjoin(Account, Account.id == LegalHold.set_by)
        .where(LegalHold.lifted_at.is_(None)).order_by(LegalHold.id.desc()).limit(SHOWN)
    ).all()  # fmt: skip
    years = years_of(load_books(g.session).rules.raw, rulebook.packaged().raw)
    return render_template(
        "retention/show.html", disposals=disposals, holds=holds, states=STATES, actor_id=g.actor.account_id,
        years=[(gettext(flow.label), years.get(name, 0)) for name, flow in WORKFLOWS.items() if name != "request"],
        labels={name: gettext(flow.label) for name, flow in WORKFLOWS.items()},
    )  # fmt: skip


@bp.post("/disposals/<int:disposal_id>")
@guarded("retention")
def decide(disposal_id: int) -> Response:
    """Confirm, release or refuse."""
    what = request.form.get("what", "")
    if what not in (services.CONFIRMED, services.RELEASED, services.REFUSED):
        raise NotFound()
    reason = request.form.get("reason", "")[:500]
    return tried(lambda: services.decide(g.session, disposal_id, what, reason, actor=g.actor, at=g.at))


@bp.post("/holds")
@guarded("retention")
def hold() -> Response:
    """Set a hold, or end one."""
    change = services.lift_hold if request.form.get("what") == "lift" else services.set_hold
    number, reason = request.form.get("number", "")[:100], request.form.get("reason", "")[:500]
    return tried(lambda: change(g.session, number, reason, actor=g.actor, at=g.at), gettext("There is no matter of this number."))


def tried(change: Callable[[], Any], missing: str = "") -> Response:
    """Do it and go back to the page, saying what came of it. What is not there or not allowed stays so."""
    try:
        with db.transaction(g.session):
            change()
        flash(gettext("This is on record."), "done")
    except Invalid:
        flash(str(WHY), "warn")
    except NotFound:
        if not missing:
            raise
        flash(missing, "warn")
    except CasemgrError as error:
        flash(gettext(error.message) % error.params, "warn")
    return redirect(url_for("retention.show"))
