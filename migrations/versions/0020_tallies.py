"""Open matters counted as they change."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant, Json

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

RAISED_RISK = ("case.raised", "dispute.raised", "legacy.raised", "petition.raised")
RAISED_OVERDUE = ("dispute.raised_overdue", "legacy.raised_overdue", "petition.raised_overdue")
GRADED = (
    "case.regraded", "dispute.accepted", "legacy.listed", "petition.accepted", "petition.accepted_simple", "petition.accepted_study",
)  # fmt: skip
DATED = {"graded_at": (*GRADED, *RAISED_RISK, *RAISED_OVERDUE), "raised_risk_at": RAISED_RISK, "raised_overdue_at": RAISED_OVERDUE}
RED = ("community_id", "street_id", "district_id", "city_id", "lead_area_id")
POSTS = {"appointments": ("INSERT", "UPDATE", "DELETE"), "posts": ("UPDATE",), "accounts": ("UPDATE OF active",)}
BUMP = "UPDATE tally_marks SET value = value + 1 WHERE name = 'posts'"
LATEST = "(SELECT max(e.at) FROM events e WHERE e.stream = 'case' AND e.stream_id = cases.id AND e.kind IN {})"
COUNTED = "UPDATE tally_marks SET value = 1 WHERE name = 'fold' AND NOT EXISTS (SELECT 1 FROM cases)"
BELOW = """
INSERT INTO daily_numbers (on_date, area_id, process, tier, measure, value)
SELECT n.on_date, p.ancestor_id, n.process, n.tier, 'open_below', sum(n.value)
FROM daily_numbers n JOIN area_paths p ON p.descendant_id = n.area_id
WHERE n.measure = 'open' GROUP BY n.on_date, p.ancestor_id, n.process, n.tier
"""


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("area_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("facet", sa.String(), nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.PrimaryKeyConstraint("area_id", "facet", name=op.f("pk_tallies")),
    )
    op.create_table(
        "tally_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_changes")),
    )
    marks = op.create_table(
        "tally_marks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tally_marks")),
    )
    op.bulk_insert(marks, [{"name": "fold", "value": 0}, {"name": "posts", "value": 0}, {"name": "days", "value": 0}])
    for name, kinds in DATED.items():
        op.add_column("cases", sa.Column(name, Instant(), nullable=True))
        op.execute(f"UPDATE cases SET {name} = {LATEST.format(kinds)}")
    add_index("ix_cases_confidential", ["process", "area_id"], "confidential")
    add_index("ix_cases_asked", ["holder_area_id", "holder_role", "due_order", "id"], "closed_at IS NULL AND process = 'request'")
    add_index("ix_deadlines_milestone", ["due_at", "case_id"], "key = 'milestone' AND status = 'running'", "deadlines")
    for column in RED:
        add_index(f"ix_cases_red_{column.removesuffix('_id')}", [column, "due_order", "id"], "closed_at IS NULL AND tier = 'red'")
    watch_posts()
    op.execute(BELOW)
    op.execute(COUNTED)  # else boards count for themselves until the job "tallies" has counted everything


def add_index(name: str, columns: list[str], where: str, table: str = "cases") -> None:
    """An index over some of the rows."""
    op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def watch_posts() -> None:
    """Let every change of appointments, posts and active accounts raise the mark "posts"."""
    if op.get_bind().dialect.name == "sqlite":
        for table, changes in POSTS.items():
            for change in changes:
                op.execute(f"CREATE TRIGGER {table}_posts_{change[:6].lower()} AFTER {change} ON {table} BEGIN {BUMP}; END")
        return
    op.execute(f"CREATE FUNCTION casemgr_posts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {BUMP}; RETURN NULL; END $$")
    for table, changes in POSTS.items():
        op.execute(
            f"CREATE TRIGGER {table}_posts AFTER {' OR '.join(changes)} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION casemgr_posts()"
        )


def downgrade() -> None:
    op.execute("DELETE FROM daily_numbers WHERE measure = 'open_below'")
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, changes in POSTS.items():
        for name in [f"{table}_posts_{change[:6].lower()}" for change in changes] if sqlite else [f"{table}_posts ON {table}"]:
            op.execute(f"DROP TRIGGER {name}")
    if not sqlite:
        op.execute("DROP FUNCTION casemgr_posts()")
    op.drop_index("ix_deadlines_milestone", "deadlines")
    for name in ("confidential", "asked", *(f"red_{column.removesuffix('_id')}" for column in RED)):
        op.drop_index(f"ix_cases_{name}", "cases")
    for name in DATED:
        op.drop_column("cases", name)
    for table in ("tally_marks", "tally_changes", "tallies"):
        op.drop_table(table)
