"""The one sign that stands on a page by the dozen, made and remembered here; all others are templates/macros/marks.html."""

from functools import lru_cache

from flask import Flask, request, url_for
from markupsafe import Markup

KEPT = 2048
PLAIN = Markup('aria-hidden="true"')
SAID = Markup('role="img" aria-label="{}"')
SVG = Markup('<svg class="icon" focusable="false" {}><use href="{}#{}"></use></svg>')


def attach(app: Flask) -> None:
    """Let the templates of `app` draw icons."""
    app.jinja_env.globals["icon_mark"] = icon


def icon(name: str, label: str | None = None) -> Markup:
    """An icon of the sprite; `label` says it to those who do not see it, else it is decoration."""
    return drawn(request.script_root, name, label)


@lru_cache(KEPT)
def drawn(prefix: str, name: str, label: str | None) -> Markup:
    """The icon under a prefix of the application."""
    sprite = url_for("static", filename="icons/sprite.svg")
    return SVG.format(SAID.format(label) if label else PLAIN, sprite, name)
