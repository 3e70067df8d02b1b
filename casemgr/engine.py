"""One state machine per workflow, built once: the only importer of transitions. What is lawful, and where it leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from transitions import Machine, MachineError

from workflows import WORKFLOWS
from workflows.model import Step, Workflow
from workflows.view import CaseView, Reason

WRONG_STATE = "wrong_state"


@dataclass
class Holder:
    """What the machine moves: a state and nothing else."""

    state: str


def build(flow: Workflow) -> Machine:
    """The machine of a workflow. It keeps no model, has no callbacks and no transitions of its own making."""
    moves = [
        {"trigger": step.name, "source": list(step.source), "dest": step.target or "="}
        for step in flow.steps
    ]
    return Machine(
        model=None, states=[s.name for s in flow.states], transitions=moves, initial=flow.initial, auto_transitions=False
    )


MACHINES = {name: build(flow) for name, flow in WORKFLOWS.items()}


def target(process: str, state: str, step: str) -> str | None:
    """The state a step leads to from a state, or None when the workflow does not know it there."""
    machine = MACHINES[process]
    if step not in machine.events:
        return None
    holder = Holder(state)
    try:
        moved = machine.events[step].trigger(holder)
    except MachineError:
        return None
    return holder.state if moved else None


def wrong_state(case: CaseView) -> Reason:
    """The reason that the workflow does not know the step from this state."""
    return Reason(WRONG_STATE, {"state": case.state})


def reasons_against(step: Step, case: CaseView, data: Mapping[str, Any], at: datetime) -> tuple[Reason, ...]:
    """Every reason why a step is not lawful now: its state, and all its guards; empty when it is."""
    if target(case.process, case.state, step.name) is None:
        return (wrong_state(case),)
    found = (guard(case, data, at) for guard in step.guards)
    return tuple(reason for reason in found if reason)
