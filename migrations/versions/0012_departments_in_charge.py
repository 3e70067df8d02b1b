"""Departments in charge of matters, and whom a confidential matter is kept from."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
OPEN = sa.text("closed_at IS NULL")


COLUMNS = (("cases", "holder_department_id"), ("cases", "department_id"), ("holdings", "department_id"))


def upgrade() -> None:
    for table, name in COLUMNS:  # in place: copying the table would cost its triggers on SQLite
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} INTEGER CONSTRAINT fk_{table}_{name} REFERENCES departments (id)")
    op.create_index(
        "ix_cases_open_office", "cases", ["holder_department_id", "next_due_at"], postgresql_where=OPEN, sqlite_where=OPEN
    )
    op.create_index("ix_cases_department", "cases", ["department_id", "registered_at", "id"])
    op.create_table(
        "barred",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("since_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_barred_case_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_barred_account_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_barred_department_id")),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_barred_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_barred")),
    )
    op.create_index(op.f("ix_barred_case_id"), "barred", ["case_id"])


def downgrade() -> None:
    op.drop_table("barred")
    op.drop_index("ix_cases_department", "cases")
    op.drop_index("ix_cases_open_office", "cases")
    for table, name in COLUMNS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
