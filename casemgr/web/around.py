"""What stands round a page, drawn once and kept: head, bars and menus as text with holes, and what fills them in a request.

A drawing follows from its `Drawing` alone: who looks, with which posts, under which entry, in which language and mode. What differs
between two requests of the same person (token, address, unread notices, words searched for) is a hole.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from jinja2 import Environment
from markupsafe import Markup, escape

from casemgr.web.macros import token

MOST_COUNTED = 100  # unread notices: above, a page says "99+"
MACROS = "macros/frame.html"
PARTS = ("start", "sheets", "top", "above", "bottom", "count")
HOLES = ("token", "here", "unread", "number", "words")
NONCE = secrets.token_hex(8)  # new in every process: nothing that people write can look like a hole
HOLE = re.compile(rf"{NONCE}\((\w+)\)")
Pieces = tuple[str, ...]  # text, name of a hole, text, …


@dataclass(frozen=True, slots=True)
class Who:
    """Who looks, as the bars name him."""

    id: int | None
    name: str
    posts: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that the frame of a page follows from, besides what fills its holes. `nav`: (label, address, is this it, icon)."""

    actor: Who | None
    nav: tuple[tuple[str, str, bool, str], ...]
    links: Mapping[str, str]
    languages: tuple[tuple[str, str], ...]
    locale: str
    registers: bool
    large: bool
    facing: bool


@dataclass(frozen=True, slots=True)
class Around:
    """The frame of one request: what is kept, and what fills its holes."""

    drawing: Drawing
    pieces: Mapping[str, Pieces]
    unread: int = 0

    def part(self, name: str, words: str = "") -> Markup:
        """One part of the frame, its holes filled."""
        pieces = self.pieces[name]
        if len(pieces) == 1:
            return Markup(pieces[0])  # noqa: S704  drawn by our template
        return Markup("".join(self.filled(piece, words) if n % 2 else piece for n, piece in enumerate(pieces)))  # noqa: S704  escaped

    def filled(self, hole: str, words: str) -> str:
        """What stands in a hole, escaped."""
        if hole == "token":
            return str(escape(token()))
        if hole == "here":
            return str(escape(request.full_path))
        if hole == "words":
            return str(escape(words))
        if hole == "number":
            return str(self.unread) if self.unread < MOST_COUNTED else f"{MOST_COUNTED - 1}+"
        return self.part("count") if self.unread else ""

    def top(self, words: str) -> Markup:
        """The bar at the top, with the words searched for."""
        return self.part("top", words)


def draw(jinja: Environment, wanted: Drawing) -> Around:
    """The frame of a drawing."""
    macros: Any = jinja.get_template(MACROS).module
    holes = {name: Markup(f"{NONCE}({name})") for name in HOLES}  # noqa: S704  letters and figures
    return Around(wanted, {name: tuple(HOLE.split(str(getattr(macros, name)(wanted, holes)))) for name in PARTS})
