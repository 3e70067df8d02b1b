"""Errors as problem details (RFC 9457): the one place where an error gets its status and its JSON.

400 does not follow the document; 422 does, but cannot be used here; 409 is not possible as the matter stands.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, g, request
from flask_babel import get_locale
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from casemgr import db, logs
from casemgr.errors import AlreadyThere, Busy, CasemgrError, Invalid, NotAllowed, NotFound, Refused, Sentence, Stale, Unsure
from casemgr.services import answers
from casemgr.web.sayings import say, say_error, say_reason

log = logs.get_logger("casemgr.api")
KINDS = "/api/v1/docs#status-"  # where each kind of problem is told
MEDIA_TYPE = "application/problem+json"
OTHER_FORM = "This does not have the form that the document describes."
TWICE = "This was given twice."
BAD_KEY = "A key has 1 to 200 visible characters."
BAD_TAG = "Give one ETag as it was told, or *."
NO_FILTER = "These arguments cannot be used as a filter."


class Fault(BaseModel):
    """What is wrong with one value: where it stands in what was sent (a JSON pointer), a code, a sentence."""

    pointer: str
    code: str
    detail: str


class Reason(BaseModel):
    """One reason why a step is not possible now."""

    code: str
    detail: str


class Problem(BaseModel):
    """Problem details as in RFC 9457. `code` is for programs, `title` and `detail` are sentences for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[Fault] = []
    reasons: list[Reason] = []


class Malformed(CasemgrError):
    """What was sent does not follow the document. `faults` are (pointer, code, sentence)."""

    status = 400
    code = "malformed"
    message = "The request does not follow the description of this operation."

    def __init__(self, faults: Any = (), **params: Any) -> None:
        super().__init__(**params)
        self.faults = tuple(faults)


class NoToken(CasemgrError):
    """No token, or one that does not hold."""

    status = 401
    code = "no_token"
    message = "Send a token that holds, as a bearer token. A cookie does not count here."


class ReadOnly(NotAllowed):
    """The token may only read."""

    code = "read_only_token"
    message = "This token may only read."


class VersionNeeded(CasemgrError):
    """A move without saying what it was decided on."""

    status = 428
    code = "version_needed"
    message = "Say in If-Match which version of the matter this was decided on, as its ETag told it."


class TooMany(CasemgrError):
    """The token has used up its requests of this minute."""

    status = 429
    code = "too_many"
    message = "Too many requests in this minute. Wait a little."


STATUSES: tuple[tuple[type[CasemgrError], int], ...] = (
    (NotFound, 404), (NotAllowed, 403), (Refused, 409), (AlreadyThere, 409), (Stale, 409), (Invalid, 422),
)  # fmt: skip
OF_HTTP = {
    400: "malformed", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type",
    500: "error", 503: "unavailable",
}  # fmt: skip
WORDS = {
    400: "The request does not follow the description of this operation.",
    404: "There is nothing here that you can see.",
    405: "This address does not take this method.",
    413: "What was sent is too large.",
    415: "Send it in the media type that the document describes.",
    503: "The service is not available just now. Try again later.",
}
SENTENCES: Mapping[str, str] = {  # pydantic's code -> what a person reads
    "missing": answers.MISSING,
    "extra_forbidden": answers.UNKNOWN,
    "literal_error": answers.NO_CHOICE,
    "enum": answers.NO_CHOICE,
    "bool_type": answers.NO_CHOICE,
    "int_type": answers.NO_NUMBER,
    "int_parsing": answers.NO_NUMBER,
    "int_from_float": answers.NO_NUMBER,
    "date_type": answers.NO_DATE,
    "date_parsing": answers.NO_DATE,
    "date_from_datetime_parsing": answers.NO_DATE,
    "datetime_type": answers.NO_INSTANT,
    "datetime_parsing": answers.NO_INSTANT,
    "datetime_from_date_parsing": answers.NO_INSTANT,
    "timezone_aware": answers.NO_INSTANT,
}
BOUNDS = {  # pydantic's code -> sentence, its parameter, pydantic's parameter
    "greater_than_equal": (answers.TOO_LOW, "minimum", "ge"),
    "less_than_equal": (answers.TOO_HIGH, "maximum", "le"),
    "string_too_short": (answers.TOO_SHORT, "minimum", "min_length"),
    "string_too_long": (answers.TOO_LONG, "maximum", "max_length"),
}


