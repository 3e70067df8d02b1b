"""Whistles, their calls on departments, and which unit is fixed for what."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant, Json

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "whistles",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("lead_department_id", sa.Integer(), nullable=True),
        sa.Column("helpers", Json, nullable=False),
        sa.Column("answered_when", sa.String(), nullable=False),
        sa.Column("approval", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_whistles_case_id")),
        sa.ForeignKeyConstraint(["lead_department_id"], ["departments.id"], name=op.f("fk_whistles_lead_department_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_whistles")),
    )
    op.create_table(
        "calls",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("fixed", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("competent_id", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("given_to_id", sa.Integer(), nullable=True),
        sa.Column("ruled_at", Instant(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("speed", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Integer(), nullable=True),
        sa.Column("rightly", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_calls_case_id")),
        sa.ForeignKeyConstraint(["competent_id"], ["departments.id"], name=op.f("fk_calls_competent_id")),
        sa.ForeignKeyConstraint(["given_to_id"], ["departments.id"], name=op.f("fk_calls_given_to_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_ruled", "calls", ["subject", "ruled_at"])
    op.create_table(
        "fixed_units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("since_at", Instant(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_fixed_units_area_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_fixed_units_department_id")),
        sa.ForeignKeyConstraint(["set_by"], ["accounts.id"], name=op.f("fk_fixed_units_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fixed_units")),
        sa.UniqueConstraint("area_id", "subject", "department_id", name=op.f("uq_fixed_units_area_id_subject_department_id")),
    )


def downgrade() -> None:
    op.drop_table("fixed_units")
    op.drop_table("calls")
    op.drop_table("whistles")
