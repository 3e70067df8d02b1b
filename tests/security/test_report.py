"""The report of the attacker: a flood of another database stands beside what was tried, and is replaced by the next one."""

import json
from pathlib import Path
from typing import Any

from tools.security import report
from tools.security.outcome import Outcome


def read(folder: Path) -> tuple[dict[str, Any], str]:
    """What stands there: figures and page."""
    return json.loads((folder / "report.json").read_text()), (folder / "report.md").read_text()


def test_floods_of_both_databases_stand_in_one_report(tmp_path: Path) -> None:
    assert report.add_flood(Outcome("bad_requests", 5), kind="postgres", folder=tmp_path) == 0
    assert not (tmp_path / "report.json").exists(), "a flood alone is no report"
    assert report.write([Outcome("cookies", 3), Outcome("bad_requests", 10)], requests=10, kind="sqlite", folder=tmp_path) == 0
    assert report.add_flood(Outcome("bad_requests", 20, ["500 at x"]), kind="postgres", folder=tmp_path) == 1
    told, page = read(tmp_path)
    assert told["floods"]["postgres"]["check"]["tries"] == 20
    assert "1 things were found" in page
    assert "- 500 at x" in page
    report.add_flood(Outcome("bad_requests", 30), kind="postgres", folder=tmp_path)
    assert "Nothing was found" in read(tmp_path)[1]
    report.write([Outcome("cookies", 4)], requests=0, kind="sqlite", folder=tmp_path)
    told, page = read(tmp_path)
    assert told["floods"]["postgres"]["check"]["tries"] == 30
    assert "| `cookies` | 4 | 0 |" in page
