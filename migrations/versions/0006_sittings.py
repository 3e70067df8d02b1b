"""Rooms of mediation and planned sessions; text kept before it is sent; agreements being written."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant, Json

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rooms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("closes", sa.Integer(), nullable=False),
        sa.Column("rest_days", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_rooms_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
    )
    op.create_index(op.f("ix_rooms_area_id"), "rooms", ["area_id"])
    op.create_table(
        "sittings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("room_id", sa.Integer()),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("parties", Json, nullable=False),
        sa.Column("guests", Json, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_sittings_case_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_sittings_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sittings")),
    )
    op.create_index("ix_sittings_case", "sittings", ["case_id", "state"])
    op.create_index("ix_sittings_room", "sittings", ["room_id", "starts_at"])
    op.create_table(
        "room_slots",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_room_slots_room_id")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sittings.id"], name=op.f("fk_room_slots_sitting_id")),
        sa.PrimaryKeyConstraint("room_id", "at", name=op.f("pk_room_slots")),
    )
    op.create_index(op.f("ix_room_slots_sitting_id"), "room_slots", ["sitting_id"])
    op.create_table(
        "kept_texts",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_kept_texts_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_kept_texts_case_id")),
        sa.PrimaryKeyConstraint("account_id", "case_id", "form", name=op.f("pk_kept_texts")),
    )
    op.create_index(op.f("ix_kept_texts_kept_at"), "kept_texts", ["kept_at"])
    op.create_table(
        "agreements",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("issues", sa.String(), nullable=False),
        sa.Column("clauses", Json, nullable=False),
        sa.Column("perform_how", sa.String(), nullable=False),
        sa.Column("perform_on", sa.Date()),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_agreements_case_id")),
        sa.ForeignKeyConstraint(["written_by"], ["accounts.id"], name=op.f("fk_agreements_written_by")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_agreements")),
    )


def downgrade() -> None:
    op.drop_table("agreements")
    op.drop_table("kept_texts")
    op.drop_table("room_slots")
    op.drop_table("sittings")
    op.drop_table("rooms")
