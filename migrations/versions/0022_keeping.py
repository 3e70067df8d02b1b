"""Keys that turn over, what is kept how long, data of persons, readings of more kinds."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None

IN_FORCE = sa.text("lifted_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "known_keys",
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("since_at", Instant(), nullable=False),
        sa.Column("walked_to", sa.Integer(), nullable=False),
        sa.Column("walked_at", Instant(), nullable=True),
        sa.Column("retired_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_known_keys")),
    )
    op.create_table(
        "disposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("before_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("matters", sa.Integer(), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", Instant(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["confirmed_by"], ["accounts.id"], name=op.f("fk_disposals_confirmed_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_disposals_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposals")),
    )
    op.create_index(op.f("ix_disposals_state"), "disposals", ["state"])
    op.create_table(
        "disposal_items",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("disposal_id", sa.Integer(), nullable=False),
        sa.Column("erased_at", Instant(), nullable=True),
        sa.Column("passed_over", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_disposal_items_case_id")),
        sa.ForeignKeyConstraint(["disposal_id"], ["disposals.id"], name=op.f("fk_disposal_items_disposal_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_disposal_items")),
    )
    op.create_index("ix_disposal_items_disposal", "disposal_items", ["disposal_id", "case_id"])
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_legal_holds_case_id")),
        sa.ForeignKeyConstraint(["lifted_by"], ["accounts.id"], name=op.f("fk_legal_holds_lifted_by")),
        sa.ForeignKeyConstraint(["set_by"], ["accounts.id"], name=op.f("fk_legal_holds_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    op.create_index(
        "ix_legal_holds_in_force", "legal_holds", ["case_id"], unique=True, postgresql_where=IN_FORCE, sqlite_where=IN_FORCE
    )
    op.create_table(
        "person_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["accounts.id"], name=op.f("fk_person_requests_answered_by")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_person_requests_person_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["accounts.id"], name=op.f("fk_person_requests_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_requests")),
    )
    op.create_index(op.f("ix_person_requests_person_id"), "person_requests", ["person_id"])
    op.add_column("readings", sa.Column("about", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_readings_account", "readings", ["account_id", "id"])
    op.create_index("ix_readings_at", "readings", ["at"])


def downgrade() -> None:
    op.drop_index("ix_readings_at", "readings")
    op.drop_index("ix_readings_account", "readings")
    op.drop_column("readings", "about")
    for table in ("person_requests", "legal_holds", "disposal_items", "disposals", "known_keys"):
        op.drop_table(table)
