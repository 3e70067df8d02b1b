"""Where areas lie, and persons found by the beginning of their names."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("areas") as batch:
        batch.add_column(sa.Column("latitude", sa.Double(), nullable=True))
        batch.add_column(sa.Column("longitude", sa.Double(), nullable=True))
    op.create_index("ix_persons_name", "persons", ["name"], postgresql_ops={"name": "text_pattern_ops"})


def downgrade() -> None:
    op.drop_index("ix_persons_name", table_name="persons")
    with op.batch_alter_table("areas") as batch:
        batch.drop_column("longitude")
        batch.drop_column("latitude")
