"""Processes as text for people: state diagrams (Mermaid) and the page about a process, made from its definition only."""

from collections.abc import Iterable

from workflows import WORKFLOWS
from workflows.model import Deadline, Step, Workflow
from workflows.prove import MACHINE, places, prove
from workflows.request import RECEIVING, REQUEST_KINDS
from workflows.roles import CASE_DUTIES, POST_ROLES, TIERS
from workflows.rulebook import Rulebook

WHO = {**POST_ROLES, **CASE_DUTIES, RECEIVING: "the lead secretary of the area asked for"}


def diagram(flow: Workflow) -> str:
    """The state diagram of a process in Mermaid: states grouped by phase, the moves of people and of requests.

    Acts that stay where they are, and what only the scheduler does, are left to the tables.
    """
    lines = ["```mermaid", "stateDiagram-v2", "    direction TB"]
    for phase in flow.phases:
        lines += grouped(flow, phase.value, phase.label)
    lines.append(f"    [*] --> {flow.initial} : {flow.opens.label}")
    for (source, target), labels in moves(flow).items():
        lines.append(f"    {source} --> {target} : {' / '.join(labels)}")
    lines += [f"    {state.name} --> [*]" for state in flow.states if state.final]
    lines += ["    classDef paused stroke-dasharray: 4 3", "    classDef done fill:#eee,color:#333"]
    for style, names in (
        ("paused", [s.name for s in flow.states if s.pauses]), ("done", [s.name for s in flow.states if s.closed])
    ):  # fmt: skip
        if names:
            lines.append(f"    class {','.join(names)} {style}")
    return "\n".join([*lines, "```"])


def grouped(flow: Workflow, phase: str, label: str) -> list[str]:
    """The states of a phase; several of them stand in a frame with the name of the phase."""
    states = [s for s in flow.states if s.phase == phase]
    rows = [f'    state "{s.label}" as {s.name}' for s in states]
    if len(states) < 2:
        return rows
    return [f'    state "{label}" as phase_{phase} {{', *(f"    {row}" for row in rows), "    }"]


def moves(flow: Workflow) -> dict[tuple[str, str], list[str]]:
    """(from, to) -> the labels of the steps that move there; routing by the machine counts as the step it stands for."""
    found: dict[tuple[str, str], list[str]] = {}
    for step in flow.steps:
        for source in step.source if step.target else ():
            if step.target != source:
                label = f"{step.label} (request)" if step.request else step.label
                found.setdefault((source, str(step.target)), []).append(label)
    return found


def page(flow: Workflow, book: Rulebook) -> str:
    """Everything about one process in Markdown: diagram, proof, states, deadlines, steps."""
    proof = prove(flow, book)
    held = "no flaw was found" if not proof.flaws else "**flaws:** " + "; ".join(proof.flaws)
    return "\n\n".join(
        (
            f"## {flow.label}",
            diagram(flow),
            f"All {proof.places} places (a state with the clocks that run in it) and {proof.moves} ways on were walked: {held}.",
            "### States",
            table(("State", "Held by", "Clocks that may run", ""), (state_row(flow, s.name) for s in flow.states)),
            "### Deadlines",
            table(
                ("Deadline", "Counted from", "Length: yellow, orange, red", "Ladder", "Source"),
                (deadline_row(flow, d, book) for d in flow.deadlines),
            ),
            "### Steps",
            table(
                ("Step", "From", "To", "Who", "Only if", "Clocks"),
                (step_row(flow, s) for s in (flow.opens, *flow.steps) if not set(s.by) <= MACHINE),
            ),
            "### What casemgr does by itself",
            table(("Act", "From", "To", "What follows"), (act_row(s) for s in flow.steps if "scheduler" in s.by)),
        )
    )


