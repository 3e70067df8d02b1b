"""The indexes over red matters hold all that a board asks of each."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

PLACES = ("community_id", "street_id", "district_id", "city_id", "lead_area_id")
BEFORE = ("due_order", "id")
ASKED = (*BEFORE, "graded_at", "tier_confirmed", "confidential", "process")


def upgrade() -> None:
    make_anew(ASKED)


def downgrade() -> None:
    make_anew(BEFORE)


def make_anew(columns: tuple[str, ...]) -> None:
    """Each index over open red cases with those columns behind its place."""
    there = sa.text("closed_at IS NULL AND tier = 'red'")
    for place in PLACES:
        name = f"ix_cases_red_{place.removesuffix('_id')}"
        op.drop_index(name, "cases")
        op.create_index(name, "cases", [place, *columns], postgresql_where=there, sqlite_where=there)
