"""One state machine per workflow, built once: the only importer of transitions. What is lawful, and where it leads."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from transitions import Machine, MachineError

from workflows import WORKFLOWS
from workflows.model import Guard, Step, Workflow
from workflows.record_steps import JOINED
from workflows.view import CaseView, Reason

WRONG_STATE, JOINED_ELSEWHERE = "wrong_state", "joined_elsewhere"
logging.getLogger("transitions").setLevel(logging.WARNING)  # it tells every move; the trail does


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


@cache  # a workflow never changes while the programme runs
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
    return Reason(JOINED_ELSEWHERE if case.state == JOINED else WRONG_STATE, {"state": case.state})


class Unanswered(Mapping[str, Any]):
    """Answers nobody has given yet. It remembers whether a guard looked at one that the step will ask for."""

    def __init__(self, step: Step) -> None:
        self.asked = {field.name for field in step.asks}
        self.looked_at = False

    def __getitem__(self, name: str) -> Any:
        self.looked_at |= name in self.asked
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        self.looked_at = True
        return iter(())

    def __len__(self) -> int:
        return 0


class Watched(datetime):
    """The instant at which guards are asked. It remembers whether one of them looked at it: what is said without a look at the
    clock is true until the matter changes."""

    looked_at: bool

    @classmethod
    def at(cls, at: datetime) -> "Watched":
        """An instant, not looked at yet."""
        made = cls.combine(at.date(), at.timetz())
        object.__setattr__(made, "looked_at", False)
        return made

    def __getattribute__(self, name: str) -> Any:
        if name != "looked_at":
            object.__setattr__(self, "looked_at", True)
        return super().__getattribute__(name)


def watch(name: str) -> None:
    """Let an operation of a watched instant, which Python does not look up as an attribute, tell of itself."""
    operation = getattr(datetime, name)

    def watched(self: Watched, *other: Any) -> Any:
        object.__setattr__(self, "looked_at", True)
        return operation(self, *other)

    setattr(Watched, name, watched)


for operator in ("lt", "le", "gt", "ge", "eq", "ne", "sub", "rsub", "add", "radd", "hash", "str", "repr", "format"):
    watch(f"__{operator}__")


def standing_reasons(step: Step, case: CaseView, at: datetime) -> tuple[Reason, ...]:
    """The reasons against a step that no answer to its questions could change: what a page can say beforehand."""
    if target(case.process, case.state, step.name) is None:
        return (wrong_state(case),)
    found = (standing_reason(guard, step, case, at) for guard in step.guards)
    return tuple(reason for reason in found if reason)


def standing_reason(guard: Guard, step: Step, case: CaseView, at: datetime) -> Reason | None:
    """What one guard says before anything is answered, unless it waits for an answer."""
    answers = Unanswered(step)
    try:
        reason = guard(case, answers, at)
    except KeyError:
        return None
    return None if answers.looked_at else reason


def reasons_against(step: Step, case: CaseView, data: Mapping[str, Any], at: datetime) -> tuple[Reason, ...]:
    """Every reason why a step is not lawful now: its state, and all its guards; empty when it is."""
    if target(case.process, case.state, step.name) is None:
        return (wrong_state(case),)
    found = (guard(case, data, at) for guard in step.guards)
    return tuple(reason for reason in found if reason)
