"""The press: a process that draws PDF with WeasyPrint, apart from the pages, so that what drawing takes in memory and what it
leaks ends with it. Run as a script by casemgr.documents.drawing: one line of JSON in, one line of JSON and the PDF out, again
and again until nobody asks any more. It imports nothing of casemgr."""

import io
import json
import os
import sys
from contextlib import redirect_stdout
from typing import Any

try:
    with redirect_stdout(io.StringIO()):  # it would print a page of advice there
        import weasyprint
except OSError:  # the libraries of Pango are not on this computer
    weasyprint = None


def draw(html: str, css: str) -> tuple[dict[str, Any], bytes]:
    """The HTML as PDF: pages, where each element with an id begins (from 0), characters no font here has; and the bytes.
    Nothing is fetched from anywhere else."""
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("file", "data"))
    page = weasyprint.HTML(string=html, url_fetcher=fetcher)
    document = page.render(stylesheets=[weasyprint.CSS(filename=css, url_fetcher=fetcher)], presentational_hints=True)
    made = document.write_pdf()
    missing = sorted({chr(code) for font in document.fonts.values() for code in font.missing})
    starts: dict[str, int] = {}
    for number, sheet in enumerate(document.pages):
        for name in sheet.anchors:
            starts.setdefault(name, number)
    return {"pages": len(document.pages), "starts": starts, "missing": "".join(missing), "size": len(made)}, made


def serve() -> None:
    """Say whether anything can be drawn here, then draw what comes."""
    asked, told = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    told.write(json.dumps({"ready": weasyprint is not None}).encode() + b"\n")
    told.flush()
    for line in asked:
        head, made = draw(**json.loads(line))
        told.write(json.dumps(head).encode() + b"\n" + made)
        told.flush()


if __name__ == "__main__":
    serve()
