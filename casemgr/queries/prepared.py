"""Statements that pages ask again and again: built once a process, then only run. Columns and parameters, no entities."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Integer, String, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from casemgr.db import is_sqlite


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


def among(column: Any, *, sqlite: bool, name: str = "ids") -> ColumnElement[bool]:
    """The condition that a column holds one of many ids: one value in the statement, however many they are; its parameter
    gets what `listed` makes of them."""
    given: Any = bindparam(name, type_=String())
    if sqlite:
        return column.in_(select(func.json_each(given).table_valued("value").c.value))  # type: ignore[no-any-return]
    return column == func.any(cast(given, ARRAY(Integer)))  # type: ignore[no-any-return]


def listed(session: Session, ids: Collection[int]) -> str:
    """Many ids as the one value that `among` asks for."""
    inside = ",".join(map(str, ids))
    return f"[{inside}]" if is_sqlite(session) else f"{{{inside}}}"
