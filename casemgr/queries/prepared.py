"""Statements that pages ask again and again: built once a process, then only run. Columns and parameters, no entities."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session


class Prepared:
    """A select with named parameters."""

    __slots__ = ("statement",)

    def __init__(self, statement: Any) -> None:
        self.statement = statement

    def run(self, session: Session, values: Mapping[str, Any]) -> CursorResult[Any]:
        """The rows for these values, past everything that entities would need."""
        return session.connection().execute(self.statement, values)
