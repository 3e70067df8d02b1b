"""The rows of an exported list: everything a line says of a case, parties masked. Read in pieces, so that any size fits."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from casemgr.keys import mask_name
from casemgr.models import Account, Area, Case, Department, Party, Person, Team
from casemgr.policy import Actor, knows_party, visible
from casemgr.queries.lines import ORDERS, said_place, way

PIECE = 500
COLUMNS = (
    Case.id, Case.process, Case.number, Case.title, Case.state, Case.tier, Case.tier_confirmed, Case.category, Case.channel,
    Case.confidential, Case.holder_role, Case.facts["people"].label("people"), Case.registered_at, Case.accepted_at,
    Case.last_act_at, Case.next_due_key, Case.next_due_at, Case.closed_at,
)  # fmt: skip
Above, HeldAt = aliased(Area), aliased(Area)


@dataclass(slots=True)
class ExportLine:
    """One case of an export. `parties` are (name, side), persons masked; of a confidential matter title and parties stay out."""

    case: Any  # a row with COLUMNS
    place: str
    held_at: str
    holder: str
    team: str
    parties: list[tuple[str, str]] = field(default_factory=list)


def case_ids(session: Session, actor: Actor, condition: ColumnElement[bool], order: str) -> "array[int]":
    """The cases of the list in its order: what one number for each needs in memory."""
    by = ORDERS[order]
    query = select(Case.id).where(visible(actor), condition).order_by(*way(by, by.ascending))
    return array("q", session.scalars(query.execution_options(yield_per=10_000)))


def load_lines(session: Session, actor: Actor, ids: Sequence[int]) -> Iterator[ExportLine]:
    """These cases in this order; two queries for a piece of them. Nothing stays in the session."""
    holder = aliased(Account)
    query = (
        select(*COLUMNS, Area.level, Area.name, Above.name, func.coalesce(Department.name, HeldAt.name), holder.name, Team.name)
        .join(Area, Area.id == Case.area_id)
        .outerjoin(Above, Above.id == Area.parent_id)
        .outerjoin(HeldAt, HeldAt.id == Case.holder_area_id)
        .outerjoin(Department, Department.id == Case.holder_department_id)
        .outerjoin(holder, holder.id == Case.holder_id)
        .outerjoin(Team, Team.id == Case.team_id)
    )
    for start in range(0, len(ids), PIECE):
        piece = ids[start : start + PIECE].tolist() if isinstance(ids, array) else list(ids[start : start + PIECE])
        found = {
            row.id: ExportLine(row, said_place(*row[-6:-3]), row[-3] or "", row[-2] or "", row[-1] or "")
            for row in session.connection().execute(query.where(Case.id.in_(piece)))
        }
        for id, kind, name, side in session.execute(parties_of(actor, piece)):
            found[id].parties.append((mask_name(name) if kind == "person" else name, side))
        yield from (found[id] for id in piece)


def parties_of(actor: Actor, ids: Sequence[int]) -> Any:
    """A select of (case, kind, name, side) of the parties the actor may know, of matters that are not confidential."""
    return (
        select(Party.case_id, Person.kind, Person.name, Party.side)
        .join(Person, Person.id == Party.person_id)
        .join(Case, Case.id == Party.case_id)
        .where(Party.case_id.in_(ids), Case.confidential.is_(False), knows_party(actor))
        .order_by(Party.id)
    )


