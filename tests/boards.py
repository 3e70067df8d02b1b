"""Disputes for the boards of the tests' street: all colours, raised, hollow, with a request; made through the door."""

from datetime import timedelta

from sqlalchemy.orm import Session

from casemgr import db
from casemgr.clock import FixedClock
from casemgr.policy import SCHEDULER
from casemgr.services import requests
from casemgr.services.cases import take_step
from tests.world import COMMUNITIES, World

PHONE, PARTY = "13900001234", "钱某某"


def fill(world: World, session: Session, clock: FixedClock) -> None:
    """Disputes in all colours over ten days: one raised by risk, one as overdue, one hollow, one with a request."""
    for grid, facts in (("a1", {}), ("a1", {"people": 8}), ("b1", {"people": 61}), ("b2", {}), ("c1", {})):
        accepted(world, session, clock, grid, **facts)
    clock.advance(timedelta(days=9))
    for grid, facts in (("a2", {"people": 40}), ("b1", {"people": 6})):
        accepted(world, session, clock, grid, **facts)
    raised, late = accepted(world, session, clock, "a1"), accepted(world, session, clock, "a2")
    clock.advance(timedelta(hours=1))
    mediator = world.actor(session, "mediator_a")
    with db.transaction(session):
        by = {"actor": mediator, "at": clock.now()}
        take_step(session, raised, "record_fact", data={"people": 35}, **by)
        take_step(session, raised, "add_party", data={"side": "applicant", "name": PARTY, "phone": PHONE}, **by)
        take_step(session, late, "raise_overdue", actor=SCHEDULER, at=clock.now(), data={"deadline": "settle"})
        lowered = {"tier": "orange", "acknowledged": ["people_involved"], "reason": "已签协议"}
        requests.ask(session, raised, "lowering", "lower_tier", lowered, "已签协议", **by)
        world.open_dispute(session, "worker_a1", "grid_a1", "两家为通道争执", at=clock.now())


def accepted(world: World, session: Session, clock: FixedClock, grid: str, **facts: int) -> int:
    """A dispute of a grid accepted and taken: by its community, or assigned by the street when it is red; its id."""
    by = {who: world.actor(session, f"{who}_{grid[0]}") for who in ("head", "mediator")}
    red = facts.get("people", 0) >= 30
    assigns = world.actor(session, f"street_head_{COMMUNITIES[grid[0]]}") if red else by["head"]
    with db.transaction(session):
        id = world.open_dispute(session, f"worker_{grid}", f"grid_{grid}", "楼上漏水,两家争执", at=clock.now()).case_id
        take_step(session, id, "accept", actor=by["head"], at=clock.now(), data={"category": "0201", **facts})
        chosen = {"handler_id": by["mediator"].account_id}
        take_step(session, id, "assign", actor=assigns, at=clock.now(), data=chosen)
        take_step(session, id, "take", actor=by["mediator"], at=clock.now())
    return id
