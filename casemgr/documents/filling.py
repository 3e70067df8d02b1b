"""A form and what the case says, put together into a finished paper. What is not known becomes room for the hand."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from casemgr.documents.blocks import Block, Break, Cell, Grid, Lines, Para, Paper, Row, Sign, Title
from casemgr.documents.casefile import PartyShown
from casemgr.documents.forms import BOXES, Form

BLANK, BLANK_DAY = "________", "____年__月__日"
NAMED = re.compile(r"\{(\??)([a-z_]+)(?::([^{}]*))?\}")
TICKED, UNTICKED = "■\N{NO-BREAK SPACE}", "□\N{NO-BREAK SPACE}"  # a box stays with its words
GAP = "　"
Tables = Mapping[str, Sequence[Mapping[str, str]]]


def fill(form: Form, values: Mapping[str, str], parties: Sequence[PartyShown], tables: Tables) -> Paper:
    """The paper with every word in it. `tables` are rows by the name a table block asks for."""
    blocks: list[Block] = []
    for spec in form.blocks:
        blocks += FILL[spec["kind"]](spec, values, parties, tables, form)
    return Paper(form.key, form.name, form.layout, tuple(blocks))


def words(text: str, values: Mapping[str, str], *, blanks: bool = True) -> str:
    """The text with its names filled in. In running text a missing value leaves a line to write on; in a cell, nothing."""

    def put(match: re.Match[str]) -> str:
        boxed, name, other = match.groups()
        if boxed:
            return tick(name, values)
        value = clean(values.get(name, ""))
        return value or ("" if not blanks else BLANK_DAY if other == "date" else BLANK + (other or ""))

    return NAMED.sub(put, text)


def clean(value: str) -> str:
    """Without what neither XML nor paper can hold: control characters, lone surrogates, odd line ends."""
    whole = str(value).replace("\r\n", "\n").replace("\r", "\n").replace("\t", GAP).replace("\x0b", "\n").replace("\x0c", "\n")
    return "".join(c for c in whole if c == "\n" or is_printed(c)).strip("\n")


def is_printed(c: str) -> bool:
    """Whether a character may stand in a document: no control, no half of a pair, none that XML refuses."""
    return c >= " " and not "\x7f" <= c <= "\x9f" and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff"


def tick(name: str, values: Mapping[str, str]) -> str:
    """The boxes of a choice, the one that holds ticked."""
    boxes = BOXES[name]
    chosen = values.get(boxes.of, "")
    return GAP.join(f"{TICKED if code == chosen and code else UNTICKED}{label}" for code, label in boxes.options)


# --- one function a kind of block


def fill_title(spec: Any, values: Mapping[str, str], parties: Any, tables: Any, form: Form) -> Iterator[Block]:
    number = words(spec.get("number", ""), values)
    yield Title(spec.get("text", form.name), words(spec.get("above", ""), values), number)


def fill_para(spec: Any, values: Mapping[str, str], parties: Any, tables: Any, form: Form) -> Iterator[Block]:
    style = spec.get("style", "body")
    if values.get(spec.get("unless", "")):
        return
    if style == "options":
        yield from (Para(line, "option") for line in re.split(r"[\n　](?=[□■])", words(spec["text"], values)))
    else:
        yield Para(words(spec["text"], values), style)


def fill_field(spec: Any, values: Mapping[str, str], parties: Any, tables: Any, form: Form) -> Iterator[Block]:
    """A heading with an account under it; where there is none, ruled lines, or nothing at all if it is optional."""
    text = words(spec["text"], values, blanks=False)
    if not text and spec.get("optional"):
        return
    if heading := spec.get("heading"):
        yield Para(f"{heading}：", "heading")
    if text:
        yield from (Para(line) for line in text.split("\n") if line.strip())
    else:
        yield Lines(spec.get("lines", 2))


def fill_grid(spec: Any, values: Mapping[str, str], parties: Any, tables: Any, form: Form) -> Iterator[Block]:
    yield Grid(tuple(spec["widths"]), tuple(grid_row(row, len(spec["widths"]), spec.get("tall", 0), values) for row in spec["rows"]))


def grid_row(row: Any, width: int, tall: int, values: Mapping[str, str]) -> Row:
    """Labels and values in turn; the last one goes on to the end of the row."""
    cells, tall = (row["cells"], row.get("tall", tall)) if isinstance(row, Mapping) else (row, tall)
    made = [Cell(words(text, values, blanks=False), "label" if n % 2 == 0 and len(cells) > 1 else "value") for n, text in enumerate(cells)]
    made[-1] = Cell(made[-1].text, made[-1].kind, width - len(made) + 1)
    return Row(tuple(made), tall)


def fill_table(spec: Any, values: Mapping[str, str], parties: Any, tables: Tables, form: Form) -> Iterator[Block]:
    """A list with a head, and some empty rows after it to go on by hand."""
    columns = spec["columns"]
    head = Row(tuple(Cell(label, "head") for label, _, _ in columns))
    given = tables.get(spec["of"], ())
    rows = [Row(tuple(Cell(clean(row.get(name, "")), "value" if name == "name" else "center") for _, name, _ in columns)) for row in given]
    empty = [Row(tuple(Cell("") for _ in columns), 9)] * max(spec.get("blank", 0) - len(rows), 1)
    yield Grid(tuple(width for _, _, width in columns), (head, *rows, *empty), head=1)


PARTY_WIDTHS = (8, 10, 5, 4, 5, 8)
PERSON_ROWS = (  # (label, value, columns of the label, columns of the value)
    (("姓　　名", "name", 1, 1), ("性别", "sex", 1, 1), ("民族", "", 1, 1)),
    (("出生日期", "born", 1, 1), ("联系方式", "phone", 2, 2)),
    (("身份证号", "id_number", 1, 3), ("邮编", "", 1, 1)),
    (("职业或职务", "", 1, 1), ("户籍所在地", "", 2, 2)),
    (("住　所　地", "address", 1, 5),),
)
UNIT_ROWS = (
    (("名　　称", "name", 1, 5),),
    (("社会信用代码", "id_number", 1, 2), ("法定代表人", "", 2, 1)),
    (("住　所　地", "address", 1, 5),),
    (("联系方式", "phone", 1, 2), ("职　　务", "", 2, 1)),
)


def fill_parties(spec: Any, values: Mapping[str, str], parties: Sequence[PartyShown], tables: Any, form: Form) -> Iterator[Block]:
    """The particulars of everybody on a side, each in a table; a party not known yet is an empty one."""
    mine = [party for party in parties if party.side == spec["side"]] or [PartyShown(0, spec["side"], "person", "")]
    for number, party in enumerate(mine, start=1):
        called = spec["label"] + (str(number) if len(mine) > 1 else "") + ("（代表）" if party.representative else "")
        if form.key in ("acceptance", "oral"):
            called = ("申请人" if spec["side"] == "applicant" else "被申请人") + called.removeprefix("当事人")
        layout = UNIT_ROWS if party.kind == "organisation" else PERSON_ROWS
        rows = [Row((Cell(called, "head", len(PARTY_WIDTHS)),))]
        rows += [Row(tuple(party_cells(row, party))) for row in layout]
        yield Grid(PARTY_WIDTHS, tuple(rows))


def party_cells(row: Sequence[tuple[str, str, int, int]], party: PartyShown) -> Iterator[Cell]:
    """The cells of one row of a party."""
    for label, name, before, over in row:
        yield Cell(label, "label", before)
        yield Cell(clean(getattr(party, name)) if name else "", "value", over)


def fill_party_lines(spec: Any, values: Mapping[str, str], parties: Sequence[PartyShown], tables: Any, form: Form) -> Iterator[Block]:
    """Everybody on a side, a paragraph each, as agreements and applications to a court name them."""
    mine = [party for party in parties if party.side == spec["side"]] or [PartyShown(0, spec["side"], "person", "")]
    for party in mine:
        called = spec["label"] + ("（代表）" if party.representative else "")
        yield Para(f"{called}：{unit_line(party) if party.kind == 'organisation' else person_line(party)}", "plain")


def person_line(party: PartyShown) -> str:
    """Name, sex, ethnic group, birth, identity number, occupation, registered residence, address, post code, phone."""
    parts = (
        clean(party.name) or BLANK, party.sex or "性别____", "民族____", f"{party.born}出生" if party.born else f"{BLANK_DAY}出生",
        f"居民身份证号{clean(party.id_number) or '____________________'}", f"职业或职务{BLANK}", f"户籍所在地{BLANK * 2}",
        f"住{clean(party.address) or BLANK * 2}", "邮编______", f"联系电话{clean(party.phone) or BLANK + '____'}",
    )  # fmt: skip
    return "，".join(parts) + "。"


def unit_line(party: PartyShown) -> str:
    """Name, code, address, legal representative, phone."""
    parts = (
        clean(party.name) or BLANK, f"统一社会信用代码{clean(party.id_number) or '__________________'}", f"住所地{clean(party.address) or BLANK * 2}",
        f"法定代表人{BLANK}，职务____", f"联系电话{clean(party.phone) or BLANK + '____'}",
    )  # fmt: skip
    return "，".join(parts) + "。"


def fill_sign(spec: Any, values: Mapping[str, str], parties: Any, tables: Any, form: Form) -> Iterator[Block]:
    yield from (Sign(words(line, values), spec.get("right", False)) for line in spec["lines"])


def fill_lines(spec: Any, values: Any, parties: Any, tables: Any, form: Form) -> Iterator[Block]:
    yield Lines(spec["count"])


def fill_space(spec: Any, values: Any, parties: Any, tables: Any, form: Form) -> Iterator[Block]:
    yield from (Para("", "plain") for _ in range(spec["lines"]))


def fill_gap(spec: Any, values: Any, parties: Any, tables: Any, form: Form) -> Iterator[Block]:
    yield Para("", "gap")


def fill_break(spec: Any, values: Any, parties: Any, tables: Any, form: Form) -> Iterator[Block]:
    yield Break()


FILL = {
    "title": fill_title, "para": fill_para, "field": fill_field, "grid": fill_grid, "table": fill_table, "parties": fill_parties,
    "party_lines": fill_party_lines, "sign": fill_sign, "lines": fill_lines, "space": fill_space, "gap": fill_gap, "break": fill_break,
}  # fmt: skip
