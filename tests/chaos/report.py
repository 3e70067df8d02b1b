"""The figures of runs: told on the screen, kept as JSON, and written as a table into docs/chaos.md."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.chaos.verdict import Verdict

DOCS = Path(__file__).parents[2] / "docs"
JSON, PAGE = DOCS / "chaos.json", DOCS / "chaos.md"
BEGIN, END = "<!-- runs -->", "<!-- end of runs -->"
HEAD = "| database | seed | kills | of them | connections broken | clock | acknowledged | refused | sent again | not known | taken over after, s | faults |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
KEPT = 12  # runs that the page shows, the latest of each database and seed


def as_text(found: Verdict) -> str:
    """The verdict for the screen."""
    lines = [f"{name}: {value}" for name, value in asdict(found).items() if name != "faults" and value not in ({}, [])]
    return "\n".join([*lines, *(f"FAULT {fault}" for fault in found.faults), "passed" if not found.faults else f"{len(found.faults)} faults"])


def keep(found: Verdict) -> None:
    """Add a run to the kept ones, in place of an earlier one of the same database and seed, and write the page anew."""
    runs: list[dict[str, Any]] = json.loads(JSON.read_text(encoding="utf-8")) if JSON.exists() else []
    made = asdict(found) | {"on": datetime.now(UTC).date().isoformat()}
    runs = [run for run in runs if (run["database"], run["seed"]) != (found.database, found.seed)] + [made]
    JSON.write_text(json.dumps(runs[-KEPT:], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table(runs[-KEPT:])}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def table(runs: list[dict[str, Any]]) -> str:
    """The runs as a table."""
    return "\n".join([HEAD, *(row(run) for run in runs)])


def row(run: dict[str, Any]) -> str:
    """One run."""
    cells = (
        run["database"], run["seed"], sum(run["kills"].values()), named(run["kills"]), named(run["cuts"]),
        ", ".join(f"{hours:+g} h" for hours in run["jumps"]), sum(run["granted"].values()), sum(run["refused"].values()),
        run["retried"], run["unknown"], ", ".join(map(str, run["failover"])), len(run["faults"]),
    )  # fmt: skip
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def named(counts: dict[str, int]) -> str:
    """Counts by name."""
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
