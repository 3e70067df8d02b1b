"""Logs: one JSON line per event, the request id on it, nothing a person entered."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from casemgr import logs


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    logs.configure("INFO")
    token = logs.REQUEST_ID.set("")
    yield logs.get_logger("casemgr.test")
    logs.REQUEST_ID.reset(token)
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, logs.Stderr)]:
        root.removeHandler(handler)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_line_of_json(log: Any, capsys: pytest.CaptureFixture[str]) -> None:
    request_id = logs.new_request_id()
    log.info("job.done", job="巡查", rows=3)
    assert "巡查" in (text := capsys.readouterr().err)
    entry = json.loads(text)
    assert (entry["event"], entry["job"], entry["rows"], entry["request_id"]) == ("job.done", "巡查", 3, request_id)
    assert re.fullmatch(r"[0-9a-f]{16}", request_id)


def test_other_loggers_come_in_the_same_form(log: Any, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("somebody.else").warning("disk %s", "full")
    (entry,) = lines(capsys)
    assert (entry["event"], entry["level"], entry["logger"]) == ("disk full", "warning", "somebody.else")


def test_configuring_twice_does_not_double_lines(log: Any, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO")
    logging.getLogger().warning("once")
    assert len(lines(capsys)) == 1


def test_a_fault_of_the_database_does_not_quote_what_was_entered(
    log: Any, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT '13800000000' FROM nowhere")
    except SQLAlchemyError:
        log.exception("page.failed")
        logging.getLogger("flask.app").exception("failed")
    text = capsys.readouterr().err
    assert "13800000000" not in text
    for entry in map(json.loads, text.splitlines()):
        assert entry["fault"] in ("OperationalError", "ProgrammingError")
        assert any("test_logs.py" in place for place in entry["where"])


@pytest.mark.parametrize(
    ("given", "taken"), [("abcdef-123456", True), ("short", False), ('x" onload="12345678', False), ("", False)]
)
def test_a_given_request_id_is_taken_only_if_lawful(given: str, taken: bool) -> None:
    token = logs.REQUEST_ID.set("")
    assert (logs.new_request_id(given) == given) is taken
    logs.REQUEST_ID.reset(token)
