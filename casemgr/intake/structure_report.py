"""The report of a structure file as a workbook: a line for every row, what became of it, why, and the passwords.
It holds temporary passwords: only its owner may read the file. Cells are text only."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING


from casemgr.errors import Sentence
from casemgr.intake.report import MOST_IN_CELL
from casemgr.intake.structure import Line
from casemgr.intake.structure_sheets import HEADERS
from casemgr.later import Later

if TYPE_CHECKING:
    import xlsxwriter
else:
    xlsxwriter = Later("xlsxwriter")

TITLES = {
    "sheet": "Sheet",
    "line": "Row",
    "key": "Code or login",
    "name": "Its name",
    "outcome": "Outcome",
    "reason": "Reason",
    "password": "Temporary password",
}
WIDTHS = (16, 8, 22, 28, 16, 70, 22)
DONE = {"created": "Created", "changed": "Changed", "existing": "Already there", "refused": "Refused"}
TRIED = {"created": "Would be created", "changed": "Would be changed", "existing": "Already there", "refused": "Refused"}
NAMES = {"sheet": "Structure import"}
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_report(path: Path, lines: Iterable[Line], translate: Callable[[str], str], *, tried: bool = False) -> None:
    """Write the lines in the language of `translate`; after a trial without passwords. Overwrites `path`."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    words = TRIED if tried else DONE
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        bold, wrap = (
            book.add_format({"bold": True, "bg_color": "#EEEEEE"}),
            book.add_format({"text_wrap": True, "valign": "top"}),
        )
        sheet = book.add_worksheet(translate(NAMES["sheet"])[:31])
        sheet.freeze_panes(1, 0)
        for column, (title, width) in enumerate(zip(TITLES.values(), WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, translate(title), bold)
        for number, line in enumerate(lines, 1):
            said = (
                line.sheet, str(line.line), line.key, line.name, translate(words[line.outcome]),
                reasons(line, translate), "" if tried else line.password,
            )  # fmt: skip
            for column, text in enumerate(said):
                sheet.write_string(number, column, text[:MOST_IN_CELL], wrap)


def reasons(line: Line, translate: Callable[[str], str]) -> str:
    """Why a row was refused, a line for each fault, with the header of its column."""
    return "\n".join(f"{header_of(line.kind, column)}{said(sentence, translate)}" for column, sentence in line.reasons)


def header_of(kind: str, column: str) -> str:
    """The usual header of a column, before its fault."""
    words = HEADERS[kind].get(column, "").split()
    return f"{words[0]}: " if words else ""


def said(sentence: Sentence, translate: Callable[[str], str]) -> str:
    """The sentence in the reader's language."""
    return translate(sentence.msgid) % sentence.params if sentence.params else translate(sentence.msgid)
