"""A case in memory while steps are decided: what is known of it, and what will be written of it.

Loading takes a bounded number of queries for any number of cases. Deciding is services.cases, writing services.writing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.db import lock_rows
from casemgr.models import Barred, Base, Case, DeadlineRow
from casemgr.queries.areas import load_paths
from casemgr.queries.prepared import listed
from casemgr.queries.whole_cases import Reads, detail_of, reads
from workflows import WORKFLOWS
from workflows.clocks import Clock, ClockFact
from workflows.model import State, Workflow
from workflows.view import CaseView, ClockView, Duty, PartyView

CASES = Case.__table__
NAMING = ("party", "petitioner")  # kinds of rows beside a case that bring a name
BARRED_KINDS = ("account", "department", "area")
DETAILS: dict[str, Table] = {  # process -> the table of what only it has
    mapper.class_.__process__: mapper.class_.__table__ for mapper in Base.registry.mappers if hasattr(mapper.class_, "__process__")
}
NAMES, CLOCK_NAMES = tuple(CASES.columns.keys()), tuple(DeadlineRow.__table__.columns.keys())


@dataclass
class Told:
    """A message to a duty on the case, to be turned into notices when it is written."""

    duty: Duty
    code: str
    seq: int
    params: Mapping[str, Any]
    urgent: bool


@dataclass(frozen=True)
class Known:
    """What the ids in answers name: the paths of areas, the accounts that are active, the areas of teams in use
    and of departments."""

    paths: Mapping[int, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    accounts: frozenset[int] = frozenset()
    teams: Mapping[int, int] = field(default_factory=dict)
    departments: Mapping[int, int] = field(default_factory=dict)
    mediators: Mapping[int, frozenset[int]] = field(default_factory=dict)  # case -> who may be put in charge of it
    patrons: Mapping[int, frozenset[int]] = field(default_factory=dict)  # case -> the secretaries of its areas
    aside: frozenset[tuple[int, int]] = frozenset()  # (case, account) that stepped aside
    related: frozenset[tuple[int, int]] = frozenset()  # (case, account) with a declared tie to a party


@dataclass
class Draft:
    """One case being worked on. `row` and `detail` are its columns; the lists are rows to insert."""

    row: dict[str, Any]
    detail: dict[str, Any]
    path: tuple[tuple[int, str], ...] = ()
    parties: tuple[PartyView, ...] = ()
    requests: frozenset[str] = frozenset()
    barred: frozenset[tuple[str, int]] = frozenset()
    clock_rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    clock_facts: dict[str, list[ClockFact]] = field(default_factory=dict)
    fired: dict[str, dict[str, str]] = field(default_factory=dict)  # deadline -> rungs of its epoch: name -> act
    given: dict[str, set[tuple[str, str]]] = field(default_factory=dict)  # the same of earlier epochs since its start
    limits: Mapping[str, int] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    new: bool = False
    locked: bool = False  # nobody else works on it until the transaction ends
    loaded: Mapping[str, Any] = field(default_factory=dict)  # the row as it was read
    loaded_barred: frozenset[tuple[str, int]] = frozenset()
    loaded_detail: Mapping[str, Any] = field(default_factory=dict)
    loaded_clocks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    seen_seq: int = 0
    edited: bool = False
    events: list[dict[str, Any]] = field(default_factory=list)
    values: list[dict[str, Any]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    new_clock_facts: list[dict[str, Any]] = field(default_factory=list)
    rungs: list[dict[str, Any]] = field(default_factory=list)
    holdings: list[dict[str, Any]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    touched: dict[str, Clock | None] = field(default_factory=dict)
    writes: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    reindex: bool = False

    @property
    def flow(self) -> Workflow:
        """The workflow the case runs in."""
        return WORKFLOWS[self.row["process"]]

    @property
    def state(self) -> State:
        """The state it is in."""
        return self.flow.state(self.row["state"])

    @property
    def changed(self) -> bool:
        """Whether anything is to be written."""
        return bool(self.events)

    @property
    def sought_anew(self) -> bool:
        """Whether what search knows of it changes: its words, its place, the names of its parties."""
        return self.reindex or any(kind in NAMING for kind, _, _ in self.writes)

    @property
    def nameless(self) -> bool:
        """Whether it is new and brings no name along: what search knows of it is its words and its place."""
        return self.new and not any(kind in NAMING for kind, _, _ in self.writes)

    def lead(self) -> Duty | None:
        """The lead: the secretary of the lead area."""
        area = self.row["lead_area_id"]
        return Duty("secretary", area_id=area) if area else None

    def actor_of(self, seq: int) -> int | None:
        """The account that caused one of the events about to be written."""
        for row in self.events:
            if row["seq"] == seq:
                found: int | None = row["actor_id"]
                return found
        return None

    def view(self) -> CaseView:
        """The case as its rules see it."""
        row = self.row
        return CaseView(
            id=row["id"], process=row["process"], state=row["state"], version=row["version"],
            number=row["number"] or "", tier=row["tier"], tier_confirmed=row["tier_confirmed"], level=row["level"],
            area_path=self.path, lead=self.lead(), handler_id=row["handler_id"], team_id=row["team_id"],
            department_id=row["department_id"], patron_id=row["patron_id"], registered_by=row["registered_by"], category=row["category"], barred=self.barred,
            confidential=row["confidential"], parent_id=row["parent_id"], facts=row["facts"], parties=self.parties,
            triggers=tuple(row["assessment"].get("triggers", ())), acknowledged=tuple(row["acknowledged"]),
            clocks={key: clock_view(found) for key, found in self.clock_rows.items()}, open_requests=self.requests,
            detail=self.detail, limits=self.limits, registered_at=row["registered_at"], accepted_at=row["accepted_at"],
            closed_at=row["closed_at"], last_act_at=row["last_act_at"], last_actor_id=row["last_actor_id"],
        )  # fmt: skip


def clock_view(row: Mapping[str, Any]) -> ClockView:
    """A deadline's row as the rules see it."""
    return ClockView(row["key"], row["status"], row["start_at"], row["due_at"], row["provisional"], row["extensions"])


