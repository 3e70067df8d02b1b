"""The bodies of steps, made from the same field specs as their forms: one model a step, named process_step."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, StringConstraints, create_model
from pydantic import Field as Told

from casemgr.api.operations import WHOLE, Day, Moment, RowId, Strict, Variant
from casemgr.services.answers import NUMBER_LIMIT, TEXT_LIMIT
from workflows import WORKFLOWS
from workflows.asks import REASON
from workflows.clock_steps import asked_of_people
from workflows.model import Field, Step

FILE_SHAPE = r"^[0-9a-f]{32}\.[a-z0-9]{3,4}\|[^|]{1,120}$"
LENGTH_LIMIT = 40
MOST_IDS = 60


def by_people(step: Step) -> bool:
    """Whether a person takes this step, or asks for it."""
    return set(step.by) != {"scheduler"}


def text_of(spec: Field) -> Any:
    """Words."""
    least = max(spec.minimum or 0, 1 if spec.required else 0)
    return Annotated[str, StringConstraints(min_length=least, max_length=spec.maximum or TEXT_LIMIT.get(spec.kind, 300))]


def number_of(spec: Field) -> Any:
    """A whole number within bounds."""
    most = NUMBER_LIMIT if spec.maximum is None else spec.maximum
    return Annotated[int, Told(ge=spec.minimum or 0, le=most), WHOLE]


def ids_of(spec: Field) -> Any:
    """The ids of several rows."""
    return Annotated[list[RowId], Told(min_length=1 if spec.required else 0, max_length=MOST_IDS)]


def choice_of(spec: Field) -> Any:
    """One of the choices."""
    return Literal[tuple(choice.value for choice in spec.choices)]  # type: ignore[misc]


def choices_of(spec: Field) -> Any:
    """Some of the choices."""
    one: Any = choice_of(spec)
    return Annotated[list[one], Told(max_length=len(spec.choices))]


TYPES: Mapping[str, Any] = {
    "text": text_of,
    "longtext": text_of,
    "file": lambda spec: Annotated[str, StringConstraints(pattern=FILE_SHAPE)],
    "length": lambda spec: Annotated[str, StringConstraints(min_length=1, max_length=LENGTH_LIMIT)],
    "integer": number_of,
    "money": number_of,
    **dict.fromkeys(("account", "team", "department", "area", "room", "party"), lambda spec: RowId),
    "accounts": ids_of,
    "departments": ids_of,
    "parties": ids_of,
    "boolean": lambda spec: bool,
    "choice": choice_of,
    "choices": choices_of,
    "date": lambda spec: Day,
    "instant": lambda spec: Moment,
}  # fmt: skip


def model_of(name: str, fields: Iterable[Field]) -> type[BaseModel]:
    """The model of these questions. An optional one is left out, never null."""
    made: dict[str, Any] = {}
    for spec in fields:
        about: dict[str, Any] = {"title": spec.label, "description": spec.hint or None}
        about |= {} if spec.required else {"default": None}
        made[spec.name] = (TYPES[spec.kind](spec), Told(**about))
    return create_model(name, __base__=Strict, **made)


@cache
def step_shapes() -> Mapping[str, Variant]:
    """Step name -> the body of every step of that name that a person takes, over all processes."""
    found: dict[str, list[tuple[str, Step]]] = {}
    for process, flow in WORKFLOWS.items():
        for step in flow.steps:
            if by_people(step) and not step.request:
                found.setdefault(step.name, []).append((process, step))
    return {name: together(name, steps) for name, steps in found.items()}


def together(name: str, steps: list[tuple[str, Step]]) -> Variant:
    """The steps of one name: either body will do; which of them fits is the matter's process."""
    models = [step_body(process, name) for process, _ in steps]
    first = steps[0][1]
    versioned = any(not step.append for _, step in steps)
    return Variant(Union[tuple(models)], first.label, first.follows, versioned)  # noqa: UP007


@cache
def request_shapes() -> Mapping[str, Variant]:
    """Step name -> the body of asking for a step that needs an approval, over all processes: its answers, and the reason."""
    found: dict[str, list[tuple[str, Step]]] = {}
    for process, flow in WORKFLOWS.items():
        for step in flow.steps:
            if step.request:
                found.setdefault(step.name, []).append((process, step))
    return {name: asked_together(steps) for name, steps in found.items()}


def asked_together(steps: list[tuple[str, Step]]) -> Variant:
    """The requests for steps of one name."""
    models = tuple(request_body(process, step.name) for process, step in steps)
    return Variant(Union[models], steps[0][1].label, "It waits for a decision.")  # noqa: UP007


@cache
def step_body(process: str, name: str) -> type[BaseModel]:
    """The body of a step of one process."""
    return model_of(f"{process}_{name}", asked_of_people(WORKFLOWS[process].step(name)))


@cache
def request_body(process: str, name: str) -> type[BaseModel]:
    """The body of asking for a step of one process."""
    fields = asked_of_people(WORKFLOWS[process].step(name))
    reason = () if any(spec.name == REASON.name for spec in fields) else (REASON,)
    return model_of(f"{process}_{name}_request", (*fields, *reason))


def given(body: BaseModel) -> dict[str, Any]:
    """What was sent, as services take it."""
    return body.model_dump(exclude_unset=True)
