"""The signs and cells that stand on a page by the dozen, made here in Python for speed; templates know them by the names that
macros/marks.html and macros/table.html give them. Plain data in, no queries."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, request, url_for
from markupsafe import Markup, escape

from casemgr.web.locales import present, sentence
from casemgr.web.modes import is_on

KEPT = 2048
SVG = Markup('<svg class="icon" focusable="false" %s><use href="%s#%s"></use></svg>')
DECORATION, SAID = Markup('aria-hidden="true"'), Markup('role="img" aria-label="%s"')
SHAPE = Markup('<svg viewBox="0 0 14 14" fill="currentColor" aria-hidden="true" focusable="false"%s>%s</svg>')
SHAPES = {
    "red": Markup('<path d="M4.1 0h5.8L14 4.1v5.8L9.9 14H4.1L0 9.9V4.1z"/>'),
    "orange": Markup('<path d="M7 0l7 7-7 7-7-7z"/>'),
    "yellow": Markup('<path d="M7 .8 14 13.2H0z"/>'),
    "none": Markup('<circle cx="7" cy="7" r="5"/>'),
}
TIER_WORDS = {"red": "Red", "orange": "Orange", "yellow": "Yellow", "none": "No tier"}
Caller = Callable[[], str]


def attach(app: Flask) -> None:
    """Let the templates of `app` draw them."""
    app.jinja_env.globals["marks"] = {
        "icon": icon, "tag": tag, "td": td, "num_td": num_td, "tier": tier, "tier_shape": tier_shape, "tier_word": tier_word,
    }  # fmt: skip


def icon(name: str, label: str | None = None) -> Markup:
    """An icon of the sprite; `label` says it to those who do not see it, else it is decoration."""
    return drawn(request.script_root, name, label)


@lru_cache(KEPT)
def drawn(prefix: str, name: str, label: str | None) -> Markup:
    """The icon under a prefix of the application."""
    sprite = url_for("static", filename="icons/sprite.svg")
    return SVG % (SAID % label if label else DECORATION, sprite, name)


def tier_word(tier: str | None) -> str:
    """A tier in words."""
    return sentence(TIER_WORDS.get(tier or "none", TIER_WORDS["none"]))


@lru_cache(KEPT)
def tier_shape(tier: str | None, css: str | None = None) -> Markup:
    """The shape of a tier, told apart without colour."""
    return SHAPE % (Markup(' class="%s"') % css if css else "", SHAPES.get(tier or "none", SHAPES["none"]))


def tier(tier: str | None, hollow: Any = False, label: str | None = None) -> Markup:
    """A tier with its word, hollow until confirmed. Nothing in face-to-face mode: no page says a colour to a resident."""
    return Markup("") if is_on("face_to_face") else tier_said(present(), tier if tier in TIER_WORDS else "none", bool(hollow), label or "")


@lru_cache(KEPT)
def tier_said(language: str, key: str, hollow: bool, label: str) -> Markup:
    """The mark of a tier in a language."""
    unsure = (" ", sentence("(not confirmed)")) if hollow else ()
    css = f"tier tier-{key} tier-hollow" if hollow else f"tier tier-{key}"
    return put('<span class="', css, '">', tier_shape(key), "<span>", escape(label or tier_word(key)), *map(escape, unsure), "</span></span>")


def tag(text: str, kind: str = "") -> Markup:
    """A short word in a frame."""
    return put('<span class="tag', escape(f" tag-{kind}" if kind else ""), '">', escape(text), "</span>")


def td(
    label: str, value: Any = "", href: str | None = None, sub: Any = None, kind: str = "", tone: str = "", caller: Caller | None = None
) -> Markup:
    """One cell of a list. kind: "" | main (heads the row, title of the card on a phone) | mark | num | actions | nowrap."""
    head = kind == "main"
    return put(
        '<th scope="row" role="rowheader" data-label="' if head else '<td role="cell" data-label="', escape(label), '"',
        *((' class="is-', escape(kind), '"') if kind else ()), "><div", *((' class="', escape(tone), '"') if tone else ()), ">",
        *(('<a href="', escape(href), '">', escape(value), "</a>") if href else (escape(value),)), escape(caller()) if caller else "",
        *(('<span class="cell-sub">', escape(sub), "</span>") if sub else ()), "</div></th>" if head else "</div></td>",
    )  # fmt: skip


def num_td(label: str, number: Any, url: str | None = None, after: Any = "") -> Markup:
    """A number that drills to its cases; zero is quiet and no link."""
    shown = ('<a class="num-link" href="', escape(url), '">', escape(number), "</a>") if number and url else (
        '<span class="', "" if number else "is-zero", '">', escape(number), "</span>"
    )  # fmt: skip
    behind = (" ", escape(after)) if after else ()
    return put('<td class="is-num" role="cell" data-label="', escape(label), '"><div>', *shown, *behind, "</div></td>")


def put(*parts: str) -> Markup:
    """Parts put together: literals of this file, and what is escaped."""
    return Markup("".join(parts))  # noqa: S704
