"""Codes of residents for their matters, visits begun with them, forms sent once, and whose words are whose."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "door_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("party_id", sa.Integer(), nullable=True),
        sa.Column("given_by", sa.Integer(), nullable=True),
        sa.Column("given_at", Instant(), nullable=False),
        sa.Column("until_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_door_codes_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_door_codes_person_id")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_door_codes_party_id")),
        sa.ForeignKeyConstraint(["given_by"], ["accounts.id"], name=op.f("fk_door_codes_given_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_codes")),
        sa.UniqueConstraint("digest", name=op.f("uq_door_codes_digest")),
    )
    op.create_index(op.f("ix_door_codes_case_id"), "door_codes", ["case_id"])
    op.create_table(
        "door_visits",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.Column("until_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["code_id"], ["door_codes.id"], name=op.f("fk_door_visits_code_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_door_visits")),
    )
    op.create_index(op.f("ix_door_visits_until_at"), "door_visits", ["until_at"])
    op.create_table(
        "door_forms",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_door_forms")),
    )
    op.create_index(op.f("ix_door_forms_at"), "door_forms", ["at"])
    op.create_table(
        "door_words",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_door_words_case_id")),
        sa.ForeignKeyConstraint(["code_id"], ["door_codes.id"], name=op.f("fk_door_words_code_id")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_door_words")),
    )
    op.create_index(op.f("ix_door_words_code_id"), "door_words", ["code_id"])


def downgrade() -> None:
    for table in ("door_words", "door_forms", "door_visits", "door_codes"):
        op.drop_table(table)
