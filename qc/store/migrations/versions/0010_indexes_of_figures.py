"""Indexes for what is asked over and over: leads by when they were created, and the figures of ``/metrics``."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_leads_at_id", "leads", ["at", "id"])
    op.create_index(
        "ix_inspections_current_rulebook",
        "inspections",
        ["rulebook"],
        sqlite_where=sa.text("current = 1"),
        postgresql_where=sa.text("current"),
    )
    op.create_index("ix_memo_writings_outcome_kept_dropped", "memo_writings", ["outcome", "kept", "dropped"])


def downgrade() -> None:
    op.drop_index("ix_memo_writings_outcome_kept_dropped", "memo_writings")
    op.drop_index("ix_inspections_current_rulebook", "inspections")
    op.drop_index("ix_leads_at_id", "leads")
