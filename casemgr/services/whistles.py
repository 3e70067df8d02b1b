"""Whistles: blown, sent out as calls on departments, answered by them; and what each step brings along on the others.

A matter is locked before its whistle, that before its calls, and no call without them: the rule "all are done" is worked out once. What is
fixed for which unit stands in services.fixed_units; the steps themselves go through the door (services.cases).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from casemgr import db, policy
from casemgr.errors import CasemgrError, Invalid, NotFound, Refused
from casemgr.models import Call, Case, Department, Event, Whistle
from casemgr.policy import SCHEDULER, Actor
from casemgr.queries.areas import load_paths
from casemgr.queries.whistles import is_fixed
from casemgr.services.answers import clean
from casemgr.services.books import load_books
from casemgr.services.cases import Answers, Ask, Seed, Taken, Taking, open_case, open_cases, take_step, take_steps
from casemgr.services.drafts import Draft, load_drafts, lock_cases
from casemgr.services.known import NOT_THERE
from workflows.call import AT_WORK
from workflows.model import steps_of
from workflows.view import Reason
from workflows.waiting_steps import WAITING
from workflows.whistle import WHISTLE
from workflows.whistle_asks import AT_ONCE

CAME = ("reported_in", "finished", "closed")
DONE = ("finished", "closed")
COPIED = ("title", "text")
Path = Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one call of a whistle stands; `again`: it was sent back once."""

    id: int
    state: str
    department_id: int
    part: str
    kind: str
    again: bool


# --- blowing


def open_whistle(
    session: Session, answers: Mapping[str, Any], parent: Draft | None, actor: Actor, at: datetime, *, history: bool = False
) -> Taken:
    """Blow a whistle, by itself or on a matter; where nobody has to approve it, the departments are called at once.

    Raises NotFound, NotAllowed, Refused (a kind that is not the actor's, a unit named twice or kept from), Invalid.
    """
    row = parent.row if parent else {}
    area_id = db.as_id(str(answers.get("area_id") or row.get("area_id") or "")) or 0
    path = load_paths(session, [area_id]).get(area_id, ())
    given = clean(WHISTLE.opens, {**answers, "area_id": area_id})
    check_units(session, path, given, parent)
    tier = "red" if given["ground"] == AT_ONCE else row["tier"] if row.get("tier_confirmed") else ""
    seed = Seed(
        area_id, data={**answers, "area_id": area_id}, tier=tier, confirmed=bool(tier), parent_id=row.get("id"),
        extra={"helpers": [], "approval": needs_approval(session, actor, path, given["kind"], tier)},
        duties=policy.roles_of(actor, parent.view()) if parent else frozenset(),
        confidential=bool(row.get("confidential")), history=history,
    )  # fmt: skip
    taken = open_case(session, "whistle", seed, actor=actor, at=at)
    if not seed.extra["approval"]:
        send_out(session, taken.case_id, "send_out", {}, SCHEDULER, at, None, caller=actor)
    return taken


def check_units(session: Session, path: Path, given: Mapping[str, Any], parent: Draft | None) -> None:
    """Every department is of this street or above it, named once, and not one that the matter is kept from."""
    named = {"lead_department_id": [given["lead_department_id"]], "helpers": given.get("helpers", [])}
    ids = [id for some in named.values() for id in some]
    areas = [area for area, _ in path]
    there = set(session.scalars(select(Department.id).where(Department.id.in_(ids), Department.area_id.in_(areas))))
    if faults := {name: [NOT_THERE] for name, some in named.items() if not there.issuperset(some)}:
        raise Invalid(faults)
    if len(set(ids)) < len(ids):
        raise Refused(Reason("units_twice"))
    if parent and any(("department", id) in parent.barred for id in ids):
        raise Refused(Reason("unit_kept_from"))


def needs_approval(session: Session, actor: Actor, path: Path, kind: str, tier: str) -> bool:
    """Whether the street's secretary approves it first. Raises Refused where the actor may not blow this kind."""
    rule = load_books(session).rules.number("whistle", "kinds", kind)
    if not policy.holds(actor, rule["blown_by"], path):
        raise Refused(Reason("kind_not_yours"))
    free = set(rule["blown_by"]) - set(rule["approval_of"])
    return tier != "red" and not policy.holds(actor, free, path)


