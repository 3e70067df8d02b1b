"""Static files under an address that changes with their content, so that browsers may keep them for ever."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, request
from werkzeug.wrappers import Response

KEEP = "public, max-age=31536000, immutable"


def attach(app: Flask) -> None:
    """Add ?v=digest to every address of a static file made with url_for."""
    folder = Path(app.static_folder or "")

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values.setdefault("v", version(folder / values["filename"]))

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and "v" in request.args and response.status_code in (200, 206, 304):
            response.headers["Cache-Control"] = KEEP
        return response


@cache
def version(path: Path) -> str | None:
    """The first digits of the digest of a file; None when there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else None
