"""The yearly arrangement of holidays in a file: a workbook's rows become lines of text, any other file is text already."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from casemgr.intake.problems import SheetError
from casemgr.intake.sheets import open_book

MOST_ROWS, MOST_BYTES = 400, 200_000
WORKBOOK = b"PK\x03\x04"


def read_text(path: Path, name: str) -> str:
    """The file as text, one row a line. Raises SheetError."""
    raw = path.read_bytes()[: MOST_BYTES + 1]
    if raw.startswith(WORKBOOK):
        with open_book(path) as book:
            return "\n".join(line_of(row) for row in islice(book.tables[0].rows(8), MOST_ROWS))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw[:MOST_BYTES].decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError("file_encoding", name=name)


def line_of(row: Sequence[object]) -> str:
    """The cells of a row, dates as they are written by machines."""
    return "\t".join(said(cell) for cell in row if cell is not None)


def said(cell: object) -> str:
    """One cell."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)