def send_out(
    session: Session, id: int, step: str, data: Answers, actor: Actor, at: datetime, seen: int | None,
    caller: Actor | None = None,
) -> Taken:  # fmt: skip
    """Send a whistle out: its step, the calls on all departments it names, and the matter that now waits for them."""
    lock(session, id)
    taken = take_step(session, id, step, actor=actor, at=at, data=data, seen_version=seen, along=True)
    whistle = load_drafts(session, [id])[id]
    units = [(whistle.detail["lead_department_id"], "lead"), *((unit, "helping") for unit in whistle.detail["helpers"])]
    call(session, whistle, units, actor=caller or actor, at=at)
    tell_matter(session, whistle.row["parent_id"], at)
    return taken


def call(
    session: Session, whistle: Draft, units: Sequence[tuple[int, str]], *, fixed: str = "", actor: Actor, at: datetime
) -> list[Taken]:
    """Call departments, each as (id, part). `fixed`: by what decision; else by the list of fixed units."""
    row, detail = whistle.row, whistle.detail
    known = is_fixed(session, [area for area, _ in whistle.path], detail["subject"])
    seeds = [
        Seed(
            row["area_id"], parent_id=row["id"], tier=row["tier"], confirmed=row["tier_confirmed"], history=row["history"],
            data={
                **{name: row[name] for name in COPIED}, **{name: detail[name] for name in ("kind", "subject", "place")},
                "part": part, "department_id": unit, "fixed": fixed or ("list" if unit in known else ""),
            },
            duties=frozenset(("lead",)), confidential=row["confidential"],
        )  # fmt: skip
        for unit, part in units
    ]
    return open_cases(session, "call", seeds, actor=actor, at=at)


# --- what steps bring along


def standings(session: Session, whistle_id: int) -> list[Standing]:
    """Every call of a whistle that was not returned or called off."""
    again = exists().where(Event.stream == "case", Event.stream_id == Case.id, Event.kind == "call.sent_back")
    query: Any = (
        select(Case.id, Case.state, Case.department_id, Call.part, Call.kind, again)
        .join(Call, Call.case_id == Case.id)
        .where(Case.parent_id == whistle_id, Case.state.not_in(("returned", "called_off")))
        .order_by(Case.id)
    )
    return [Standing(*row) for row in session.execute(query)]


def whistle_of(session: Session, call_id: int) -> int:
    """The whistle of a call, locked before the call is. Raises NotFound."""
    id = session.scalar(select(Case.parent_id).where(Case.id == call_id, Case.process == "call"))
    if id is None:
        raise NotFound()
    lock(session, id)
    return id


def lock(session: Session, whistle_id: int) -> None:
    """Nobody else works on this whistle, its calls or its matter until the transaction ends."""
    lock_cases(session, [whistle_id, session.scalar(select(Case.parent_id).where(Case.id == whistle_id))])


def bring(session: Session, ids: Iterable[int], step: str, data: Answers, at: datetime) -> None:
    """Casemgr takes a step on each of these cases. Raises the first refusal."""
    asks = [Ask(id, step, data, along=True) for id in ids]
    for outcome in take_steps(session, asks, actor=SCHEDULER, at=at) if asks else ():
        if isinstance(outcome, CasemgrError):
            raise outcome


def settle(session: Session, whistle_id: int, at: datetime) -> None:
    """Say on a whistle that its units have come, or that they are done as the rule chosen says."""
    whistle = load_drafts(session, [whistle_id])[whistle_id]
    if whistle.row["state"] != "out":
        return
    found = standings(session, whistle_id)
    asked = [c for c in found if c.part == "lead" or c.again] if whistle.detail["answered_when"] == "lead" else found
    if asked and all(c.state in DONE for c in asked):
        bring(session, [whistle_id], "units_done", {}, at)
        tell_matter(session, whistle.row["parent_id"], at)
    elif found and all(c.state in CAME for c in found) and whistle.clock_rows["report"]["status"] == "running":
        bring(session, [whistle_id], "all_came", {}, at)


def tell_matter(session: Session, matter_id: int | None, at: datetime) -> None:
    """A matter waits while one of its whistles is out, and goes on when none is; a process without these steps never waits."""
    matter = load_drafts(session, [matter_id]).get(matter_id) if matter_id else None
    if matter is None:
        return
    out = select(Case.id).where(Case.parent_id == matter_id, Case.process == "whistle", Case.state == "out").limit(1)
    waits = session.scalar(out) is not None
    step = steps_of(matter.flow).get("wait_for_units" if waits else "units_answered")
    if step and matter.row["state"] in step.source and waits != bool(matter.row["facts"].get(WAITING)):
        bring(session, [matter.row["id"]], step.name, {}, at)


