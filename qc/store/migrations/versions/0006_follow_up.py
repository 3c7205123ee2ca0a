"""Plans of following leads up, what there is to do about each, and consultants' calendar feeds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("lead_id", sa.String(length=40), nullable=False),
        sa.Column("lead_updated_at", TIME, nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=True),
        sa.Column("call_due", TIME, nullable=True),
        sa.Column("feedback_due", TIME, nullable=True),
        sa.Column("callback", sa.String(length=16), nullable=True),
        sa.Column("callback_since", TIME, nullable=True),
        sa.Column("callback_until", TIME, nullable=True),
        sa.Column("content", JSON, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_follow_ups_lead_id")),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_follow_ups")),
    )
    op.create_index("ix_follow_ups_callback_since_lead_id", "follow_ups", ["callback_since", "lead_id"], unique=False)
    op.create_table(
        "reminders",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("lead_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("due_by", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=True),
        sa.Column("content", JSON, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_reminders_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("lead_id", "kind", name=op.f("uq_reminders_lead_id_kind")),
    )
    op.create_index("ix_reminders_at_id", "reminders", ["at", "id"], unique=False)
    op.create_table(
        "calendars",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("consultant", sa.String(length=200), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
    )
    op.create_index(op.f("ix_calendars_consultant"), "calendars", ["consultant"], unique=False)


def downgrade() -> None:
    op.drop_table("calendars")
    op.drop_table("reminders")
    op.drop_table("follow_ups")
