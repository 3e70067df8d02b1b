"""Where a matter lies at every level, and the indexes of lists and search."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

LEVELS = ("grid", "community", "street", "district", "city")
OPEN = "closed_at IS NULL"
NEVER = "9999-01-01 00:00:00.000000"
OLD = (
    ("ix_cases_open_area", ("area_id", "process", "tier"), OPEN),
    ("ix_cases_open_handler", ("handler_id", "next_due_at"), OPEN),
    ("ix_cases_open_holder", ("holder_id", "next_due_at"), OPEN),
    ("ix_cases_open_duty", ("holder_area_id", "holder_role", "next_due_at"), OPEN),
    ("ix_cases_open_office", ("holder_department_id", "next_due_at"), OPEN),
    ("ix_cases_department", ("department_id", "registered_at", "id"), None),
    ("ix_cases_open_team", ("team_id", "next_due_at"), OPEN),
    ("ix_cases_area_registered", ("area_id", "process", "registered_at", "id"), None),
    ("ix_cases_registered", ("process", "registered_at", "id"), None),
    ("ix_cases_lead", ("lead_area_id",), OPEN),
)
NEW = (
    ("ix_cases_open_due", ("due_order", "id"), OPEN),
    ("ix_cases_open_street", ("street_id", "due_order", "id"), OPEN),
    ("ix_cases_open_community", ("community_id", "due_order", "id"), OPEN),
    ("ix_cases_open_grid", ("grid_id", "due_order", "id"), OPEN),
    ("ix_cases_open_handler", ("handler_id", "due_order", "id"), OPEN),
    ("ix_cases_open_duty", ("holder_area_id", "holder_role", "due_order", "id"), OPEN),
    ("ix_cases_open_registrar", ("registered_by", "due_order", "id"), OPEN),
    ("ix_cases_lead", ("lead_area_id", "due_order", "id"), OPEN),
    ("ix_cases_open_office", ("holder_department_id", "due_order", "id"), OPEN),
    ("ix_cases_open_team", ("team_id", "due_order", "id"), OPEN),
    ("ix_cases_holder", ("holder_id", "due_order", "id"), "holder_id IS NOT NULL"),
    ("ix_cases_patron", ("patron_id", "due_order", "id"), "patron_id IS NOT NULL"),
    ("ix_cases_department", ("department_id", "registered_at", "id"), "department_id IS NOT NULL"),
    ("ix_cases_registered", ("registered_at", "id"), None),
    ("ix_cases_street", ("street_id", "registered_at", "id"), None),
    ("ix_cases_community", ("community_id", "registered_at", "id"), None),
    ("ix_cases_grid", ("grid_id", "registered_at", "id"), None),
    ("ix_cases_handler", ("handler_id", "registered_at", "id"), None),
    ("ix_cases_registrar", ("registered_by", "registered_at", "id"), None),
)
PIECE = 5000
WORDS = re.compile(r"[\w]+")


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for level in LEVELS:
        op.add_column("cases", sa.Column(f"{level}_id", sa.Integer(), nullable=True))
    never = sa.text(f"'{NEVER}'" if sqlite else f"'{NEVER}+00'")
    op.add_column("cases", sa.Column("due_order", Instant(), nullable=False, server_default=never))
    op.execute(filled())
    turn(OLD, NEW)
    op.create_index("ix_requests_decider", "requests", ["decider_area_id", "decider_role", "case_id"])
    if sqlite:
        op.execute("DROP TABLE case_search")
        op.execute("CREATE VIRTUAL TABLE case_search USING fts5(grams, content='', detail='none', columnsize=0, tokenize='unicode61')")
    index_anew(sqlite)
    if not sqlite:
        op.execute("ALTER INDEX ix_case_search_grams SET (gin_pending_list_limit = 512)")
        op.execute("ALTER TABLE case_search ALTER COLUMN grams SET STATISTICS 20")  # planning reads them every time


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE case_search")
        op.execute("CREATE VIRTUAL TABLE case_search USING fts5(grams, content='', tokenize='unicode61')")
        op.execute("INSERT INTO case_search (rowid, grams) SELECT case_id, grams FROM case_grams")
    else:
        op.execute("ALTER INDEX ix_case_search_grams RESET (gin_pending_list_limit)")
        op.execute("ALTER TABLE case_search ALTER COLUMN grams SET STATISTICS -1")
    op.drop_index("ix_requests_decider", "requests")
    turn(NEW, OLD)
    for name in ("due_order", *(f"{level}_id" for level in LEVELS)):
        op.drop_column("cases", name)


def turn(old: tuple[Any, ...], new: tuple[Any, ...]) -> None:
    """Other indexes of cases in place of these."""
    for name, _, _ in old:
        op.drop_index(name, "cases")
    for name, columns, where in new:
        there = sa.text(where) if where else None
        op.create_index(name, "cases", list(columns), postgresql_where=there, sqlite_where=there)


def filled() -> str:
    """Where every matter lies, and how it is sorted."""
    at = "(SELECT p.ancestor_id FROM area_paths p JOIN areas a ON a.id = p.ancestor_id WHERE p.descendant_id = cases.area_id AND a.level = '{}')"
    places = ", ".join(f"{level}_id = {at.format(level)}" for level in LEVELS)
    return f"UPDATE cases SET {places}, due_order = coalesce(next_due_at, due_order)"


def index_anew(sqlite: bool) -> None:
    """Pairs of characters as before, and beside them the places where a matter lies and the names of its parties."""
    bind = op.get_bind()
    columns = ", ".join(f"{level}_id" for level in LEVELS)
    query = sa.text(f"SELECT id, area_id, {columns} FROM cases WHERE id > :last ORDER BY id LIMIT {PIECE}")
    last = 0
    while rows := bind.execute(query, {"last": last}).all():
        first, last = rows[0][0], rows[-1][0]
        names = names_in(bind, first, last)
        kept = dict(bind.execute(sa.text(f"SELECT case_id, grams FROM {'case_grams' if sqlite else 'case_search'} WHERE case_id BETWEEN :a AND :b"), {"a": first, "b": last}).all())
        found = []
        for id, *areas in rows:
            more = [*grams(names.get(id, "")), *(f"area{area}" for area in dict.fromkeys(areas) if area)]
            old = kept.get(id, "" if sqlite else [])
            found.append({"id": id, "grams": " ".join(filter(None, (old, *more))) if sqlite else sorted({*old, *more})})
        for statement in written(sqlite):
            bind.execute(sa.text(statement), found)


def written(sqlite: bool) -> Iterator[str]:
    """How the rows of the index are written."""
    if sqlite:
        yield "INSERT OR REPLACE INTO case_grams (case_id, grams) VALUES (:id, :grams)"
        yield "INSERT INTO case_search (rowid, grams) VALUES (:id, :grams)"
        return
    yield "INSERT INTO case_search (case_id, grams) VALUES (:id, :grams) ON CONFLICT (case_id) DO UPDATE SET grams = EXCLUDED.grams"


def names_in(bind: Any, first: int, last: int) -> dict[int, str]:
    """The names of the parties of these matters, a line each."""
    query = sa.text("SELECT q.case_id, p.name FROM parties q JOIN persons p ON p.id = q.person_id WHERE q.case_id BETWEEN :a AND :b")
    found: dict[int, str] = {}
    for id, name in bind.execute(query, {"a": first, "b": last}):
        found[id] = f"{found.get(id, '')}\n{name}"
    return found


def grams(words: str) -> list[str]:
    """Pairs of neighbouring characters, as casemgr.search makes them."""
    found: list[str] = []
    for run in WORDS.findall(unicodedata.normalize("NFKC", words).lower()):
        found += [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
    return found
