"""PDF, if it can be drawn here, and the fonts it is drawn with. Drawing is done in a process of its own (press.py), one for each
process of the programme, begun when first asked and begun anew after some papers; where Pango is missing the programme runs
on, and says what to install."""

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PRESS = Path(__file__).with_name("press.py")
FONTS_CONF = Path(__file__).with_name("fonts.conf")
PANGO_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
FONT_PACKAGES = "fonts-noto-cjk"
FC_LIST = ["fc-list", ":lang=zh-cn", "family"]
NO_PANGO, NO_FONT = "no_pango", "no_font"
MOST = 40  # papers drawn by one press
LONGEST = 120  # seconds for one paper


class CannotDraw(RuntimeError):
    """No PDF can be made here: `why` is NO_PANGO, NO_FONT, or the characters that no font has."""

    def __init__(self, why: str, characters: str = "") -> None:
        super().__init__(why)
        self.why, self.characters = why, characters


@dataclass(frozen=True, slots=True)
class Drawn:
    """A PDF: its bytes, its number of pages, and the page (from 0) on which each element with an id begins."""

    pdf: bytes
    pages: int
    starts: Mapping[str, int]


class Press:
    """The process that draws. Threads wait for each other; a press that died is replaced, one that hangs is ended."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Without a process: at the start, and in a worker that was forked."""
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.drawn = 0

    def is_able(self) -> bool:
        """Whether there is what drawing needs."""
        with self.lock:
            return self.begun() is not None

    def draw(self, html: str, css: Path) -> tuple[dict[str, Any], bytes]:
        """What press.draw gives. Raises CannotDraw, OSError when the press breaks on it."""
        with self.lock:
            process = self.begun()
            if process is None:
                raise CannotDraw(NO_PANGO)
            limit = threading.Timer(LONGEST, process.kill)
            limit.start()
            try:
                return answered(process, {"html": html, "css": str(css)})
            except (OSError, ValueError) as error:
                self.end()
                raise OSError("the press broke on a paper") from error
            finally:
                limit.cancel()
                self.drawn += 1
                if self.drawn >= MOST:
                    self.end()

    def begun(self) -> subprocess.Popen[bytes] | None:
        """The running press, or a new one; None where it cannot draw."""
        if self.process is None or self.process.poll() is not None:
            environment = {**os.environ, "FONTCONFIG_FILE": os.environ.get("FONTCONFIG_FILE", str(FONTS_CONF))}
            self.process = subprocess.Popen(  # noqa: S603  our own script
                [sys.executable, "-W", "ignore", str(PRESS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
            )
            self.drawn = 0
            assert self.process.stdout is not None  # noqa: S101  it is a pipe
            if not json.loads(self.process.stdout.readline() or b"{}").get("ready"):
                self.end()
        return self.process

    def end(self) -> None:
        """Let it go: without anybody who asks, it ends."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.communicate()


def answered(process: subprocess.Popen[bytes], asked: Mapping[str, str]) -> tuple[dict[str, Any], bytes]:
    """One paper drawn. Raises OSError or ValueError where the process is gone."""
    assert process.stdin is not None and process.stdout is not None  # noqa: S101  they are pipes
    process.stdin.write(json.dumps(asked).encode() + b"\n")
    process.stdin.flush()
    head: dict[str, Any] = json.loads(process.stdout.readline())
    made = process.stdout.read(head["size"])
    if len(made) != head["size"]:
        raise OSError("half a paper")
    return head, made


press = Press()
atexit.register(press.end)
os.register_at_fork(after_in_child=press.begin_anew)  # a forked worker has a press of its own


@cache
def why_no_pdf() -> str:
    """"" when PDF can be made here, else NO_PANGO or NO_FONT."""
    if not press.is_able():
        return NO_PANGO
    return "" if chinese_fonts() else NO_FONT


def chinese_fonts() -> list[str]:
    """The font families on this computer that hold simplified Chinese."""
    try:
        asked = subprocess.run(FC_LIST, capture_output=True, text=True, timeout=20, check=True)  # noqa: S603  a fixed command
    except (OSError, subprocess.SubprocessError):
        return []
    return sorted(filter(None, asked.stdout.splitlines()))


def make_pdf(html: str, css: Path) -> Drawn:
    """The HTML as PDF. Nothing is fetched from anywhere else. Raises CannotDraw, also for a character that no font here
    can draw: an empty box is never printed."""
    if why := why_no_pdf():
        raise CannotDraw(why)
    head, made = press.draw(html, css)
    if head["missing"]:
        raise CannotDraw("characters", head["missing"])
    return Drawn(made, head["pages"], head["starts"])
