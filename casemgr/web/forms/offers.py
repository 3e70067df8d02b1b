"""What the pickers of a step offer: parties of the case, mediators, teams and departments of its street, areas in the
actor's scope."""

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy.orm import Session

from casemgr.queries import pickers
from casemgr.queries.mediators import accounts_away, mediators_near
from casemgr.queries.pickers import AreaRow
from casemgr.queries.rooms import may_invite, rooms_for
from casemgr.web.forms.steps import PICKED, Offer
from casemgr.web.locales import gettext
from workflows.dispute_asks import SIDES
from workflows.model import Field
from workflows.roles import POST_ROLES
from workflows.view import CaseView

SIDE_WORDS = {side.value: side.label for side in SIDES}
INDENT = "\u3000"


def offers_for(session: Session, view: CaseView, fields: Iterable[Field], on: date) -> Mapping[str, Offer]:
    """The choices of every picker among these fields, for a step on this case."""
    return {spec.name: offer_of(session, view, spec, on) for spec in fields if spec.kind in PICKED}


def offer_of(session: Session, view: CaseView, spec: Field, on: date) -> Offer:
    """The choices of one picker."""
    path = [area for area, _ in view.area_path]
    if spec.kind in ("party", "parties"):
        return [(str(id), f"{name}({gettext(SIDE_WORDS[side])})") for id, name, side in pickers.parties_of(session, view.id)]
    if spec.kind == "room":
        return [(str(room.id), " · ".join(filter(None, (room.name, room.place)))) for room in rooms_for(session, view)]
    if spec.name == "accused":
        holders = pickers.office_holders(session, view.area_at("street") or path[0], path, on)
        named: dict[str, list[str]] = {}
        for id, name, role, place in holders:
            named.setdefault(str(id), [name]).append(gettext("%(place)s %(role)s", place=place, role=gettext(POST_ROLES[role])))
        return [(id, f"{name}({gettext(', ').join(posts)})") for id, (name, *posts) in named.items()]
    if spec.kind == "accounts":
        people = may_invite(session, view, on)
        return [(str(id), f"{name}({gettext(POST_ROLES[role])})") for id, name, role in people if id != view.handler_id]
    if spec.kind == "team":
        return as_offer(pickers.teams_at(session, path))
    if spec.kind in ("department", "departments"):
        return as_offer(pickers.departments_at(session, path))
    if spec.kind == "area":
        return area_offer(pickers.areas_within(session, [view.area_at("street") or path[0]]))
    if spec.name == "patron_id":
        return as_offer(pickers.leaders_at(session, path, on))
    away = accounts_away(session, on)
    found = mediators_near(session, view.area_id or 0, on)
    return as_offer((id, gettext("%(name)s (away)", name=name) if id in away else name) for id, name in found)


def as_offer(rows: Iterable[tuple[int, str]]) -> list[tuple[str, str]]:
    """Rows of id and name as choices."""
    return [(str(id), name) for id, name in rows]


def area_offer(rows: Iterable[AreaRow]) -> dict[str, list[tuple[str, str]]]:
    """Areas under their community; what lies above communities stands first."""
    groups: dict[str, list[tuple[str, str]]] = {}
    head = ""
    for row in rows:
        head = row.name if row.level == "community" else head if row.level in ("grid", "microgrid") else ""
        deep = {"grid": INDENT, "microgrid": INDENT * 2}.get(row.level, "")
        groups.setdefault(head, []).append((str(row.id), deep + row.name))
    return groups
