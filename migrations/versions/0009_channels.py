"""Channels of notices: robots, choices, feeds; webhooks and their deliveries."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant, Json

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    make_robots()
    widen_outbox()
    make_webhooks()


def make_robots() -> None:
    op.create_table(
        "robots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("told", Json, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("tried_at", Instant(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("(account_id IS NULL) <> (area_id IS NULL)", name=op.f("ck_robots_of_one")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_robots_account_id")),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_robots_area_id")),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name=op.f("fk_robots_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robots")),
        sa.UniqueConstraint("account_id", "kind", name=op.f("uq_robots_account_id_kind")),
    )
    with op.batch_alter_table("robots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_robots_area_id"), ["area_id"], unique=False)
    op.create_table(
        "notice_choices",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("channels", Json, nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_notice_choices_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_notice_choices")),
    )
    op.create_table(
        "feeds",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("titles", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_feeds_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feeds_token_hash")),
    )


def widen_outbox() -> None:
    """An outgoing message may be for a group's robot, and says by itself whether it may come at night."""
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("account_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("robot_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_foreign_key(op.f("fk_outbox_robot_id"), "robots", ["robot_id"], ["id"])
        batch_op.create_check_constraint(
            op.f("ck_outbox_to_one"), "(account_id IS NULL) <> (robot_id IS NULL)"
        )
        batch_op.create_index("ix_outbox_robot", ["robot_id", "sent_at"], unique=False)
    op.execute("UPDATE outbox SET urgent = (SELECT n.urgent FROM notices n WHERE n.id = outbox.notice_id) WHERE notice_id IS NOT NULL")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("urgent", existing_type=sa.Boolean(), server_default=None)


def make_webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("kinds", Json, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_webhooks_area_id")),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name=op.f("fk_webhooks_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_deliveries_case_id")),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name=op.f("fk_deliveries_webhook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("webhook_id", "case_id", "seq", name=op.f("uq_deliveries_webhook_id_case_id_seq")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deliveries_waiting", ["not_before"], unique=False, postgresql_where=WAITING, sqlite_where=WAITING
        )
        batch_op.create_index("ix_deliveries_webhook", ["webhook_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("deliveries")
    op.drop_table("webhooks")
    op.execute("DELETE FROM outbox WHERE account_id IS NULL")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_robot")
        batch_op.drop_constraint(op.f("ck_outbox_to_one"), type_="check")
        batch_op.drop_constraint(op.f("fk_outbox_robot_id"), type_="foreignkey")
        batch_op.drop_column("urgent")
        batch_op.drop_column("robot_id")
        batch_op.alter_column("account_id", existing_type=sa.Integer(), nullable=False)
    op.drop_table("feeds")
    op.drop_table("notice_choices")
    op.drop_table("robots")
