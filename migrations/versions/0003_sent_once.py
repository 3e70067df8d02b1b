"""What was sent once."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant, Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sent_once",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sent_once_account_id")),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_sent_once")),
    )
    op.create_index(op.f("ix_sent_once_at"), "sent_once", ["at"])


def downgrade() -> None:
    op.drop_table("sent_once")
