"""Files to rows of raw cells: xlsx and CSV in any usual encoding, streamed, never the whole file in memory.
Which column means what is not known here."""

import codecs
import csv
import warnings
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from xml.etree.ElementTree import ParseError
from zlib import error as ZlibError

from casemgr.intake.problems import SheetError
from casemgr.later import Later

if TYPE_CHECKING:
    import openpyxl
    from openpyxl.utils import cell, exceptions
    from openpyxl.xml import functions
else:
    openpyxl, cell, exceptions, functions = (Later(f"openpyxl{part}") for part in ("", ".utils.cell", ".utils.exceptions", ".xml.functions"))

MOST_COLUMNS = 256
MOST_UNPACKED = 256 * 1024 * 1024  # bytes of all parts of a workbook
MOST_CELL = 1_000_000  # characters of a CSV cell before a missing quotation mark is the likelier reading
_CHUNK = 64 * 1024
_ROWS_AT_ONCE = 200
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DAMAGE = (
    zipfile.BadZipFile, ZlibError, ParseError, KeyError, IndexError, ValueError, TypeError,
    AttributeError, EOFError, OSError, NotImplementedError, OverflowError,
)  # fmt: skip

Cells = tuple[Any, ...]


class Table(ABC):
    """One sheet of a workbook, or a CSV file under one delimiter. Rows can be read again from the start."""

    name: str

    @abstractmethod
    def rows(self, width: int = MOST_COLUMNS) -> Iterator[Cells]:
        """The rows from the first on, blank ones too, of at most `width` cells. Raises SheetError where it breaks."""

    def merged(self) -> list[tuple[int, int, int]]:
        """Cells merged downwards, as (position of the column from 0, first line, last line), lines from 1. Raises SheetError."""
        return []

    @abstractmethod
    def row_estimate(self) -> int | None:
        """About how many rows there are, for a progress bar; None if not known."""


class Book:
    """An open file: its tables. Close it, or use it in a `with`."""

    def __init__(self, path: Path, tables: list[Table], file: BinaryIO | None = None) -> None:
        self.path = path
        self.tables = tables
        self._file = file

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()


def open_book(path: Path) -> Book:
    """The file's tables: the visible sheets of an xlsx, or a CSV once for each delimiter it may use.
    What a file is, its first bytes tell, not its name. Raises SheetError."""
    if not path.is_file():
        raise SheetError("file_missing", name=path.name)
    with path.open("rb") as file:
        start = file.read(1024)
    if not start.strip():
        raise SheetError("file_empty", name=path.name)
    if start.startswith(_OLD_EXCEL):
        raise SheetError("file_old_excel", name=path.name)
    if start.startswith(b"PK\x03\x04"):
        return _open_workbook(path)
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        raise SheetError("file_web_page", name=path.name)
    encoding = _encoding(path, start)
    return Book(path, [CsvTable(path, encoding, delimiter) for delimiter in ",\t;|"])


# --- xlsx -------------------------------------------------------------------------------------------------------


class SheetTable(Table):
    """A sheet of an xlsx, read as a stream. Formulas come as their text."""

    def __init__(self, path: Path, sheet: Any) -> None:
        self.name = sheet.title
        self._path = path
        self._sheet = sheet
        self._estimate = sheet.max_row
        sheet.reset_dimensions()  # exporters write wrong ones

    def rows(self, width: int = MOST_COLUMNS) -> Iterator[Cells]:
        done = 0
        rows = self._sheet.iter_rows(values_only=True, max_col=width)
        while True:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # about styles and extensions, which do not matter here
                    chunk = list(islice(rows, _ROWS_AT_ONCE))
            except (*_DAMAGE, exceptions.InvalidFileException) as error:
                raise SheetError("file_damaged", name=self._path.name, line=str(done)) from error
            if not chunk:
                return
            yield from chunk
            done += len(chunk)

    def merged(self) -> list[tuple[int, int, int]]:
        found: list[tuple[int, int, int]] = []
        try:
            with self._sheet._get_source() as source:  # openpyxl leaves merged cells out of a streamed sheet
                for _, element in functions.iterparse(source):
                    if element.tag.endswith("}mergeCell"):
                        column, first, _, last = cell.range_boundaries(element.attrib["ref"])
                        if column and first and last:
                            found.append((column - 1, first, last))
                    element.clear()
        except (*_DAMAGE, exceptions.InvalidFileException) as error:
            raise SheetError("file_damaged", name=self._path.name, line="0") from error
        return [(column, first, last) for column, first, last in found if last > first]

    def row_estimate(self) -> int | None:
        return self._estimate


def _open_workbook(path: Path) -> Book:
    file = path.open("rb")
    try:
        _check_parts(path, file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
            sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
            tables: list[Table] = [SheetTable(path, sheet) for sheet in sheets or workbook.worksheets]
    except (*_DAMAGE, exceptions.InvalidFileException) as error:
        file.close()
        raise SheetError("file_damaged", name=path.name, line="0") from error
    except SheetError:
        file.close()
        raise
    return Book(path, tables, file)


def _check_parts(path: Path, file: BinaryIO) -> None:
    """Refuses a zip that is no workbook, or that unpacks beyond measure."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise SheetError("file_too_big", name=path.name, limit=str(MOST_UNPACKED // 1024**2))
    if not any(part.filename.startswith("xl/") for part in parts):
        raise SheetError("file_kind", name=path.name)


# --- CSV --------------------------------------------------------------------------------------------------------


class CsvTable(Table):
    """A CSV file read with one encoding and one delimiter. A row is a record, as spreadsheets count them."""

    name = ""

    def __init__(self, path: Path, encoding: str, delimiter: str) -> None:
        self._path = path
        self._encoding = encoding
        self._delimiter = delimiter

    def rows(self, width: int = MOST_COLUMNS) -> Iterator[Cells]:
        csv.field_size_limit(MOST_CELL)
        done = 0
        with self._path.open(encoding=self._encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self._delimiter)
            try:
                for row in reader:
                    done += 1
                    yield tuple(row[:width])
            except csv.Error as error:
                params = {"name": self._path.name, "line": str(done), "limit": str(MOST_CELL)}
                raise SheetError("file_open_quote", **params) from error

    def row_estimate(self) -> int | None:
        """Lines rather than records: a little too many where cells hold line breaks."""
        with self._path.open("rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b"")) + 1


def _encoding(path: Path, start: bytes) -> str:
    """The encoding under which the whole file can be read: by its mark, else UTF-8, else GBK."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates: tuple[str, ...] = ("utf-16",)
    elif b"\x00\x00" in start or start.count(b"\x00") > len(start) // 8:
        raise SheetError("file_kind", name=path.name)
    else:
        candidates = ("utf-8-sig", "gb18030")
    for encoding in candidates:
        with suppress(UnicodeError):
            _decode_all(path, encoding)
            return encoding
    raise SheetError("file_encoding", name=path.name)


def _decode_all(path: Path, encoding: str) -> None:
    with path.open(encoding=encoding, newline="") as file:
        while file.read(_CHUNK):
            pass
