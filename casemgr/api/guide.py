"""The document of the API, for programs as OpenAPI and for people as a page. Neither says anything about any matter."""

import json
from functools import cache

from flask import Response, render_template

from casemgr.api.document import WHY, document
from casemgr.api.operations import JSON, bp
from casemgr.web.access import public


@cache
def written() -> str:
    """The document as JSON; it changes with the programme only."""
    return json.dumps(document(), ensure_ascii=False, indent=1)


@bp.get("/openapi.json")
@public
def openapi() -> Response:
    """The OpenAPI 3.1 document."""
    return Response(written(), mimetype=JSON)


@bp.get("/docs")
@public
def guide() -> str:
    """The same as a page: every operation by its subject."""
    made = document()
    by_tag: dict[str, list[tuple[str, str, dict[str, object]]]] = {tag["name"]: [] for tag in made["tags"]}
    for path, methods in made["paths"].items():
        for method, described in methods.items():
            by_tag[described["tags"][0]].append((method.upper(), f"/api/v1{path}", described))
    return render_template("api/guide.html", about=made["info"], by_tag=by_tag, why=WHY)
