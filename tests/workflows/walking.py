"""A matter walked through its process in memory: the rules alone, without database, clock or permission code.

`Walk` keeps a CaseView and does what the definition says; what it cannot know (tier, level, persons) a test sets.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from workflows.model import Step, Workflow
from workflows.view import CaseView, ClockView, PartyView

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday 2026-03-02 09:00 in China
COLUMNS = ("title", "text", "category", "handler_id", "team_id", "patron_id", "confidential")


class NotLawful(AssertionError):
    """The step is not one from this state, or not for this duty."""


class Refused(AssertionError):
    """Guards said why not; `codes` are their reasons, in order."""

    def __init__(self, codes: list[str]) -> None:
        self.codes = codes
        super().__init__(", ".join(codes))


def lawful(flow: Workflow, state: str, step: str, *duties: str) -> bool:
    """Whether somebody with exactly these duties may take the step from the state, guards aside."""
    found = flow.step(step)
    return state in found.source and bool({*duties} & {*found.by}) and not {*duties} & {*found.not_by}


class Walk:
    """One matter: `view` as its rules see it, `at` the present, `path` the steps taken."""

    def __init__(self, flow: Workflow, at: datetime = START, **given: Any) -> None:
        self.flow, self.at, self.path = flow, at, []
        self.view = CaseView(id=1, process=flow.name, state=flow.initial, registered_at=at, **given)
        self._effects(flow.opens, flow.initial, {})

    def put(self, **values: Any) -> "Walk":
        """Set what the machinery would set."""
        self.view = replace(self.view, **values)
        return self

    def facts(self, **facts: Any) -> "Walk":
        """Record facts."""
        return self.put(facts={**self.view.facts, **facts})

    def party(self, id: int, side: str, consent: str = "", representative: bool = False) -> "Walk":
        """Add a party, or put another in its place."""
        others = tuple(p for p in self.view.parties if p.id != id)
        return self.put(parties=(*others, PartyView(id, side, consent, representative)))

    def later(self, **span: float) -> "Walk":
        """Let time pass."""
        self.at += timedelta(**span)
        return self

    @property
    def state(self) -> str:
        return self.view.state

    @property
    def running(self) -> set[str]:
        """The deadlines that run."""
        return {key for key, clock in self.view.clocks.items() if clock.status == "running"}

    def reasons(self, name: str, /, **data: Any) -> list[str]:
        """The codes of all reasons against a step."""
        step = self.flow.step(name)
        unknown = set(data) - {f.name for f in step.asks}
        missing = {f.name for f in step.asks if f.required} - set(data)
        assert not unknown and not missing, f"{name}: not asked {unknown}, not answered {missing}"
        return [reason.code for guard in step.guards if (reason := guard(self.view, data, self.at))]

    def take(self, name: str, duty: str, /, **data: Any) -> "Walk":
        """Take a step. Raises NotLawful or Refused."""
        step = self.flow.step(name)
        if not lawful(self.flow, self.state, name, duty):
            raise NotLawful(f"{name} by {duty} from {self.state}")
        if codes := self.reasons(name, **data):
            raise Refused(codes)
        derived = step.derive(self.view, data, self.at) if step.derive else {}
        asked = {f.name: data[f.name] for f in step.asks if f.into == "fact" and f.name in data}
        self.facts(**asked, **derived)
        into = {f.name: f.into for f in step.asks}
        columns = {k: v for k, v in data.items() if into[k] == "case" and k in COLUMNS}
        detail = {k: v for k, v in data.items() if into[k] == "detail"}
        self.put(**columns, detail={**self.view.detail, **detail})
        self._effects(step, self.view.facts["left"]["state"] if step.back else step.target or self.state, data)
        self.path.append(name)
        return self

    def _effects(self, step: Step, target: str, data: Mapping[str, Any]) -> None:
        """State, constants and clocks."""
        columns = {k: v for k, v in step.sets.items() if k in COLUMNS}
        detail = {k: v for k, v in step.sets.items() if k not in COLUMNS}
        clocks = dict(self.view.clocks)
        for keys, status in ((step.meets, "met"), (step.cancels, "cancelled")):
            for key in keys:
                if key in clocks and clocks[key].status in ("running", "paused"):
                    clocks[key] = replace(clocks[key], status=status)
        back = self.view.facts["left"]["clocks"] if step.back else ()
        for key in (*(s.key for s in step.started()), *step.resumes, *back):
            clocks[key] = ClockView(key, "running", self.at, self.at + timedelta(days=30))
        if self.flow.state(target).closed:
            clocks = {k: replace(c, status="cancelled" if c.status == "running" else c.status) for k, c in clocks.items()}
        stamps: dict[str, Any] = {"last_act_at": self.at} if step.act else {}
        if step.name == "accept":
            stamps["accepted_at"] = self.at
        stamps["closed_at"] = self.at if self.flow.state(target).closed else None
        self.put(state=target, clocks=clocks, detail={**self.view.detail, **detail}, **columns, **stamps)