def load_drafts(session: Session, ids: Iterable[int], *, lock: bool = True, replayed: bool = True) -> dict[int, Draft]:
    """The cases of these ids, locked in the order of their ids, with all that deciding needs. Unknown ids are left out.
    Where nothing is decided, but only shown how it stands, their deadlines need not be `replayed` from their facts."""
    wanted = sorted(set(ids))
    if session.new or session.dirty:
        session.flush()
    sqlite = db.is_sqlite(session)
    statements = reads(sqlite)
    query = statements.locked if lock else statements.cases
    rows = [dict(zip(NAMES, row, strict=True)) for row in query.run(session, {"ids": listed(session, wanted)}).all()]
    if not rows:
        return {}
    found = [row["id"] for row in rows]
    details = load_details(session, rows)
    paths = load_paths(session, {row["area_id"] for row in rows})
    drafts = {
        row["id"]: Draft(
            row, details.get(row["id"], {}), paths.get(row["area_id"], ()), seen_seq=row["trail_seq"], locked=lock,
            loaded=row.copy(), loaded_detail=dict(details.get(row["id"], {})),
        )  # fmt: skip
        for row in rows
    }
    named = {"ids": listed(session, found)}
    add_parties(statements.parties.run(session, named).all(), drafts)
    for parent, kind in statements.requests.run(session, named).all():
        drafts[parent].requests |= {kind}
    add_barred(session, drafts)
    add_clocks(session, statements, named, drafts, replayed=replayed)
    for draft in drafts.values():
        draft.loaded_clocks = dict(draft.clock_rows)
    return drafts


def lock_cases(session: Session, ids: Iterable[int | None]) -> None:
    """Nobody else works on these cases until the transaction ends: for what takes numbers, or other cases, before it comes to
    the last of them. Always in the order of their ids."""
    query = select(CASES.c.id).where(CASES.c.id.in_({id for id in ids if id is not None})).order_by(CASES.c.id)
    session.execute(lock_rows(session, query))


def load_details(session: Session, rows: Collection[Any]) -> dict[int, dict[str, Any]]:
    """The detail row of each case, by id: one query a process."""
    details: dict[int, dict[str, Any]] = {}
    for process in {row["process"] for row in rows}:
        table = DETAILS[process]
        ids = [row["id"] for row in rows if row["process"] == process]
        names = tuple(table.columns.keys())
        for row in detail_of(table, db.is_sqlite(session)).run(session, {"ids": listed(session, ids)}).all():
            detail = dict(zip(names, row, strict=True))
            details[detail["case_id"]] = detail
    return details


def add_parties(rows: Iterable[Any], drafts: dict[int, Draft]) -> None:
    """Their parties."""
    for row in rows:
        draft = drafts[row[0]]
        draft.parties = (*draft.parties, PartyView(*row[1:]))


def add_barred(session: Session, drafts: dict[int, Draft]) -> None:
    """Whom the confidential ones are kept from."""
    found = barred_from(session, [id for id, draft in drafts.items() if draft.row["confidential"]])
    for id, named in found.items():
        drafts[id].barred = drafts[id].loaded_barred = named


def barred_from(session: Session, ids: Collection[int]) -> dict[int, frozenset[tuple[str, int]]]:
    """Whom these cases are kept from, by case; one query, none for no ids."""
    found: dict[int, frozenset[tuple[str, int]]] = {}
    if not ids:
        return found
    for row in session.execute(select(Barred.__table__).where(Barred.case_id.in_(ids))).mappings():
        named = {(kind, row[f"{kind}_id"]) for kind in BARRED_KINDS if row[f"{kind}_id"] is not None}
        found[row["case_id"]] = found.get(row["case_id"], frozenset()) | named
    return found


def add_clocks(session: Session, statements: Reads, ids: Mapping[str, str], drafts: dict[int, Draft], *, replayed: bool) -> None:
    """Their deadlines: the cached rows, the facts since each one's latest start, and the rungs that fired since: those of its
    epoch, and what earlier ones brought."""
    for values in statements.clocks.run(session, ids).all():
        row = dict(zip(CLOCK_NAMES, values, strict=True))
        drafts[row["case_id"]].clock_rows[row["key"]] = row
    if not replayed:
        return
    for case_id, key, kind, at, data in statements.facts.run(session, ids).all():
        drafts[case_id].clock_facts.setdefault(key, []).append(ClockFact(kind, at, data))
    for case_id, key, rung, act, current in statements.rungs.run(session, ids).all():
        if current:
            drafts[case_id].fired.setdefault(key, {})[rung] = act
        else:
            drafts[case_id].given.setdefault(key, set()).add((rung, act))


def clock_fact(draft: Draft, key: str, kind: str, at: datetime, seq: int, **data: Any) -> None:
    """Add a fact to a deadline of the draft; services.clockwork counts it anew."""
    fact = ClockFact(kind, at, data)
    if kind == "start":
        draft.clock_facts[key] = [fact]
    else:
        draft.clock_facts[key].append(fact)
    draft.new_clock_facts.append(
        {"case_id": draft.row["id"], "key": key, "seq": seq, "kind": kind, "at": at, "data": data}
    )
