"""The list of fixed units (固定单位) of a street: which department is competent for what, so that it may not return a call.

The command centre keeps it. Whistles look at it when they call departments (services.whistles).
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.errors import AlreadyThere, Invalid, NotAllowed, NotFound
from casemgr.models import AreaPath, Department, FixedUnit
from casemgr.policy import Actor
from casemgr.services.answers import NO_CHOICE
from casemgr.services.known import NOT_THERE
from casemgr.services.structure import note
from workflows.whistle_asks import SUBJECTS

KNOWN = frozenset(choice.value for choice in SUBJECTS)
LONGEST = 200


def fix(
    session: Session, area_id: int, subject: str, department_id: int, basis: str = "", *, actor: Actor, at: datetime
) -> FixedUnit:
    """Fix a department for a subject in a street of the actor's. Raises NotAllowed, Invalid, AlreadyThere."""
    refuse_others(actor, area_id)
    above = select(AreaPath.ancestor_id).where(AreaPath.descendant_id == area_id)
    there = session.scalar(select(Department.id).where(Department.id == department_id, Department.area_id.in_(above)))
    if faults := {name: [why] for name, why, ok in (
        ("subject", NO_CHOICE, subject in KNOWN), ("department_id", NOT_THERE, there is not None)) if not ok}:
        raise Invalid(faults)
    mine = (FixedUnit.area_id == area_id, FixedUnit.subject == subject, FixedUnit.department_id == department_id)
    if session.scalar(select(FixedUnit.id).where(*mine)) is not None:
        raise AlreadyThere()
    row = FixedUnit(
        area_id=area_id, subject=subject, department_id=department_id, basis=basis.strip()[:LONGEST], since_at=at,
        set_by=actor.account_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    note(session, "fixed_unit", actor=actor, at=at, id=row.id, area=area_id, subject=subject, department=department_id)
    return row


def unfix(session: Session, row_id: int, *, actor: Actor, at: datetime) -> None:
    """Take a department off the list; calls made while it stood there stay fixed. Raises NotFound, NotAllowed."""
    row = session.get(FixedUnit, row_id)
    if row is None:
        raise NotFound()
    refuse_others(actor, row.area_id)
    session.delete(row)
    session.flush()
    note(session, "fixed_unit", "removed", actor=actor, at=at, id=row_id, area=row.area_id, subject=row.subject, department=row.department_id)


def refuse_others(actor: Actor, area_id: int) -> None:
    """Raise NotAllowed unless the actor keeps the list of this area."""
    if not policy.may(actor, "fixed_units") or area_id not in actor.areas(*policy.ACTS["fixed_units"]):
        raise NotAllowed()
