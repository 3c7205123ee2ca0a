"""Verdicts, appeals and decisions: append-only, held by triggers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)
APPEND_ONLY = ("verdicts", "appeals", "appeal_decisions")


def upgrade() -> None:
    op.create_table(
        "verdicts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("trail_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.String(length=40), nullable=False),
        sa.Column("transcript_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("place", JSON, nullable=False),
        sa.Column("rule_id", sa.String(length=200), nullable=True),
        sa.Column("finding", JSON, nullable=True),
        sa.Column("new_category", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        *_who("verdicts"),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name=op.f("fk_verdicts_recording_id")),
        sa.ForeignKeyConstraint(["transcript_id"], ["transcripts.id"], name=op.f("fk_verdicts_transcript_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
        sa.UniqueConstraint("trail_id", "number", name=op.f("uq_verdicts_trail_id_number")),
    )
    op.create_index(op.f("ix_verdicts_recording_id"), "verdicts", ["recording_id"], unique=False)
    op.create_index(op.f("ix_verdicts_rule_id"), "verdicts", ["rule_id"], unique=False)
    op.create_table(
        "appeals",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("verdict_id", sa.String(length=40), nullable=False),
        sa.Column("recording_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_who("appeals"),
        sa.ForeignKeyConstraint(["verdict_id"], ["verdicts.id"], name=op.f("fk_appeals_verdict_id")),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name=op.f("fk_appeals_recording_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("verdict_id", name=op.f("uq_appeals_verdict_id")),
    )
    op.create_index(op.f("ix_appeals_recording_id"), "appeals", ["recording_id"], unique=False)
    op.create_index("ix_appeals_created_at_id", "appeals", ["created_at", "id"], unique=False)
    op.create_table(
        "appeal_decisions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("appeal_id", sa.String(length=40), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("new_category", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        *_who("appeal_decisions"),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_decisions_appeal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal_decisions")),
        sa.UniqueConstraint("appeal_id", name=op.f("uq_appeal_decisions_appeal_id")),
    )
    _refuse_changes()
    op.add_column("idempotency_keys", sa.Column("record_id", sa.String(length=40), nullable=True))
    # Nobody has judged anything yet.
    op.add_column("inspections", sa.Column("unreviewed", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE inspections SET unreviewed ="
        " (SELECT count(*) FROM inspection_findings WHERE inspection_findings.inspection_id = inspections.id)"
    )


def _who(table: str) -> tuple[SchemaItem, ...]:
    return (
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("by_key", sa.String(length=40), nullable=True),
        sa.Column("by_named", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["by_key"], ["api_keys.id"], name=op.f(f"fk_{table}_by_key")),
    )


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION qc_append_only() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION qc_append_only()"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    op.drop_column("inspections", "unreviewed")
    op.drop_column("idempotency_keys", "record_id")
    for table in reversed(APPEND_ONLY):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION qc_append_only()")
