"""The second factor, outside log-ins, where a log-in was begun, wrong log-ins by address; areas that are closed."""

import sqlalchemy as sa
from alembic import op

from casemgr.db import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def account_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id"))


def upgrade() -> None:
    with op.batch_alter_table("accounts") as table:
        table.add_column(sa.Column("factor_asked_at", Instant(), nullable=True))
    with op.batch_alter_table("login_sessions") as table:
        table.add_column(sa.Column("address", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("device", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("way", sa.String(), nullable=False, server_default="password"))
    with op.batch_alter_table("areas") as table:
        table.add_column(sa.Column("closed_on", sa.Date(), nullable=True))
    op.create_table(
        "second_factors",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", Instant(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        account_key("second_factors"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "next_factors",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        account_key("next_factors"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_next_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        account_key("recovery_codes"),
        sa.PrimaryKeyConstraint("account_id", "digest", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "outside_logins",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("linked_at", Instant(), nullable=False),
        account_key("outside_logins"),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_outside_logins")),
    )
    op.create_index(op.f("ix_outside_logins_account_id"), "outside_logins", ["account_id"])
    op.create_table(
        "login_addresses",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("turn_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_login_addresses")),
    )
    op.create_table(
        "known_places",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        account_key("known_places"),
        sa.PrimaryKeyConstraint("account_id", "address", name=op.f("pk_known_places")),
    )


def downgrade() -> None:
    for table in ("known_places", "login_addresses", "outside_logins", "recovery_codes", "next_factors", "second_factors"):
        op.drop_table(table)
    with op.batch_alter_table("areas") as area:
        area.drop_column("closed_on")
    with op.batch_alter_table("login_sessions") as login:
        for column in ("way", "device", "address"):
            login.drop_column(column)
    with op.batch_alter_table("accounts") as account:
        account.drop_column("factor_asked_at")
