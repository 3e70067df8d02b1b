"""Statements that pages ask again and again: built once a process, then only run. Columns and parameters, no entities."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session


class Prepared:
    """A select with named parameters. SQLAlchemy walks through a whole statement at every run to find what it compiled from
    it; this one never changes, so the key it is found by is kept (as its own MemoizedHasCacheKey does)."""

    __slots__ = ("statement",)

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        key = statement._generate_cache_key()
        statement.__dict__["_generate_cache_key"] = lambda: key

    def run(self, session: Session, values: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
        """The rows for these values, past everything that entities would need."""
        return session.connection().execute(self.statement, values)
