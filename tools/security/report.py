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
    """Both files; how many things were found. Floods of other databases stay."""
    found = list(outcomes)
    told: dict[str, Any] = about(kind) | {"requests": requests, "checks": [vars(one) for one in found]}
    told["floods"] = {other: one for other, one in earlier(folder).get("floods", {}).items() if other != kind}
    save(told, folder)
    return sum(len(one.found) for one in found)


def add_flood(outcome: Outcome, *, kind: str, folder: Path = FOLDER) -> int:
    """A flood of bad requests alone beside what stands there; how many things it found."""
    told = earlier(folder)
    if told:
        told.setdefault("floods", {})[kind] = about(kind) | {"check": vars(outcome)}
        save(told, folder)
    return len(outcome.found)


def about(kind: str) -> dict[str, Any]:
    """When and on what."""
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return {"when": when, "database": kind, "python": platform.python_version(), "processors": os.cpu_count()}


def earlier(folder: Path) -> dict[str, Any]:
    """The report that stands there; empty where there is none."""
    path = folder / "report.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def save(told: dict[str, Any], folder: Path) -> None:
    """Both files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    checks = [(one["name"], Outcome(**one)) for one in told["checks"]]
    checks += [(f"{one['check']['name']} ({kind}, {one['when']})", Outcome(**one["check"])) for kind, one in told["floods"].items()]
    faults = sum(len(one.found) for _, one in checks)
    verdict = "**Nothing was found.**" if not faults else f"**{faults} things were found; they stand below.**"
    lines = [HEAD.format(when=told["when"], requests=f"{told['requests']:,}", kind=told["database"], verdict=verdict)]
    lines += [f"| `{name}` | {one.tries:,} | {len(one.found)} | {one.seconds} |\n" for name, one in checks]
    lines += [section(name, one) for name, one in checks]
    lines.append("\n" + TESTS.read_text(encoding="utf-8") if TESTS.exists() else "")
    (folder / "report.md").write_text("".join(lines), encoding="utf-8")


def section(name: str, one: Outcome) -> str:
    """What one check tried and found, in words."""
    lines = [f"\n## {name}\n\n{' '.join(one.about.split())}\n"]
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