def answer(error: Exception) -> Response:
    """Any error as its problem; redirects and finished answers of HTTP pass as they are. Nothing half done is left."""
    session = g.get("session")
    if session is not None:
        db.undo(session)
    if told := db.passing(error, session):
        log.warning("database", fault=type(error).__name__, told=told.code)
        error = told
    if isinstance(error, CasemgrError):
        return as_answer(of_ours(error), headers_of(error))
    if isinstance(error, HTTPException):
        if error.code is None or error.code < 400:
            return error.get_response()  # type: ignore[return-value]
        return as_answer(of_code(error.code), allowed(error))
    log.exception("failed", route=request.url_rule.rule if request.url_rule else "(none)")
    return as_answer(of_code(500))


def as_answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The response of a problem."""
    found = Response(problem.model_dump_json(), status=problem.status, mimetype=MEDIA_TYPE)
    found.headers.update(headers or {})
    found.headers["Content-Language"] = str(get_locale()).replace("_", "-")
    return found


def of_ours(error: CasemgrError) -> Problem:
    """The problem of an error a person can understand."""
    return Problem(
        type=f"{KINDS}{status_of(error)}", title=say(type(error).message), status=status_of(error),
        detail=say_error(error), code=error.code, request_id=g.get("request_id", ""),
        errors=[Fault(pointer=p, code=c, detail=say(s)) for p, c, s in faults_of(error)],
        reasons=[Reason(code=r.code, detail=say_reason(r)) for r in getattr(error, "reasons", ())],
    )  # fmt: skip


def of_code(status: int) -> Problem:
    """The problem of an HTTP status."""
    code, sentence = OF_HTTP.get(status, "error"), WORDS.get(status, CasemgrError.message)
    return Problem(
        type=f"{KINDS}{status}", title=say(sentence), status=status, detail=say(sentence), code=code,
        request_id=g.get("request_id", ""),
    )  # fmt: skip


def status_of(error: CasemgrError) -> int:
    """The status of an error: a matter that changed under the sender's If-Match is a failed precondition."""
    if isinstance(error, Stale) and request.headers.get("If-Match"):
        return 412
    return next((status for kind, status in STATUSES if isinstance(error, kind)), error.status)


def faults_of(error: CasemgrError) -> Iterator[tuple[str, str, str]]:
    """What is wrong with single values, as (pointer, code, sentence)."""
    if isinstance(error, Malformed):
        yield from error.faults
    elif isinstance(error, Invalid):
        for name, sentences in error.fields.items():
            yield from ((f"/{name}", "invalid", sentence) for sentence in sentences)


def headers_of(error: CasemgrError) -> dict[str, str]:
    """What HTTP wants said beside some statuses."""
    if isinstance(error, NoToken):
        return {"WWW-Authenticate": 'Bearer realm="casemgr"'}
    if isinstance(error, TooMany | Busy | Unsure):
        return {"Retry-After": str(error.params.get("seconds", 60 if isinstance(error, TooMany) else 2))}
    return {}


def allowed(error: HTTPException) -> dict[str, str]:
    """Which methods an address takes, where another was tried."""
    methods = getattr(error, "valid_methods", None)
    return {"Allow": ", ".join(sorted(methods))} if methods else {}


def malformed(error: ValidationError, below: str = "") -> Malformed:
    """What pydantic found, in our sentences; values that were sent are not repeated."""
    return Malformed([(below + pointer(f["loc"]), f["type"], sentence_of(f)) for f in error.errors(include_url=False, include_input=False)])


def pointer(loc: tuple[int | str, ...]) -> str:
    """A place in what was sent as a JSON pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in loc)


def sentence_of(fault: Any) -> str:
    """The sentence of one fault."""
    kind = fault["type"]
    if kind in BOUNDS:
        sentence, name, given = BOUNDS[kind]
        return Sentence(sentence, **{name: fault["ctx"][given]})
    return SENTENCES.get(kind, OTHER_FORM)
