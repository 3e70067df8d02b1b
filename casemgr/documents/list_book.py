"""A list of matters as a workbook: columns in words, masked, marked with who and when, streamed so that any size fits.
Cells are written as text, numbers and dates: nothing a matter holds becomes a formula or a link."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any


from casemgr.keys import mask_id, mask_phone
from casemgr.later import Later
from casemgr.queries.export_lines import ExportLine
from workflows import WORKFLOWS
from workflows.asks import CHANNELS
from workflows.categories import DISPUTE_CATEGORIES
from workflows.dispute_asks import SIDES
from workflows.guards import ZONE
from workflows.roles import POST_ROLES

if TYPE_CHECKING:
    import xlsxwriter
else:
    xlsxwriter = Later("xlsxwriter")

SHEET_ROWS = 1_000_000  # rows of a sheet; what is more goes on a further one
MOST_IN_CELL = 32_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBERS = re.compile(r"(?<!\d)(?:(\d{17}[\dXx])|(1\d{10}))(?!\d)")  # identity numbers and mobile phones in free text
TIERS = {"red": "Red", "orange": "Orange", "yellow": "Yellow"}
CHANNEL_WORDS = {choice.value: choice.label for choice in CHANNELS}
SIDE_WORDS = {choice.value: choice.label for choice in SIDES}
WORDS = {
    "sheet": "Matters", "mark": "Exported by %(who)s on %(at)s · %(rows)s rows · for official use, masked",
    "hidden": "Confidential matter", "hollow": "%(tier)s (not confirmed)", "yes": "Yes",
}  # fmt: skip
OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "remove_timezone": True,
}  # fmt: skip
Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Mark:
    """Who had it written, when, and how many rows: stands above the rows and on every page printed."""

    who: str
    at: datetime
    rows: int

    def said(self, say: Translate) -> str:
        """The line."""
        at = self.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
        return say(WORDS["mark"]) % {"who": self.who, "at": at, "rows": self.rows}


Cell = Callable[[ExportLine, Translate, datetime], Any]
HEADS = {
    "number": "Number", "kind": "Kind", "matter": "Matter", "tier": "Tier", "state": "State", "category": "Kind of dispute",
    "place": "Place", "channel": "Channel", "holder": "Held by", "team": "Team", "parties": "Names of parties", "people": "People involved",
    "registered": "Registered", "accepted": "Accepted", "act": "Last act", "deadline": "Next deadline", "due": "Due",
    "late": "Overdue", "closed": "Closed",
}  # fmt: skip
COLUMNS: dict[str, tuple[int, Cell]] = {  # key of HEADS -> width, and what stands in the cell
    "number": (24, lambda r, say, at: r.case.number),
    "kind": (10, lambda r, say, at: say(WORKFLOWS[r.case.process].label)),
    "matter": (40, lambda r, say, at: say(WORDS["hidden"]) if r.case.confidential else masked(r.case.title)),
    "tier": (14, lambda r, say, at: tier_words(r, say)),
    "state": (12, lambda r, say, at: say(WORKFLOWS[r.case.process].state(r.case.state).label)),
    "category": (22, lambda r, say, at: said(DISPUTE_CATEGORIES, r.case.category, say)),
    "place": (22, lambda r, say, at: r.place),
    "channel": (12, lambda r, say, at: said(CHANNEL_WORDS, r.case.channel, say)),
    "holder": (22, lambda r, say, at: holder_words(r, say)),
    "team": (18, lambda r, say, at: r.team),
    "parties": (26, lambda r, say, at: "、".join(f"{name}({said(SIDE_WORDS, side, say)})" for name, side in r.parties)),
    "people": (8, lambda r, say, at: r.case.people),
    "registered": (17, lambda r, say, at: r.case.registered_at),
    "accepted": (17, lambda r, say, at: r.case.accepted_at),
    "act": (17, lambda r, say, at: r.case.last_act_at),
    "deadline": (14, lambda r, say, at: due_words(r, say)),
    "due": (17, lambda r, say, at: last_moment(r.case.next_due_at)),
    "late": (8, lambda r, say, at: say(WORDS["yes"]) if r.case.next_due_at and r.case.next_due_at <= at else ""),
    "closed": (17, lambda r, say, at: r.case.closed_at),
}


def write_list(path: Path, lines: Iterable[ExportLine], mark: Mark, say: Translate) -> None:
    """Write the lines in the language of `say`. Overwrites `path`."""
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        looks = looks_of(book)
        sheet, row, number = None, 0, 0
        for line in lines:
            if sheet is None or row > SHEET_ROWS:
                number += 1
                sheet, row = begun(book, number, mark, say, looks), 2
            for column, (_, cell) in enumerate(COLUMNS.values()):
                put(sheet, row, column, cell(line, say, mark.at), looks)
            row += 1
        if sheet is None:
            begun(book, 1, mark, say, looks)


def looks_of(book: Any) -> dict[str, Any]:
    """The formats. What could be read as a formula carries Excel's own mark for text."""
    return {
        "mark": book.add_format({"italic": True, "font_color": "#666666"}),
        "head": book.add_format({"bold": True, "bg_color": "#EEEEEE"}),
        "quoted": book.add_format({"quote_prefix": True}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    }


def begun(book: Any, number: int, mark: Mark, say: Translate, looks: dict[str, Any]) -> Any:
    """A sheet with its mark, heads and page furniture."""
    sheet = book.add_worksheet(say(WORDS["sheet"])[:25] + (f" {number}" if number > 1 else ""))
    said = mark.said(say)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)
    sheet.set_header("&C&KAAAAAA" + said.replace("&", "&&")[:200])
    sheet.set_footer("&L&KAAAAAA" + said.replace("&", "&&")[:200] + "&R&P / &N")
    sheet.freeze_panes(2, 0)
    sheet.write_string(0, 0, said, looks["mark"])
    for column, (key, (width, _)) in enumerate(COLUMNS.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(1, column, say(HEADS[key]), looks["head"])
    return sheet


def put(sheet: Any, row: int, column: int, value: Any, looks: dict[str, Any]) -> None:
    """One cell by its kind; an instant in the office's zone."""
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, value.astimezone(ZONE).replace(tzinfo=None), looks["moment"])
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    else:
        text = str(value)[:MOST_IN_CELL]
        sheet.write_string(row, column, text, looks["quoted"] if text.startswith(FORMULA) else None)


