"""Events of grids and orders of the hotline; into what the rows of a file are made."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def words(*names: str) -> list[sa.Column[str]]:
    """Columns of text that are always there."""
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "grid_events",
        sa.Column("case_id", sa.Integer(), nullable=False),
        *words("kind", "place", "urgency", "closed_by"),
        sa.Column("on_the_spot", sa.Boolean(), nullable=False),
        *words("rating"),
        sa.Column("became_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_grid_events_case_id")),
        sa.ForeignKeyConstraint(["became_id"], ["cases.id"], name=op.f("fk_grid_events_became_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_grid_events")),
    )
    op.create_table(
        "orders",
        sa.Column("case_id", sa.Integer(), nullable=False),
        *words("kind", "place", "urgency", "external_number"),
        sa.Column("sent_at", Instant(), nullable=True),
        *words("city_number"),
        sa.Column("city_dispatched_at", Instant(), nullable=True),
        sa.Column("city_due_on", sa.Date(), nullable=True),
        *words("district_number"),
        sa.Column("district_dispatched_at", Instant(), nullable=True),
        sa.Column("district_due_on", sa.Date(), nullable=True),
        sa.Column("legal_due_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("fixed", sa.Boolean(), nullable=False),
        sa.Column("redos", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Boolean(), nullable=False),
        *words("outcome", "answer", "solved", "satisfaction"),
        sa.Column("helping", sa.Boolean(), nullable=False),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        sa.Column("known_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_orders_case_id")),
        sa.ForeignKeyConstraint(["known_id"], ["cases.id"], name=op.f("fk_orders_known_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_external_number"), "orders", ["external_number"])
    with op.batch_alter_table("import_batches") as batch_op:
        batch_op.add_column(sa.Column("process", sa.String(), nullable=False, server_default="incoming"))
    with op.batch_alter_table("import_batches") as batch_op:
        batch_op.alter_column("process", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("import_batches") as batch_op:
        batch_op.drop_column("process")
    op.drop_index(op.f("ix_orders_external_number"), "orders")
    op.drop_table("orders")
    op.drop_table("grid_events")
