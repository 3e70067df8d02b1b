"""The whole file of a case as one PDF: cover, contents with page numbers, all papers or their signed sheets, evidence.

Bounded: what would make it too large, or cannot be read, is named in the contents as kept apart and nothing is lost.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from casemgr.documents.blocks import Paper, Picture
from casemgr.documents.casefile import CaseFile
from casemgr.documents.entries import IMAGES, PDF, evidence_files
from casemgr.documents.forms import MADE, NEVER, READY
from casemgr.documents.pdf import Unreadable, open_pdf, papers_pdf, written
from casemgr.documents.pictures import small_copy
from casemgr.documents.shelf import Item, compose, items_of, usual_copies
from casemgr.later import Later
from casemgr.models import Attachment
from casemgr.queries.papers import Papers

if TYPE_CHECKING:
    import pypdf
else:
    pypdf = Later("pypdf")

MOST_PAGES = 600
MOST_BYTES = 100 * 1024 * 1024  # of pictures, made small, and PDF files taken in
APART = "另存"
FROM_HERE, FROM_PARTY = "本会", "当事人"
FIRST, LAST = ("cover", "contents"), ("note", "back")
A4 = (595.28, 841.89)  # points


@dataclass(frozen=True)
class Part:
    """One line of the contents: what is drawn for it, or the PDF it is taken from; `pages` is known once drawn."""

    name: str
    number: str = ""
    source: str = FROM_HERE
    paper: Paper | None = None
    pdf: Path | None = None
    note: str = ""
    pages: int = 0
    listed: bool = True


@dataclass
class Room:
    """What may still be taken in, in pages and bytes."""

    pages: int = MOST_PAGES
    bytes: int = MOST_BYTES
    seen: set[int] = field(default_factory=set)

    def take(self, pages: int, size: int) -> bool:
        """Take so much, if there is room."""
        fits = pages <= self.pages and size <= self.bytes
        if fits:
            self.pages, self.bytes = self.pages - pages, self.bytes - size
        return fits


def whole_file(session: Session, file: CaseFile, papers: Papers) -> tuple[bytes, int]:
    """The file as PDF, and its number of pages. Raises CannotDraw."""
    items = items_of(session, file, papers)
    parts = list(parts_of(file, items, papers))
    drawn = papers_pdf([part.paper for part in parts if part.paper])
    source = pypdf.PdfReader(BytesIO(drawn.pdf))
    ends = [drawn.starts[f"p{n}"] for n in range(len([p for p in parts if p.paper]))] + [drawn.pages]
    counts = iter([(start, end) for start, end in zip(ends, ends[1:], strict=False)])
    placed: list[tuple[Part, list[pypdf.PageObject]]] = []
    for part in parts:
        if part.paper:
            start, end = next(counts)
            pages = list(source.pages[start:end])
        else:
            pages = list(open_pdf(part.pdf).pages) if part.pdf else []
        placed.append((replace(part, pages=len(pages)), pages))
    front = front_pages(file, items, papers, contents_rows([part for part, _ in placed]))
    return bound(front, placed, title=f"{file.values['title']} {file.values['case_number']}")


def front_pages(file: CaseFile, items: Sequence[Item], papers: Papers, rows: Sequence[Mapping[str, str]]) -> "list[pypdf.PageObject]":
    """Cover and contents, which bear no page numbers."""
    first = [item for item in items if item.form.key in FIRST]
    drawn = papers_pdf([compose(item, file, papers, copies=1, contents=rows) for item in first])
    return list(pypdf.PdfReader(BytesIO(drawn.pdf)).pages)


def parts_of(file: CaseFile, items: Sequence[Item], papers: Papers) -> Iterator[Part]:
    """All that is bound in, in order, each file once."""
    room = Room()
    for item in items:
        if item.form.key not in (*FIRST, *LAST) and belongs(item, papers):
            yield from item_parts(item, file, papers, room)
            if item.form.key == "evidence":
                yield from evidence_parts(file, papers, room)
    yield from other_parts(file, room)
    for item in items:
        if item.form.key in LAST:
            yield Part(item.form.name, paper=compose(item, file, papers, copies=1), listed=item.form.listed)


def belongs(item: Item, papers: Papers) -> bool:
    """Whether a paper is bound in: it came back signed, or it says what its form is for."""
    key = (item.form.key, item.entry.of)
    if key in papers.signed or item.entry.sheets:
        return True
    if item.form.filed == NEVER or item.missing or (item.form.per and not item.entry.of):
        return False
    if item.form.filed == MADE:
        return papers.last_made(*key) is not None
    return item.form.filed == READY or bool(item.values.get(item.form.filed))


def item_parts(item: Item, file: CaseFile, papers: Papers, room: Room) -> Iterator[Part]:
    """A paper: the signed sheets in its place, else as it would be printed. A typed record stays before its photo."""
    signed = papers.signed.get((item.form.key, item.entry.of), ()) or item.entry.sheets
    number = item.values.get("paper_number", "") if item.form.number else ""
    typed = bool(item.values.get("record") or item.values.get("settlement")) and not papers.signed.get((item.form.key, item.entry.of))
    name = item.form.name + (f"（{item.entry.label}）" if item.form.per in ("session", "contact", "follow_up") and item.entry.of else "")
    if not signed or typed:
        yield Part(name, number, paper=compose(item, file, papers, copies=usual_copies(item, file)))
    for sheet in signed:
        yield file_part(name, number, FROM_HERE, sheet, file.folder, room, note="附照片" if typed else "签字件")


def evidence_parts(file: CaseFile, papers: Papers, room: Room) -> Iterator[Part]:
    """The pieces of evidence themselves."""
    for row, attached in evidence_files(file):
        if attached.id not in room.seen:
            yield file_part(f"证据{row['number']}：{row['name']}", "", row["by"] or FROM_PARTY, attached, file.folder, room)


def other_parts(file: CaseFile, room: Room) -> Iterable[Part]:
    """Every other file of the case, oldest first."""
    rest = [f for found in file.files.values() for f in found if f.id not in room.seen]
    return [file_part(f.name, "", "", f, file.folder, room) for f in sorted(rest, key=lambda f: f.id) if f.id not in room.seen]


def file_part(name: str, number: str, source: str, attached: Attachment, folder: Path, room: Room, note: str = "") -> Part:
    """A stored file: its picture on a sheet, its pages, or a line that says it is kept apart."""
    room.seen.add(attached.id)
    path = folder / attached.stored
    apart = Part(name, number, source, note=f"{APART} {attached.sha256[:8]}")
    if not path.is_file():
        return apart
    jpeg = small_copy(path) if attached.media_type in IMAGES else None
    if jpeg and room.take(1, len(jpeg)):
        caption = f"{name}　校验码 {attached.sha256[:16]}"
        return Part(name, number, source, Paper("picture", name, "sheet", (Picture(jpeg, caption),)), note=note)
    if attached.media_type == PDF:
        try:
            pages = len(open_pdf(path).pages)
        except Unreadable:
            return apart
        if room.take(pages, attached.size):
            return Part(name, number, source, pdf=path, note=note)
    return apart


def contents_rows(parts: Sequence[Part]) -> list[dict[str, str]]:
    """The lines of the contents, with the pages each part takes."""
    rows: list[dict[str, str]] = []
    page = 1
    for part in parts:
        if part.listed:
            last = page + part.pages - 1
            rows.append({
                "number": str(len(rows) + 1), "name": part.name, "paper_number": part.number, "source": part.source,
                "pages": str(part.pages) if part.pages else "", "note": part.note,
                "page": "" if not part.pages else str(page) if part.pages == 1 else f"{page}–{last}",
            })  # fmt: skip
        page += part.pages
    return rows


def bound(front: "Sequence[pypdf.PageObject]", placed: "Sequence[tuple[Part, list[pypdf.PageObject]]]", *, title: str) -> tuple[bytes, int]:
    """Everything in one PDF, with the number of each page at its upper right; the back cover has none."""
    numbered = sum(len(pages) for part, pages in placed if part.listed)
    stamps = list(pypdf.PdfReader(BytesIO(papers_pdf([], [str(n) for n in range(1, numbered + 1)]).pdf)).pages) if numbered else []
    writer = pypdf.PdfWriter()
    for page in front:
        writer.add_page(page)
    number = 0
    for part, pages in placed:
        for page in pages:
            added = writer.add_page(page)
            if part.listed:
                stamp(added, stamps[number])
                number += 1
    writer.add_metadata({"/Title": title})
    return written(writer), len(writer.pages)


def stamp(page: "pypdf.PageObject", mark: "pypdf.PageObject") -> None:
    """Lay a page number over a page, at its upper right whatever its size and however it lies."""
    if page.rotation:
        page.transfer_rotation_to_content()
    box = page.mediabox
    across, up = float(box.right) - A4[0], float(box.top) - A4[1]
    page.merge_transformed_page(mark, pypdf.Transformation().translate(across, up))