def document(book: Rulebook) -> str:
    """docs/workflows.md: every process, and who asks and decides requests."""
    requests = table(
        ("Request", "Asked by", "Decided by"),
        ((k.label, who(k.asked_by), WHO[k.decided_by]) for k in REQUEST_KINDS.values()),
    )
    return "\n\n".join(
        (
            "# Processes",
            "This page is made from `workflows/*.py` and the rules in force by `flask workflows diagram`; do not edit it. "
            "A dashed frame means that clocks stand still, grey that the matter is closed. Sources named in short (TJ 21, house rule 3) "
            "stand in full in [sources.md](sources.md).",
            *(page(flow, book) for flow in WORKFLOWS.values()),
            "## Who asks and who decides",
            "The decider is never the asker: where they would be the same person, the post one level up decides.",
            requests,
        )
    ) + "\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    heads = tuple(heads)
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return "\n".join([*lines, *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)])


def who(duties: Iterable[str]) -> str:
    """Duties in words."""
    return ", ".join(WHO[duty] for duty in duties if duty not in MACHINE)


def state_row(flow: Workflow, name: str) -> tuple[str, ...]:
    """A state, its owner, and the clocks that some history has running in it."""
    state = flow.state(name)
    running = {key for here, clocks in places(flow) if here == name for key in clocks}
    clocks = [d.label for d in flow.deadlines if d.key in running]
    marks = [mark for mark, holds in (("clocks stand still", state.pauses), ("closed", state.closed)) if holds]
    return state.label, "" if state.closed else WHO[state.owner], ", ".join(clocks), ", ".join(marks)


def deadline_row(flow: Workflow, deadline: Deadline, book: Rulebook) -> tuple[str, ...]:
    """A deadline with its numbers."""
    lengths = [book.length(flow.name, deadline.key, tier) or "–" for tier in TIERS]
    length = lengths[0] if len(set(lengths)) == 1 else ", ".join(lengths)
    return deadline.label, deadline.counts_from, length, ladder_words(flow, deadline.key, book), deadline.source


def ladder_words(flow: Workflow, key: str, book: Rulebook) -> str:
    """The ladder of a deadline in a line; where red has one of its own, both."""
    rows = book.raw.get("ladders", {}).get(flow.name, {}).get(key, {})
    lines = [", ".join(f"{r['at']}: {r['act'].replace('_', ' ')}" for r in rows.get("rungs", ()))]
    lines += [f"{tier}: " + ", ".join(f"{r['at']}: {r['act'].replace('_', ' ')}" for r in rows[tier]["rungs"])
              for tier in TIERS if tier in rows]
    return "; ".join(filter(None, lines)) or "–"


def step_row(flow: Workflow, step: Step) -> tuple[str, ...]:
    """A step a person takes or asks for."""
    by = f"on request: {who(REQUEST_KINDS[step.request].asked_by)}" if step.request else who(step.by)
    never = f"; never {who(step.not_by)}" if step.not_by else ""
    to = "back where it was" if step.back else flow.state(step.target).label if step.target else "stays"
    return step.label, sources(flow, step), to, by + never, conditions(step), clocks_of(flow, step)


def sources(flow: Workflow, step: Step) -> str:
    """Where a step is offered, in few words."""
    open_states = [s.name for s in flow.states if not s.closed]
    if set(step.source) == {s.name for s in flow.states}:
        return "any state"
    if set(step.source) == set(open_states):
        return "any open state"
    return ", ".join(flow.state(name).label for name in step.source)


def conditions(step: Step) -> str:
    """What its guards ask, in the words of their authors."""
    return " ".join(" ".join((guard.__doc__ or "").split()) for guard in step.guards)


def clocks_of(flow: Workflow, step: Step) -> str:
    """What a step does to deadlines."""
    parts = (
        ("starts", [s.key for s in step.started()]), ("resumes", step.resumes), ("meets", step.meets),
        ("ends", step.cancels), ("extends", [step.extends] if step.extends else []),
    )  # fmt: skip
    return "; ".join(f"{verb} {', '.join(flow.deadline(k).label for k in keys)}" for verb, keys in parts if keys)


def act_row(step: Step) -> tuple[str, ...]:
    """A step casemgr takes by itself."""
    return step.label, f"{len(step.source)} states", step.target or "stays", step.follows
