"""A small street for the tests of jobs: one district, street, community and grid, a person at each post, disputes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from casemgr import db
from casemgr.models import Account, Appointment, Area
from casemgr.policy import IMPORTER, SCHEDULER, SETUP, Actor
from casemgr.queries.actors import load_actor
from casemgr.services import structure
from casemgr.services.cases import Ask, Seed, Taken, open_cases, take_step, take_steps

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, 09:00 in Shanghai
SEATS = {
    "grid": ("grid_worker", "secretary"),
    "community": ("head", "secretary", "mediator"),
    "street": ("head", "secretary", "operator", "system_admin", "audit_admin"),
    "district": ("supervisor",),
}


@dataclass
class Street:
    """The areas by level, and the accounts by (role, level)."""

    areas: dict[str, Area] = field(default_factory=dict)
    people: dict[tuple[str, str], Account] = field(default_factory=dict)

    def actor(self, session: Session, role: str, level: str, at: datetime = START) -> Actor:
        found = load_actor(session, self.people[role, level].id, at.date())
        session.commit()  # nothing stays locked between the steps of a test
        assert found
        return found


def make_street(session: Session, *, at: datetime = START - timedelta(days=30)) -> Street:
    """Build it in one transaction; everyone has an e-mail address."""
    street, parent = Street(), None
    codes = {"district": "500102", "street": "500102003", "community": "500102003001", "grid": "500102003001001"}
    with db.transaction(session):
        for level, code in codes.items():
            parent = structure.add_area(session, code, f"东风{level}", level, parent, actor=SETUP, at=at)
            street.areas[level] = parent
            for role in SEATS[level]:
                street.people[role, level] = appoint(session, role, parent, at)
    return street


def appoint(session: Session, role: str, area: Area, at: datetime, login: str = "") -> Account:
    """An account at a new post."""
    name = login or f"{role}.{area.level}"
    account = Account(
        login=name, name=name, email=f"{name}@example.org", password_hash="x", old_hashes=[], password_changed_at=at,
        created_at=at,
    )  # fmt: skip
    session.add(account)
    session.flush()
    post = structure.add_post(session, role, area_id=area.id, actor=SETUP, at=at)
    session.add(Appointment(account_id=account.id, post_id=post.id, from_on=at.date()))
    session.flush()
    return account


def register(session: Session, street: Street, count: int = 1, *, at: datetime = START, **seed: Any) -> list[Taken]:
    """Disputes of the grid, not accepted yet."""
    actor = IMPORTER if seed.get("history") else street.actor(session, "grid_worker", "grid", at)
    with db.transaction(session):
        return open_cases(session, "dispute", seeds_of(street, count, seed), actor=actor, at=at)


def seeds_of(street: Street, count: int, seed: dict[str, Any]) -> list[Seed]:
    """So many disputes to be opened in the grid."""
    grid = street.areas["grid"].id
    words = {"area_id": grid, "channel": "grid"}
    return [Seed(grid, {"text": f"楼上漏水第{n}户", **words}, **seed) for n in range(count)]


def accepted(session: Session, street: Street, count: int = 1, *, at: datetime = START, **seed: Any) -> list[int]:
    """Disputes in mediation: registered, accepted, assigned and taken at one instant, in one transaction; their ids."""
    red = seed.get("facts", {}).get("people", 0) >= 30  # a red matter lies with the committee of the street
    worker, head, handler, assigner = (
        street.actor(session, role, level, at)
        for role, level in (
            ("grid_worker", "grid"), ("head", "community"), ("mediator", "community"),
            ("head", "street" if red else "community"),
        )
    )  # fmt: skip
    with db.transaction(session):
        opened = open_cases(session, "dispute", seeds_of(street, count, seed), actor=worker, at=at)
        ids = [taken.case_id for taken in opened]
        for actor, name, data in (
            (head, "accept", {"category": "0201"}),
            (assigner, "assign", {"handler_id": handler.account_id}),
            (handler, "take", {}),
        ):
            outcomes = take_steps(session, [Ask(id, name, data) for id in ids], actor=actor, at=at)
            assert all(isinstance(outcome, Taken) for outcome in outcomes), outcomes
    return ids


def step(session: Session, case_id: int, step_name: str, actor: Actor = SCHEDULER, *, at: datetime, **data: Any) -> Taken:
    """One step in a transaction of its own."""
    with db.transaction(session):
        return take_step(session, case_id, step_name, actor=actor, at=at, data=data)
