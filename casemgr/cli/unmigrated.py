"""A command on a database without its tables ends in one sentence that says what to do, not in a traceback."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask.cli import ScriptInfo
from sqlalchemy.exc import OperationalError, ProgrammingError

from casemgr import schema


def told(command: click.Command) -> click.Command:
    """The command (of a group: each of its commands) saying what is wrong with the schema when it fails over it."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            told(each)
    elif command.callback is not None:
        command.callback = watched(command.callback)
    return command


def watched(callback: Callable[..., Any]) -> Callable[..., Any]:
    """The callback; what it raises for want of tables becomes a sentence, all else passes."""

    @wraps(callback)
    def run(*args: Any, **values: Any) -> Any:
        try:
            return callback(*args, **values)
        except (OperationalError, ProgrammingError, click.ClickException) as error:
            if isinstance(error, click.UsageError) or not (fault := fault_now()):
                raise
            raise click.ClickException(fault) from None

    return run


def fault_now() -> str:
    """What is wrong with the schema of the application this command belongs to."""
    info = click.get_current_context().find_object(ScriptInfo)
    if info is None:
        return ""
    try:
        return schema.fault_of(info.load_app().extensions["engine"])
    except OperationalError:
        return ""  # no database at all: the first error says so
