"""A list of what happened in earlier years, as somebody keeps it in a spreadsheet: read row by row, with what is wrong named.

No database here; services.history writes it down.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from casemgr.intake.cells import clean_text, one_line, read_moment, shown, squeeze
from casemgr.intake.columns import HEADER_ROWS, fold_header, texts
from casemgr.intake.problems import CellProblem, Problem, SheetError
from casemgr.intake.sheets import Cells, Table, open_book
from casemgr.services.history import Past

MOST_ROWS = 2000
LONGEST_CELL = 100_000  # characters
LONGEST_LINE = 200
HEADERS = {
    "happened_on": "日期 时间 发生日期 发生时间 办理时间 办理日期 年月 年度 年份 date".split(),
    "what": "事项 内容 事件 情况 经过 事由 主要内容 发生情况 办理情况 处理情况 工作情况 事情经过 what event".split(),
    "who": "经办 人员 姓名 单位 经办人 承办人 责任人 经办单位 承办单位 责任单位 办理单位 参与人员 who".split(),
    "paper_number": "文号 文件号 文书号 文书编号 文件编号 编号 paper number".split(),
}
MEANT = {fold_header(word): name for name, words in HEADERS.items() for word in words}
_YEAR = re.compile(r"(\d{4})\s*年?", re.ASCII)
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?", re.ASCII)
EARLIEST = 1900
RUNNING_NUMBERS = ("序号", "no", "no.", "#")
CHINESE = str.maketrans("〇零一二三四五六七八九", "00123456789")


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A row of the list: its line in the spreadsheet, and what it tells or the one thing that keeps it out."""

    line: int
    past: Past | None = None
    problem: Problem | None = None
    quoted: str = ""


def read_history(path: Path, *, today: date) -> list[HistoryRow]:
    """The rows of the first sheet that has a column for the date and one for what happened. Raises SheetError."""
    with open_book(path) as book:
        for table in book.tables:
            if found := find_header(table):
                return rows_of(table, *found, today)
    raise SheetError("history_header", name=path.name)


def find_header(table: Table) -> tuple[int, dict[str, int], list[str]] | None:
    """The line of the header (from 1), the position of each column, and all header texts; None when there is none."""
    for line, cells in enumerate(table.rows(), start=1):
        if line > HEADER_ROWS:
            return None
        names = texts(cells)
        places: dict[str, int] = {}
        for place, name in enumerate(names):
            if meant := MEANT.get(fold_header(name)):
                places.setdefault(meant, place)
        if {"happened_on", "what"} <= places.keys():
            return line, places, names
    return None


def rows_of(table: Table, header: int, places: Mapping[str, int], names: Sequence[str], today: date) -> list[HistoryRow]:
    """Every row below the header that says anything. A date merged over several rows stands for each of them."""
    merged = {first: last for column, first, last in table.merged() if column == places["happened_on"]}
    found, held, until = [], None, 0
    for line, cells in lines_below(table, header):
        if line in merged:
            held, until = cell_at(cells, places["happened_on"]), merged[line]
        if any(one_line(cell) for cell in cells):
            when = held if line <= until else cell_at(cells, places["happened_on"])
            found.append(read_row(line, cells, when, places, names, today))
        if len(found) > MOST_ROWS:
            raise SheetError("history_too_long", limit=str(MOST_ROWS))
    return found


def lines_below(table: Table, header: int) -> Iterator[tuple[int, Cells]]:
    """The rows after the header with their lines."""
    return ((line, cells) for line, cells in enumerate(table.rows(), start=1) if line > header)


def cell_at(cells: Cells, place: int | None) -> Any:
    """A cell, or nothing where the row is shorter."""
    return cells[place] if place is not None and place < len(cells) else None


def read_row(line: int, cells: Cells, when: Any, places: Mapping[str, int], names: Sequence[str], today: date) -> HistoryRow:
    """One row, or what keeps it out."""
    quoted = " · ".join(filter(None, (shown(cell) for cell in cells)))[:LONGEST_LINE]
    try:
        return HistoryRow(line, past_of(cells, when, places, names, today))
    except CellProblem as problem:
        return HistoryRow(line, problem=Problem(problem.code, params={"header": names[places["happened_on"]], **problem.params}), quoted=quoted)


def past_of(cells: Cells, when: Any, places: Mapping[str, int], names: Sequence[str], today: date) -> Past:
    """What a row tells; nothing of it is left out. Raises CellProblem."""
    happened_on, exact = read_when(when, today)
    what = clean_text(cell_at(cells, places["what"]))
    if not what:
        raise CellProblem("history_empty")
    lines = {name: one_line(cell_at(cells, places.get(name))) for name in ("who", "paper_number")}
    besides = [f"{names[place] if place < len(names) else ''}:{clean_text(cell)}" for place, cell in enumerate(cells)
               if place not in places.values() and clean_text(cell) and fold_header(names[place] if place < len(names) else "") not in RUNNING_NUMBERS]
    for name, text in lines.items():
        if len(text) > LONGEST_LINE:  # kept whole where there is room
            besides.append(f"{names[places[name]]}:{text}")
            lines[name] = text[: LONGEST_LINE - 1] + "…"
    whole = "\n".join(besides)
    if max(len(what), len(whole)) > LONGEST_CELL:
        raise CellProblem("history_too_much", limit=str(LONGEST_CELL))
    return Past(happened_on, what, exact, lines["who"], lines["paper_number"], whole)


def read_when(value: Any, today: date) -> tuple[date, str]:
    """The date of a cell and how exactly it is known: 1998, 1998年5月, 1998-05-12, Excel dates. Raises CellProblem."""
    text = squeeze(unicodedata.normalize("NFKC", one_line(value)))
    if not text:
        raise CellProblem("history_undated")
    found = partly(text)
    if found is None:
        found = read_day(value), "day"
    if found[0] > today:
        raise CellProblem("date_in_future", value=shown(value))
    if found[0].year < EARLIEST:
        raise CellProblem("date_too_old", value=shown(value), year=str(EARLIEST))
    return found


def read_day(value: Any) -> date:
    """A whole date. Raises CellProblem."""
    try:
        moment = read_moment(value)
    except CellProblem as problem:
        if problem.code != "date_unreadable":
            raise
        moment = None
    if moment is None or moment.day is None:
        raise CellProblem("history_unreadable", value=shown(value))
    return moment.day


def partly(text: str) -> tuple[date, str] | None:
    """A year, or a year and a month, by its first day; None where the text is something else. Raises CellProblem."""
    text = text.replace("十二", "12").replace("十一", "11").replace("十", "10").translate(CHINESE)
    year, month = _YEAR.fullmatch(text), _MONTH.fullmatch(text)
    if year and EARLIEST <= int(year[1]) <= 2200:  # an Excel date of so small a number is not meant
        return date(int(year[1]), 1, 1), "year"
    if month:
        try:
            return date(int(month[1]), int(month[2]), 1), "month"
        except ValueError:
            raise CellProblem("date_impossible", value=text) from None
    return None
