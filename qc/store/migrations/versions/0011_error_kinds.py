"""Errors nobody foresaw are kept by their kind alone: what they said, after a colon until now, may quote a call."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

UNFORESEEN = ("transcription-failed", "inspection-failed")

recordings = sa.table("recordings", sa.column("id"), sa.column("error_code"), sa.column("error_detail"))


def upgrade() -> None:
    connection = op.get_bind()
    said = sa.select(recordings.c.id, recordings.c.error_detail).where(
        recordings.c.error_code.in_(UNFORESEEN), recordings.c.error_detail.contains(":")
    )
    kinds = [{"of": row.id, "kind": row.error_detail.partition(":")[0]} for row in connection.execute(said)]
    if kinds:
        shorten = sa.update(recordings).where(recordings.c.id == sa.bindparam("of"))
        connection.execute(shorten.values(error_detail=sa.bindparam("kind")), kinds)


def downgrade() -> None:
    """Nothing: what was said is gone, and what is left fits the earlier revision."""
