"""Legacy cases and their plans."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Json

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "legacy_cases",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("since_year", sa.Integer(), nullable=True),
        sa.Column("aim_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("origin", Json, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_legacy_cases_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_legacy_cases")),
        sa.UniqueConstraint("key", name=op.f("uq_legacy_cases_key")),
    )
    op.create_table(
        "milestones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("earlier", Json, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_milestones_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestones")),
    )
    op.create_index("ix_milestones_case", "milestones", ["case_id", "number"], unique=True)


def downgrade() -> None:
    op.drop_table("milestones")
    op.drop_table("legacy_cases")
