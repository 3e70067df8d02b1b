"""What the defences remember."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_shares",
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("minute_at", Instant(), nullable=False),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("what", "who", name=op.f("pk_request_shares")),
    )


def downgrade() -> None:
    op.drop_table("request_shares")
