"""What the house gives out for the door: a code for a party, shown once, and the poster of a community."""

from flask import Blueprint, g, render_template, request
from flask_babel import gettext
from sqlalchemy import select

from casemgr import db, policy
from casemgr.errors import NotAllowed, NotFound
from casemgr.models import Area
from casemgr.queries import case_page
from casemgr.queries.pickers import areas_within
from casemgr.services import door_codes
from casemgr.services.door_codes import FOLLOW, ONCE
from casemgr.services.drafts import load_drafts
from casemgr.web import squares
from casemgr.web.access import get_case, guarded
from casemgr.web.door import host
from workflows.door import in_groups

bp = Blueprint("door_staff", __name__)
KINDS = (ONCE, FOLLOW)


@bp.get("/cases/<int:case_id>/parties/<int:party_id>/code")
@guarded("work")
def ask_code(case_id: int, party_id: int) -> str:
    """Which kind of code, and what it is for."""
    return code_page(case_id, party_id)


@bp.post("/cases/<int:case_id>/parties/<int:party_id>/code")
@guarded("work")
def give_code(case_id: int, party_id: int) -> str:
    """A fresh code, shown this once. Raises NotFound, NotAllowed."""
    get_case(case_id)
    with db.transaction(g.session):
        code = door_codes.give_to_party(g.session, case_id, party_id, request.form.get("kind", ONCE), actor=g.actor, at=g.at)
    return code_page(case_id, party_id, code)


def code_page(case_id: int, party_id: int, code: str = "") -> str:
    """The page of one party's code. Raises NotFound, NotAllowed."""
    case = get_case(case_id)
    party = next((p for p in case_page.parties_of(g.session, case_id) if p.id == party_id), None)
    if party is None:
        raise NotFound()
    if not policy.may(g.actor, "give_code", load_drafts(g.session, [case_id], lock=False)[case_id].view()):
        raise NotAllowed()
    address = host.address_of_door()
    square = squares.as_address(f"{address}/follow#{code}", 5) if code else ""
    rules = door_codes.rules_of_door(g.session)
    return render_template(
        "door_staff/code.html", case=case, party=party, code=in_groups(code), square=square, address=address, rules=rules,
        kind=request.form.get("kind", ONCE), kinds=[(ONCE, gettext("To answer once: agree or refuse, see the agreement")), (FOLLOW, gettext("To follow the matter, like a receipt"))],
    )  # fmt: skip


@bp.get("/posters")
@guarded("posters")
def posters() -> str:
    """The communities whose posters this person may print."""
    return render_template("door_staff/posters.html", areas=communities())


@bp.get("/posters/<int:area_id>")
@guarded("posters")
def poster(area_id: int) -> str:
    """The poster of one community, one page of paper. Raises NotFound."""
    area = g.session.get(Area, area_id)
    if area is None or area_id not in {row.id for row in communities()}:
        raise NotFound()
    address = host.address_of_door(community=area.code)
    return render_template("door_staff/poster.html", area=area, address=address.partition("?")[0], square=squares.as_address(address, 10))


def communities() -> list[Area]:
    """The communities within the areas of the actor's posts, and those his grids lie in."""
    found = areas_within(g.session, g.actor.areas(*policy.AREA_ROLES))
    ids = {row.id if row.level == "community" else row.parent_id for row in found if row.level in ("community", "grid")}
    query = select(Area).where(Area.id.in_(ids), Area.level == "community").order_by(Area.code)
    return list(g.session.scalars(query))
