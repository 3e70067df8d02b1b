"""Every process proved, not only drawn: all histories are walked, and what is wrong is said in words.

A place is a state together with the deadlines that run in it. Guards are not walked (the specification tables try
them); the progress clock never counts, because some tiers have none. Drawing stands in draw.py.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from workflows import WORKFLOWS
from workflows.clock_steps import RAISE
from workflows.model import Step, Workflow
from workflows.request import RECEIVING, REQUEST_KINDS
from workflows.roles import CASE_DUTIES, POST_ROLES, TIERS
from workflows.rulebook import Rulebook

Place = tuple[str, frozenset[str]]
MACHINE = frozenset(("scheduler", "importer"))
DUTIES = CASE_DUTIES.keys() | POST_ROLES.keys() | {"holder"}


@dataclass(frozen=True, slots=True)
class Proof:
    """What was walked and what was found wrong: `flaws` is empty for a process that holds."""

    process: str
    places: int
    moves: int
    flaws: tuple[str, ...]


def prove(flow: Workflow, book: Rulebook) -> Proof:
    """Walk every history of a process and check it against the numbers of a rule set."""
    found = places(flow)
    moves = sum(len(flow.steps_from(state)) for state, _ in found)
    flaws = (
        *ownerless(flow), *clockless(flow), *dead_ends(flow), *unreachable_steps(flow), *untakeable(flow),
        *endless_clocks(flow), *idle_extensions(flow), *numberless(flow, book), *bad_ladders(flow, book),
    )  # fmt: skip
    return Proof(flow.name, len(found), moves, flaws)


def prove_all(book: Rulebook) -> tuple[Proof, ...]:
    """The proofs of every process."""
    return tuple(prove(flow, book) for flow in WORKFLOWS.values())


def after(flow: Workflow, place: Place, step: Step) -> Place:
    """Where a step leads from a place: its state, and the deadlines that run there. Closing stops them all."""
    state, running = place
    target = step.target or state
    if flow.state(target).closed:
        return target, frozenset()
    started = {s.key for s in step.started()} | {*step.resumes}
    return target, frozenset(((running - {*step.meets, *step.cancels}) | started) - {flow.progress})


@lru_cache(maxsize=8)
def places(flow: Workflow) -> frozenset[Place]:
    """Every place that some history reaches."""
    start = (flow.initial, frozenset(s.key for s in flow.opens.started()) - {flow.progress})
    seen, frontier = {start}, [start]
    while frontier:
        here = frontier.pop()
        for step in flow.steps_from(here[0]):
            there = after(flow, here, step)
            if there not in seen:
                seen.add(there)
                frontier.append(there)
    return frozenset(seen)


def by_people(step: Step) -> bool:
    """Whether a person can take it, or decide on the request for it."""
    return bool(set(step.by) - set(step.not_by) - MACHINE)


def leads_to(flow: Workflow, goals: Iterable[Place]) -> frozenset[Place]:
    """Every place from which steps of people lead to one of the goals, the goals included."""
    back: dict[Place, set[Place]] = {}
    for place in places(flow):
        for step in flow.steps_from(place[0]):
            if by_people(step):
                back.setdefault(after(flow, place, step), set()).add(place)
    seen = set(goals)
    frontier = list(seen)
    while frontier:
        for place in back.get(frontier.pop(), set()) - seen:
            seen.add(place)
            frontier.append(place)
    return frozenset(seen)


def words(place: Place) -> str:
    """A place in words."""
    state, running = place
    return f"{state} with {', '.join(sorted(running)) or 'no clock'}"


def in_order(found: Iterable[Place]) -> list[Place]:
    """Places in a fixed order, for stable words."""
    return sorted(found, key=lambda place: (place[0], sorted(place[1])))


def ownerless(flow: Workflow) -> Iterator[str]:
    """Open states whose owner is no duty, or can do nothing but record."""
    for state in flow.states:
        if state.owner not in DUTIES:
            yield f"{flow.name}.{state.name}: {state.owner} is not a duty"
        moves = [s for s in flow.steps_from(state.name) if state.owner in s.by and s.target not in (None, state.name)]
        if not state.closed and not moves:
            yield f"{flow.name}.{state.name}: its owner {state.owner} cannot bring it further"


def clockless(flow: Workflow) -> Iterator[str]:
    """Places without a running clock; and suspensions in which every clock stands still."""
    for place in in_order(places(flow)):
        state = flow.state(place[0])
        ticking = [k for k in place[1] if not (state.pauses and flow.deadline(k).pauses)]
        if not state.closed and not ticking:
            yield f"{flow.name}: {words(place)}: no clock is running"


def dead_ends(flow: Workflow) -> Iterator[str]:
    """Places from which people cannot bring the matter to a close."""
    closed = [place for place in places(flow) if flow.state(place[0]).closed]
    for place in in_order(places(flow) - leads_to(flow, closed)):
        yield f"{flow.name}: {words(place)}: cannot be closed by people"


def unreachable_steps(flow: Workflow) -> Iterator[str]:
    """Steps that no history offers."""
    reached = {state for state, _ in places(flow)}
    for step in flow.steps:
        if not reached & set(step.source):
            yield f"{flow.name}.{step.name}: is offered in no history"


def untakeable(flow: Workflow) -> Iterator[str]:
    """Steps that nobody may take: no duty left, or a request that nobody may ask for or decide."""
    for step in (flow.opens, *flow.steps):
        if not set(step.by) - set(step.not_by) or set(step.by) - DUTIES:
            yield f"{flow.name}.{step.name}: by nobody who exists"
        if step.request:
            kind = REQUEST_KINDS.get(step.request)
            deciders = DUTIES | {RECEIVING}
            if kind is None or not kind.asked_by or set(kind.asked_by) - DUTIES or kind.decided_by not in deciders:
                yield f"{flow.name}.{step.name}: a request {step.request!r} that nobody may ask for or decide"


def endless_clocks(flow: Workflow) -> Iterator[str]:
    """Deadlines that run at a place from which no step of people ends them."""
    for deadline in flow.deadlines:
        key = deadline.key
        without = [place for place in places(flow) if key not in place[1]]
        for place in in_order(places(flow) - leads_to(flow, without)):
            yield f"{flow.name}: {words(place)}: {key} can never end"
        started = {s.key for step in (flow.opens, *flow.steps) for s in step.started()}
        if key not in started:
            yield f"{flow.name}.{key}: is never started"


def idle_extensions(flow: Workflow) -> Iterator[str]:
    """Extensions of a deadline that does not run where they are offered."""
    for step in flow.steps:
        for place in in_order(places(flow)):
            if step.extends and place[0] in step.source and step.extends not in place[1]:
                yield f"{flow.name}.{step.name}: {words(place)}: {step.extends} does not run"


def numberless(flow: Workflow, book: Rulebook) -> Iterator[str]:
    """Deadlines that some tier gives no length, unless an answer fixes them or it is the progress clock."""
    steps = (flow.opens, *flow.steps)
    fixed = {s.key for step in steps for s in step.started() if s.due_on or s.length or s.planned}
    for deadline in flow.deadlines:
        missing = [tier for tier in TIERS if not book.length(flow.name, deadline.key, tier)]
        if missing and deadline.key not in fixed | {flow.progress}:
            yield f"{flow.name}.{deadline.key}: no length for {', '.join(missing)}"


def bad_ladders(flow: Workflow, book: Rulebook) -> Iterator[str]:
    """Rungs that take an unlawful step, tell nobody, raise where nothing may raise, or burden a right."""
    for deadline in flow.deadlines:
        for tier in TIERS:
            for rung in book.rungs(flow.name, deadline.key, tier):
                where = f"{flow.name}.{deadline.key}, {tier}, rung {rung.name}"
                if not rung.audience or set(rung.audience) - DUTIES:
                    yield f"{where}: tells nobody, or somebody unknown"
                if rung.act == RAISE and not deadline.raises:
                    yield f"{where}: only a deadline that raises may change the colour"
                if deadline.right and rung.act != "remind":
                    yield f"{where}: a right of the parties only reminds"
                yield from unlawful_acts(flow, deadline.key, rung.act, where)
        if not any(book.rungs(flow.name, deadline.key, tier) for tier in TIERS):
            yield f"{flow.name}.{deadline.key}: has no ladder"


def unlawful_acts(flow: Workflow, key: str, act: str, where: str) -> Iterator[str]:
    """Where the act of a rung is not a step of the scheduler while its deadline runs."""
    lawful = {source for s in flow.steps if s.name == act and "scheduler" in s.by for source in s.source}
    running = {state for state, clocks in places(flow) if key in clocks}
    if key == flow.progress:
        running = {flow.initial}
    if running - lawful or not lawful:
        yield f"{where}: {act} is not lawful in {', '.join(sorted(running - lawful)) or 'any state'}"


def counts(flow: Workflow) -> Mapping[str, int]:
    """How large a process is, for the page about it."""
    return {
        "states": len(flow.states), "steps": len(flow.steps) + 1, "deadlines": len(flow.deadlines),
        "places": len(places(flow)),
    }  # fmt: skip
