"""The vocabulary in which every process is written: frozen, and refused at import when it is wrong.

A workflow file reads as rows of these. Nothing here knows a database, a request or a clock.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from workflows.roles import CASE_DUTIES, POST_ROLES
from workflows.view import CaseView, Reason

Guard = Callable[[CaseView, Mapping[str, Any], datetime], Reason | None]
Derive = Callable[[CaseView, Mapping[str, Any], datetime], Mapping[str, Any]]

KINDS = frozenset(
    "text longtext date instant integer money boolean choice choices account accounts team area department departments room party parties file length".split()
)
INTO = frozenset(("event", "fact", "case", "detail"))


class BadWorkflow(ValueError):
    """A definition that could trap, orphan or silently drop a matter."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One lawful answer: the stored `value` and its English msgid."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """What a step asks: the form and the API model are both built from it.

    `into` says where the answer goes besides the trail: nowhere ("event"), a fact row, a column of the
    case, or a column of the process's own table. `personal` answers never leave the erasable table.
    `minimum`/`maximum` bound a number, or the length of a text.
    """

    name: str
    kind: str
    label: str
    required: bool = True
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[Choice, ...] = ()
    hint: str = ""
    into: str = "event"

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.into not in INTO:
            raise BadWorkflow(f"field {self.name}: unknown kind {self.kind!r} or place {self.into!r}")
        if (self.kind in ("choice", "choices")) != bool(self.choices):
            raise BadWorkflow(f"field {self.name}: a choice needs choices, and only a choice")


@dataclass(frozen=True, slots=True)
class Deadline:
    """One kind of legal or local clock. Its lengths and ladder are numbers in the rule set, by process and key.

    `counts_from` is said in words for the page; `owner` is the duty that must act. Only a deadline that
    `raises` may change the colour. `right` marks a right of the parties: it only reminds. `pauses` says
    whether a recorded suspension stops it.
    """

    key: str
    label: str
    counts_from: str
    source: str
    owner: str
    roll: str = "none"
    raises: bool = False
    right: bool = False
    pauses: bool = True


