"""The signs and cells that stand on a page by the dozen, made here in Python for speed; templates know them by the names that
macros/marks.html and macros/table.html give them. Plain data in, no queries."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, request, url_for
from markupsafe import Markup

from casemgr.web.locales import sentence
from casemgr.web.modes import is_on

KEPT = 2048
SVG = Markup('<svg class="icon" focusable="false" %s><use href="%s#%s"></use></svg>')
DECORATION, SAID = Markup('aria-hidden="true"'), Markup('role="img" aria-label="%s"')
SHAPE = Markup('<svg viewBox="0 0 14 14" fill="currentColor" aria-hidden="true" focusable="false"%s>%s</svg>')
TIER = Markup('<span class="tier tier-%s%s">%s<span>%s%s</span></span>')
TAG = Markup('<span class="tag%s">%s</span>')
CELL = Markup('<td role="cell" data-label="%s"%s><div%s>%s%s%s</div></td>')
HEAD = Markup('<th scope="row" role="rowheader" data-label="%s"%s><div%s>%s%s%s</div></th>')
KIND, TONE, LINK, BELOW = (
    Markup(' class="is-%s"'), Markup(' class="%s"'), Markup('<a href="%s">%s</a>'), Markup('<span class="cell-sub">%s</span>')
)  # fmt: skip
NUMBER = Markup('<td class="is-num" role="cell" data-label="%s"><div>%s%s</div></td>')
BEHIND = Markup(" %s")
DRILL, FLAT = Markup('<a class="num-link" href="%s">%s</a>'), Markup('<span class="%s">%s</span>')
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


def tier_shape(tier: str | None, css: str | None = None) -> Markup:
    """The shape of a tier, told apart without colour."""
    return SHAPE % (TONE % css if css else "", SHAPES.get(tier or "none", SHAPES["none"]))


def tier(tier: str | None, hollow: Any = False, label: str | None = None) -> Markup:
    """A tier with its word, hollow until confirmed. Nothing in face-to-face mode: no page says a colour to a resident."""
    if is_on("face_to_face"):
        return Markup("")
    key = tier if tier in TIER_WORDS else "none"
    unsure = f" {sentence('(not confirmed)')}" if hollow else ""
    return TIER % (key, " tier-hollow" if hollow else "", tier_shape(key), label or tier_word(key), unsure)


def tag(text: str, kind: str = "") -> Markup:
    """A short word in a frame."""
    return TAG % (f" tag-{kind}" if kind else "", text)


def td(
    label: str, value: Any = "", href: str | None = None, sub: Any = None, kind: str = "", tone: str = "", caller: Caller | None = None
) -> Markup:
    """One cell of a list. kind: "" | main (heads the row, title of the card on a phone) | mark | num | actions | nowrap."""
    return (HEAD if kind == "main" else CELL) % (
        label, KIND % kind if kind else "", TONE % tone if tone else "", LINK % (href, value) if href else value,
        caller() if caller else "", BELOW % sub if sub else "",
    )  # fmt: skip


def num_td(label: str, number: Any, url: str | None = None, after: Any = "") -> Markup:
    """A number that drills to its cases; zero is quiet and no link."""
    shown = DRILL % (url, number) if number and url else FLAT % ("" if number else "is-zero", number)
    return NUMBER % (label, shown, BEHIND % after if after else "")
