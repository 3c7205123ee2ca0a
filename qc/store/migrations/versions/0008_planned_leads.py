"""What each lead was planned for and by, beside the lead, so that the changed ones are found without looking at all."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
UNPLANNED = sa.text("planned_for IS NULL OR planned_for != updated_at")


def upgrade() -> None:
    op.add_column("leads", sa.Column("planned_for", TIME, nullable=True))
    op.add_column("leads", sa.Column("planned_by", sa.String(length=64), nullable=True))
    op.execute(
        "UPDATE leads SET"
        " planned_for = (SELECT lead_updated_at FROM follow_ups WHERE lead_id = leads.id),"
        " planned_by = (SELECT made_by FROM follow_ups WHERE lead_id = leads.id)"
    )
    op.create_index(
        "ix_leads_unplanned", "leads", ["updated_at", "id"], sqlite_where=UNPLANNED, postgresql_where=UNPLANNED
    )
    op.create_index("ix_leads_planned_by_id", "leads", ["planned_by", "id"])
    op.drop_column("follow_ups", "made_by")
    op.drop_column("follow_ups", "lead_updated_at")


def downgrade() -> None:
    # Plans are made again within seconds; the columns that say of what and by what can then hold no gaps.
    op.execute("DELETE FROM reminders")
    op.execute("DELETE FROM follow_ups")
    with op.batch_alter_table("follow_ups") as table:
        table.add_column(sa.Column("lead_updated_at", TIME, nullable=False))
        table.add_column(sa.Column("made_by", sa.String(length=64), nullable=False))
    op.drop_index("ix_leads_planned_by_id", "leads")
    op.drop_index("ix_leads_unplanned", "leads")
    op.drop_column("leads", "planned_by")
    op.drop_column("leads", "planned_for")
