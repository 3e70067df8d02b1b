"""The report of an import: every line, harmless cells, whole sentences."""

import zipfile

import openpyxl

from casemgr.intake.problems import SENTENCES, Problem
from casemgr.intake.report import HEADERS, ReportLine, write_report

NOTHING = Problem("nothing_said")
LATE = Problem("date_unreadable", "received_at", {"header": "时间", "value": "上周"})


def test_a_line_for_every_row(tmp_path):
    lines = [
        ReportLine(2, "A-1", '=HYPERLINK("http://x")', "created", (LATE,), "Z2026-0001", "http://localhost/cases/1"),
        ReportLine(3, "", "+1", "refused", (LATE, NOTHING)),
        ReportLine(4, "A-1", "长" * 40_000, "existing"),
    ]
    assert write_report(tmp_path / "r.xlsx", lines, lambda text: f"译{text}") == 3
    rows = list(openpyxl.load_workbook(tmp_path / "r.xlsx").active.iter_rows(values_only=True))
    assert rows[0] == tuple(f"译{header}" for header in HEADERS.values())
    assert rows[1][:4] == (2, "A-1", '=HYPERLINK("http://x")', "译Taken in")
    assert rows[2][4].splitlines()[0] == "译" + SENTENCES["nothing_said"]
    assert len(rows[3][2]) == 32_000
    sheet = zipfile.ZipFile(tmp_path / "r.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet.replace("HYPERLINK", "").lower()
