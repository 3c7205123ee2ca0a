"""The first tables: recordings, transcripts, inspections, API keys, answered requests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_table(
        "transcripts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("recogniser", sa.Text(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcripts")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_transcripts_fingerprint")),
    )
    op.create_index("ix_transcripts_created_at", "transcripts", ["created_at"], unique=False)
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_detail", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=True),
        sa.Column("customer", sa.String(length=200), nullable=True),
        sa.Column("lead", sa.String(length=200), nullable=True),
        sa.Column("store", sa.String(length=200), nullable=True),
        sa.Column("brand", sa.String(length=200), nullable=True),
        sa.Column("direction", sa.String(length=16), nullable=True),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("started_offset_s", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("crm_grade", sa.String(length=200), nullable=True),
        sa.Column("agent_channel", sa.Integer(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=True),
        sa.Column("media_type", sa.String(length=100), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("blob_key", sa.String(length=200), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=True),
        sa.Column("transcript_id", sa.String(length=40), nullable=True),
        sa.Column("inspection_id", sa.String(length=40), nullable=True),
        sa.Column("duplicate_of", sa.String(length=40), nullable=True),
        sa.Column("lease_token", sa.String(length=40), nullable=True),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["duplicate_of"], ["recordings.id"], name=op.f("fk_recordings_duplicate_of")),
        sa.ForeignKeyConstraint(["transcript_id"], ["transcripts.id"], name=op.f("fk_recordings_transcript_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("external_id", name=op.f("uq_recordings_external_id")),
    )
    op.create_index(op.f("ix_recordings_agent"), "recordings", ["agent"], unique=False)
    op.create_index("ix_recordings_created_at_id", "recordings", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_recordings_duplicate_of"), "recordings", ["duplicate_of"], unique=False)
    op.create_index(op.f("ix_recordings_sha256"), "recordings", ["sha256"], unique=False)
    op.create_index(op.f("ix_recordings_started_at"), "recordings", ["started_at"], unique=False)
    op.create_index("ix_recordings_state_created_at", "recordings", ["state", "created_at"], unique=False)
    op.create_index(op.f("ix_recordings_store"), "recordings", ["store"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("recording_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name=op.f("fk_idempotency_keys_recording_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "inspections",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("recording_id", sa.String(length=40), nullable=False),
        sa.Column("transcript_id", sa.String(length=40), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("changes", JSON, nullable=True),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("grade_probability", sa.Double(), nullable=False),
        sa.Column("next_contact_by", sa.Date(), nullable=True),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=True),
        sa.Column("points", sa.Double(), nullable=True),
        sa.Column("rulebook", sa.String(length=64), nullable=False),
        sa.Column("grader", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name=op.f("fk_inspections_recording_id")),
        sa.ForeignKeyConstraint(["transcript_id"], ["transcripts.id"], name=op.f("fk_inspections_transcript_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspections")),
    )
    op.create_index("ix_inspections_created_at_id", "inspections", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_inspections_grade"), "inspections", ["grade"], unique=False)
    op.create_index(op.f("ix_inspections_recording_id"), "inspections", ["recording_id"], unique=False)
    op.create_index(op.f("ix_inspections_rulebook"), "inspections", ["rulebook"], unique=False)
    op.create_index(
        "uq_inspections_current",
        "inspections",
        ["recording_id"],
        unique=True,
        sqlite_where=sa.text("current"),
        postgresql_where=sa.text("current"),
    )
    op.create_table(
        "inspection_findings",
        sa.Column("inspection_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["inspections.id"], name=op.f("fk_inspection_findings_inspection_id")
        ),
        sa.PrimaryKeyConstraint("inspection_id", "position", name=op.f("pk_inspection_findings")),
    )
    op.create_index(op.f("ix_inspection_findings_category"), "inspection_findings", ["category"], unique=False)
    op.create_index(op.f("ix_inspection_findings_severity"), "inspection_findings", ["severity"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_inspection_findings_severity"), table_name="inspection_findings")
    op.drop_index(op.f("ix_inspection_findings_category"), table_name="inspection_findings")
    op.drop_table("inspection_findings")
    op.drop_index(
        "uq_inspections_current",
        table_name="inspections",
        sqlite_where=sa.text("current"),
        postgresql_where=sa.text("current"),
    )
    op.drop_index(op.f("ix_inspections_rulebook"), table_name="inspections")
    op.drop_index(op.f("ix_inspections_recording_id"), table_name="inspections")
    op.drop_index(op.f("ix_inspections_grade"), table_name="inspections")
    op.drop_index("ix_inspections_created_at_id", table_name="inspections")
    op.drop_table("inspections")
    op.drop_table("idempotency_keys")
    op.drop_index(op.f("ix_recordings_store"), table_name="recordings")
    op.drop_index("ix_recordings_state_created_at", table_name="recordings")
    op.drop_index(op.f("ix_recordings_started_at"), table_name="recordings")
    op.drop_index(op.f("ix_recordings_sha256"), table_name="recordings")
    op.drop_index(op.f("ix_recordings_duplicate_of"), table_name="recordings")
    op.drop_index("ix_recordings_created_at_id", table_name="recordings")
    op.drop_index(op.f("ix_recordings_agent"), table_name="recordings")
    op.drop_table("recordings")
    op.drop_index("ix_transcripts_created_at", table_name="transcripts")
    op.drop_table("transcripts")
    op.drop_table("api_keys")
