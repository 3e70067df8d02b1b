"""What a finished paper is made of, with every word in it. Word and PDF are rendered from these and from nothing else."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Title:
    """The name of the paper; `above` stands over it in smaller type, `number` under it."""

    text: str
    above: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph. `style`: body (two characters in), plain, heading, center, right, note, large."""

    text: str
    style: str = "body"


@dataclass(frozen=True, slots=True)
class Lines:
    """Ruled lines to write on by hand."""

    count: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a grid. `kind`: label, value, center, head; `span` columns wide."""

    text: str
    kind: str = "value"
    span: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `tall` is its least height in millimetres."""

    cells: tuple[Cell, ...]
    tall: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with lines. `widths` are parts of the whole; the first `head` rows come again on every sheet."""

    widths: tuple[int, ...]
    rows: tuple[Row, ...]
    head: int = 0


@dataclass(frozen=True, slots=True)
class Sign:
    """A line to sign on: what is signed there, and room for it. `right` stands at the right, as seal and date do."""

    text: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo (JPEG) on a sheet of its own, with the line under it. Only the whole file has such sheets."""

    jpeg: bytes
    caption: str


@dataclass(frozen=True, slots=True)
class Break:
    """A new sheet."""


Block = Title | Para | Lines | Grid | Sign | Picture | Break


@dataclass(frozen=True, slots=True)
class Paper:
    """A finished paper. `layout`: "letter" as an official letter (GB/T 9704), "notice" closer, "form" for tables,
    "sheet" for a picture."""

    form: str
    name: str
    layout: str
    blocks: tuple[Block, ...]
