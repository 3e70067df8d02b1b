"""Finished papers as Word: the typefaces and measures of official letters by name, so that the office's own fonts apply."""

import io
from collections.abc import Callable, Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from casemgr.documents.blocks import Break, Cell, Grid, Lines, Para, Paper, Row, Sign, Title

BODY, HEI, SONG, LATIN = "仿宋_GB2312", "黑体", "方正小标宋简体", "Times New Roman"
MARGINS = {"letter": (37, 26, 35, 28), "notice": (25, 26, 20, 28), "form": (22, 20, 16, 25)}  # top, right, bottom, left, in mm (GB/T 9704-2012)
SIZES = {"letter": (16, 28), "notice": (14, 23), "form": (12, 18)}  # type and line, in points
WIDTHS = {layout: 210 - sides[1] - sides[3] for layout, sides in MARGINS.items()}
LEFT, CENTER, RIGHT, JUSTIFY = (
    WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY,
)  # fmt: skip


def paper_docx(paper: Paper, *, title: str = "") -> bytes:
    """The paper as a Word file."""
    document = Document()
    set_page(document.sections[0], paper.layout)
    set_normal(document, paper.layout)
    document.core_properties.title = title or paper.name
    document.core_properties.author = ""
    for block in paper.blocks:
        WRITE[type(block)](document, block, paper.layout)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def set_page(section: Any, layout: str) -> None:
    """A4 with the margins of the layout."""
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = (Mm(side) for side in MARGINS[layout])
    section.start_type = WD_SECTION.NEW_PAGE


def set_normal(document: Any, layout: str) -> None:
    """The type of everything that says nothing else."""
    style = document.styles["Normal"]
    size, line = SIZES[layout]
    style.font.name, style.font.size = LATIN, Pt(size)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing_rule, style.paragraph_format.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)


def put_text(paragraph: Any, text: str, *, font: str = "", size: float = 0, bold: bool = False) -> None:
    """Text with its line ends; the Chinese typeface is named apart from the Latin one."""
    for number, line in enumerate(text.split("\n")):
        run = paragraph.add_run()
        if number:
            run.add_break(WD_BREAK.LINE)
        run.add_text(line)
        run.bold = bold or None
        if size:
            run.font.size = Pt(size)
        if font:
            run.font.name = LATIN
            run._element.rPr.rFonts.set(qn("w:eastAsia"), font)


def write_title(document: Any, block: Title, layout: str) -> None:
    if block.above:
        above = document.add_paragraph()
        above.alignment = CENTER
        put_text(above, block.above, size=16)
        spaced(above, 26)
    heading = document.add_paragraph()
    heading.alignment = CENTER
    heading.paragraph_format.space_after = Pt(10)
    spaced(heading, 32)
    put_text(heading, block.text, font=SONG, size=22)
    if block.number:
        number = document.add_paragraph()
        number.alignment = RIGHT
        number.paragraph_format.space_after = Pt(6)
        put_text(number, block.number)


def spaced(paragraph: Any, points: float) -> None:
    """Lines of exactly so many points."""
    paragraph.paragraph_format.line_spacing_rule, paragraph.paragraph_format.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(points)


def write_para(document: Any, block: Para, layout: str) -> None:
    paragraph = document.add_paragraph()
    size, _ = SIZES[layout]
    form = paragraph.paragraph_format
    paragraph.alignment = {"center": CENTER, "right": RIGHT, "option": LEFT}.get(block.style, JUSTIFY)
    if block.style in ("body", "heading"):
        form.first_line_indent = Pt(2 * size)
    if block.style == "option":
        form.left_indent, form.first_line_indent = Pt(2 * size if layout == "form" else 4 * size), Pt(-2 * size)
    form.keep_with_next = block.style == "heading" or None
    if block.style == "gap":
        spaced(paragraph, 6)
    put_text(paragraph, block.text, font=HEI if block.style == "heading" else "", size=10.5 if block.style == "note" else 0)


def write_lines(document: Any, block: Lines, layout: str) -> None:
    for _ in range(block.count):
        paragraph = document.add_paragraph()
        borders = OxmlElement("w:pBdr")
        for side in ("bottom", "between"):
            line = OxmlElement(f"w:{side}")
            for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "000000")):
                line.set(qn(f"w:{name}"), value)
            borders.append(line)
        paragraph._p.get_or_add_pPr().append(borders)
        in_order(paragraph._p.pPr)


def in_order(properties: Any) -> None:
    """Word wants the borders of a paragraph before its spacing and alignment."""
    borders = properties.find(qn("w:pBdr"))
    for late in ("spacing", "ind", "jc"):
        if (found := properties.find(qn(f"w:{late}"))) is not None:
            found.addprevious(borders)
            return


def write_grid(document: Any, block: Grid, layout: str) -> None:
    """A table with fixed columns. Two tables that follow each other would grow together: a thin paragraph parts them."""
    body = document.element.body
    if len(body) > 1 and body[-2].tag == qn("w:tbl"):
        spaced(document.add_paragraph(), 1)
    table = document.add_table(rows=0, cols=len(block.widths))
    table.style, table.autofit, table.alignment = "Table Grid", False, WD_TABLE_ALIGNMENT.CENTER
    whole = sum(block.widths)
    widths = [Mm(WIDTHS[layout] * width / whole) for width in block.widths]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for number, row in enumerate(block.rows):
        write_row(table, row, widths, repeats=number < block.head)


def write_row(table: Any, row: Row, widths: Sequence[Any], *, repeats: bool) -> None:
    """One row with its merged cells."""
    made = table.add_row()
    made.height_rule, made.height = WD_ROW_HEIGHT_RULE.AT_LEAST, Mm(max(row.tall, 8))
    if repeats:
        made._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    start = 0
    cells = made.cells
    for cell in row.cells:
        target = cells[start] if cell.span == 1 else cells[start].merge(cells[start + cell.span - 1])
        target.width = sum(widths[start : start + cell.span])
        write_cell(target, cell, tall=row.tall > 15)
        start += cell.span


def write_cell(target: Any, cell: Cell, *, tall: bool) -> None:
    """The text of one cell."""
    labelled = cell.kind in ("label", "head")
    paragraph = target.paragraphs[0]
    paragraph.alignment = CENTER if labelled or cell.kind == "center" else LEFT
    top = tall and not labelled
    target.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.TOP if top else WD_CELL_VERTICAL_ALIGNMENT.CENTER
    put_text(paragraph, cell.text, font=HEI if labelled else "")


def write_sign(document: Any, block: Sign, layout: str) -> None:
    """A line to sign on, kept on one sheet with what stands before it: nobody signs an empty page."""
    before = document.element.body[-2] if len(document.element.body) > 1 else None
    paragraph = document.add_paragraph()
    form = paragraph.paragraph_format
    if before is not None and before.tag == qn("w:p"):
        Paragraph(before, document).paragraph_format.keep_with_next = True
    form.space_before = Pt(10 if layout == "form" else 8)
    paragraph.alignment = RIGHT if block.right else LEFT
    if block.right:
        form.right_indent = Pt(2 * SIZES[layout][0])
    put_text(paragraph, block.text)


def write_break(document: Any, block: Break, layout: str) -> None:
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


WRITE: dict[type, Callable[[Any, Any, str], None]] = {
    Title: write_title, Para: write_para, Lines: write_lines, Grid: write_grid, Sign: write_sign, Break: write_break,
}  # fmt: skip
