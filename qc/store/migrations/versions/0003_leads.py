"""Leads, the CRM's news about them, and the feed of their grades."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)
APPEND_ONLY = ("lead_outcomes", "grade_changes")


def upgrade() -> None:
    _add_leads()
    op.create_table(
        "lead_outcomes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("lead_id", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("offset_s", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("grade", sa.String(length=200), nullable=True),
        sa.Column("given_by", sa.String(length=16), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_outcomes_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_outcomes")),
        sa.UniqueConstraint("external_id", name=op.f("uq_lead_outcomes_external_id")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_lead_outcomes_fingerprint")),
    )
    op.create_index(op.f("ix_lead_outcomes_lead_id"), "lead_outcomes", ["lead_id"], unique=False)
    op.create_table(
        "grade_changes",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lead_id", sa.String(length=40), nullable=False),
        sa.Column("lead_number", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.String(length=40), nullable=True),
        sa.Column("outcome_id", sa.String(length=40), nullable=True),
        sa.Column("content", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_grade_changes_lead_id")),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name=op.f("fk_grade_changes_recording_id")),
        sa.ForeignKeyConstraint(["outcome_id"], ["lead_outcomes.id"], name=op.f("fk_grade_changes_outcome_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_grade_changes")),
        sa.UniqueConstraint("lead_id", "lead_number", name=op.f("uq_grade_changes_lead_id_lead_number")),
    )
    feeds = op.create_table(
        "feeds",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feeds")),
    )
    op.bulk_insert(feeds, [{"name": "grades", "last": 0}])
    _refuse_changes()
    op.create_index(op.f("ix_recordings_lead"), "recordings", ["lead"], unique=False)
    with op.batch_alter_table("idempotency_keys") as table:
        table.alter_column("recording_id", existing_type=sa.String(length=40), nullable=True)


def _add_leads() -> None:
    op.create_table(
        "leads",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("at", TIME, nullable=True),
        sa.Column("offset_s", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("store", sa.String(length=200), nullable=True),
        sa.Column("consultant", sa.String(length=200), nullable=True),
        sa.Column("customer", sa.String(length=200), nullable=True),
        sa.Column("crm_grade", sa.String(length=200), nullable=True),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("grade", JSON, nullable=True),
        sa.Column("memo", JSON, nullable=True),
        sa.Column("letter", sa.String(length=1), nullable=True),
        sa.Column("misjudged", sa.String(length=16), nullable=True),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sa.UniqueConstraint("external_id", name=op.f("uq_leads_external_id")),
    )
    for column in ("store", "consultant", "letter", "misjudged"):
        op.create_index(op.f(f"ix_leads_{column}"), "leads", [column], unique=False)
    op.create_index("ix_leads_created_at_id", "leads", ["created_at", "id"], unique=False)


def _refuse_changes() -> None:
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
    op.execute("DELETE FROM idempotency_keys WHERE recording_id IS NULL")
    with op.batch_alter_table("idempotency_keys") as table:
        table.alter_column("recording_id", existing_type=sa.String(length=40), nullable=False)
    op.drop_index(op.f("ix_recordings_lead"), table_name="recordings")
    op.drop_table("feeds")
    op.drop_table("grade_changes")
    op.drop_table("lead_outcomes")
    op.drop_table("leads")
