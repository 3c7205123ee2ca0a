"""Grades of calls by what reviewers left standing; None where that is the machine's own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("inspections", sa.Column("reviewed_grade", JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("inspections", "reviewed_grade")