def approve(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The whistle, and the calls it makes."""
    return send_out(session, id, "approve", data, actor, at, seen)


def add_unit(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The whistle, and one more helping unit."""
    lock(session, id)
    taken = take_step(session, id, "add_unit", actor=actor, at=at, data=data, seen_version=seen, along=True)
    whistle = load_drafts(session, [id])[id]
    call(session, whistle, [(new_unit(session, whistle, data["department_id"]), "helping")], actor=actor, at=at)
    return taken


def new_unit(session: Session, whistle: Draft, department: Any) -> int:
    """A department that is not called yet and that the matter is not kept from. Raises Refused."""
    unit = int(department)
    if unit in {c.department_id for c in standings(session, whistle.row["id"])}:
        raise Refused(Reason("unit_called_already"))
    if ("department", unit) in whistle.barred:
        raise Refused(Reason("unit_kept_from"))
    return unit


def upgrade(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The whistle, and the new clocks of its calls."""
    lock(session, id)
    taken = take_step(session, id, "upgrade", actor=actor, at=at, data=data, seen_version=seen, along=True)
    spread_kind(session, id, at)
    return taken


def spread_kind(session: Session, id: int, at: datetime) -> None:
    """The calls of a whistle that was upgraded follow it."""
    kind = session.scalar(select(Whistle.kind).where(Whistle.case_id == id))
    behind = [c.id for c in standings(session, id) if c.state in AT_WORK and c.kind != kind]
    bring(session, behind, "take_new_kind", {"kind": kind}, at)


def send_back(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The whistle that is not solved, and the call of the unit whose work is not done."""
    lock(session, id)
    taken = take_step(session, id, "not_solved", actor=actor, at=at, data=data, seen_version=seen, along=True)
    done = [c.id for c in standings(session, id) if c.state in DONE and str(c.department_id) == str(data["department_id"])]
    if not done:
        raise Refused(Reason("unit_not_called"))
    bring(session, done, "send_back", {"reason": data.get("reason") or ""}, at)
    tell_matter(session, load_drafts(session, [id])[id].row["parent_id"], at)
    return taken


def ending(step: str, states: Collection[str]) -> Taking:
    """The service of a step that ends a whistle: calls in these states are called off, the matter goes on."""

    def end(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
        lock(session, id)
        taken = take_step(session, id, step, actor=actor, at=at, data=data, seen_version=seen, along=True)
        off = [c.id for c in standings(session, id) if c.state in states]
        bring(session, off, "call_off", {"reason": data.get("reason") or ""}, at)
        tell_matter(session, load_drafts(session, [id])[id].row["parent_id"], at)
        return taken

    return end


def settling(step: str) -> Taking:
    """The service of a step of a call that may make its whistle answered."""

    def take(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
        whistle_id = whistle_of(session, id)
        taken = take_step(session, id, step, actor=actor, at=at, data=data, seen_version=seen, along=True)
        settle(session, whistle_id, at)
        return taken

    return take


def giving(step: str, fixed: str) -> Taking:
    """The service of a decision that another unit is in charge: it is called in the place of this one, and fixed."""

    def give(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
        whistle_id = whistle_of(session, id)
        taken = take_step(session, id, step, actor=actor, at=at, data=data, seen_version=seen, along=True)
        whistle, part = load_drafts(session, [whistle_id])[whistle_id], session.get_one(Call, id).part
        call(session, whistle, [(new_unit(session, whistle, data["given_to_id"]), part)], fixed=fixed, actor=actor, at=at)
        return taken

    return give


def appraising(step: str) -> Taking:
    """The service of one side's appraisal: when both stand there, the call closes."""

    def appraise(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
        whistle_of(session, id)
        taken = take_step(session, id, step, actor=actor, at=at, data=data, seen_version=seen, along=True)
        detail = load_drafts(session, [id])[id].detail
        if detail["speed"] and detail["rightly"]:
            bring(session, [id], "appraised", {}, at)
        return taken

    return appraise


ALONG: dict[str, dict[str, Taking]] = {
    "whistle": {
        "approve": approve, "add_unit": add_unit, "upgrade": upgrade, "not_solved": send_back,
        "close": ending("close", AT_WORK), "withdraw": ending("withdraw", (*AT_WORK, "finished")),
        "void": ending("void", (*AT_WORK, "finished")),
    },
    "call": {
        "report_in": settling("report_in"), "finish": settling("finish"), "release": settling("release"),
        "give": giving("give", "ruling"), "arbitrate_give": giving("arbitrate_give", "arbitration"),
        "appraise_unit": appraising("appraise_unit"), "appraise_whistle": appraising("appraise_whistle"),
    },
}  # fmt: skip
FOLLOWS = {"whistle": {"upgrade_late": spread_kind}}  # what a rung's step brings along
