"""The report of an import as a workbook: a line for every input row, what became of it and why.
Cells are written as text only: nothing a message holds becomes a formula or a link."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING


from casemgr.intake.problems import Problem, describe
from casemgr.later import Later

if TYPE_CHECKING:
    import xlsxwriter
else:
    xlsxwriter = Later("xlsxwriter")

OUTCOMES = {
    "created": "Taken in",
    "existing": "Already there",
    "refused": "Refused",
    "would_create": "Would be taken in",
}
HEADERS = {
    "line": "Row",
    "outside_number": "Outside number",
    "title": "Title",
    "outcome": "Outcome",
    "reason": "Reason",
    "case_number": "Case number",
    "link": "Link",
}
NAMES = {"sheet": "Import report"}
WIDTHS = (8, 22, 42, 14, 60, 24, 44)
MOST_IN_CELL = 32_000  # characters; Excel takes 32,767
MOST_LINES = 1_048_000  # rows of one sheet


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What became of one input row. `outcome` is a key of OUTCOMES."""

    line: int
    outside_number: str
    title: str
    outcome: str
    problems: tuple[Problem, ...] = ()
    case_number: str = ""
    link: str = ""


def write_report(path: Path, lines: Iterable[ReportLine], translate: Callable[[str], str]) -> int:
    """Write the lines, in the language of `translate`, streamed; the number written. Overwrites `path`."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    written = 0
    with xlsxwriter.Workbook(str(path), options) as book:
        bold, wrap = (
            book.add_format({"bold": True, "bg_color": "#EEEEEE"}),
            book.add_format({"text_wrap": True, "valign": "top"}),
        )
        sheet = book.add_worksheet(translate(NAMES["sheet"])[:31])
        sheet.freeze_panes(1, 0)
        for column, (header, width) in enumerate(zip(HEADERS.values(), WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, translate(header), bold)
        for line in lines:
            if written == MOST_LINES:
                raise ValueError(f"a report holds {MOST_LINES} lines")
            written += 1
            sheet.write_number(written, 0, line.line)
            for column, text in enumerate(_texts(line, translate), 1):
                sheet.write_string(written, column, text[:MOST_IN_CELL], wrap)
        sheet.autofilter(0, 0, max(written, 1), len(HEADERS) - 1)
    return written


def reasons(problems: Iterable[Problem], translate: Callable[[str], str]) -> str:
    """All the problems of a row in one text, the refusing ones first."""
    ordered = sorted(problems, key=lambda problem: not problem.refuses)
    return "\n".join(describe(problem, translate) for problem in ordered)


def _texts(line: ReportLine, translate: Callable[[str], str]) -> tuple[str, ...]:
    reason = reasons(line.problems, translate)
    return (line.outside_number, line.title, translate(OUTCOMES[line.outcome]), reason, line.case_number, line.link)
