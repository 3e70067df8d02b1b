"""A case in memory while steps are decided: what is known of it, and what will be written of it.

Loading takes a bounded number of queries for any number of cases. Deciding is services.cases, writing services.writing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, case, select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.db import lock_rows
from casemgr.models import Barred, Base, Case, DeadlineFact, DeadlineRow, Party, Request, RungFired
from casemgr.queries.areas import load_paths
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


def load_drafts(session: Session, ids: Iterable[int], *, lock: bool = True) -> dict[int, Draft]:
    """The cases of these ids, locked in the order of their ids, with all that deciding needs. Unknown ids are left out."""
    wanted = sorted(set(ids))
    query = select(CASES).where(db.among(session, CASES.c.id, wanted)).order_by(CASES.c.id)
    rows = [dict(zip(NAMES, row, strict=True)) for row in session.execute(lock_rows(session, query) if lock else query).all()]
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
    add_parties(session, found, drafts)
    add_requests(session, found, drafts)
    add_barred(session, drafts)
    add_clocks(session, found, drafts)
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
        for row in session.execute(select(table).where(db.among(session, table.c.case_id, ids))).all():
            detail = dict(zip(names, row, strict=True))
            details[detail["case_id"]] = detail
    return details


def add_parties(session: Session, ids: list[int], drafts: dict[int, Draft]) -> None:
    """Their parties."""
    query = select(
        Party.case_id, Party.id, Party.side, Party.consent, Party.representative, Party.person_id
    ).where(db.among(session, Party.case_id, ids)).order_by(Party.id)  # fmt: skip
    for row in session.execute(query):
        draft = drafts[row.case_id]
        draft.parties = (*draft.parties, PartyView(*row[1:]))


def add_requests(session: Session, ids: list[int], drafts: dict[int, Draft]) -> None:
    """The kinds of their open requests."""
    query = (
        select(CASES.c.parent_id, Request.kind)
        .join(Request, Request.case_id == CASES.c.id)
        .where(db.among(session, CASES.c.parent_id, ids), CASES.c.closed_at.is_(None))
    )
    for parent, kind in session.execute(query):
        drafts[parent].requests |= {kind}


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


def add_clocks(session: Session, ids: list[int], drafts: dict[int, Draft]) -> None:
    """Their deadlines: the cached rows, the facts since each one's latest start, and the rungs of its epoch that fired."""
    table = DeadlineRow.__table__
    for values in session.execute(select(table).where(db.among(session, table.c.case_id, ids))).all():
        row = dict(zip(CLOCK_NAMES, values, strict=True))
        drafts[row["case_id"]].clock_rows[row["key"]] = row
    facts = DeadlineFact.__table__
    here = (facts.c.case_id == table.c.case_id) & (facts.c.key == table.c.key)
    # after the start an event only pauses: what else it did to the deadline came before, and is history
    since_start = (facts.c.seq > table.c.from_seq) | ((facts.c.seq == table.c.from_seq) & facts.c.kind.in_(("start", "pause")))
    query = (
        select(facts.c.case_id, facts.c.key, facts.c.kind, facts.c.at, facts.c.data)
        .join(table, here & since_start)
        .where(db.among(session, facts.c.case_id, ids))
        .order_by(facts.c.case_id, facts.c.key, facts.c.seq, case({"start": 0, "reopen": 1, "pause": 3}, value=facts.c.kind, else_=2))
    )  # of one event: it starts or comes back before it is paused
    for case_id, key, kind, at, data in session.execute(query).all():
        drafts[case_id].clock_facts.setdefault(key, []).append(ClockFact(kind, at, data))
    add_fired(session, ids, drafts)


def add_fired(session: Session, ids: list[int], drafts: dict[int, Draft]) -> None:
    """The rungs that fired since each deadline's latest start: those of its epoch, and what earlier ones brought."""
    table, rungs = DeadlineRow.__table__, RungFired.__table__
    here = (rungs.c.case_id == table.c.case_id) & (rungs.c.key == table.c.key)
    query = (
        select(rungs.c.case_id, rungs.c.key, rungs.c.rung, rungs.c.act, rungs.c.epoch == table.c.epoch)
        .join(table, here & (rungs.c.seq >= table.c.from_seq))
        .where(db.among(session, rungs.c.case_id, ids))
    )
    for case_id, key, rung, act, current in session.execute(query).all():
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
