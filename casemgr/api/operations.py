"""How an operation of the API is written: one decorator says address, act, shapes and problems; the document is made from it.

The view gets its path arguments, `body` and `query` as checked models, and gives a model, or an Answer with more to say.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

from flask import Blueprint, Response, current_app, g, request
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic import Field as Told
from pydantic_core import PydanticCustomError
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from casemgr import db
from casemgr.api import asking
from casemgr.api.problems import BAD_KEY, BAD_TAG, TWICE, Malformed, VersionNeeded, malformed
from casemgr.errors import NotFound
from casemgr.services import once
from casemgr.web.access import PUBLIC, get_case, guarded, public

bp = Blueprint("api", __name__, url_prefix="/api/v1")
bp.before_request(asking.open_for_program)
bp.after_request(asking.tell_quota)
JSON, FORM = "application/json", "multipart/form-data"
LARGEST_ID = db.LARGEST_ID
KEY_SHAPE = r"^[!-~]{1,200}$"
VERSION_SHAPE = r'^(\*|"?[0-9]{1,9}(\.[0-9]{1,9})?"?)$'
DAY_FIRST = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
View = Callable[..., Any]
Shape = TypeVar("Shape", bound=BaseModel)


def whole(value: Any) -> Any:
    """5.0 is a whole number too, as JSON Schema says; true is none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def written_out(value: Any) -> Any:
    """A day or instant is written out; seconds since 1970 are none."""
    if not isinstance(value, str) or not DAY_FIRST.match(value):
        raise PydanticCustomError("date_parsing", "not written as 2026-03-15")
    return value


def day_alone(value: Any) -> Any:
    """A day without a time."""
    return written_out(value if isinstance(value, str) and len(value) == 10 else None)


Day = Annotated[date, Told(strict=False), BeforeValidator(day_alone)]
Moment = Annotated[AwareDatetime, Told(strict=False), BeforeValidator(written_out)]
WHOLE = BeforeValidator(whole)  # the last in an annotation: bounds before it stay in the document
RowId = Annotated[int, Told(ge=1, le=LARGEST_ID), WHOLE]


