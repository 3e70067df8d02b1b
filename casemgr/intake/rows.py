"""Spreadsheet rows to canonical rows: what an import takes in, with everything wrong about a row named.
No database here; the loader decides what becomes of a row."""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from casemgr.intake.cells import (
    SHANGHAI,
    Moment,
    Phones,
    checked_instant,
    clean_text,
    digits_lost,
    is_formula,
    is_secret,
    known,
    one_line,
    read_count,
    read_id_no,
    read_instant,
    read_moment,
    read_path,
    read_phones,
    shown,
    squeeze,
)
from casemgr.intake.columns import HEADER_ROWS, Layout, NamedMapping, find_layout, load_mapping, texts
from casemgr.intake.problems import CellProblem, Problem, SheetError
from casemgr.intake.sheets import Book, Cells, Table, open_book

LONGEST_CELL = 100_000  # characters
LONGEST_NUMBER = 64
TITLE_FROM_TEXT = 40  # characters of a title taken from the text where there is none
_YES = frozenset("是 1 true yes y 有".split())
_NO = frozenset("否 0 false no n 不公开".split())
_FACTS = (
    "kind", "category_code", "source", "sex", "place_code", "due_days", "unit_code", "helping", "urgency", "rating",
    "tags", "open", "secret", "likes", "dislikes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One input row. `line` is its row in the spreadsheet (1-based); instants are aware UTC; '' and None mean not told.

    number       the number it had where it came from
    place        place words from the widest to the closest; home is where the person lives
    category     the classification it came with, level by level
    phone        digits, or as masked in the source (`masked`)
    legs         city, district → when that leg was sent and is due; a column that names neither is the district's
    secret       the person asked for confidentiality
    facts        canonical columns kept as text (source, urgency, rating, …); more: unknown columns by their header
    key          channel + number, else channel + # + a digest of the row with its date: the same row has the same key
    """

    line: int
    key: str
    number: str = ""
    title: str = ""
    text: str = ""
    person: str = ""
    phone: str = ""
    masked: bool = False
    more_phones: tuple[str, ...] = ()
    id_no: str = ""
    people: int | None = None
    place: tuple[str, ...] = ()
    home: str = ""
    against: str = ""
    received_at: dt.datetime | None = None
    category: tuple[str, ...] = ()
    status: str = ""
    result: str = ""
    closed_at: dt.datetime | None = None
    dispatched_at: tuple[dt.datetime, ...] = ()
    due_at: tuple[dt.datetime, ...] = ()
    legs: Mapping[str, tuple[dt.datetime | None, dt.datetime | None]] = field(default_factory=dict)
    units: tuple[str, ...] = ()
    secret: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the row stays out: one of its problems refuses it."""
        return any(problem.refuses for problem in self.problems)


@dataclass(frozen=True)
class Source:
    """The table of a file that rows are read from, and what was understood of its header."""

    table: Table
    layout: Layout
    other_sheets: tuple[str, ...]  # sheets with a header of their own that are not read

    def row_estimate(self) -> int | None:
        """About how many data rows there are."""
        rows = self.table.row_estimate()
        return rows and max(0, rows - self.layout.header_line)

    def canonical_rows(self, channel: str, *, at: dt.datetime) -> Iterator[Row]:
        """The data rows in order; blank rows and repeated headers are left out. `at` tells what lies in the future."""
        today = at.astimezone(SHANGHAI).date()
        headers = self.layout.headers
        for line, cells in enumerate(self.table.rows(self.layout.width), 1):
            if line > self.layout.header_line and not _is_blank(cells) and not _repeats(cells, headers):
                yield _RowReader(line, cells, self.layout, channel, today).row()


@contextmanager
def open_source(path: Path, mapping: str | None = None) -> Iterator[Source]:
    """The sheet with the best header of a file. Raises SheetError if it cannot be read or has no header."""
    named = load_mapping(mapping) if mapping else None
    with open_book(path) as book:
        usable, errors = _usable(book, named)
        if not usable:
            raise errors[0] if errors else SheetError("header_missing", name=path.name, rows=str(HEADER_ROWS))
        layout, table = max(usable, key=lambda pair: pair[0].score)
        yield Source(table, layout, tuple(t.name for _, t in usable if t is not table and t.name))


def _usable(book: Book, named: NamedMapping | None) -> tuple[list[tuple[Layout, Table]], list[SheetError]]:
    """The tables that have a header, and what stopped the reading of others (a CSV under a wrong delimiter, say)."""
    usable: list[tuple[Layout, Table]] = []
    errors: list[SheetError] = []
    for table in book.tables:
        try:
            layout = find_layout([texts(row) for row in islice(table.rows(), HEADER_ROWS)], named)
        except SheetError as error:
            errors.append(error)
        else:
            usable += [(layout, table)] if layout else []
    return usable, errors


def canonical_rows(path: Path, channel: str, mapping: str | None = None, *, at: dt.datetime) -> Iterator[Row]:
    """The rows of a file under `channel`, streamed. `at` is now. Raises SheetError."""
    with open_source(path, mapping) as source:
        yield from source.canonical_rows(channel, at=at)


def _is_blank(cells: Cells) -> bool:
    return not any(cell is not None and str(cell).strip() for cell in cells)


def _repeats(cells: Cells, headers: tuple[str, ...]) -> bool:
    filled = [(text, header) for text, header in zip(texts(cells), headers, strict=False) if text]
    return len(filled) > 1 and all(text == header for text, header in filled)


class _RowReader:
    """Reads one row, collecting its problems on the way."""

    def __init__(self, line: int, cells: Cells, layout: Layout, channel: str, today: dt.date) -> None:
        self.line = line
        self.layout = layout
        self.channel = channel
        self.today = today
        self.problems: list[Problem] = []
        self.cells = self._bounded(cells)

    def row(self) -> Row:
        """The whole row."""
        text, title = self._joined_text("text"), self._first("title")
        if not text and not title and not self._has("cell_too_long"):
            self._add("nothing_said", "", "")
        phones = self._phones()
        place = self._place()
        row = Row(
            line=self.line, key="", number=self._number(), title=title or _title_of(text), text=text,
            person=self._first("person"), phone=phones.first, masked=phones.masked, more_phones=phones.others,
            id_no=self._one("id_no", read_id_no) or "", people=self._one("people", read_count), place=place,
            home=self._first("home"), against="、".join(self._all("against")), received_at=self._received_at(),
            category=self._category(), status="、".join(self._all("status")), result=self._joined_text("result"),
            closed_at=next(iter(self._instants("closed_at")), None), dispatched_at=self._instants("dispatched_at"),
            due_at=self._instants("due_at"), legs=self._legs(), units=tuple(dict.fromkeys(self._all("unit"))), secret=self._secret(),
            facts=self._facts(), more=self._more(),
        )  # fmt: skip
        self._note_formulas()
        return self._finished(row)

    def _finished(self, row: Row) -> Row:
        values = {name: getattr(row, name) for name in Row.__dataclass_fields__}
        return Row(**values | {"key": self._key(row), "problems": tuple(self.problems)})

    # --- cells and problems

    def _bounded(self, cells: Cells) -> Cells:
        """The cells, those beyond all measure emptied and named as a problem."""
        kept: list[Any] = []
        for position, cell in enumerate(cells):
            if isinstance(cell, str) and len(cell) > LONGEST_CELL:
                params = {"length": str(len(cell)), "limit": str(LONGEST_CELL)}
                self._add("cell_too_long", self._column_at(position), self._header(position), **params)
                cell = None
            kept.append(cell)
        return tuple(kept)

    def _found(self, column: str) -> list[tuple[int, Any]]:
        """The filled cells of a column with their positions, the more telling first."""
        places = (p for p in self.layout.places.get(column, ()) if p < len(self.cells))
        return [(p, self.cells[p]) for p in places if self.cells[p] is not None and self.cells[p] != ""]

    def _add(self, code: str, column: str, header: str, **params: str) -> None:
        self.problems.append(Problem(code, column, {"header": header, **params} if header else params))

    def _has(self, code: str) -> bool:
        return any(problem.code == code for problem in self.problems)

    def _header(self, position: int) -> str:
        return self.layout.headers[position] if position < self.layout.width else ""

    def _column_at(self, position: int) -> str:
        return next((column for column, places in self.layout.places.items() if position in places), "")

    # --- values

    def _all(self, column: str) -> list[str]:
        return [text for text in (known(cell) for _, cell in self._found(column)) if text]

    def _first(self, column: str) -> str:
        return next(iter(self._all(column)), "")

    def _joined_text(self, column: str) -> str:
        parts = (clean_text(cell) for _, cell in self._found(column) if known(cell))
        return "\n".join(dict.fromkeys(parts))

    def _one(self, column: str, read: Any) -> Any:
        """The first cell of a column that can be read; a cell that cannot is a problem."""
        for position, cell in self._found(column):
            try:
                value = read(cell)
            except CellProblem as problem:
                self._add(problem.code, column, self._header(position), **problem.params)
            else:
                if value not in (None, ""):
                    return value
        return None

    def _number(self) -> str:
        for position, cell in self._found("number"):
            number = known(cell)
            if not number:
                continue
            if digits_lost(cell):
                self._add("digits_lost", "number", self._header(position), value=shown(cell))
            elif len(number) > LONGEST_NUMBER:
                self._add("number_too_long", "number", self._header(position))
            else:
                return number
        return ""

    def _phones(self) -> Phones:
        numbers: list[str] = []
        for position, cell in self._found("phone"):
            try:
                phones = read_phones(cell)
            except CellProblem as problem:
                self._add(problem.code, "phone", self._header(position), **problem.params)
            else:
                numbers += [n for n in (phones.first, *phones.others) if n]
        numbers = sorted(dict.fromkeys(numbers), key=lambda n: "*" in n)
        return Phones(numbers[0], "*" in numbers[0], tuple(numbers[1:])) if numbers else Phones()

    def _place(self) -> tuple[str, ...]:
        """Place words in the order of the columns, each once, none that the next already holds."""
        found = [(position, known(cell)) for position, cell in self._found("place")]
        words = [word for _, word in sorted(found) if word]
        return tuple(w for i, w in enumerate(words) if not any(w in later for later in words[i + 1 :]))

    def _category(self) -> tuple[str, ...]:
        found = sorted(self._found("category"))
        words = [word for _, cell in found for word in read_path(cell)]
        return tuple(dict.fromkeys(words))

    def _secret(self) -> bool:
        asked = any(squeeze(one_line(cell)) in _YES for _, cell in self._found("secret"))
        closed = any(squeeze(one_line(cell)) in _NO for _, cell in self._found("open"))
        hidden = any(is_secret(cell) for column in ("person", "phone") for _, cell in self._found(column))
        return asked or closed or hidden

    def _received_at(self) -> dt.datetime | None:
        """The first readable date; a date without a time takes the time of day from a column beside it."""
        moments: list[tuple[Moment, Any, int]] = []
        for position, cell in self._found("received_at"):
            try:
                moment = read_moment(cell)
            except CellProblem as problem:
                self._add(problem.code, "received_at", self._header(position), **problem.params)
            else:
                moments += [(moment, cell, position)] if moment else []
        dated = next(((m, cell, position) for m, cell, position in moments if m.day), None)
        if dated is None:
            return None
        moment, cell, position = dated
        times = (m.time for m, _, _ in moments if m.time and m.day in (None, moment.day))
        try:
            return checked_instant(Moment(moment.day, moment.time or next(times, None)), shown(cell), today=self.today)
        except CellProblem as problem:
            self._add(problem.code, "received_at", self._header(position), **problem.params)
            return None

    def _instants(self, column: str) -> tuple[dt.datetime, ...]:
        """The dates of a lesser column: one that cannot be is told, and does not refuse the row."""
        found: list[dt.datetime] = []
        for position, cell in self._found(column):
            try:
                instant = read_instant(cell)
            except CellProblem:
                self._add("date_ignored", column, self._header(position), value=shown(cell))
            else:
                found += [instant] if instant else []
        return tuple(found)

    def _legs(self) -> dict[str, tuple[dt.datetime | None, dt.datetime | None]]:
        """Both legs of an order, told apart by the header: 市… is the city's, any other the district's."""
        found: dict[str, dict[str, dt.datetime]] = {"city": {}, "district": {}}
        for column in ("dispatched_at", "due_at"):
            for position, cell in self._found(column):
                leg = found["city" if self._header(position).startswith("市") else "district"]
                if instant := readable_instant(cell):
                    leg.setdefault(column, instant)
        return {name: (leg.get("dispatched_at"), leg.get("due_at")) for name, leg in found.items() if leg}

    def _facts(self) -> dict[str, str]:
        facts = {column: "、".join(dict.fromkeys(self._all(column))) for column in _FACTS}
        return {column: text for column, text in facts.items() if text}

    def _more(self) -> dict[str, str]:
        placed = {position for places in self.layout.places.values() for position in places}
        more = {
            self._header(position): clean_text(cell)
            for position, cell in enumerate(self.cells)
            if position not in placed and cell is not None and self._header(position)
        }
        unread = {p.params["header"]: p.params["value"] for p in self.problems if p.code == "phone_unreadable"}
        return {header: text for header, text in (more | unread).items() if text}

    def _note_formulas(self) -> None:
        for position, cell in enumerate(self.cells):
            column = self._column_at(position)
            if column and column not in ("title", "text") and is_formula(cell):
                self._add("formula_kept", column, self._header(position))

    def _key(self, row: Row) -> str:
        if row.number:
            return f"{self.channel}:{squeeze(row.number)}"
        dates = [one_line(cell) for _, cell in self._found("received_at")]
        number = [one_line(cell) for _, cell in self._found("number")]
        parts = [*number, row.title, row.text, row.person, row.phone, *row.place, *dates]
        digest = hashlib.sha256("\x1f".join(squeeze(part) for part in parts).encode("utf-8", "replace"))
        return f"{self.channel}:#{digest.hexdigest()[:32]}"


def readable_instant(cell: Any) -> dt.datetime | None:
    """The instant of a cell, None for one that has none or cannot be read (told elsewhere)."""
    try:
        return read_instant(cell)
    except CellProblem:
        return None


def _title_of(text: str) -> str:
    """The first words of a text, up to the end of its first sentence."""
    line = text.split("\n", 1)[0]
    ends = [end for end in (line.find(mark) for mark in "。！？!?；;") if end > 0]
    sentence = line[: min(ends)] if ends else line
    return sentence if len(sentence) <= TITLE_FROM_TEXT else sentence[: TITLE_FROM_TEXT - 1] + "…"
