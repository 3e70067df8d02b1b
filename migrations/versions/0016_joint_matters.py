"""Matters joined to one another, linked, alike; what people said of them."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant, Json

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INSERT_ONLY = ("joint_facts", "case_links")
WAITING = sa.text("answer = ''")


def upgrade() -> None:
    op.create_table(
        "joint_facts",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_joint_facts_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_joint_facts_case_id")),
        sa.ForeignKeyConstraint(["into_id"], ["cases.id"], name=op.f("fk_joint_facts_into_id")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_joint_facts")),
    )
    op.create_index(op.f("ix_joint_facts_into_id"), "joint_facts", ["into_id"])
    op.create_table(
        "joint_members",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=False),
        sa.Column("root_id", sa.Integer(), nullable=False),
        sa.Column("since_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_joint_members_case_id")),
        sa.ForeignKeyConstraint(["into_id"], ["cases.id"], name=op.f("fk_joint_members_into_id")),
        sa.ForeignKeyConstraint(["root_id"], ["cases.id"], name=op.f("fk_joint_members_root_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_joint_members")),
    )
    op.create_index(op.f("ix_joint_members_into_id"), "joint_members", ["into_id"])
    op.create_index(op.f("ix_joint_members_root_id"), "joint_members", ["root_id"])
    op.create_table(
        "case_links",
        sa.Column("a_id", sa.Integer(), nullable=False),
        sa.Column("b_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["a_id"], ["cases.id"], name=op.f("fk_case_links_a_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_case_links_account_id")),
        sa.ForeignKeyConstraint(["b_id"], ["cases.id"], name=op.f("fk_case_links_b_id")),
        sa.PrimaryKeyConstraint("a_id", "b_id", name=op.f("pk_case_links")),
    )
    op.create_index(op.f("ix_case_links_b_id"), "case_links", ["b_id"])
    op.create_table(
        "joint_suggestions",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("like_id", sa.Integer(), nullable=False),
        sa.Column("alike", sa.Integer(), nullable=False),
        sa.Column("why", Json, nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_by", sa.Integer()),
        sa.Column("answered_at", Instant()),
        sa.Column("again_at", Instant()),
        sa.ForeignKeyConstraint(["answered_by"], ["accounts.id"], name=op.f("fk_joint_suggestions_answered_by")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_joint_suggestions_case_id")),
        sa.ForeignKeyConstraint(["like_id"], ["cases.id"], name=op.f("fk_joint_suggestions_like_id")),
        sa.PrimaryKeyConstraint("case_id", "like_id", name=op.f("pk_joint_suggestions")),
    )
    op.create_index(op.f("ix_joint_suggestions_like_id"), "joint_suggestions", ["like_id"])
    op.create_index(
        "ix_joint_suggestions_waiting", "joint_suggestions", ["alike", "case_id"], postgresql_where=WAITING, sqlite_where=WAITING
    )
    op.create_table(
        "joint_readings",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_joint_readings")),
    )
    for table in INSERT_ONLY:
        refuse_edits(table)


def refuse_edits(table: str) -> None:
    """What is recorded stays (as in 0002)."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are recorded for good'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_recorded BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION casemgr_refuse()"
    )
    op.execute(f"CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION casemgr_refuse()")


def downgrade() -> None:
    for table in ("joint_readings", "joint_suggestions", "case_links", "joint_members", "joint_facts"):
        op.drop_table(table)
