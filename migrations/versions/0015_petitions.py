"""Petitions."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
TEXTS = ("kind", "form", "subject", "external_number")


def upgrade() -> None:
    op.create_table(
        "petitions",
        sa.Column("case_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in TEXTS),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("visitors", sa.Integer(), nullable=True),
        sa.Column("report_by", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("satisfaction", sa.String(), nullable=False),
        sa.Column("repeat_of_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_petitions_case_id")),
        sa.ForeignKeyConstraint(["repeat_of_id"], ["cases.id"], name=op.f("fk_petitions_repeat_of_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_petitions")),
    )
    op.create_index(op.f("ix_petitions_repeat_of_id"), "petitions", ["repeat_of_id"])


def downgrade() -> None:
    op.drop_table("petitions")
