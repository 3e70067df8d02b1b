"""How templates get what all of them share: macros from modules made once, and the token of a request signed once."""

from flask import Flask, g
from flask_wtf.csrf import generate_csrf
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context


class Shared(Template):
    """A template whose macros others import. Nobody renders with globals of his own, so its module is the same for all: jinja2
    would compare the globals with every import."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


def attach(app: Flask) -> None:
    """Let the templates of `app` share. To be attached after the protection of forms."""
    app.jinja_env.template_class = Shared
    app.jinja_env.globals["csrf_token"] = token


def token() -> str:
    """The token of the forms of this request; flask_wtf keeps it there."""
    return str(g.get("csrf_token") or generate_csrf())
