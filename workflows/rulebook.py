"""A rule set read and checked: the one way from the numbers of rules/*.toml to lengths, ladders, teams and cuts.

Not here: what a number means (warning.py, due.py, ladder.py, routing.py).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workflows.grid_standard import standard_of
from workflows.ladder import Rung, read_rung
from workflows.lengths import Length, parse_length
from workflows.roles import TIERS
from workflows.warning import check_rules

PACKAGED = Path(__file__).parent / "rules" / "default.toml"
PROCESSES = PACKAGED.parent / "processes"  # the numbers of one process each


class BadRules(ValueError):
    """A rule set that cannot be used; the text says where."""


@dataclass(frozen=True)
class Rulebook:
    """One version of the rules. `raw` is the whole table, for warning.assess and routing."""

    version: int
    raw: Mapping[str, Any]

    def length(self, process: str, key: str, tier: str, kind: str = "") -> str | None:
        """How long a deadline is for a tier, as written ("7 days"), or None: this tier sets no limit.

        A matter not graded yet has yellow's lengths; one text stands for all tiers. The length of a `kind` of matter
        (Workflow.lengths_by) stands for every tier but the top one.
        """
        found = self.raw["deadlines"].get(process, {}).get(key)
        if isinstance(found, Mapping):
            own = found.get(kind) if tier != TIERS[-1] else None
            return own or found.get(tier or TIERS[0])
        return found

    def rungs(self, process: str, key: str, tier: str) -> tuple[Rung, ...]:
        """The ladder of a deadline for a tier, in order; empty when it has none."""
        return ladders(self)[process, key, tier or TIERS[0]]

    def team_categories(self) -> dict[str, tuple[str, ...]]:
        """Team key -> the dispute categories it takes by default."""
        return {key: tuple(team["categories"]) for key, team in self.raw["teams"].items()}

    def number(self, *path: str) -> Any:
        """A single number of the rules, e.g. number("limits", "free_correction_minutes"). Raises KeyError."""
        found: Any = self.raw
        for name in path:
            found = found[name]
        return found

    def __hash__(self) -> int:
        return hash((self.version, id(self.raw)))

    def __eq__(self, other: object) -> bool:
        return self is other


@cache
def ladders(book: Rulebook) -> Mapping[tuple[str, str, str], tuple[Rung, ...]]:
    """Every (process, deadline, tier) with its rungs."""
    return Ladders(
        ((process, key, tier), rungs_of(table, tier, f"ladders.{process}.{key}"))
        for process, keys in book.raw.get("ladders", {}).items()
        for key, table in keys.items()
        for tier in TIERS
    )


class Ladders(dict[tuple[str, str, str], tuple[Rung, ...]]):
    """A deadline without a ladder has no rungs."""

    def __missing__(self, key: tuple[str, str, str]) -> tuple[Rung, ...]:
        return ()


def rungs_of(table: Mapping[str, Any], tier: str, where: str) -> tuple[Rung, ...]:
    """The rungs written for a tier, or those for all. Raises BadRules."""
    rows = table.get(tier, table).get("rungs", ())
    try:
        return tuple(read_rung(row) for row in rows)
    except (KeyError, ValueError) as error:
        raise BadRules(f"[{where}]: {error}") from error


def read_rules(text: str, version: int) -> Rulebook:
    """The rule set written in that TOML text. Raises BadRules with one clear sentence."""
    try:
        book = Rulebook(version, with_processes(tomllib.loads(text)))
        check_rules(book.raw)
        standard_of(book.raw)
        for process, keys in book.raw["deadlines"].items():
            for key in keys:
                check_lengths(book, process, key)
        ladders(book)
    except (tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        raise BadRules(f"the rules cannot be used: {error}") from error
    return book


def with_processes(raw: dict[str, Any]) -> dict[str, Any]:
    """The rules with the packaged numbers of every process they do not speak of: an installation's own rules may be
    older than a process. Single limits are taken over one by one."""
    for name, packaged_table in numbers_of_processes().items():
        if name in raw.get("deadlines", {}):
            continue
        for section, content in packaged_table.items():
            raw[section] = dict(content) | raw.get(section, {})
    return raw


@cache
def numbers_of_processes() -> Mapping[str, Mapping[str, Any]]:
    """The numbers of the processes that have a file of their own, by name."""
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(PROCESSES.glob("*.toml"))}


def check_lengths(book: Rulebook, process: str, key: str) -> None:
    """Refuse a length that is none."""
    found = book.raw["deadlines"][process][key]
    for written in found.values() if isinstance(found, Mapping) else (found,):
        if not isinstance(parse_length(written), Length):
            raise BadRules(f"[deadlines.{process}.{key}]: {written!r}")


@cache
def packaged() -> Rulebook:
    """The rules that come with casemgr, as version 0: in force until an installation loads its own."""
    return read_rules(PACKAGED.read_text(encoding="utf-8"), 0)
