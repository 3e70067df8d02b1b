"""The OpenAPI 3.1 document, made from the operations and their shapes: nothing about the API is written twice."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from casemgr.api.operations import (
    JSON, KEY_SHAPE, LARGEST_ID, OPERATIONS, VERSION_SHAPE, Operation, Variant,
)  # fmt: skip
from casemgr.api.problems import MEDIA_TYPE, Problem
from casemgr.services.files import KINDS
from casemgr.web.access import PUBLIC
from workflows.asks import CHANNELS

PREFIX = "/api/v1"
SUBJECTS = ("own", "incoming", "cases", "steps", "deadlines", "trail", "parties", "files", "joint", "board")  # as the page tells them
VERSION = "1.0.0"
REF = "#/components/schemas/{model}"
ARGUMENT = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
ABOUT = """Disputes, incoming items and requests of a street, as its pages show them.

A token belongs to one person at one post and sees what that post sees; whatever is out of sight answers 404, as if it were
not there. Sentences come in the language of Accept-Language (zh, en); codes never change with it. Errors are problem details
(RFC 9457): 400 the request does not follow this document, 409 not possible as the matter stands, 412 the matter changed since
the version named in If-Match, 422 well-formed and yet of no use here, 428 name the version. Every POST but a look
at a full contact or at what is alike takes an Idempotency-Key: sent again with the same content, it gets the first answer and changes nothing."""
WHY = {
    304: "The matter has not changed since this ETag.",
    400: "The request does not follow this document.",
    401: "No token, or one that does not hold.",
    403: "The post, or a token that may only read, may not do this.",
    404: "There is no such thing, or it is out of sight.",
    409: "Not possible as the matter stands, or recorded already.",
    412: "The matter changed since the version named in If-Match.",
    413: "Too large.",
    415: "Another media type is wanted.",
    422: "Well-formed, and yet of no use here.",
    428: "If-Match is needed.",
    429: "Too many requests in this minute.",
}
PATH_SHAPES: dict[str, dict[str, Any]] = {
    "external_number": {"type": "string", "pattern": "^[0-9A-Za-z][0-9A-Za-z._/\\-]{0,79}$"},
    "source": {"type": "string", "enum": [choice.value for choice in CHANNELS]},
}
ID_SHAPE = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}


def document() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, Any] = {}
    for described in sorted(OPERATIONS, key=lambda o: SUBJECTS.index(o.subject)):
        for path, name, variant in addresses(described):
            paths.setdefault(path, {})[described.method.lower()] = one(described, name, variant, path)
    return {
        "openapi": "3.1.0",
        "info": {"title": "casemgr", "version": VERSION, "description": ABOUT},
        "servers": [{"url": PREFIX}],
        "security": [{"token": []}],
        "tags": [{"name": subject} for subject in SUBJECTS],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "My account, API tokens."}},
            "responses": {f"Problem{status}": problem(status) for status in WHY if status >= 400},
            "headers": HEADERS,
            "schemas": schemas(),
        },
    }


def addresses(described: Operation) -> Iterator[tuple[str, str, Variant | None]]:
    """The addresses an operation stands for, each with its own name and body: one a step where the step is in the path."""
    path = ARGUMENT.sub(r"{\2}", described.path)
    if not described.shapes:
        yield path, described.name, None
    for step, variant in described.shapes.items():
        yield path.replace("{step}", step), f"{described.name}_{step}", variant


def one(described: Operation, name: str, variant: Variant | None, path: str) -> dict[str, Any]:
    """One operation of the document."""
    versioned = described.versioned and variant is not None and variant.versioned
    found: dict[str, Any] = {
        "operationId": name,
        "summary": f"{described.summary.rstrip('.')}: {variant.summary}" if variant else described.summary,
        "tags": [described.subject],
        "parameters": [*path_parameters(described.path, path), *query_parameters(described), *headers(described, versioned)],
        "responses": responses(described, versioned),
    }
    if variant and variant.follows:
        found["description"] = variant.follows
    if body := variant.body if variant else described.body:
        found["requestBody"] = {"required": True, "content": {described.media_type: {"schema": reference(body)}}}
    if described.act == PUBLIC:
        found["security"] = []
    return found


def path_parameters(rule: str, path: str) -> list[dict[str, Any]]:
    """The arguments that stand in the path."""
    return [
        {"name": name, "in": "path", "required": True, "schema": PATH_SHAPES.get(name, ID_SHAPE)}
        for _, name in ARGUMENT.findall(rule)
        if f"{{{name}}}" in path
    ]


def query_parameters(described: Operation) -> list[dict[str, Any]]:
    """The arguments after the question mark, each of which may be left out."""
    if described.query is None:
        return []
    shape = plain(described.query.model_json_schema())
    return [
        {"name": name, "in": "query", "schema": given["anyOf"][0]}
        | ({"description": given["description"]} if "description" in given else {})
        for name, given in shape["properties"].items()
    ]


def headers(described: Operation, versioned: bool) -> Iterator[dict[str, Any]]:
    """What may be sent in headers."""
    if described.keyed and described.method == "POST":
        yield {
            "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "pattern": KEY_SHAPE},
            "description": "Names this change: sent again with the same content, it gets the first answer.",
        }  # fmt: skip
    if versioned:
        yield {
            "name": "If-Match", "in": "header", "schema": {"type": "string", "pattern": VERSION_SHAPE},
            "description": "The ETag the decision was made on, or * for whatever it is now. Needed: without it, 428.",
        }  # fmt: skip


HEADERS: dict[str, Any] = {
    "ETag": {"description": "Version and last entry of the matter.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of this minute.", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "How much there is in a minute.", "schema": {"type": "string"}},
    "Repr-Digest": {"description": "SHA-256 of the file.", "schema": {"type": "string"}},
}


def told(*names: str) -> dict[str, Any]:
    """References to headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def responses(described: Operation, versioned: bool) -> dict[str, Any]:
    """What may be answered."""
    statuses = {*described.problems} - (set() if versioned else {412, 428})
    if described.act != PUBLIC:
        statuses |= {401, 403, 429}
    if "<" in described.path:
        statuses.add(404)
    if described.method == "POST" or described.query is not None:
        statuses.add(400)
    if described.body or described.shapes:
        statuses |= {413, 415}
    if described.keyed:
        statuses.add(409)
    found: dict[str, Any] = {str(described.status): success(described)}
    if described.tagged and described.method == "GET":
        found["304"] = {"description": WHY[304], "headers": told("ETag")}
    return found | {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(statuses)}


