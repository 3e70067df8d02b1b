"""What is stamped: the rows of the small database, as the places and people once, and as groups of matters that belong together.

Rows are tuples as SQLite keeps them. Which columns are ids of what is read from the foreign keys, so that new columns and
tables come along by themselves; the few ids without a key, and those inside JSON, are named here.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PLACES = (  # once for every copy of the street
    "areas", "departments", "committees", "teams", "team_categories", "accounts", "posts", "appointments", "team_members",
    "duty_days", "mandates", "rooms", "fixed_units",
)  # fmt: skip
APART = {  # not copied: on its way outside, planned, secret by its nature, or made anew afterwards
    "alembic_version", "area_paths", "outbox", "room_slots", "door_codes", "door_forms", "door_words", "daily_numbers", "daily_slots",
    "number_series", "settings_stream", "login_sessions", "kept_texts", "joint_suggestions", "joint_readings", "case_grams",
    "tallies", "tally_changes", "tally_marks",
}  # fmt: skip
UNKEYED = {  # ids that no foreign key names: (table, column) -> table
    ("cases", "last_actor_id"): "accounts", ("events", "actor_id"): "accounts", ("events", "post_id"): "posts",
    **{("cases", f"{level}_id"): "areas" for level in ("grid", "community", "street", "district", "city")},
    ("readings", "account_id"): "accounts", ("readings", "case_id"): "cases",
}  # fmt: skip
INSIDE = {  # ids inside JSON, by the name they stand under
    "area_id": "areas", "handler_id": "accounts", "patron_id": "accounts", "aside_id": "accounts", "guests": "accounts",
    "accused": "accounts", "team_id": "teams", "department_id": "departments", "helper_id": "departments",
    "helpers": "departments", "lead_department_id": "departments", "competent_id": "departments", "party": "parties",
    "parties": "parties", "room_id": "rooms", "member": "cases",
}  # fmt: skip
JSON_WITH_IDS = {("events", "data"), ("requests", "payload"), ("whistles", "helpers"), ("sittings", "parties"), ("sittings", "guests")}
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """A table: its columns, and which of them are ids of which table (its own "id" among them)."""

    name: str
    columns: tuple[str, ...]
    refers: tuple[tuple[int, str], ...]
    case_column: str  # the column that says whose row it is; "" where none does

    def at(self, column: str) -> int:
        """The position of a column."""
        return self.columns.index(column)


@dataclass
class Group:
    """Matters that name each other, with all their rows by table. `root` is the oldest; instants as SQLite keeps them."""

    cases: list[int]
    street: int
    begun: str
    open: int = 0
    overdue: int = 0
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))


@dataclass
class Plates:
    """All that is stamped. `places` are rows by table, `up` the path of every area from itself upwards."""

    tables: dict[str, Table]
    places: dict[str, list[Row]]
    account_events: dict[str, list[Row]]
    settings: dict[str, list[Row]]
    up: dict[int, list[int]]
    levels: dict[int, str]
    groups: list[Group]


def read(path: Path, now: str) -> Plates:
    """The plates of a database made by lives.live; `now` as SQLite keeps an instant."""
    with sqlite3.connect(path) as base:
        names = [n for (n,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'") if not n.startswith(("sqlite_", "case_search"))]
        tables = {name: table_of(base, name) for name in names}
        rows = {name: base.execute(f"SELECT {', '.join(quoted(tables[name].columns))} FROM {name}").fetchall() for name in names}
    up, levels = paths(tables["areas"], rows["areas"])
    groups = grouped(tables, rows, up, levels, now)
    events = {name: [r for r in rows[name] if r[0] == "account"] for name in ("events", "event_values")}
    settings = {name: [r for r in rows[name] if r[0] == "settings"] for name in ("events", "event_values")}
    for name in ("settings_stream", "calendar_versions", "rule_sets"):
        settings[name] = rows[name]
    return Plates(tables, {n: rows[n] for n in PLACES}, events, settings, up, levels, groups)


def quoted(columns: Iterable[str]) -> list[str]:
    """Names of columns, some of which are words of SQL."""
    return [f'"{name}"' for name in columns]


def table_of(base: sqlite3.Connection, name: str) -> Table:
    """A table as the database describes it."""
    columns = tuple(row[1] for row in base.execute(f"PRAGMA table_info({name})"))
    refers = {row[3]: row[2] for row in base.execute(f"PRAGMA foreign_key_list({name})")}
    refers |= {column: target for (table, column), target in UNKEYED.items() if table == name}
    if "id" in columns:
        refers["id"] = name
    if name in ("events", "event_values"):
        case = "stream_id"
    else:
        case = next((c for c in ("case_id", "id" if name == "cases" else "", "a_id") if c in columns), "")
    return Table(name, columns, tuple((columns.index(c), t) for c, t in sorted(refers.items())), case)


def paths(areas: Table, rows: list[Row]) -> tuple[dict[int, list[int]], dict[int, str]]:
    """Every area's way up, itself first; and its level."""
    id, parent, level = (areas.at(c) for c in ("id", "parent_id", "level"))
    above = {row[id]: row[parent] for row in rows}
    up: dict[int, list[int]] = {}
    for one in above:
        way, at = [], one
        while at is not None:
            way.append(at)
            at = above[at]
        up[one] = way
    return up, {row[id]: row[level] for row in rows}


