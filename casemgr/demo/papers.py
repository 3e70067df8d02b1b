"""The signed agreements of the demo as small PDF files. The real forms are casemgr.documents; these stand in for scans."""

from collections.abc import Sequence

PAGE = "/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >>"
FONT = "/Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R]"
GLYPHS = (
    "/Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light "
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >>"
)
LINE = 26  # characters


def paper(lines: Sequence[str]) -> bytes:
    """A page with these lines in a font every reader of PDF has, the first one large."""
    rows = [piece for line in lines[1:] for piece in (line[n : n + LINE] for n in range(0, max(len(line), 1), LINE))]
    shown = "".join(f"<{row.encode('utf-16-be').hex()}> Tj T* " for row in rows)
    content = f"BT /F 22 Tf 72 760 Td <{lines[0].encode('utf-16-be').hex()}> Tj /F 14 Tf 24 TL 0 -40 Td {shown}ET"
    parts = (
        "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", f"<< {PAGE} >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream", f"<< {FONT} >>", f"<< {GLYPHS} >>",
    )  # fmt: skip
    return joined(parts)


def joined(parts: Sequence[str]) -> bytes:
    """Objects with the table of where each begins."""
    made, starts = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        starts.append(len(made))
        made += f"{number} 0 obj\n{part}\nendobj\n".encode("ascii")
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    end = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}"
    return made + f"{end}trailer\n<< /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{len(made)}\n%%EOF\n".encode("ascii")
