"""Finished papers as PDF, and PDF put together: copies, signed sheets, page numbers. Layout is papers.css."""

import base64
import io
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, Template

from casemgr.documents.blocks import Block, Grid, Paper
from casemgr.documents.drawing import Drawn, make_pdf
from casemgr.later import Later

if TYPE_CHECKING:
    import pypdf
else:
    pypdf = Later("pypdf")

HERE = Path(__file__).parent
CSS = Path(__file__).with_name("papers.css")
PIXELS = 96 / 25.4  # to a millimetre


class Unreadable(ValueError):
    """A PDF file that cannot be taken apart: broken, or locked with a password."""


@cache
def template() -> Template:
    """The page all papers are drawn from; every word is escaped."""
    return Environment(loader=FileSystemLoader(HERE), autoescape=True).get_template("papers.html")


def papers_pdf(papers: Sequence[Paper], stamps: Sequence[str] = ()) -> Drawn:
    """Papers one after the other; paper n begins where "p<n>" is. Raises CannotDraw."""
    shown = [{"name": p.name, "layout": p.layout, "blocks": [as_html(block) for block in p.blocks]} for p in papers]
    return make_pdf(template().render(papers=shown, stamps=stamps), CSS)


def as_html(block: Block) -> dict[str, Any]:
    """A block as the template wants it."""
    kind = type(block).__name__
    if isinstance(block, Grid):
        whole = sum(block.widths)
        return {"kind": kind, "shares": [round(100 * width / whole, 3) for width in block.widths], "parts": parts_of(block)}
    shown = {name: getattr(block, name) for name in block.__slots__} | {"kind": kind}
    if kind == "Picture":
        shown["url"] = f"data:image/jpeg;base64,{base64.b64encode(shown.pop('jpeg')).decode()}"
    return shown


def parts_of(grid: Grid) -> list[dict[str, Any]]:
    """Head and body of a table."""
    rows = [{"cells": row.cells, "tall": row.tall, "points": round(row.tall * PIXELS)} for row in grid.rows]
    parts = [{"tag": "thead", "rows": rows[: grid.head]}, {"tag": "tbody", "rows": rows[grid.head :]}]
    return [part for part in parts if part["rows"]]


def open_pdf(source: Path | bytes) -> "pypdf.PdfReader":
    """A PDF to take pages from. Raises Unreadable."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(source) if isinstance(source, bytes) else source)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable
        len(reader.pages)
    except (pypdf.errors.PyPdfError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreadable from error
    return reader


def joined(parts: "Iterable[bytes | pypdf.PdfReader]", *, title: str = "") -> bytes:
    """Several PDF as one."""
    writer = pypdf.PdfWriter()
    for part in parts:
        writer.append(open_pdf(part) if isinstance(part, bytes) else part, import_outline=False)
    if title:
        writer.add_metadata({"/Title": title})
    return written(writer)


def copies(made: bytes, count: int) -> bytes:
    """The same PDF so many times, to be printed at one go."""
    return made if count == 1 else joined([made] * count)


def written(writer: "pypdf.PdfWriter") -> bytes:
    """The bytes of what a writer holds; what stands in it twice is kept once."""
    writer.compress_identical_objects()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
