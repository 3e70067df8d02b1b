"""The papers of a matter: numbers, makings, signed sheets. Recorded for good."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("paper_numbers", "made_papers", "signed_sheets")


def upgrade() -> None:
    op.create_table(
        "paper_numbers",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_paper_numbers_case_id")),
        sa.ForeignKeyConstraint(["given_by"], ["accounts.id"], name=op.f("fk_paper_numbers_given_by")),
        sa.PrimaryKeyConstraint("case_id", "series", "of", name=op.f("pk_paper_numbers")),
    )
    op.create_table(
        "made_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("medium", sa.String(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_made_papers_case_id")),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_made_papers_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_made_papers")),
    )
    op.create_index("ix_made_papers_case", "made_papers", ["case_id", "form"])
    op.create_table(
        "signed_sheets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer()),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_signed_sheets_case_id")),
        sa.ForeignKeyConstraint(["paper_id"], ["made_papers.id"], name=op.f("fk_signed_sheets_paper_id")),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachments.id"], name=op.f("fk_signed_sheets_attachment_id")),
        sa.ForeignKeyConstraint(["added_by"], ["accounts.id"], name=op.f("fk_signed_sheets_added_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_sheets")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_signed_sheets_attachment_id")),
    )
    op.create_index("ix_signed_sheets_case", "signed_sheets", ["case_id", "form"])
    for table in TABLES:
        refuse_changes(table)


def refuse_changes(table: str) -> None:
    """What is recorded there stays as it is, as in 0002."""
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
    op.execute(
        f"CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION casemgr_refuse()"
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
