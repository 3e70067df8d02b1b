"""What can be told from the source alone: bandit, our own rules about SQL and markup, secrets in tracked files, dependencies
and the day they were reviewed. None of it needs a network."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from tools.security.outcome import ROOT, Outcome

DEPENDENCIES = ROOT / "docs/security/dependencies.toml"
BASELINE = ROOT / "docs/security/secrets.json"
ACCEPTED = ROOT / "docs/security/accepted.toml"
REVIEW_DAYS = 120
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ \\;]+)", re.MULTILINE)
SQL_TAKERS = ("text", "exec_driver_sql", "literal_column", "execute", "executemany")
MARKUPS = ("Markup",)
UNSAFE = {"eval", "exec", "compile", "__import__"}
DANGEROUS = {("pickle", "loads"), ("pickle", "load"), ("yaml", "load"), ("marshal", "loads"), ("os", "system"), ("subprocess", "getoutput"), ("tempfile", "mktemp")}
UNESCAPED = re.compile(r"\|\s*safe\b|autoescape\s+false|\bMarkup\(")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(ld\+)?json\")|\son[a-z]+=\"|\sstyle=\"|javascript:", re.IGNORECASE)


def files(*tops: str, ending: str = ".py") -> Iterator[Path]:
    """Files of ours, without what others wrote."""
    for top in tops:
        yield from (path for path in sorted((ROOT / top).rglob(f"*{ending}")) if "vendor" not in path.parts)


def is_fixed(node: ast.expr) -> bool:
    """Whether a string is written out in the source, or put together from such alone."""
    if isinstance(node, ast.Constant | ast.Name | ast.Attribute):
        return True  # a name is looked at where it is made
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and is_fixed(node.left) and is_fixed(node.right)
    return not isinstance(node, ast.JoinedStr)


def source_faults(path: Path) -> Iterator[str]:
    """What our own rules find in one file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = getattr(getattr(node.func, "value", None), "id", "")
        first = node.args[0] if node.args else None
        where = f"{path.relative_to(ROOT)}:{node.lineno}"
        if name in SQL_TAKERS and first is not None and not is_fixed(first):
            yield f"{where}: SQL put together"
        if name in MARKUPS and first is not None and not isinstance(first, ast.Constant):
            yield f"{where}: Markup put together"
        if name in UNSAFE and not owner and name != "compile":
            yield f"{where}: {name}()"
        if (owner, name) in DANGEROUS or any(k.arg == "shell" and getattr(k.value, "value", False) for k in node.keywords):
            yield f"{where}: {owner}.{name}"


def template_faults(path: Path) -> Iterator[str]:
    """Unescaped output and inline script, style or handlers in a template."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if UNESCAPED.search(line) or INLINE.search(line):
            yield f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"


def own_rules() -> Outcome:
    """SQL put together from values, Markup of anything not written out, eval, pickle, shells; `|safe` and inline script in templates."""
    outcome, known = Outcome("own_rules_on_the_source", about=(own_rules.__doc__ or "").strip()), accepted()
    for path in files("casemgr"):
        outcome.tries += 1
        outcome.found += [fault for fault in source_faults(path) if (fault.split(":")[0], fault.split(": ")[1]) not in known]
    for path in files("templates", ending=".html"):
        outcome.tries += 1
        outcome.found += list(template_faults(path))
    return outcome


def accepted() -> dict[tuple[str, str], str]:
    """Findings that were looked at and are none: (file, name of the finding) -> why. Line numbers do not count."""
    told = tomllib.loads(ACCEPTED.read_text(encoding="utf-8"))["accepted"]
    return {(one["file"], one["test"]): one["reason"] for one in told}


def bandit() -> Outcome:
    """bandit over casemgr and workflows; findings that were reviewed stand in docs/security/accepted.toml with the reason."""
    outcome = Outcome("bandit", about=(bandit.__doc__ or "").strip())
    known = accepted()
    command = [sys.executable, "-m", "bandit", "-q", "-r", "casemgr", "workflows", "-f", "json"]
    report = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout)
    outcome.tries = sum(1 for _ in files("casemgr", "workflows"))
    for one in report["results"]:
        if (one["filename"], one["test_id"]) not in known:
            outcome.found.append(f"{one['filename']}:{one['line_number']}: {one['test_id']} {one['issue_text'][:90]}")
    outcome.facts = {"reviewed": len(known)}
    return outcome


def secrets() -> Outcome:
    """detect-secrets over every tracked file; what it finds that is none stands, as digests, in docs/security/secrets.json."""
    outcome = Outcome("secrets_in_tracked_files", about=(secrets.__doc__ or "").strip())
    found = scan_secrets()
    known = {(name, one["hashed_secret"]) for name, ones in json.loads(BASELINE.read_text(encoding="utf-8"))["results"].items() for one in ones}
    outcome.tries = len(tracked())
    outcome.found = [f"{name}:{one['line_number']}: {one['type']}" for name, ones in found.items() for one in ones if (name, one["hashed_secret"]) not in known]
    return outcome


def tracked() -> list[str]:
    """Files that git knows, without vendored ones and the baseline."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if "/vendor/" not in name and not name.startswith(("requirements", "docs/security/")) and (ROOT / name).is_file()]


def scan_secrets() -> dict[str, list[dict[str, Any]]]:
    """What detect-secrets finds."""
    command = [sys.executable, "-m", "detect_secrets", "scan", "--no-verify", *tracked()]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return dict(json.loads(found)["results"])


def pins(name: str) -> dict[str, str]:
    """package -> version of a requirements file."""
    return dict(PIN.findall((ROOT / name).read_text(encoding="utf-8")))


def dependencies(today: date) -> Outcome:
    """Every pinned package stands in docs/security/dependencies.toml with version, day of release, licence and the day it was reviewed; nothing is missing, none too old."""
    outcome = Outcome("dependencies", about=(dependencies.__doc__ or "").strip())
    told = tomllib.loads(DEPENDENCIES.read_text(encoding="utf-8"))
    wanted, listed = pins("requirements.txt"), {one["name"]: one for one in told["package"]}
    for name, version in wanted.items():
        one = listed.get(name)
        if not outcome.expect(one is not None, f"{name} {version} is not in the list") or one is None:
            continue
        outcome.expect(one["version"] == version, f"{name}: {version} is pinned, {one['version']} was reviewed")
        age = (today - one["reviewed"]).days
        outcome.expect(age <= REVIEW_DAYS, f"{name}: reviewed {age} days ago")
        outcome.expect(not re.search(r"\bA?GPL", one["licence"]) or "LGPL" in one["licence"], f"{name}: licence {one['licence']}")
    for name in listed.keys() - wanted.keys():
        outcome.expect(False, f"{name} is in the list and not pinned")
    outcome.facts = {"packages": len(wanted), "oldest_review_days": max(((today - one["reviewed"]).days for one in told["package"]), default=0)}
    return outcome


def renew_baseline() -> None:
    """Take what detect-secrets finds now as reviewed: to be called by somebody who looked at every line it prints."""
    told, found = json.loads(BASELINE.read_text(encoding="utf-8")), scan_secrets()
    known = {(name, one["hashed_secret"]) for name, ones in told["results"].items() for one in ones}
    for name, ones in found.items():
        sys.stdout.writelines(f"new: {name}:{one['line_number']}: {one['type']}\n" for one in ones if (name, one["hashed_secret"]) not in known)
    told["results"] = {name: [{"type": one["type"], "hashed_secret": one["hashed_secret"]} for one in ones] for name, ones in found.items()}
    BASELINE.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    renew_baseline()
