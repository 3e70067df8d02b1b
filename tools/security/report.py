"""docs/security/report.json and report.md: what was tried, how often, what was found; and the tests of the repository that show
the same on every run of `make test`."""

import json
import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.security.outcome import ROOT, Outcome

FOLDER = ROOT / "docs/security"
TESTS = FOLDER / "tests.md"
HEAD = """# What was tried against casemgr

Written by `make security` ({when}, {requests} bad requests, {kind}). A production server of its own is built, attacked as described and
thrown away; sources, secrets and dependencies are read without a network. `make security REQUESTS=100000 DB=sqlite` (or `DB=postgres`
with CASEMGR_TEST_POSTGRES_URL set) repeats it; report.json beside this file holds the figures.

{verdict}

| What | Tries | Found | Seconds |
|---|---|---|---|
"""


def write(outcomes: Iterable[Outcome], *, requests: int, kind: str, folder: Path = FOLDER) -> int:
    """Both files; how many things were found."""
    found = list(outcomes)
    faults = sum(len(one.found) for one in found)
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    told: dict[str, Any] = {
        "when": when, "requests": requests, "database": kind, "python": platform.python_version(), "processors": os.cpu_count(),
        "checks": [vars(one) for one in found],
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    verdict = "**Nothing was found.**" if not faults else f"**{faults} things were found; they stand below.**"
    lines = [HEAD.format(when=when, requests=f"{requests:,}", kind=kind, verdict=verdict)]
    lines += [f"| `{one.name}` | {one.tries:,} | {len(one.found)} | {one.seconds} |\n" for one in found]
    lines += [section(one) for one in found]
    lines.append("\n" + TESTS.read_text(encoding="utf-8") if TESTS.exists() else "")
    (folder / "report.md").write_text("".join(lines), encoding="utf-8")
    return faults


def section(one: Outcome) -> str:
    """What one check tried and found, in words."""
    lines = [f"\n## {one.name}\n\n{' '.join(one.about.split())}\n"]
    if one.facts:
        lines.append("\n" + "".join(f"- {name.replace('_', ' ')}: {said(value)}\n" for name, value in one.facts.items()))
    if one.found:
        lines.append("\nFound:\n\n" + "".join(f"- {fault[:400]}\n" for fault in one.found))
    return "".join(lines)


def said(value: Any) -> str:
    """A figure in words."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {said(one)}" for key, one in value.items())
    return " / ".join(map(str, value)) if isinstance(value, list | tuple) else f"{value:,}" if isinstance(value, int) else str(value)