def success(described: Operation) -> dict[str, Any]:
    """The answer when all went well."""
    names = ["RateLimit", "RateLimit-Policy", *(["ETag"] if described.tagged else [])]
    if isinstance(described.shows, str):
        kinds = sorted({media_type for media_type, _ in KINDS.values()})
        content: dict[str, Any] = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
        return {"description": "The file.", "headers": told(*names, "Repr-Digest"), "content": content}
    content = {JSON: {"schema": reference(described.shows)}}
    return {"description": (described.shows.__doc__ or "").split("\n")[0], "headers": told(*names), "content": content}


def problem(status: int) -> dict[str, Any]:
    """The response of a problem."""
    return {"description": WHY[status], "content": {MEDIA_TYPE: {"schema": reference(Problem)}}}


def models_in(shape: Any) -> list[type[BaseModel]]:
    """A model, or those of a union."""
    return list(get_args(shape)) or [shape]


def reference(shape: Any) -> dict[str, Any]:
    """A model by its place in the document."""
    found = [{"$ref": REF.format(model=model.__name__)} for model in models_in(shape)]
    return found[0] if len(found) == 1 else {"anyOf": found}


def schemas() -> dict[str, Any]:
    """Every shape: what is shown as it is written out, what is sent as it is read."""
    shown = [o.shows for o in OPERATIONS if not isinstance(o.shows, str)]
    sent = [m for o in OPERATIONS for body in bodies(o) for m in models_in(body)]
    wanted: list[Any] = [(m, "serialization") for m in dict.fromkeys([*shown, Problem])]
    wanted += [(m, "validation") for m in dict.fromkeys(sent)]
    _, made = models_json_schema(wanted, ref_template=REF)
    return {name: plain(shape) for name, shape in made["$defs"].items()}


def bodies(described: Operation) -> Iterable[Any]:
    """The bodies of an operation."""
    if described.body is not None:
        yield described.body
    yield from (variant.body for variant in described.shapes.values())


def plain(shape: Any) -> Any:
    """A schema without defaults of nothing: what is optional is left out, never null or empty."""
    if isinstance(shape, dict):
        return {k: plain(v) for k, v in shape.items() if not (k == "default" and v in (None, ""))}
    return [plain(one) for one in shape] if isinstance(shape, list) else shape
