"""Which duty is meant on a draft: who holds it now, and whom a message goes to. Persons are looked up when written."""

from collections.abc import Iterable

from casemgr.policy import OFFICE_LEVELS, office_area
from casemgr.services.drafts import Draft
from workflows.roles import committee_level, level_up
from workflows.view import Duty


def duties_named(draft: Draft, names: Iterable[str]) -> list[Duty]:
    """The duties of these names on the case, without those that it does not have."""
    return [duty for name in names if (duty := duty_named(draft, name))]


def duty_named(draft: Draft, name: str) -> Duty | None:
    """One duty on the case, or None: nobody is (yet) meant by it."""
    row, view_area = draft.row, {level: area for area, level in draft.path}
    if name == "handler":
        return Duty("mediator", account_id=row["handler_id"]) if row["handler_id"] else None
    if name in ("patron", "registrar", "asker"):
        account = {"patron": row["patron_id"], "registrar": row["registered_by"]}.get(name, draft.detail.get("asked_by"))
        return Duty(name, account_id=account) if account else None
    if name == "lead":
        return draft.lead()
    if name == "unit":
        return Duty("liaison", department_id=row["department_id"]) if row["department_id"] else None
    if name == "organ":
        return duty_named(draft, "unit" if row["department_id"] else "petition_office")
    if name in OFFICE_LEVELS:
        area = office_area(draft.path, draft.barred, name)
        return Duty("petition_officer", area_id=area) if area else None
    if name == "decider":
        return Duty(draft.detail["decider_role"], area_id=draft.detail["decider_area_id"])
    if name == "holder":
        return Duty(
            row["holder_role"], area_id=row["holder_area_id"], department_id=row["holder_department_id"], account_id=row["holder_id"]
        )
    area = {
        "upper_lead": view_area.get(level_up(row["level"])),
        "top_lead": view_area.get("street"),
        "head": view_area.get(committee_level(row["level"]), row["area_id"]),
        "operator": view_area.get("street"),
        "grid_worker": view_area.get("grid"),
        "supervisor": view_area.get("district"),
    }.get(name)
    return Duty("secretary" if name in ("upper_lead", "top_lead") else name, area_id=area) if area else None


def holder(draft: Draft) -> Duty:
    """Whoever the next act waits for: the owner of the state, or the lead when nobody fills that duty yet."""
    if draft.state.closed:
        return Duty("closed")
    return duty_named(draft, draft.state.owner) or draft.lead() or Duty("operator", area_id=draft.row["area_id"])
