"""Answers that fit any question, made from its spec: so that tests meet every process, those not written yet too."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from casemgr.policy import Actor
from casemgr.services.cases import Taken
from casemgr.services.opening import open_matter
from tests.world import World
from workflows import WORKFLOWS
from workflows.model import Field

Sample = Callable[[Field, World], Any]
SAMPLES: dict[str, Sample] = {
    "text": lambda spec, world: "试验" * max(1, (spec.minimum or 1) // 2),
    "longtext": lambda spec, world: "路灯不亮，夜里走路看不见。",
    "date": lambda spec, world: world.today,
    "instant": lambda spec, world: world.at + timedelta(days=1),
    "integer": lambda spec, world: spec.minimum or 1,
    "money": lambda spec, world: spec.minimum or 1,
    "boolean": lambda spec, world: False,
    "choice": lambda spec, world: spec.choices[0].value,
    "choices": lambda spec, world: [spec.choices[0].value],
    "area": lambda spec, world: world.areas["grid_a1"].id,
    "department": lambda spec, world: world.departments["housing"].id,
    "account": lambda spec, world: world.accounts["street_secretary_a"].id,
    "team": lambda spec, world: world.teams["neighbour_a"].id,
    "length": lambda spec, world: "3 days",
}


def sample_answers(asked: Iterable[Field], world: World) -> dict[str, Any]:
    """An answer to every question that must be answered."""
    return {spec.name: SAMPLES[spec.kind](spec, world) for spec in asked if spec.required}


def open_sample(session: Session, process: str, world: World, actor: Actor) -> Taken:
    """A matter of a process at grid a1, opened as a person does. Raises what services.opening raises."""
    answers = {"area_id": world.areas["grid_a1"].id, **sample_answers(WORKFLOWS[process].opens.asks, world)}
    return open_matter(session, process, answers, actor=actor, at=world.at)


def opener_of(process: str) -> list[str]:
    """The logins of those in street a who may open a matter of a process, by their roles."""
    logins = {
        "grid_worker": "worker_a1", "mediator": "mediator_a", "head": "head_a", "secretary": "secretary_a",
        "operator": "street_operator_a", "petition_officer": "street_petition_officer_a", "liaison": "liaison_a",
        "supervisor": "supervisor",
    }  # fmt: skip
    return [logins[role] for role in WORKFLOWS[process].opens.by if role in logins]