@dataclass(frozen=True, slots=True)
class Start:
    """A deadline started by a step: counted from the step's own time, or from the date field `anchor`;
    `due_on` names a date field that fixes the due date itself; `length` a length field that sets it. What is not
    answered falls back on the length of the rules. `planned` names a fact that holds the due
    date: while it stays the same a running deadline goes on, and while it is empty none starts."""

    key: str
    anchor: str = ""
    due_on: str = ""
    length: str = ""
    planned: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """A condition of a matter. `owner` is the duty that holds it; `phase` its place on the progress rail.

    `pauses` stops the clocks that a suspension may stop, at most until the deadline `pause_ends` is due; with
    `whole_pause` until the state is left, however late that is: somebody else's lateness costs the paused nothing.
    `closed` stops every clock and opens the bucket of closed time; `final` states may have no way out.
    """

    name: str
    label: str
    owner: str
    phase: str
    pauses: bool = False
    closed: bool = False
    final: bool = False
    pause_ends: str = ""
    whole_pause: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Who is told, as duties on the case, and the code of the sentence they get."""

    to: tuple[str, ...]
    code: str


@dataclass(frozen=True, slots=True)
class Step:
    """One lawful move, or a recorded act that stays where it is (`target` None).

    by       duties that may take it; there is no default: nobody
    event    the kind of the trail entry, in the past tense
    follows  one sentence for the button: what happens next
    guards   each gives None, or the reason why not
    derive   pure function giving further facts from the case and the answers
    sets     columns of the case or of the process's own table set to a constant
    writes   the kind of row beside the case that the machinery keeps ("party", "consent", ...)
    append   needs no seen version: it only adds; moves and edits do
    act      counts as work on the matter: restarts the progress clock
    resumes  deadlines that go on where closing left them: closed time does not count, and nothing is forgiven
    request  takes effect only through an approved request of this kind: then `by` is ("request",)
    not_by   duties whose holder may not take it, whatever other duty he has ("another person than ...")
    extends  the running deadline that the one answer of kind "length" makes longer
    together is taken only along with what it brings about on another case, never alone
    effect   what it does beyond columns and deadlines, by its name in casemgr/services/effects/
    weighty  a legal act: stands out in the timeline
    back     leads back to where the matter was left off (the fact "left"), the deadlines that ran then going on
    """

    name: str
    label: str
    source: tuple[str, ...]
    target: str | None
    by: tuple[str, ...]
    event: str
    follows: str = ""
    asks: tuple[Field, ...] = ()
    guards: tuple[Guard, ...] = ()
    starts: tuple[str | Start, ...] = ()
    meets: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    derive: Derive | None = None
    sets: Mapping[str, Any] = field(default_factory=dict)
    writes: str = ""
    notices: tuple[Notice, ...] = ()
    append: bool = False
    act: bool = True
    request: str = ""
    not_by: tuple[str, ...] = ()
    extends: str = ""
    together: bool = False
    effect: str = ""
    weighty: bool = False
    back: bool = False

    def started(self) -> tuple[Start, ...]:
        """The deadlines this step starts, each as a Start."""
        return tuple(s if isinstance(s, Start) else Start(s) for s in self.starts)


@dataclass(frozen=True, slots=True, eq=False)
class Workflow:
    """A whole process; each is one object, equal to itself alone. `opens` is the step that creates a matter in the `initial` state.

    `progress` names the deadline that every recorded act restarts; `listed` puts the process into lists
    and boards; `number` is the word before the year in its case numbers ("" = no number of its own), `kept_number` that of
    confidential ones in a series of their own, where a gap in the other would tell of them.
    `counted`: a matter of its own on boards and in their numbers, not a part of one.
    `lengths_by` names the column of its own whose value may give a deadline another length than the tier does.
    `opens_from` are the processes on whose matters it may be opened, as what belongs to them.
    `from_items`: an incoming item may be sorted into one; the item's words answer those of its first questions that it knows.
    `says` are the sentences of its notices, those in `informs` ask for no act; `refuses` the sentences of reasons that
    only its own guards give. Both are msgids by code, filled after translation (as in sentences.py).
    """

    name: str
    label: str
    initial: str
    opens: Step
    states: tuple[State, ...]
    steps: tuple[Step, ...]
    deadlines: tuple[Deadline, ...]
    phases: tuple[Choice, ...]
    number: str = ""
    listed: bool = True
    tiered: bool = True
    progress: str = ""
    opens_from: tuple[str, ...] = ()
    counted: bool = True
    lengths_by: str = ""
    says: Mapping[str, str] = field(default_factory=dict)
    informs: frozenset[str] = frozenset()
    from_items: bool = False
    kept_number: str = ""
    refuses: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_names(self)
        check_duties(self)
        check_answers(self)
        check_ways(self)
        check_deadlines(self)

    def state(self, name: str) -> State:
        """The state of that name. Raises KeyError."""
        return states_of(self)[name]

    def step(self, name: str) -> Step:
        """The step of that name, the opening step included. Raises KeyError."""
        return steps_of(self)[name]

    def deadline(self, key: str) -> Deadline:
        """The deadline of that key. Raises KeyError."""
        return deadlines_of(self)[key]

    def steps_from(self, state: str) -> tuple[Step, ...]:
        """Every step lawful from that state, in the order of the file."""
        return tuple(s for s in self.steps if state in s.source)


@cache
def states_of(flow: Workflow) -> Mapping[str, State]:
    """Its states by name."""
    return {s.name: s for s in flow.states}


@cache
def steps_of(flow: Workflow) -> Mapping[str, Step]:
    """Its steps by name, the opening step included."""
    return {s.name: s for s in (flow.opens, *flow.steps)}


@cache
def deadlines_of(flow: Workflow) -> Mapping[str, Deadline]:
    """Its deadlines by key."""
    return {d.key: d for d in flow.deadlines}


def check_names(flow: Workflow) -> None:
    """Refuse doubled or unknown names, a step by nobody, a phase that is not on the rail."""
    names = [s.name for s in flow.states]
    steps = [s.name for s in (flow.opens, *flow.steps)]
    if len(set(names)) < len(names) or len(set(steps)) < len(steps):
        raise BadWorkflow(f"{flow.name}: a name is used twice")
    phases = {p.value for p in flow.phases}
    for state in flow.states:
        if not state.owner or state.phase not in phases:
            raise BadWorkflow(f"{flow.name}.{state.name}: no owner, or a phase that is not on the rail")
    for step in (flow.opens, *flow.steps):
        unknown = ({*step.source, step.target} - {None}) - set(names)
        if unknown or not step.by or not step.event:
            raise BadWorkflow(f"{flow.name}.{step.name}: unknown state {unknown}, or by nobody, or no event")


def check_duties(flow: Workflow) -> None:
    """Refuse unknown duties, a step that its own `not_by` forbids to all, and a request step taken by anyone else."""
    known = POST_ROLES.keys() | CASE_DUTIES.keys()
    for state in flow.states:
        if state.owner not in known:
            raise BadWorkflow(f"{flow.name}.{state.name}: {state.owner} is not a duty")
    for step in (flow.opens, *flow.steps):
        told = {duty for notice in step.notices for duty in notice.to}
        unknown = ({*step.by, *step.not_by} | told) - known
        if unknown or not set(step.by) - set(step.not_by):
            raise BadWorkflow(f"{flow.name}.{step.name}: unknown duties {sorted(unknown)}, or nobody is left to take it")
        if bool(step.request) != ("request" in step.by) or (step.request and len(step.by) > 1):
            raise BadWorkflow(f"{flow.name}.{step.name}: a step by request is taken by the request alone")


def check_answers(flow: Workflow) -> None:
    """Refuse a question asked twice, and a date or length that a deadline needs but the step does not ask for."""
    keys = {d.key for d in flow.deadlines}
    for step in (flow.opens, *flow.steps):
        kinds = {f.name: f.kind for f in step.asks}
        if len(kinds) < len(step.asks):
            raise BadWorkflow(f"{flow.name}.{step.name}: a question is asked twice")
        needs = [(name, kind) for start in step.started() for name, kind in (
            (start.anchor, "date"), (start.due_on, "date"), (start.length, "length")) if name]
        if any(kinds.get(name) != kind for name, kind in needs):
            raise BadWorkflow(f"{flow.name}.{step.name}: a deadline needs an answer that is not asked")
        lengths = [kind for kind in kinds.values() if kind == "length"]
        if step.extends and (step.extends not in keys or len(lengths) != 1):
            raise BadWorkflow(f"{flow.name}.{step.name}: to extend takes a known deadline and one length")


def check_ways(flow: Workflow) -> None:
    """Refuse a state nothing leads to, and a state that is neither final nor left by any step."""
    reached, frontier = {flow.initial}, [flow.initial]
    while frontier:
        here = frontier.pop()
        for step in flow.steps_from(here):
            if step.target and step.target not in reached:
                reached.add(step.target)
                frontier.append(step.target)
    for state in flow.states:
        if state.name not in reached:
            raise BadWorkflow(f"{flow.name}.{state.name}: cannot be reached")
        leaves = any(s.target not in (None, state.name) for s in flow.steps_from(state.name))
        if not state.final and not leaves:
            raise BadWorkflow(f"{flow.name}.{state.name}: no way out")


def check_deadlines(flow: Workflow) -> None:
    """Refuse unknown deadlines, one started and never ended, and an open state that no clock need run in."""
    keys = {d.key for d in flow.deadlines}
    used = {k for s in (flow.opens, *flow.steps) for k in (*(x.key for x in s.started()), *s.meets, *s.cancels)}
    ended = {k for s in flow.steps for k in (*s.meets, *s.cancels)}
    if any(bool(s.pause_ends) != s.pauses or (s.pause_ends and s.pause_ends not in keys) for s in flow.states):
        raise BadWorkflow(f"{flow.name}: a state that pauses names the deadline that ends the pause, and only such a one")
    closing = {s.name for s in flow.states if s.closed}
    if used != keys or (not closing and keys - ended) or (flow.progress and flow.progress not in keys):
        raise BadWorkflow(f"{flow.name}: deadlines unknown, unused or never ended: {sorted(used ^ keys)}")
    for state, running in clocks_in(flow):
        if not running and not flow.state(state).closed:
            raise BadWorkflow(f"{flow.name}.{state}: can be reached with no clock running")


def clocks_in(flow: Workflow) -> frozenset[tuple[str, frozenset[str]]]:
    """Every (state, running deadlines) that some lawful history reaches: the whole space, walked."""
    start = (flow.initial, frozenset(s.key for s in flow.opens.started()))
    seen, frontier = {start}, [start]
    while frontier:
        state, running = frontier.pop()
        for step in flow.steps_from(state):
            target = step.target or state
            left = frozenset(running - {*step.meets, *step.cancels} | {s.key for s in step.started()} | {*step.resumes})
            after = (target, frozenset() if flow.state(target).closed else left)
            if after not in seen:
                seen.add(after)
                frontier.append(after)
    return frozenset(seen)
