"""One line of JSON per event on standard error, with the request id and no personal data.

Never log a form, a body, a query string, a URL with its values or a task's arguments: log the route and numbers.
"""

import logging
import re
import secrets
import sys
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
WITH_ADDRESS = re.compile(r"^(Error handling request|Exception on|Invalid request from ip).*", re.DOTALL)  # what Flask and gunicorn quote
LAWFUL_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def new_request_id(given: str = "") -> str:
    """Begin a request: take the id a trusted proxy gave if it is lawful, else make one. Returns it."""
    request_id = given if LAWFUL_ID.fullmatch(given) else secrets.token_hex(8)
    REQUEST_ID.set(request_id)
    return request_id


def add_request_id(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the id of the present request into the entry."""
    request_id = REQUEST_ID.get()
    return {**entry, "request_id": request_id} if request_id else entry


def without_values(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Name a fault by its type and place. Messages of databases and parsers quote what people entered."""
    fault = entry.pop("exc_info", None)
    error = fault[1] if isinstance(fault, tuple) else fault
    if not isinstance(error, BaseException):
        error = sys.exc_info()[1] if fault else None
    entry["event"] = WITH_ADDRESS.sub(r"\1", str(entry.get("event", "")))
    if error is not None:
        entry["fault"] = type(error).__qualname__
        entry["where"] = places(error)
    return entry


def places(error: BaseException, most: int = 12) -> list[str]:
    """The innermost places of a fault as file:line function, without any values."""
    found, step = [], error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        found.append(f"{'/'.join(code.co_filename.split('/')[-2:])}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return found[-most:]


SHARED: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    add_request_id,
    without_values,
)


def formatter() -> logging.Formatter:
    """Turns entries of structlog and of the standard library into the same JSON lines."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True, default=repr),
        ],
    )


class Stderr(logging.Handler):
    """Writes to whatever standard error is at that moment; marks the handler that `configure` added."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line. A log that cannot be written never stops the work, nor shows what it was about."""
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception as error:
            sys.stderr.write(f'{{"event": "log.failed", "fault": "{type(error).__name__}"}}\n')


def configure(level: str = "INFO") -> None:
    """Send every log of this process through the JSON form. May be called again."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = Stderr()
    handler.setFormatter(formatter())
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, Stderr)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    # These quote addresses and arguments with people's words in them.
    for name in ("werkzeug", "sqlalchemy.engine", "apscheduler", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def get_logger(name: str) -> Any:
    """A logger: `log.info("job.done", job="sweep", seconds=0.2)`. Event names are short codes; values are numbers."""
    return structlog.stdlib.get_logger(name)


def gunicorn_config(level: str = "INFO") -> Mapping[str, Any]:
    """The logconfig_dict for gunicorn: its own messages in the same form, no access log (the pages write theirs)."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": formatter}},
        "handlers": {"stderr": {"()": Stderr, "formatter": "json"}},
        "root": {"level": level, "handlers": []},
        "loggers": {"gunicorn.error": {"level": level, "handlers": ["stderr"], "propagate": False}},
    }