def masked(text: str) -> str:
    """Free text with phones and identity numbers masked."""
    return NUMBERS.sub(lambda found: mask_id(found[1]) if found[1] else mask_phone(found[2]), text)


def said(words: Mapping[str, str], code: str, say: Translate) -> str:
    """A code in words; nothing for none."""
    return say(words.get(code, code)) if code else ""


def due_words(line: ExportLine, say: Translate) -> str:
    """The name of the deadline that falls due next."""
    key = line.case.next_due_key
    return say(WORKFLOWS[line.case.process].deadline(key).label) if key else ""


def last_moment(due_at: datetime | None) -> datetime | None:
    """A deadline at midnight ends the day before, and is written so: 23:59."""
    local = due_at.astimezone(ZONE) if due_at else None
    return due_at - timedelta(minutes=1) if due_at and local and (local.hour, local.minute) == (0, 0) else due_at


def tier_words(line: ExportLine, say: Translate) -> str:
    """The colour in a word; a suggested one says so."""
    if line.case.tier not in TIERS:
        return ""
    word = say(TIERS[line.case.tier])
    return word if line.case.tier_confirmed else say(WORDS["hollow"]) % {"tier": word}


def holder_words(line: ExportLine, say: Translate) -> str:
    """Who holds an open matter: the person, else the post."""
    if line.case.closed_at:
        return ""
    role = say(POST_ROLES[line.case.holder_role]) if line.case.holder_role in POST_ROLES else ""
    return line.holder or " ".join(filter(None, (line.held_at, role)))