class Strict(BaseModel):
    """What programs send: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True)
class Answer(Generic[Shape]):
    """What a view gives beside a bare model. `tag` is the version of the matter as (version, entry number)."""

    shown: Shape
    status: int = 200
    tag: tuple[int, int] | None = None


@dataclass(frozen=True)
class Operation:
    """One operation as the document describes it; `act` is of policy.ACTS, or public. `shapes`: step name -> body, where
    one address stands for many. `tagged`: answers with an ETag; `keyed`: takes an Idempotency-Key; `versioned`: moves need
    If-Match."""

    name: str
    method: str
    path: str
    act: str
    summary: str
    shows: type[BaseModel] | str
    status: int
    subject: str
    body: Any = None
    query: type[BaseModel] | None = None
    media_type: str = JSON
    tagged: bool = False
    keyed: bool = False
    versioned: bool = False
    problems: tuple[int, ...] = ()
    shapes: Mapping[str, "Variant"] = field(default_factory=dict)


@dataclass(frozen=True)
class Variant:
    """One of the addresses that an operation stands for: its body, its words, and whether it needs the version."""

    body: Any
    summary: str
    follows: str = ""
    versioned: bool = False


OPERATIONS: list[Operation] = []


def operation(method: str, path: str, *, act: str, **about: Any) -> Callable[[View], View]:
    """Make a view an operation: its route below /api/v1, its guard, and its line in the document."""

    def made(view: View) -> View:
        summary = (view.__doc__ or "").split("\n\n")[0].replace("\n    ", " ").strip()
        about.setdefault("status", 200)
        about.setdefault("subject", view.__module__.rpartition(".")[2])
        if method == "POST":
            about.setdefault("keyed", True)
        described = Operation(view.__name__, method, path, act, summary, **about)
        OPERATIONS.append(described)
        called = answering(described, view)
        bp.add_url_rule(path, view.__name__, public(called) if act == PUBLIC else guarded(act)(called), methods=[method])
        return view

    return made


def answering(described: Operation, view: View) -> View:
    """The view as Flask calls it: sight of the matter first, then query and body checked, changes in one transaction and
    once a key, the answer as JSON. The bodies of steps are read by their views, which know the step."""

    def called(**args: Any) -> Response:
        if any(isinstance(arg, int) and arg > LARGEST_ID for arg in args.values()):
            raise NotFound()
        if "case_id" in args:
            get_case(args["case_id"])
        if described.query is not None:
            args["query"] = read_query(described.query)
        if described.body is not None and described.media_type == JSON:
            args["body"] = read_body(described.body)
        if described.method == "GET":
            return as_response(view(**args))
        return changing(lambda: view(**args), keyed=described.keyed)

    return called


def read_query(model: type[BaseModel]) -> BaseModel:
    """The arguments of the address. Raises Malformed: also for one given twice."""
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise Malformed([(f"/query/{name}", "twice", TWICE) for name in twice])
    try:
        return model.model_validate_strings(request.args.to_dict())
    except ValidationError as error:
        raise malformed(error, "/query") from error


def read_body(shape: Any) -> Any:
    """The JSON that was sent, checked. Raises Malformed, or 413 and 415 of HTTP."""
    if request.mimetype != JSON:
        raise UnsupportedMediaType()
    if request.content_length is not None and request.content_length > (current_app.config["MAX_CONTENT_LENGTH"] or 0):
        raise RequestEntityTooLarge()
    try:
        return adapter_of(shape).validate_json(request.get_data())  # its models are strict
    except ValidationError as error:
        raise malformed(error) from error


@cache
def adapter_of(shape: Any) -> TypeAdapter[Any]:
    """What checks a shape, made once."""
    return TypeAdapter(shape)


def changing(change: Callable[[], Any], *, keyed: bool) -> Response:
    """Make a change in one transaction; under a key only once: the same sending again gets the first answer."""
    key = request.headers.get("Idempotency-Key") if keyed else None
    if key is None:
        with db.transaction(g.session):
            return as_response(change())
    refuse_bad_key(key)
    kept_as, digest = f"api:{g.bearer.token_id}:{key}", digest_of_request()
    with db.transaction(g.session):
        if kept := once.claim(g.session, g.actor.account_id, kept_as, digest, at=g.at):
            return replayed(kept)
        made = as_response(change())
        again = {"status": made.status_code, "body": made.get_data(as_text=True), "tag": made.headers.get("ETag", "")}
        once.keep_answer(g.session, g.actor.account_id, kept_as, again)
        return made


def refuse_bad_key(key: str) -> None:
    """Raise Malformed for a key of another shape than the document says."""
    if not re.fullmatch(KEY_SHAPE, key):
        raise Malformed([("/header/Idempotency-Key", "pattern", BAD_KEY)])


def digest_of_request() -> str:
    """What was sent, as a digest: of a form its fields and files, whatever parts them."""
    found = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if request.mimetype != FORM:
        found.update(request.get_data())
        return found.hexdigest()
    for name, value in sorted(request.form.items(multi=True)):
        found.update(f"{name}={value}\n".encode("utf-8", "surrogatepass"))
    for name, file in sorted(request.files.items(), key=lambda pair: pair[0]):
        found.update(f"{name}={file.filename}:{hashlib.sha256(file.stream.read()).hexdigest()}\n".encode())
        file.stream.seek(0)
    return found.hexdigest()


def replayed(kept: Mapping[str, Any]) -> Response:
    """The answer given before."""
    found = Response(kept["body"], status=kept["status"], mimetype=JSON)
    found.headers["Idempotent-Replayed"] = "true"
    if kept["tag"]:
        found.headers["ETag"] = kept["tag"]
    return found


def as_response(given: Any) -> Response:
    """What a view gave, as JSON; 304 for a matter the sender knows at this version."""
    if isinstance(given, Response):
        return given
    answer = given if isinstance(given, Answer) else Answer(given)
    made = Response(answer.shown.model_dump_json(), status=answer.status, mimetype=JSON)
    if answer.tag:
        made.headers["ETag"] = '"{}.{}"'.format(*answer.tag)
        if request.method in ("GET", "HEAD"):
            made.make_conditional(request)
    return made


def seen_version(*, needed: bool) -> int | None:
    """The version named in If-Match; None for "*" and where none is needed. Raises VersionNeeded, Malformed."""
    given = request.headers.get("If-Match", "").strip()
    if given == "*" or (not given and not needed):
        return None
    if not given:
        raise VersionNeeded()
    if not re.fullmatch(VERSION_SHAPE, given):
        raise Malformed([("/header/If-Match", "pattern", BAD_TAG)])
    return int(given.strip('"').partition(".")[0])
