"""The standard forms as read from forms.toml: refused at import when a description is wrong. No case and no layout here."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCES = tuple(Path(__file__).with_name(name) for name in ("forms.toml", "petition_forms.toml", "legacy_forms.toml"))
LAYOUTS = ("letter", "notice", "form")
READY, MADE, NEVER = "ready", "made", "never"
KINDS = {
    "title": (), "para": ("text",), "field": ("text",), "grid": ("widths", "rows"), "table": ("of", "columns"),
    "parties": ("side", "label"), "party_lines": ("side", "label"), "sign": ("lines",), "lines": ("count",),
    "space": ("lines",), "gap": (), "break": (),
}  # fmt: skip
SHOWS_CONTACTS = ("parties", "party_lines")
WHOLE = "whole"  # the whole file, which is made of all the others


class BadForm(ValueError):
    """A description that could not become a paper."""


@dataclass(frozen=True, slots=True)
class Form:
    """One standard form. `needs` names values of the case, `per` the kind of entry it is made for; see forms.toml."""

    key: str
    name: str
    layout: str
    blocks: tuple[Mapping[str, Any], ...]
    number: str = ""
    needs: tuple[str, ...] = ()
    per: str = ""
    blank: bool = False
    filed: str = READY
    copies: str = "1"
    listed: bool = True
    process: str = "dispute"

    @property
    def shows_contacts(self) -> bool:
        """Whether phone, identity number and address stand on it."""
        return any(block["kind"] in SHOWS_CONTACTS for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Boxes:
    """Choices to tick: the value that is ticked by, and its (code, words)."""

    of: str
    options: tuple[tuple[str, str], ...]


def load_forms(source: Path = SOURCES[0]) -> tuple[dict[str, Form], dict[str, Boxes], dict[str, str]]:
    """Forms of one process in their order, boxes and number words by key. Raises BadForm."""
    raw = tomllib.loads(source.read_text(encoding="utf-8"))
    if set(raw["order"]) != set(raw["forms"]) or len(raw["order"]) != len(raw["forms"]):
        raise BadForm("order must name every form once")
    process = {"process": raw["process"]} if "process" in raw else {}
    forms = {key: form_of(key, raw["forms"][key] | process) for key in raw["order"]}
    boxes = {key: Boxes(spec["of"], tuple((code, words) for code, words in spec["options"])) for key, spec in raw["boxes"].items()}
    unknown = {form.number for form in forms.values() if form.number} - raw["series"].keys()
    if unknown:
        raise BadForm(f"no series {sorted(unknown)}")
    return forms, boxes, dict(raw["series"])


def form_of(key: str, spec: Mapping[str, Any]) -> Form:
    """One form. Raises BadForm."""
    given = dict(spec) | {name: tuple(spec[name]) for name in ("needs", "blocks") if name in spec}
    form = Form(key, **given)
    if form.layout not in LAYOUTS:
        raise BadForm(f"{key}: unknown layout")
    for block in form.blocks:
        kind = block.get("kind", "")
        if kind not in KINDS or any(name not in block for name in KINDS[kind]):
            raise BadForm(f"{key}: block {kind!r} is unknown or says too little")
    return form


def load_all(sources: Iterable[Path] = SOURCES) -> tuple[dict[str, Form], dict[str, Boxes], dict[str, str]]:
    """Those of every process. Raises BadForm."""
    forms: dict[str, Form] = {}
    boxes: dict[str, Boxes] = {}
    series: dict[str, str] = {}
    for source in sources:
        own = load_forms(source)
        if forms.keys() & own[0].keys() or boxes.keys() & own[1].keys() or series.keys() & own[2].keys():
            raise BadForm(f"{source.name}: a key is used twice")
        forms, boxes, series = forms | own[0], boxes | own[1], series | own[2]
    return forms, boxes, series


FORMS, BOXES, SERIES = load_all()
