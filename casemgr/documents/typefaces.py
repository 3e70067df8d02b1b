"""WeasyPrint, if it can be had here, and the fonts it draws with. The only module that imports it; where Pango is
missing the programme runs on, and says what to install. Which glyph is in which font is asked of what was drawn."""

import io
import os
import subprocess
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

try:
    with redirect_stdout(io.StringIO()):  # it would print a page of advice there
        import weasyprint
except OSError:  # the libraries of Pango are not on this computer
    weasyprint = None

FONTS_CONF = Path(__file__).with_name("fonts.conf")
PANGO_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
FONT_PACKAGES = "fonts-noto-cjk"
FC_LIST = ["fc-list", ":lang=zh-cn", "family"]
NO_PANGO, NO_FONT = "no_pango", "no_font"


class CannotDraw(RuntimeError):
    """No PDF can be made here: `why` is NO_PANGO, NO_FONT, or the characters that no font has."""

    def __init__(self, why: str, characters: str = "") -> None:
        super().__init__(why)
        self.why, self.characters = why, characters


@cache
def why_no_pdf() -> str:
    """"" when PDF can be made here, else NO_PANGO or NO_FONT."""
    if weasyprint is None:
        return NO_PANGO
    return "" if chinese_fonts() else NO_FONT


def chinese_fonts() -> list[str]:
    """The font families on this computer that hold simplified Chinese."""
    try:
        asked = subprocess.run(FC_LIST, capture_output=True, text=True, timeout=20, check=True)  # noqa: S603  a fixed command
    except (OSError, subprocess.SubprocessError):
        return []
    return sorted(filter(None, asked.stdout.splitlines()))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A PDF: its bytes, its number of pages, and the page (from 0) on which each element with an id begins."""

    pdf: bytes
    pages: int
    starts: Mapping[str, int]


def make_pdf(html: str, css: Path) -> Drawn:
    """The HTML as PDF. Nothing is fetched from anywhere else. Raises CannotDraw, also for a character that no font here
    can draw: an empty box is never printed."""
    if why := why_no_pdf():
        raise CannotDraw(why)
    os.environ.setdefault("FONTCONFIG_FILE", str(FONTS_CONF))
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("file", "data"))
    page = weasyprint.HTML(string=html, url_fetcher=fetcher)
    document = page.render(stylesheets=[weasyprint.CSS(filename=css, url_fetcher=fetcher)], presentational_hints=True)
    made = document.write_pdf()
    missing = missing_characters(document)
    if missing:
        raise CannotDraw("characters", missing)
    starts: dict[str, int] = {}
    for number, sheet in enumerate(document.pages):
        for name in sheet.anchors:
            starts.setdefault(name, number)
    return Drawn(made, len(document.pages), starts)


def missing_characters(document: Any) -> str:
    """The characters that a drawn document has no glyph for."""
    return "".join(sorted({chr(code) for font in document.fonts.values() for code in font.missing}))