def grouped(tables: dict[str, Table], rows: dict[str, list[Row]], up: dict[int, list[int]], levels: dict[int, str], now: str) -> list[Group]:
    """All matters in groups that have no id of another group's matter in any row."""
    belongs = {name: t for name, t in tables.items() if t.case_column and name not in APART}
    first = union(belongs, rows)
    cases = tables["cases"]
    id, area, begun, closed, due = (cases.at(c) for c in ("id", "area_id", "registered_at", "closed_at", "next_due_at"))
    groups: dict[int, Group] = {}
    for row in sorted(rows["cases"], key=lambda r: r[id]):
        street = next((a for a in up[row[area]] if levels[a] == "street"), 0)
        group = groups.setdefault(first(row[id]), Group([], street, row[begun]))
        group.cases.append(row[id])
        group.open += row[closed] is None
        group.overdue += row[closed] is None and row[due] is not None and row[due] <= now
    for name, table in belongs.items():
        at = table.at(table.case_column)
        for row in rows[name]:
            if row[at] is not None and not (name in ("events", "event_values") and row[0] != "case"):
                groups[first(row[at])].rows[name].append(row)
    add_persons(tables, rows, groups)
    return [group for group in groups.values() if group.street]


def add_persons(tables: dict[str, Table], rows: dict[str, list[Row]], groups: dict[int, Group]) -> None:
    """Every group has its own persons."""
    persons = {row[tables["persons"].at("id")]: row for row in rows["persons"]}
    person = tables["parties"].at("person_id")
    for group in groups.values():
        group.rows["persons"] = [persons[id] for id in sorted({row[person] for row in group.rows["parties"]})]


def union(tables: dict[str, Table], rows: dict[str, list[Row]]) -> Any:
    """A function from a case to the first case of its group."""
    first: dict[int, int] = {}

    def find(id: int) -> int:
        while first.setdefault(id, id) != id:
            id = first[id]
        return id

    for name, table in tables.items():
        columns = [at for at, target in table.refers if target == "cases"]
        member = table.at("data") if name == "events" else None
        mine = table.at(table.case_column)
        for row in rows[name]:
            ids = [row[mine], *(row[at] for at in columns)] if not (name in ("events", "event_values") and row[0] != "case") else []
            if member is not None and ids and '"member"' in row[member]:
                ids.append(json.loads(row[member])["answers"]["member"])
            known = sorted({find(id) for id in ids if id is not None})
            for other in known[1:]:
                first[other] = known[0]
    return find
