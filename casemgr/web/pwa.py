"""What makes the pages an application on a phone: its manifest and its service worker, each at an address of its own."""

import json
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, url_for
from flask_babel import gettext

from casemgr.web.access import public

bp = Blueprint("pwa", __name__)
ICONS = (("app-192.png", "192x192", "any"), ("app-512.png", "512x512", "any"), ("app-maskable-512.png", "512x512", "maskable"))


@bp.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    """How the application is called, looks and starts once it is on the home screen."""
    icons = [{"src": icon(name), "sizes": sizes, "type": "image/png", "purpose": purpose} for name, sizes, purpose in ICONS]
    answer = jsonify(
        id="/", name=gettext("Case work"), short_name=gettext("Case work"), start_url="/", scope="/", display="standalone",
        background_color="#f4f6f8", theme_color="#ffffff",
        icons=[{"src": icon("favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}, *icons],
        shortcuts=[{"name": gettext("Register"), "url": url_for("register.show"), "icons": icons[:1]}],
    )  # fmt: skip
    answer.mimetype = "application/manifest+json"
    return answer


def icon(name: str) -> str:
    """The address of an icon."""
    return url_for("static", filename=f"icons/{name}")


@bp.get("/service-worker.js")
@public
def service_worker() -> Response:
    """The worker, at the root so that it may serve every page, with the addresses it needs."""
    addresses = {"form": url_for("register.show"), "outgoing": url_for("static", filename="js/outgoing.js")}
    source = (Path(current_app.static_folder or "") / "js" / "service-worker.js").read_text(encoding="utf-8")
    answer = Response(f"const ADDRESSES = {json.dumps(addresses)};\n{source}", mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = "/"
    answer.headers["Cache-Control"] = "no-cache"
    return answer
